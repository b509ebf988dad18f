package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.Comparator;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.opensearch.shard.LeafError;

/**
 * Why a rule's answer is not what it would be: what could not be asked of an index, or what had to
 * be left out.
 *
 * @param index where; empty if it is not about one index
 * @param field the field that could not be asked; empty if it is not about one field
 */
public record RuleError(String index, String field, String reason)
    implements Writeable, ToXContentObject, Comparable<RuleError> {
  // What is not about a field is about the whole rule, and comes first.
  private static final Comparator<RuleError> ORDER =
      Comparator.comparing(RuleError::field)
          .thenComparing(RuleError::index)
          .thenComparing(RuleError::reason);

  public RuleError {
    field = LeafError.cut(field);
    reason = LeafError.cut(reason);
  }

  /** True if finds had to be left out: what is there is not the first of all that was found. */
  public boolean isCut() {
    return reason.startsWith("cut:");
  }

  public RuleError(StreamInput in) throws IOException {
    this(in.readString(), in.readString(), in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(field);
    out.writeString(reason);
  }

  @Override
  public int compareTo(RuleError other) {
    return ORDER.compare(this, other);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    if (!index.isEmpty()) {
      builder.field("index", index);
    }
    if (!field.isEmpty()) {
      builder.field("field", field);
    }
    return builder.field("reason", reason).endObject();
  }
}
