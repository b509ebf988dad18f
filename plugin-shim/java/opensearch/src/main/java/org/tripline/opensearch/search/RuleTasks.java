package org.tripline.opensearch.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Rule;

/** Per output of a ruleset, which rules want to know of its documents. Immutable. */
final class RuleTasks {
  /** A rule at work; {@code window} is null if every document counts. */
  record Task(int rule, Rule description, RuleWindow window) {
    boolean isNewTerms() {
      return !description.newTermsFields().isEmpty();
    }

    boolean needsTime() {
      return window != null;
    }
  }

  private final List<List<Task>> ofOutput;
  private final List<Task> all = new ArrayList<>();

  /** {@code windows}: empty means all rules over all documents. */
  RuleTasks(RulesetDescription ruleset, List<RuleWindow> windows, IntPredicate isWanted) {
    ofOutput = new ArrayList<>();
    for (int output = 0; output < ruleset.numOutputs(); output++) {
      ofOutput.add(new ArrayList<>());
    }
    if (windows.isEmpty()) {
      for (int rule = 0; rule < ruleset.rules().size(); rule++) {
        add(ruleset, rule, null, isWanted);
      }
    }
    for (RuleWindow window : windows) {
      add(ruleset, window.rule(), window, isWanted);
    }
  }

  private void add(
      RulesetDescription ruleset, int rule, RuleWindow window, IntPredicate isWanted) {
    Rule description = ruleset.rules().get(rule);
    if (description.output() >= 0 && isWanted.test(rule)) {
      Task task = new Task(rule, description, window);
      ofOutput.get(description.output()).add(task);
      all.add(task);
    }
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
