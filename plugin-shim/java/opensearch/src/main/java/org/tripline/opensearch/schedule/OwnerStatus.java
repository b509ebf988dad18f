package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * What the owner of a ruleset tells about it. Immutable.
 *
 * @param head as last committed; its statistics are a copy
 * @param error why the last step did not get through; empty: it did
 * @param detectors what the engine tells of rules and jobs, a JSON object
 */
record OwnerStatus(String ruleset, Head head, String error, String detectors) {
  static OwnerStatus of(String ruleset) {
    return new OwnerStatus(ruleset, null, "", "{}");
  }

  static OwnerStatus of(Head head, String error, String detectors) {
    Map<String, RuleStats> copy = new LinkedHashMap<>();
    head.rules().forEach((id, stats) -> copy.put(id, stats.copy()));
    return new OwnerStatus(head.ruleset(), head.withRules(copy), error, detectors);
  }

  /** Into an open object. {@code now}: lags are told from here. */
  void addTo(XContentBuilder json, long now) throws IOException {
    if (!error.isEmpty()) {
      json.field("last_error", error);
    }
    if (head == null) {
      return;
    }
    json.startObject("owner").field("node", head.node()).field("name", head.nodeName());
    json.field("epoch", head.epoch()).endObject();
    json.field("commits", head.commits()).field("committed_at", head.committedAt());
    json.field("runs_content_hash", head.contentHash()).field("begin", head.begin());
    json.field("has_caught_up", head.hasCaughtUp());
    json.field("state_bytes", head.state().stream().mapToLong(Blob::bytes).sum());
    json.field("state_parts", head.state().size());
    json.field("pending_alerts", head.numPending());
    json.startObject("rules");
    for (Map.Entry<String, RuleStats> rule : head.rules().entrySet()) {
      json.field(rule.getKey());
      rule.getValue().addTo(json, now);
    }
    json.endObject();
    try (InputStream stream = new BytesArray(detectors).streamInput()) {
      json.rawField("detectors", stream, MediaTypeRegistry.JSON);
    }
  }

  OwnerStatus failing(String newError) {
    return new OwnerStatus(ruleset, head, newError, detectors);
  }
}
