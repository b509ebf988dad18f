package org.tripline.opensearch.schedule;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tripline.engine.RuleRuns;
import org.tripline.engine.RuleRuns.Plan;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;

/** What ticks come to, in the rules' statistics and in the log. One thread's. */
final class TickNotes {
  private static final Logger LOGGER = LogManager.getLogger(TickNotes.class);
  private static final int MAX_TOLD = 1000;

  private final String ruleset;
  private Set<String> told = new HashSet<>();
  private CutCounts cuts = new CutCounts();

  TickNotes(String ruleset) {
    this.ruleset = ruleset;
  }

  /** Detectors were opened anew. */
  void begin() {
    cuts = new CutCounts();
  }

  private static RuleStats statsOf(Head head, RulesetDescription rules, int rule) {
    return head.rules()
        .computeIfAbsent(rules.rules().get(rule).ruleId(), id -> new RuleStats());
  }

  void gaps(Head head, RulesetDescription rules, Plan plan) {
    for (RuleRuns.Gap gap : plan.gaps()) {
      statsOf(head, rules, gap.rule()).gap(gap);
      LOGGER.warn(
          "ruleset [{}] rule [{}]: no run examined {} to {} (milliseconds); _run fills the gap",
          ruleset,
          rules.rules().get(gap.rule()).ruleId(),
          gap.fromMillis(),
          gap.toMillis());
    }
  }

  /** {@code detectors}: what the engine tells of them. */
  void tick(
      Head head,
      RulesetDescription rules,
      Tick tick,
      AlertMaker maker,
      String detectors,
      long now) {
    Map<Integer, Integer> alerts = new HashMap<>();
    tick.findings().forEach(finding -> alerts.merge(finding.rule(), 1, Integer::sum));
    maker.gone().forEach(gone -> alerts.merge(gone.rule(), -1, Integer::sum));
    tick.ran()
        .forEach(
            (rule, ran) -> {
              RuleStats stats = statsOf(head, rules, rule);
              stats.ran(
                  ran.firstRun(), ran.lastRun(), rules.rules().get(rule).intervalMillis());
              stats.matched(ran.matches());
              stats.alerted(alerts.getOrDefault(rule, 0));
            });
    cuts.since(detectors)
        .forEach(
            (id, cut) -> head.rules().computeIfAbsent(id, key -> new RuleStats()).cut(cut));
    maker.gone().forEach(gone -> tick.fail(gone.rule(), gone.index(), gone.reason()));
    for (Map.Entry<Integer, RuleErrors> errors : tick.errors().entrySet()) {
      String id = rules.rules().get(errors.getKey()).ruleId();
      for (RuleError error : errors.getValue().list()) {
        String where = error.index().isEmpty() ? "" : "[" + error.index() + "] ";
        statsOf(head, rules, errors.getKey()).failed(where + error.reason(), now);
        tell("rule [" + id + "] index [" + error.index() + "]: " + error.reason());
      }
    }
  }

  /** Each thing once, as ticks repeat. */
  void tell(String what) {
    if (told.size() > MAX_TOLD) {
      told = new HashSet<>();
    }
    if (told.add(what)) {
      LOGGER.warn("ruleset [{}] {}", ruleset, what);
    }
  }
}
