package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The errors of one rule: each once, and of many the first ones in their order, so that parts may
 * be gathered in any order and grouping. One thread's.
 */
public final class RuleErrors implements Writeable, ToXContentFragment {
  /** Errors that are kept of a rule; that there were more is said. */
  public static final int MAX = 10;

  private static final String MORE = "there were more errors than these " + MAX;

  private final TreeSet<RuleError> errors;
  private boolean hasMore;

  public RuleErrors() {
    errors = new TreeSet<>();
  }

  public RuleErrors(StreamInput in) throws IOException {
    errors = new TreeSet<>(in.readList(RuleError::new));
    hasMore = in.readBoolean();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeList(List.copyOf(errors));
    out.writeBoolean(hasMore);
  }

  public boolean isEmpty() {
    return errors.isEmpty();
  }

  /** In their order, at most {@link #MAX}. */
  public List<RuleError> list() {
    return List.copyOf(errors);
  }

  /** True if there were more than are listed. */
  public boolean hasMore() {
    return hasMore;
  }

  public void add(RuleError error) {
    errors.add(error);
    if (errors.size() > MAX) {
      errors.pollLast();
      hasMore = true;
    }
  }

  public void addAll(RuleErrors others) {
    others.errors.forEach(this::add);
    hasMore |= others.hasMore;
  }

  /** An array of the errors; its last element says so if there were more. */
  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startArray();
    for (RuleError error : errors) {
      error.toXContent(builder, params);
    }
    if (hasMore) {
      new RuleError("", "", MORE).toXContent(builder, params);
    }
    return builder.endArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RuleErrors that
        && errors.equals(that.errors)
        && hasMore == that.hasMore;
  }

  @Override
  public int hashCode() {
    return errors.hashCode();
  }
}
