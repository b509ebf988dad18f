package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.Comparator;
import org.apache.lucene.util.BytesRef;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * A document that a rule found: for new_terms rules the earliest one that has the term, within the
 * history; for others the document itself, and the term is empty.
 */
public record Find(BytesRef term, long time, String index, String id) implements Writeable {
  /** The order in which alerts come: by time, index and id. */
  public static final Comparator<Find> ORDER =
      Comparator.comparingLong(Find::time)
          .thenComparing(Find::index)
          .thenComparing(Find::id)
          .thenComparing(Find::term);

  public Find(StreamInput in) throws IOException {
    this(in.readBytesRef(), in.readZLong(), in.readString(), in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeBytesRef(term);
    out.writeZLong(time);
    out.writeString(index);
    out.writeString(id);
  }
}
