package org.tripline.opensearch.jobs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;

/** Per output of a ruleset, which jobs count its documents. Immutable. */
public final class JobTasks {
  /** A job at work. */
  record Task(Job description, JobWindow window) {}

  private final List<List<Task>> ofOutput = new ArrayList<>();
  private final List<Task> all = new ArrayList<>();

  /** Jobs that this version cannot count, and unwanted ones, are left out. */
  public JobTasks(RulesetDescription ruleset, JobsAsked asked, IntPredicate isWanted) {
    for (int output = 0; output < ruleset.numOutputs(); output++) {
      ofOutput.add(new ArrayList<>());
    }
    for (JobWindow window : asked.windowsOf(ruleset)) {
      Job job = ruleset.jobs().get(window.job());
      if (job.output() >= 0 && job.whyNotRun().isEmpty() && isWanted.test(window.job())) {
        Task task = new Task(job, window);
        ofOutput.get(job.output()).add(task);
        all.add(task);
      }
    }
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
