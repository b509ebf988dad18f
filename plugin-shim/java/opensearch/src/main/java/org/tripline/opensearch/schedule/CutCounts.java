package org.tripline.opensearch.schedule;

import java.util.HashMap;
import java.util.Map;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;

/**
 * How many findings max_signals has cut: the engine counts them per rule since it was opened, the
 * statistics need what has come since the last tick. One thread's.
 */
final class CutCounts {
  private final Map<String, Long> before = new HashMap<>();

  /** {@code detectors}: what RuleRuns.stats() says. Answers what is new, by rule. */
  Map<String, Long> since(String detectors) {
    Map<String, Long> since = new HashMap<>();
    Map<String, Object> told =
        XContentHelper.convertToMap(JsonXContent.jsonXContent, detectors, false);
    if (told.get("rules") instanceof Map<?, ?> rules) {
      rules.forEach(
          (id, of) -> {
            if (of instanceof Map<?, ?> stats && stats.get("cut") instanceof Number cut) {
              Long known = before.put((String) id, cut.longValue());
              long more = cut.longValue() - (known == null ? 0 : known);
              if (more > 0) {
                since.put((String) id, more);
              }
            }
          });
    }
    return since;
  }
}
