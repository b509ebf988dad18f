package org.tripline.opensearch.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tripline.engine.RuleRuns.Plan;

/**
 * Rules and jobs that could not run are left out of the next plans for a while, longer each time, so
 * that what is wrong with one of them costs the others little.
 */
final class Pauses {
  private static final long FIRST_MILLIS = 1_000;
  private static final long LONGEST_MILLIS = 60_000;

  private record Pause(long until, long length) {
    static Pause after(Pause before, long now) {
      long length = before == null ? FIRST_MILLIS : Math.min(LONGEST_MILLIS, 2 * before.length);
      return new Pause(now + length, length);
    }
  }

  private final Map<Integer, Pause> rules = new HashMap<>();
  private final Map<Integer, Pause> jobs = new HashMap<>();

  /** What is left of the plan. */
  Plan leaveOut(Plan plan, long now) {
    if (rules.isEmpty() && jobs.isEmpty()) {
      return plan;
    }
    return new Plan(
        plan.rules().stream().filter(ask -> !isPaused(rules, ask.rule(), now)).toList(),
        plan.jobs().stream().filter(ask -> !isPaused(jobs, ask.job(), now)).toList(),
        plan.dueJobRules().stream()
            .filter(due -> due.jobs().stream().noneMatch(job -> isPaused(jobs, job, now)))
            .toList(),
        plan.gaps());
  }

  /** Who could not run the last time, and is asked apart from the others therefore. */
  Tick.Suspects suspects() {
    return new Tick.Suspects(rules::containsKey, jobs::containsKey);
  }

  private static boolean isPaused(Map<Integer, Pause> pauses, int which, long now) {
    Pause pause = pauses.get(which);
    return pause != null && now < pause.until;
  }

  /** What came of the plan. */
  void note(Plan plan, Tick tick, long now) {
    note(rules, plan.rules().stream().map(ask -> ask.rule()).toList(), tick.ran().keySet(), now);
    jobs.keySet().retainAll(tick.unfinishedJobs());
    tick.unfinishedJobs().forEach(job -> jobs.put(job, Pause.after(jobs.get(job), now)));
  }

  private static void note(
      Map<Integer, Pause> pauses, List<Integer> asked, Set<Integer> ran, long now) {
    for (int which : asked) {
      if (ran.contains(which)) {
        pauses.remove(which);
      } else {
        pauses.put(which, Pause.after(pauses.get(which), now));
      }
    }
  }
}
