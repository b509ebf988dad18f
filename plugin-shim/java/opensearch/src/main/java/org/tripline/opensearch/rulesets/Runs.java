package org.tripline.opensearch.rulesets;

import java.util.Set;
import java.util.TreeSet;

/**
 * Whether and what a ruleset runs by schedule. {@code from}, {@code to}: milliseconds of event time
 * between which runs begin and end; null: the time of the start, and no end. {@code startedAt}: when
 * it was started last, 0: never. {@code disabledRules}: ids of rules that do not run, among them
 * perhaps some that the ruleset does not have now: who comes back finds itself as it was left.
 */
public record Runs(
    boolean isStarted, Long from, Long to, long startedAt, Set<String> disabledRules) {
  public static final Runs NEVER = new Runs(false, null, null, 0, Set.of());

  public Runs {
    disabledRules = Set.copyOf(disabledRules);
  }

  Runs started(Long newFrom, Long newTo, long now) {
    return new Runs(true, newFrom, newTo, now, disabledRules);
  }

  Runs until(Long newTo) {
    return new Runs(isStarted, from, newTo, startedAt, disabledRules);
  }

  Runs stopped() {
    return new Runs(false, from, to, startedAt, disabledRules);
  }

  Runs withRule(String ruleId, boolean isEnabled) {
    Set<String> disabled = new TreeSet<>(disabledRules);
    boolean changes = isEnabled ? disabled.remove(ruleId) : disabled.add(ruleId);
    return changes ? new Runs(isStarted, from, to, startedAt, disabled) : this;
  }
}
