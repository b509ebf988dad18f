package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * How far a ruleset has come, as one document: writing it is the commit. Everything that it names
 * was written before it.
 *
 * @param epoch rises whenever a node takes the ruleset over
 * @param commits rises with every commit
 * @param begin where rules begin that nothing is known of, milliseconds
 * @param state a checkpoint, then what has changed since, in order
 * @param pending alerts that may not have been published yet
 * @param pendingSince the runs behind it gave the pending alerts, and can be run again
 * @param hasCaughtUp true once every rule has run up to the present
 * @param rules what is told of each rule, by id
 */
public record Head(
    String ruleset,
    long epoch,
    long commits,
    String node,
    String nodeName,
    String contentHash,
    long begin,
    long committedAt,
    List<Blob> state,
    List<Blob> pending,
    int numPending,
    long pendingSince,
    boolean hasCaughtUp,
    Map<String, RuleStats> rules) {

  /** Of the document; another one is refused by nodes that do not know it. */
  public static final int FORMAT = 1;

  static Head first(String ruleset, long begin) {
    return new Head(
        ruleset, 0, 0, "", "", "", begin, 0, List.of(), List.of(), 0, 0, false, new LinkedHashMap<>());
  }

  Head takenOver(String byNode, String byNodeName, long now) {
    return new Head(
        ruleset,
        epoch + 1,
        commits + 1,
        byNode,
        byNodeName,
        contentHash,
        begin,
        now,
        state,
        pending,
        numPending,
        pendingSince,
        hasCaughtUp,
        rules);
  }

  /** Everything begins anew at another time; what is pending stays. */
  Head anew(long newBegin) {
    return withoutState(newBegin, 0);
  }

  /** All rules run again behind {@code last}; their state is had from the events. */
  Head rewound(long last) {
    return withoutState(begin, last);
  }

  private Head withoutState(long newBegin, long last) {
    rules.values().forEach(rule -> rule.rewind(last));
    return new Head(
        ruleset,
        epoch,
        commits,
        node,
        nodeName,
        contentHash,
        newBegin,
        committedAt,
        List.of(),
        pending,
        numPending,
        pendingSince,
        false,
        rules);
  }

  /** Where a detector begins that is not restored. */
  long lastRun() {
    return rules.values().stream()
        .mapToLong(RuleStats::lastRun)
        .filter(run -> run > 0)
        .min()
        .orElse(begin);
  }

  /** Where a rule begins that comes to others which have run. */
  long newestRun() {
    return rules.values().stream().mapToLong(RuleStats::lastRun).reduce(begin, Math::max);
  }

  Head after(
      String hash,
      long now,
      List<Blob> newState,
      List<Blob> newPending,
      int newNumPending,
      long newPendingSince,
      boolean caughtUp) {
    return new Head(
        ruleset,
        epoch,
        commits + 1,
        node,
        nodeName,
        hash,
        begin,
        now,
        List.copyOf(newState),
        List.copyOf(newPending),
        newNumPending,
        newPendingSince,
        caughtUp,
        rules);
  }

  Head withRules(Map<String, RuleStats> newRules) {
    return new Head(
        ruleset,
        epoch,
        commits,
        node,
        nodeName,
        contentHash,
        begin,
        committedAt,
        state,
        pending,
        numPending,
        pendingSince,
        hasCaughtUp,
        newRules);
  }

  /** The same without alerts to be published. */
  Head published(long now) {
    return after(contentHash, now, state, List.of(), 0, 0, hasCaughtUp);
  }

  /** Every part that the head needs. */
  List<Blob> parts() {
    List<Blob> parts = new ArrayList<>(state);
    parts.addAll(pending);
    return parts;
  }

  void addTo(XContentBuilder json) throws IOException {
    json.startObject().field("kind", "head").field("format", FORMAT).field("ruleset", ruleset);
    json.field("epoch", epoch).field("commits", commits);
    json.field("node", node).field("node_name", nodeName).field("content_hash", contentHash);
    json.field("begin", begin).field("committed_at", committedAt);
    addBlobs(json, "state", state);
    addBlobs(json, "pending", pending);
    json.field("num_pending", numPending).field("pending_since", pendingSince);
    json.field("has_caught_up", hasCaughtUp);
    json.startObject("rules");
    for (Map.Entry<String, RuleStats> rule : rules.entrySet()) {
      json.field(rule.getKey());
      rule.getValue().addTo(json, null);
    }
    json.endObject().endObject();
  }

  private static void addBlobs(XContentBuilder json, String field, List<Blob> blobs)
      throws IOException {
    json.startArray(field);
    for (Blob blob : blobs) {
      blob.addTo(json);
    }
    json.endArray();
  }

  /**
   * {@code kept}: the document. Throws IllegalArgumentException if it is damaged,
   * UnsupportedOperationException if a newer version wrote it.
   */
  static Head read(String ruleset, Map<String, Object> kept) {
    int format = (int) number(kept, "format");
    if (format > FORMAT) {
      throw new UnsupportedOperationException(
          "the state of ["
              + ruleset
              + "] was kept by a newer version (format "
              + format
              + "); upgrade this node");
    }
    Map<String, RuleStats> rules = new LinkedHashMap<>();
    if (kept.get("rules") instanceof Map<?, ?> stats) {
      stats.forEach((id, of) -> rules.put((String) id, RuleStats.read(of)));
    }
    return new Head(
        ruleset,
        number(kept, "epoch"),
        number(kept, "commits"),
        text(kept, "node"),
        text(kept, "node_name"),
        text(kept, "content_hash"),
        number(kept, "begin"),
        number(kept, "committed_at"),
        blobs(kept, "state"),
        blobs(kept, "pending"),
        (int) number(kept, "num_pending"),
        number(kept, "pending_since"),
        Boolean.TRUE.equals(kept.get("has_caught_up")),
        rules);
  }

  private static List<Blob> blobs(Map<String, Object> kept, String field) {
    if (!(kept.get(field) instanceof List<?> parts)) {
      throw new IllegalArgumentException("the state is damaged: [" + field + "] is no list");
    }
    List<Blob> blobs = new ArrayList<>();
    parts.forEach(part -> blobs.add(Blob.read(part)));
    return blobs;
  }

  private static long number(Map<String, Object> kept, String field) {
    if (kept.get(field) instanceof Number number) {
      return number.longValue();
    }
    throw new IllegalArgumentException("the state is damaged: [" + field + "] is no number");
  }

  private static String text(Map<String, Object> kept, String field) {
    if (kept.get(field) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("the state is damaged: [" + field + "] is no text");
  }
}
