package org.tripline.opensearch.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.rulesets.IndexSights;

/** Per output of a ruleset, which rules want to know of its documents. Immutable. */
final class RuleTasks {
  /**
   * A rule at work; {@code window} is null if every document counts. {@code aliases}: if there are
   * any, the rule sees the documents that one of their filters lets through.
   */
  record Task(int rule, Rule description, RuleWindow window, Set<String> aliases) {
    boolean isNewTerms() {
      return !description.newTermsFields().isEmpty();
    }

    boolean needsTime() {
      return window != null;
    }
  }

  private final List<List<Task>> ofOutput;
  private final List<Task> all = new ArrayList<>();

  /**
   * {@code windows}: empty means all rules over all documents. {@code sight}: how a rule (by
   * its place in the ruleset) sees the index, as {@link IndexSights.Sight#rules}.
   */
  RuleTasks(
      RulesetDescription ruleset, List<RuleWindow> windows, IntFunction<Set<String>> sight) {
    ofOutput = new ArrayList<>();
    for (int output = 0; output < ruleset.numOutputs(); output++) {
      ofOutput.add(new ArrayList<>());
    }
    if (windows.isEmpty()) {
      for (int rule = 0; rule < ruleset.rules().size(); rule++) {
        add(ruleset, rule, null, sight);
      }
    }
    for (RuleWindow window : windows) {
      add(ruleset, window.rule(), window, sight);
    }
  }

  private void add(
      RulesetDescription ruleset, int rule, RuleWindow window, IntFunction<Set<String>> sight) {
    Rule description = ruleset.rules().get(rule);
    Set<String> seen = description.output() < 0 ? null : sight.apply(rule);
    if (seen != null) {
      Task task = new Task(rule, description, window, seen);
      ofOutput.get(description.output()).add(task);
      all.add(task);
    }
  }

  List<Task> all() {
    return all;
  }

  /** Those whose query asks a leaf of the ruleset. */
  List<Task> asking(int leaf) {
    return all.stream()
        .filter(task -> Collections.binarySearch(task.description().leaves(), leaf) >= 0)
        .toList();
  }

  List<Task> of(int output) {
    return ofOutput.get(output);
  }
}
