package org.tripline.opensearch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tripline.engine.RuleRuns;
import org.tripline.engine.RuleRuns.Ask;
import org.tripline.engine.RuleRuns.Plan;

class PausesTest {
  private static final Plan PLAN =
      new Plan(
          List.of(new Ask(0, 0, 0, 0, 0, 0, 1), new Ask(1, 0, 0, 0, 0, 0, 1)),
          List.of(new RuleRuns.JobAsk(0, 0, 1)),
          List.of(new RuleRuns.DueJobRule(2, 0, List.of(0))),
          List.of());

  // A tick over which nothing came.
  private static Tick failed() {
    return new Tick(null, null, null, null, null, 0, () -> false);
  }

  @Test
  void whatDidNotRunIsLeftOutForAWhileAndLongerEachTime() {
    Pauses pauses = new Pauses();
    assertEquals(2, pauses.leaveOut(PLAN, 0).rules().size());
    pauses.note(PLAN, failed(), 0);
    assertEquals(0, pauses.leaveOut(PLAN, 999).rules().size());
    assertEquals(2, pauses.leaveOut(PLAN, 1_000).rules().size());
    pauses.note(PLAN, failed(), 1_000);
    assertEquals(0, pauses.leaveOut(PLAN, 2_999).rules().size());
    assertEquals(2, pauses.leaveOut(PLAN, 3_000).rules().size());
    for (int i = 0; i < 20; i++) {
      pauses.note(PLAN, failed(), 10_000);
    }
    assertEquals(2, pauses.leaveOut(PLAN, 70_000).rules().size());
  }

  @Test
  void jobsOfOthersGoOn() {
    Pauses pauses = new Pauses();
    pauses.note(PLAN, failed(), 0);
    assertEquals(1, pauses.leaveOut(PLAN, 1).jobs().size());
    assertEquals(1, pauses.leaveOut(PLAN, 1).dueJobRules().size());
  }
}
