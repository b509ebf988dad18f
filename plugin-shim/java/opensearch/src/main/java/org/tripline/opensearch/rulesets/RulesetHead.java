package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.time.Instant;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/** A ruleset in short, as answers have it: its versions, who wrote them, and what runs. */
final class RulesetHead {
  private RulesetHead() {}

  /** Answers the ruleset as it is after a change. */
  static ActionListener<Stored> acknowledge(ActionListener<Answer> listener) {
    return ActionListener.wrap(
        stored ->
            listener.onResponse(
                Answer.of(
                    RestStatus.OK,
                    json -> {
                      json.field("acknowledged", true);
                      addTo(json, stored);
                    })),
        listener::onFailure);
  }

  static void addTo(XContentBuilder json, Stored stored)
      throws IOException {
    json.field("name", stored.name()).field("content_hash", stored.hash());
    json.field("rules", stored.numRules());
    json.field("updated_at", text(stored.updatedAtMillis()));
    addWriter(json, stored.writer());
    if (stored.current().signedBy() != null) {
      json.field("signed_by", stored.current().signedBy());
    }
    json.field("has_exceptions", stored.hasExceptions());
    if (stored.hasExceptions()) {
      json.field("content_hash_without_exceptions", stored.baseHash());
    }
    addRuns(json, stored.runs());
    RulesetVersion previous = stored.previous();
    if (previous != null) {
      json.startObject("previous").field("content_hash", previous.hash());
      json.field("rules", previous.numRules());
      json.field("updated_at", text(previous.updatedAtMillis()));
      addWriter(json, previous.writer());
      json.field("has_exceptions", previous.exceptionsHash() != null).endObject();
    }
  }

  private static void addWriter(XContentBuilder json, Writer writer) throws IOException {
    if (writer != null) {
      json.field("written_by", writer.user()).field("roles", writer.roles());
    }
  }

  private static void addRuns(XContentBuilder json, Runs runs) throws IOException {
    json.field("started", runs.isStarted());
    if (runs.startedAt() != 0) {
      json.field("started_at", text(runs.startedAt()));
    }
    if (runs.from() != null) {
      json.field("from", text(runs.from()));
    }
    if (runs.to() != null) {
      json.field("to", text(runs.to()));
    }
    json.field("disabled_rules", runs.disabledRules().stream().sorted().toList());
  }

  private static String text(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
