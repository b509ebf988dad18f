package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/**
 * What a search looks for on behalf of one rule. Times are milliseconds by the rule's own
 * timestamp, both ends included.
 *
 * @param rule its place in the ruleset
 * @param from events from here on count, and may be found
 * @param historyFrom new_terms: events from here on are history; else equal to from
 * @param maxFinds documents to bring back for a rule without terms; 0: only count
 */
public record RuleWindow(int rule, long from, long to, long historyFrom, int maxFinds) {

  /** What many rules share, so that it is told to each shard once. */
  private record Stretch(long from, long to, long historyFrom, int maxFinds) {
    static Stretch read(StreamInput in) throws IOException {
      return new Stretch(in.readLong(), in.readLong(), in.readLong(), in.readVInt());
    }

    void write(StreamOutput out) throws IOException {
      out.writeLong(from);
      out.writeLong(to);
      out.writeLong(historyFrom);
      out.writeVInt(maxFinds);
    }
  }

  private Stretch stretch() {
    return new Stretch(from, to, historyFrom, maxFinds);
  }

  static void writeAll(StreamOutput out, List<RuleWindow> windows) throws IOException {
    Map<Stretch, Integer> numbers = new LinkedHashMap<>();
    windows.forEach(window -> numbers.putIfAbsent(window.stretch(), numbers.size()));
    out.writeCollection(numbers.keySet(), (to, stretch) -> stretch.write(to));
    out.writeVInt(windows.size());
    int before = 0;
    for (RuleWindow window : windows) {
      out.writeZLong(window.rule - (long) before);
      out.writeVInt(numbers.get(window.stretch()));
      before = window.rule;
    }
  }

  static List<RuleWindow> readAll(StreamInput in) throws IOException {
    List<Stretch> stretches = in.readList(Stretch::read);
    int size = in.readVInt();
    List<RuleWindow> windows = new ArrayList<>();
    int rule = 0;
    for (int i = 0; i < size; i++) {
      rule = Math.toIntExact(rule + in.readZLong());
      Stretch of = stretches.get(in.readVInt());
      windows.add(new RuleWindow(rule, of.from, of.to, of.historyFrom, of.maxFinds));
    }
    return windows;
  }

  boolean counts(long time) {
    return time >= from && time <= to;
  }

  boolean remembers(long time) {
    return time >= historyFrom && time <= to;
  }
}
