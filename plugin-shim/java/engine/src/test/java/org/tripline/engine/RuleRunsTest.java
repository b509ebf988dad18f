package org.tripline.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tripline.engine.RuleRuns.Ask;
import org.tripline.engine.RuleRuns.Found;
import org.tripline.engine.RuleRuns.Plan;
import org.tripline.engine.TriplineException.Code;

/** Scheduled runs from Java: what is asked for, what the answers become, what goes on from bytes. */
class RuleRunsTest {
  private static final long MINUTE = 60_000;
  private static final long BEGIN = Rules.MAY;
  private static final byte[] ALL = {};

  @BeforeAll
  static void load() {
    Rules.loadLibrary();
  }

  // A query rule and a new_terms rule, every five minutes over the last six.
  private static Ruleset ruleset() {
    String rule =
        "{\"rule_id\":\"%s\",\"name\":\"A rule\",\"description\":\"d\",\"risk_score\":21,"
            + "\"severity\":\"low\",\"index\":[\"logs-*\"],\"query\":\"name : *\","
            + "\"interval\":\"5m\",\"from\":\"now-6m\",%s}";
    String rules =
        "["
            + rule.formatted("q", "\"type\":\"query\"")
            + ",\n"
            + rule.formatted(
                "n",
                "\"type\":\"new_terms\",\"new_terms_fields\":[\"name\"],"
                    + "\"history_window_start\":\"now-7d\"")
            + "]";
    return Ruleset.compile("rules.json", Rules.bytes(rules), Rules.MAPPING);
  }

  private static Plan planAt(RuleRuns runs, long minute) {
    long now = BEGIN + minute * MINUTE;
    return runs.plan(now, now, 60 * MINUTE, Long.MIN_VALUE, ALL);
  }

  private static byte[] event(long time, String id) {
    FindsWriter writer = new FindsWriter();
    writer.event(time, "logs-a", id);
    writer.matches(1);
    return writer.toBytes();
  }

  private static byte[] term(String value, long before, long time) {
    FindsWriter writer = new FindsWriter();
    boolean isInWindow = time != FindsWriter.NONE;
    writer.term(
        Terms.string(value), before, time, isInWindow ? "logs-b" : "", isInWindow ? "2" : "", time);
    return writer.toBytes();
  }

  private static void assertFails(Code code, Executable call) {
    TriplineException e = assertThrows(TriplineException.class, call);
    assertEquals(code, e.code(), e.getMessage());
  }

  @Test
  void aPlanAsksForTheWindowsOfTheRunsThatAreDue() {
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN)) {
      Plan plan = planAt(runs, 12);

      long from = BEGIN - MINUTE;
      long to = BEGIN + 10 * MINUTE;
      long history = BEGIN + 5 * MINUTE - 7 * 24 * 60 * MINUTE;
      assertEquals(
          List.of(
              new Ask(0, BEGIN + 5 * MINUTE, to, from, to, from, 200),
              new Ask(1, BEGIN + 5 * MINUTE, to, from, to, history, 100)),
          plan.rules());
      assertTrue(plan.jobs().isEmpty() && plan.dueJobRules().isEmpty() && plan.gaps().isEmpty());
    }
  }

  @Test
  void aRunGivesTheEventsAndTheTermsThatAreNew() {
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN)) {
      planAt(runs, 5);
      runs.takeFinds(0, event(BEGIN + MINUTE, "1"));
      runs.takeFinds(1, term("new", FindsWriter.NONE, BEGIN + 2 * MINUTE));
      runs.takeFinds(1, term("known", BEGIN - 5000 * MINUTE, BEGIN + MINUTE));
      runs.takeFinds(1, term("past", BEGIN - 3 * MINUTE, FindsWriter.NONE));

      Found event = runs.run(0, BEGIN + 5 * MINUTE).get(0);
      List<Found> terms = runs.run(1, BEGIN + 5 * MINUTE);

      assertEquals("logs-a 1", event.index() + " " + event.id());
      assertEquals(BEGIN + MINUTE, event.timeMillis());
      assertEquals(0, event.term().length + event.source().length);
      assertEquals(1, terms.size());
      assertEquals(BEGIN + 5 * MINUTE, terms.get(0).runAtMillis());
      assertArrayEquals(Terms.string("new"), terms.get(0).term());
    }
  }

  @Test
  void whatWasKeptIsGoneOnFrom() {
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN);
        RuleRuns next = RuleRuns.open(ruleset, BEGIN)) {
      byte[] checkpoint = runs.save(true);
      runs.kept();
      planAt(runs, 5);
      runs.takeFinds(0, event(BEGIN + 4 * MINUTE + 1, "1"));
      runs.run(0, BEGIN + 5 * MINUTE);
      byte[] change = runs.save(false);
      runs.kept();

      next.restore(checkpoint);
      next.restore(change);
      assertEquals(BEGIN + 10 * MINUTE, planAt(next, 10).rules().get(0).firstRun());
      next.takeFinds(0, event(BEGIN + 4 * MINUTE + 1, "1"));
      assertTrue(next.run(0, BEGIN + 10 * MINUTE).isEmpty(), "it was given by the run before");
      assertTrue(next.stats().contains("\"position\":" + (BEGIN + 10 * MINUTE)), next.stats());
    }
  }

  @Test
  void aDisabledRuleIsNotAskedFor() {
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN)) {
      long now = BEGIN + 5 * MINUTE;
      Plan plan = runs.plan(now, now, MINUTE, Long.MIN_VALUE, new byte[] {0, 1});
      assertEquals(List.of(1), plan.rules().stream().map(Ask::rule).toList());
      assertFails(Code.USAGE, () -> runs.plan(now, now, MINUTE, now, new byte[] {1}));
    }
  }

  @Test
  void misuseAndDamageAreExceptions() {
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN)) {
      assertFails(Code.USAGE, runs::kept);
      assertFails(Code.USAGE, () -> runs.run(0, BEGIN + 5 * MINUTE));
      planAt(runs, 5);
      assertFails(Code.USAGE, () -> runs.restore(new byte[0]));
      assertFails(Code.USAGE, () -> runs.run(2, BEGIN + 5 * MINUTE));
      assertFails(Code.USAGE, () -> runs.takeFinds(-1, new byte[0]));
      assertFails(Code.USAGE, () -> runs.closeJob(0, 1));
      assertFails(Code.INVALID, () -> runs.takeFinds(0, event(BEGIN + 6 * MINUTE, "1")));
      assertFails(Code.USAGE, () -> runs.takeFinds(0, null));
      RuleRuns closed = RuleRuns.open(ruleset, BEGIN);
      closed.close();
      assertFails(Code.USAGE, closed::stats);
    }
  }

  @Test
  void anyBytesAreFindsOrAnException() {
    Random random = new Random(5);
    byte[] finds = term("new", BEGIN - 5000 * MINUTE, BEGIN + 2 * MINUTE);
    try (Ruleset ruleset = ruleset();
        RuleRuns runs = RuleRuns.open(ruleset, BEGIN)) {
      planAt(runs, 5);
      for (int i = 0; i < 2000; i++) {
        byte[] damaged = finds.clone();
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        try {
          runs.takeFinds(random.nextInt(2), damaged);
        } catch (TriplineException e) {
          assertEquals(Code.INVALID, e.code());
        }
      }
      runs.run(1, BEGIN + 5 * MINUTE);
    }
  }
}
