package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.engine.RuleRuns;

/** What is told of one rule's runs, over all owners. One thread's. */
final class RuleStats {
  private static final int MAX_GAPS = 20;
  private static final int MAX_ERROR = 400;

  private record Stretch(long from, long to) {}

  private long runs;
  private long lastRun;
  private long matches;
  private long alerts;
  private long cut;
  private long gapMillis;
  private final Deque<Stretch> gaps = new ArrayDeque<>(); // the last ones
  private String lastError = "";
  private long lastErrorAt;

  RuleStats copy() {
    RuleStats copy = new RuleStats();
    copy.runs = runs;
    copy.lastRun = lastRun;
    copy.matches = matches;
    copy.alerts = alerts;
    copy.cut = cut;
    copy.gapMillis = gapMillis;
    copy.gaps.addAll(gaps);
    copy.lastError = lastError;
    copy.lastErrorAt = lastErrorAt;
    return copy;
  }

  /** All runs up to {@code last}; the first one of all was at {@code first}, or before. */
  void ran(long first, long last, long interval) {
    long begin = lastRun > 0 ? Math.max(first, lastRun + interval) : first > 0 ? first : last;
    runs += Math.max(0, (last - begin) / interval + 1);
    lastRun = last;
  }

  long lastRun() {
    return lastRun;
  }

  /** What it ran behind that is run again. */
  void rewind(long last) {
    lastRun = Math.min(lastRun, last);
  }

  void matched(long documents) {
    matches += documents;
  }

  /** Findings that max_signals left no room for. */
  void cut(long findings) {
    cut += findings;
  }

  void alerted(long numAlerts) {
    alerts += numAlerts;
  }

  /** True if it is another error than the last one. */
  boolean failed(String error, long now) {
    String shortened = error.length() > MAX_ERROR ? error.substring(0, MAX_ERROR) : error;
    boolean isNew = !shortened.equals(lastError);
    lastError = shortened;
    lastErrorAt = now;
    return isNew;
  }

  void gap(RuleRuns.Gap gap) {
    gapMillis += gap.toMillis() - gap.fromMillis() + 1;
    Stretch last = gaps.peekLast();
    if (last != null && last.to + 1 >= gap.fromMillis()) {
      gaps.pollLast();
      gaps.add(new Stretch(last.from, gap.toMillis()));
    } else {
      gaps.add(new Stretch(gap.fromMillis(), gap.toMillis()));
    }
    if (gaps.size() > MAX_GAPS) {
      gaps.poll();
    }
  }

  /** {@code now}: tells the lag, too; null: it is not told. */
  void addTo(XContentBuilder json, Long now) throws IOException {
    json.startObject().field("runs", runs).field("last_run", lastRun);
    if (now != null && lastRun > 0) {
      json.field("last_run_at", Instant.ofEpochMilli(lastRun).toString());
      json.field("lag_ms", now - lastRun);
    }
    json.field("matches", matches).field("alerts", alerts).field("cut", cut);
    if (!lastError.isEmpty()) {
      json.field("last_error", lastError).field("last_error_at", lastErrorAt);
    }
    if (!gaps.isEmpty()) {
      json.field("gap_ms", gapMillis).startArray("gaps");
      for (Stretch gap : gaps) {
        json.startObject().field("from", gap.from).field("to", gap.to).endObject();
      }
      json.endArray();
    }
    json.endObject();
  }

  /** What of it is damaged counts as zero: numbers for people, which nothing is decided by. */
  static RuleStats read(Object kept) {
    RuleStats stats = new RuleStats();
    if (kept instanceof Map<?, ?> map) {
      stats.runs = number(map, "runs");
      stats.lastRun = number(map, "last_run");
      stats.matches = number(map, "matches");
      stats.alerts = number(map, "alerts");
      stats.cut = number(map, "cut");
      stats.gapMillis = number(map, "gap_ms");
      stats.lastErrorAt = number(map, "last_error_at");
      if (map.get("last_error") instanceof String error) {
        stats.lastError = error;
      }
      if (map.get("gaps") instanceof Iterable<?> gaps) {
        for (Object gap : gaps) {
          if (gap instanceof Map<?, ?> stretch && stats.gaps.size() < MAX_GAPS) {
            stats.gaps.add(new Stretch(number(stretch, "from"), number(stretch, "to")));
          }
        }
      }
    }
    return stats;
  }

  private static long number(Map<?, ?> map, String field) {
    return map.get(field) instanceof Number number ? number.longValue() : 0;
  }
}
