package org.tripline.opensearch.rulesets;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/**
 * A ruleset as a document of the index: its versions and its runs, without files. Whoever reads one
 * checks it: the document may be damaged, or of a newer version of the plugin.
 *
 * <pre>
 *   {"format": 2, "kind": "ruleset", "name": "mine", "content_hash": "...",
 *    "ruleset": {"current": VERSION, "previous": VERSION, "runs": {...}}}
 *   VERSION = {"content_hash", "base_hash", "exceptions", "num_rules", "bytes", "updated_at",
 *              "writer": {"user", "roles"}, "signed_by"}
 * </pre>
 *
 * Documents without "format" are of the first version: the file stands in them.
 */
final class RulesetDocument {
  static final int FORMAT = 2;
  static final String KIND = "ruleset";

  private final String name;

  private RulesetDocument(String name) {
    this.name = name;
  }

  static Map<String, Object> source(
      String name, RulesetVersion current, RulesetVersion previous, Runs runs) {
    Map<String, Object> ruleset = new HashMap<>();
    ruleset.put("current", map(current));
    if (previous != null) {
      ruleset.put("previous", map(previous));
    }
    ruleset.put("runs", map(runs));
    return Map.of(
        "format", FORMAT,
        "kind", KIND,
        "name", name,
        "content_hash", current.hash(),
        "ruleset", ruleset);
  }

  private static Map<String, Object> map(RulesetVersion version) {
    Map<String, Object> map = new HashMap<>();
    map.put("content_hash", version.hash());
    map.put("base_hash", version.baseHash());
    map.put("num_rules", version.numRules());
    map.put("bytes", version.numBytes());
    map.put("updated_at", version.updatedAtMillis());
    if (version.exceptionsHash() != null) {
      map.put("exceptions", version.exceptionsHash());
    }
    if (version.signedBy() != null) {
      map.put("signed_by", version.signedBy());
    }
    if (version.writer() != null) {
      map.put("writer", Map.of("user", version.writer().user(), "roles", version.writer().roles()));
    }
    return map;
  }

  private static Map<String, Object> map(Runs runs) {
    Map<String, Object> map = new HashMap<>();
    map.put("started", runs.isStarted());
    map.put("started_at", runs.startedAt());
    map.put("disabled_rules", List.copyOf(runs.disabledRules()));
    if (runs.from() != null) {
      map.put("from", runs.from());
    }
    if (runs.to() != null) {
      map.put("to", runs.to());
    }
    return map;
  }

  /** Throws (500, with words) if it is not what this version of the plugin writes. */
  static Stored read(String name, Map<String, Object> source, long seqNo, long primaryTerm) {
    RulesetDocument document = new RulesetDocument(name);
    if (!source.containsKey("format")) {
      return document.firstForm(source, seqNo, primaryTerm);
    }
    long format = document.number(source, "format");
    if (format != FORMAT) {
      throw document.unusable(
          "it has format " + format + ", and this node reads " + FORMAT + ": upgrade the node");
    }
    Map<String, Object> ruleset = document.object(source, "ruleset");
    RulesetVersion previous =
        ruleset.containsKey("previous")
            ? document.version(document.object(ruleset, "previous"))
            : null;
    return new Stored(
        name,
        document.version(document.object(ruleset, "current")),
        previous,
        document.runs(document.object(ruleset, "runs")),
        seqNo,
        primaryTerm);
  }

  private Stored firstForm(Map<String, Object> source, long seqNo, long primaryTerm) {
    String hash = text(source, "content_hash");
    RulesetVersion version =
        new RulesetVersion(
            hash,
            hash,
            null,
            Math.toIntExact(number(source, "num_rules")),
            0,
            number(source, "updated_at"),
            null,
            null);
    return new Stored(name, version, null, Runs.NEVER, seqNo, primaryTerm);
  }

  private RulesetVersion version(Map<String, Object> map) {
    return new RulesetVersion(
        text(map, "content_hash"),
        text(map, "base_hash"),
        map.containsKey("exceptions") ? text(map, "exceptions") : null,
        (int) number(map, "num_rules"),
        (int) number(map, "bytes"),
        number(map, "updated_at"),
        map.containsKey("writer") ? writer(object(map, "writer")) : null,
        map.containsKey("signed_by") ? text(map, "signed_by") : null);
  }

  private Writer writer(Map<String, Object> map) {
    return new Writer(text(map, "user"), texts(map, "roles"));
  }

  private Runs runs(Map<String, Object> map) {
    Set<String> disabled = new HashSet<>(texts(map, "disabled_rules"));
    if (!(map.get("started") instanceof Boolean isStarted)) {
      throw wrong("started", "true or false", map.get("started"));
    }
    return new Runs(
        isStarted,
        map.containsKey("from") ? Long.valueOf(number(map, "from")) : null,
        map.containsKey("to") ? Long.valueOf(number(map, "to")) : null,
        number(map, "started_at"),
        disabled);
  }

  private String text(Map<String, Object> map, String key) {
    if (map.get(key) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw wrong(key, "a text", map.get(key));
  }

  private long number(Map<String, Object> map, String key) {
    if (map.get(key) instanceof Integer || map.get(key) instanceof Long) {
      return ((Number) map.get(key)).longValue();
    }
    throw wrong(key, "a whole number", map.get(key));
  }

  @SuppressWarnings("unchecked") // JSON's keys are texts
  private Map<String, Object> object(Map<String, Object> map, String key) {
    if (map.get(key) instanceof Map<?, ?> object) {
      return (Map<String, Object>) object;
    }
    throw wrong(key, "an object", map.get(key));
  }

  private List<String> texts(Map<String, Object> map, String key) {
    if (!(map.get(key) instanceof List<?> list)) {
      throw wrong(key, "a list of texts", map.get(key));
    }
    List<String> texts = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof String text)) {
        throw wrong(key, "a list of texts", element);
      }
      texts.add(text);
    }
    return texts;
  }

  private OpenSearchStatusException wrong(String key, String expected, Object found) {
    String shown = String.valueOf(found);
    return unusable(
        "[" + key + "] should be " + expected + ", not ["
            + shown.substring(0, Math.min(shown.length(), 80)) + "]; delete the ruleset and upload"
            + " it again");
  }

  private OpenSearchStatusException unusable(String why) {
    return new OpenSearchStatusException(
        "the stored ruleset [" + name + "] cannot be used: " + why,
        RestStatus.INTERNAL_SERVER_ERROR);
  }
}
