package org.tripline.engine;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Rules over a small mapping with a field of every kind, and what they mean in plain Java. */
final class Rules {
  static final byte[] MAPPING =
      bytes(
          """
          {"mappings": {"properties": {
              "name": {"type": "keyword"}, "port": {"type": "long"}, "ip": {"type": "ip"},
              "score": {"type": "double"}, "at": {"type": "date"}, "on": {"type": "boolean"},
              "note": {"type": "text"}}}}
          """);

  static final List<String> QUERIES =
      List.of(
          "name : (a* or bob)",
          "port >= 100 and port < 200",
          "ip : \"10.0.0.0/8\" and not name : bob",
          "score > 1.5",
          "on : true or note : \"quick fox\"",
          "at >= \"2026-05-01T00:00:00Z\" and name : *");

  static final long MAY = 1_777_593_600_000L; // 2026-05-01T00:00:00Z

  private Rules() {}

  static void loadLibrary() {
    NativeLibrary.load(Path.of(System.getProperty("tripline.native")));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Query rules r-0, r-1, ... as a JSON array. */
  static byte[] documents(List<String> queries) {
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < queries.size(); i++) {
      String query = queries.get(i).replace("\\", "\\\\").replace("\"", "\\\"");
      json.append(i == 0 ? "" : ",\n")
          .append("{\"rule_id\":\"r-" + i + "\",\"name\":\"Rule " + i + "\",\"description\":\"d\",")
          .append("\"risk_score\":21,\"severity\":\"low\",\"type\":\"query\",")
          .append("\"index\":[\"logs-*\"],\"query\":\"" + query + "\"}");
    }
    return bytes(json.append("]").toString());
  }

  static Ruleset compile(List<String> queries) {
    return Ruleset.compile("rules.json", documents(queries), MAPPING);
  }

  /** All of QUERIES. */
  static Ruleset compile() {
    return compile(QUERIES);
  }

  /** A new_terms rule over name, as TOML. */
  static byte[] newTermsRule() {
    return bytes(
        """
        [rule]
        rule_id = "nt"
        name = "New name"
        description = "d"
        risk_score = 21
        severity = "low"
        type = "new_terms"
        query = "name : *"
        index = ["logs-*"]
        [rule.new_terms]
        field = "new_terms_fields"
        value = ["name"]
        [[rule.new_terms.history_window_start]]
        field = "history_window_start"
        value = "now-14d"
        """);
  }
}
