package org.tripline.opensearch.search;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What a search looks for on behalf of one rule. Times are milliseconds by the rule's own
 * timestamp, both ends included.
 *
 * @param rule its place in the ruleset
 * @param from events from here on count, and may be found
 * @param historyFrom new_terms: events from here on are history; else equal to from
 * @param maxFinds documents to bring back for a rule without terms; 0: only count
 */
public record RuleWindow(int rule, long from, long to, long historyFrom, int maxFinds)
    implements Writeable {

  public RuleWindow(StreamInput in) throws IOException {
    this(in.readVInt(), in.readLong(), in.readLong(), in.readLong(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(rule);
    out.writeLong(from);
    out.writeLong(to);
    out.writeLong(historyFrom);
    out.writeVInt(maxFinds);
  }

  boolean counts(long time) {
    return time >= from && time <= to;
  }

  boolean remembers(long time) {
    return time >= historyFrom && time <= to;
  }
}
