package org.tripline.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.RulesetDescription.Rule;

/** Rules in; descriptions, files and alerts out. */
class RulesetTest {
  private static final NativeLibrary.Counts NOTHING = new NativeLibrary.Counts(0, 0, 0, 0, 0, 0);

  @BeforeAll
  static void load() {
    Rules.loadLibrary();
  }

  @AfterAll
  static void nothingIsOpen() {
    assertEquals(NOTHING, NativeLibrary.counts());
  }

  @Test
  void aDescriptionHasTheColumnsOfTheMapping() {
    try (Ruleset ruleset = Rules.compile()) {
      RulesetDescription description = ruleset.description();
      Map<String, ColumnKind> kinds =
          description.columns().stream()
              .limit(description.numProgramFields())
              .collect(Collectors.toMap(Column::name, Column::kind));
      assertEquals(
          Map.of(
              "name", ColumnKind.STRING,
              "port", ColumnKind.INTEGER,
              "ip", ColumnKind.ADDRESS,
              "score", ColumnKind.FLOAT,
              "at", ColumnKind.DATE,
              "on", ColumnKind.BOOLEAN,
              "note", ColumnKind.TEXT),
          kinds);
      assertEquals(64, description.contentHash().length());
      assertEquals(Rules.QUERIES.size(), description.numOutputs());
    }
  }

  @Test
  void aDescriptionHasTheAtomsOfALeaf() {
    List<Atom> atoms = atomsOf("name : (alice or b*)");
    assertEquals(2, atoms.size());
    assertTrue(atoms.contains(new Atom.Term("alice")), atoms.toString());
    assertTrue(atoms.contains(new Atom.Glob(List.of("b", ""), false, false)), atoms.toString());
    assertEquals(List.of(new Atom.Exists()), atomsOf("name : *"));
    assertEquals(
        List.of(new Atom.IntegerRange(100, Long.MAX_VALUE)), atomsOf("port >= 100"));
    assertEquals(List.of(new Atom.Phrase(List.of("quick", "fox"))), atomsOf("note : \"quick fox\""));
    assertEquals(List.of(new Atom.IntegerRange(1, 1)), atomsOf("on : true"));
    Atom.AddressPrefix prefix = (Atom.AddressPrefix) atomsOf("ip : \"10.0.0.0/8\"").get(0);
    assertEquals(104, prefix.length(), "96 bits in front of IPv4");
    assertEquals(10, prefix.network()[12]);
    Atom.FloatRange range = (Atom.FloatRange) atomsOf("score > 1.5").get(0);
    assertEquals(1.5, range.low());
    assertFalse(range.includesLow());
    assertEquals(Double.POSITIVE_INFINITY, range.high());
  }

  @Test
  void aRuleHasTheLeavesThatItsQueryAsks() {
    List<String> queries =
        List.of("name:alice", "not (name:alice or port:1) and on:true", "port:1 and note:x");
    try (Ruleset ruleset = Rules.compile(queries)) {
      RulesetDescription description = ruleset.description();
      List<List<String>> asked =
          description.rules().stream()
              .map(
                  rule ->
                      rule.leaves().stream()
                          .map(description.leaves()::get)
                          .map(leaf -> description.columns().get(leaf.field()).name())
                          .sorted()
                          .toList())
              .toList();
      assertEquals(
          List.of(List.of("name"), List.of("name", "on", "port"), List.of("note", "port")), asked);
    }
  }

  private static List<Atom> atomsOf(String query) {
    try (Ruleset ruleset = Rules.compile(List.of(query))) {
      List<Leaf> leaves = ruleset.description().leaves();
      assertEquals(1, leaves.size(), query);
      return leaves.get(0).atoms();
    }
  }

  @Test
  void aDescriptionHasTheRules() {
    try (Ruleset ruleset = Ruleset.compile("rule.toml", Rules.newTermsRule(), Rules.MAPPING)) {
      Rule rule = ruleset.description().rules().get(0);
      assertEquals("nt", rule.ruleId());
      assertEquals("New name", rule.name());
      assertEquals("new_terms", rule.type());
      assertEquals(List.of("logs-*"), rule.indices());
      assertEquals(List.of("name"), rule.newTermsFields());
      assertEquals(List.of(), rule.whyNotRun());
      assertEquals("@timestamp", rule.timestampField());
      assertEquals(0, rule.output());
      assertEquals(100, rule.maxSignals());
      assertEquals(Duration.ofMinutes(5).toMillis(), rule.intervalMillis());
      assertTrue(rule.historyWindowMillis() > Duration.ofDays(13).toMillis());
    }
  }

  @Test
  void aDescriptionHasTheAnomalyJobs() {
    byte[] documents =
        Rules.bytes(
            """
            [{"job_id": "j", "analysis_config": {"bucket_span": "15m",
                "detectors": [{"function": "high_count", "by_field_name": "name"},
                              {"function": "rare", "by_field_name": "ip",
                               "partition_field_name": "name"}],
                "influencers": ["port"], "summary_count_field_name": "score"},
              "data_description": {"time_field": "at"},
              "datafeed_config": {"indices": ["logs-*"], "query": {"term": {"on": true}}}},
             {"job_id": "other", "analysis_config": {"bucket_span": "1h",
                "detectors": [{"function": "high_sum", "field_name": "score"}]},
              "datafeed_config": {"indices": ["a"], "query": {"match_all": {}}}}]
            """);
    try (Ruleset ruleset = Ruleset.compile("jobs.json", documents, Rules.MAPPING)) {
      List<Job> jobs = ruleset.description().jobs();
      assertEquals(
          new Job(
              "j",
              List.of("logs-*"),
              jobs.get(0).output(),
              Duration.ofMinutes(15).toMillis(),
              "at",
              "score",
              List.of("port"),
              List.of(
                  new Detector("high_count", "", "name", Candidates.COUNTED),
                  new Detector("rare", "name", "ip", Candidates.SHARED)),
              List.of(),
              List.of(0)),
          jobs.get(0));
      assertTrue(jobs.get(0).output() >= 0);
      assertEquals("other", jobs.get(1).jobId());
      assertEquals(1, jobs.get(1).whyNotRun().size(), "sums are not counted yet");
    }
  }

  @Test
  void aSavedRulesetIsTheSameAgain() {
    try (Ruleset ruleset = Rules.compile()) {
      byte[] file = ruleset.save();
      assertTrue(Ruleset.isRulesetFile(file));
      assertFalse(Ruleset.isRulesetFile(Rules.documents(Rules.QUERIES)));
      assertFalse(Ruleset.isRulesetFile(new byte[3]));
      try (Ruleset loaded = Ruleset.load(file)) {
        assertEquals(ruleset.description().contentHash(), loaded.description().contentHash());
        assertEquals(ruleset.description().columns(), loaded.description().columns());
        assertEquals(ruleset.description().rules(), loaded.description().rules());
        assertArrayEquals(file, loaded.save());
        assertEquals("[]", loaded.diagnostics());
      }
    }
  }

  @Test
  void anAlertHasTheEventTheRuleAndTheNewTerm() {
    try (Ruleset ruleset = Ruleset.compile("rule.toml", Rules.newTermsRule(), Rules.MAPPING)) {
      byte[] source = Rules.bytes("{\"name\":\"zoë\"}");
      Ruleset.Finding finding =
          new Ruleset.Finding(
              0, Rules.MAY + 1000, Rules.MAY, "logs-1", "id-1", source, Terms.string("zoë"));

      Ruleset.Alert alert = ruleset.buildAlert(finding);
      Ruleset.Alert again = ruleset.buildAlert(finding);

      String json = new String(alert.json(), StandardCharsets.UTF_8);
      assertTrue(json.contains("\"name\":\"zoë\""), json);
      assertTrue(json.contains("\"kibana.alert.new_terms\":[\"zoë\"]"), json);
      assertTrue(json.contains("\"@timestamp\":\"2026-05-01T00:00:01.000Z\""), json);
      assertEquals(alert.id(), again.id());
      assertArrayEquals(alert.json(), again.json());
      assertNotEquals(alert.id(), ruleset.buildAlert(with(finding, "id-2", 0)).id());
      assertThrows(
          TriplineException.class, () -> ruleset.buildAlert(with(finding, "id-1", 1)));
    }
  }

  private static Ruleset.Finding with(Ruleset.Finding finding, String id, int rule) {
    return new Ruleset.Finding(
        rule,
        finding.runAtMillis(),
        finding.eventTimeMillis(),
        finding.index(),
        id,
        finding.source(),
        finding.term());
  }

  @Test
  void termsOfEveryKindAreReadInAlerts() {
    byte[] address = new byte[16];
    address[15] = 1;
    Map<byte[], String> terms =
        Map.of(
            Terms.string("a\"b"), "\"a\\\"b\"",
            Terms.integer(-7), "-7",
            Terms.floating(-0.0), "0.0",
            Terms.bool(true), "true",
            Terms.date(Rules.MAY), "\"2026-05-01T00:00:00.000Z\"",
            Terms.address(address), "\"::1\"");
    try (Ruleset ruleset = Ruleset.compile("rule.toml", Rules.newTermsRule(), Rules.MAPPING)) {
      terms.forEach(
          (term, expected) -> {
            var finding =
                new Ruleset.Finding(0, Rules.MAY, Rules.MAY, "i", "d", Rules.bytes("{}"), term);
            String json =
                new String(ruleset.buildAlert(finding).json(), StandardCharsets.UTF_8);
            assertTrue(json.contains("\"kibana.alert.new_terms\":[" + expected + "]"), json);
          });
      byte[] cut = {'s', 9, 0, 0, 0};
      var finding = new Ruleset.Finding(0, Rules.MAY, Rules.MAY, "i", "d", new byte[0], cut);
      assertThrows(TriplineException.class, () -> ruleset.buildAlert(finding));
    }
  }

  @Test
  void twoThousandRulesetsLeaveNothingBehind() {
    List<String> few = List.of("name : a* and port >= 7");
    byte[] file;
    try (Ruleset ruleset = Rules.compile(few)) {
      file = ruleset.save();
    }
    for (int i = 0; i < 2000; i++) {
      try (Ruleset ruleset = i % 4 == 0 ? Rules.compile(few) : Ruleset.load(file);
          MatchEngine engine = new MatchEngine(ruleset);
          Matcher matcher = new Matcher(engine)) {
        assertEquals(1, NativeLibrary.counts().matchers());
        BlockBuffer block = new BlockBuffer();
        block.begin(1);
        assertEquals(0, matcher.match(block, 1).size());
      }
    }

    assertEquals(NOTHING, NativeLibrary.counts());
  }
}
