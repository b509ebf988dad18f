package org.tripline.opensearch.jobs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;

/** Per output of a ruleset, which jobs count its documents. Immutable. */
public final class JobTasks {
  /**
   * A job at work. {@code aliases}: if there are any, it sees the documents that one of their
   * filters lets through.
   */
  record Task(Job description, JobWindow window, Set<String> aliases) {}

  private final List<List<Task>> ofOutput = new ArrayList<>();
  private final List<Task> all = new ArrayList<>();

  /**
   * Jobs that this version cannot count are left out. {@code sight}: the aliases through which a job
   * (by its place in the ruleset) sees the index, if their filters matter; null if it does not look
   * at it.
   */
  public JobTasks(
      RulesetDescription ruleset, JobsAsked asked, IntFunction<Set<String>> sight) {
    for (int output = 0; output < ruleset.numOutputs(); output++) {
      ofOutput.add(new ArrayList<>());
    }
    for (JobWindow window : asked.windowsOf(ruleset)) {
      Job job = ruleset.jobs().get(window.job());
      Set<String> seen = sight.apply(window.job());
      if (job.output() >= 0 && job.whyNotRun().isEmpty() && seen != null) {
        Task task = new Task(job, window, seen);
        ofOutput.get(job.output()).add(task);
        all.add(task);
      }
    }
  }

  List<Task> all() {
    return all;
  }

  /** Those whose datafeed asks a leaf of the ruleset. */
  List<Task> asking(int leaf) {
    return all.stream()
        .filter(task -> Collections.binarySearch(task.description().leaves(), leaf) >= 0)
        .toList();
  }

  List<Task> of(int output) {
    return ofOutput.get(output);
  }
}
