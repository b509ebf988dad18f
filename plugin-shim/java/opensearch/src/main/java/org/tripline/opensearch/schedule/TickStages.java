package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.util.Locale;
import org.opensearch.core.xcontent.XContentBuilder;

/** Where the time of ticks goes, in milliseconds, since this node took the ruleset over. */
final class TickStages {
  enum Stage {
    /** What is due, and which windows that takes. */
    PLAN,
    /** The search over the shards. */
    SEARCH,
    /** Detectors: histories, models, runs. */
    DETECT,
    /** Events of findings, and the alerts. */
    ALERTS,
    COMMIT,
    PUBLISH
  }

  private final long[] nanos = new long[Stage.values().length];

  /** The stage lasted from then until now, which is answered. */
  synchronized long took(Stage stage, long since) {
    long now = System.nanoTime();
    nanos[stage.ordinal()] += now - since;
    return now;
  }

  /** Into an open object. */
  synchronized void addTo(XContentBuilder json) throws IOException {
    json.startObject("stages_ms");
    for (Stage stage : Stage.values()) {
      json.field(stage.name().toLowerCase(Locale.ROOT), nanos[stage.ordinal()] / 1_000_000);
    }
    json.endObject();
  }
}
