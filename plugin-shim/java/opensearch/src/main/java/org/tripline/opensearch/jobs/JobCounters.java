package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.shard.LeafError;

/** The counting of all jobs in one slice of a shard. One thread's. */
public final class JobCounters {
  /** Of a block's rows those that aliases let through. */
  public interface Filter {
    long[] seen(Set<String> aliases, LeafReaderContext leaf, long[] rows, int base)
        throws IOException;
  }

  private final JobTasks tasks;
  private final RulesetDescription ruleset;
  private final QueryShardContext context;
  private final long budget;
  private final LongConsumer told;
  private final Filter filter;
  private final Map<Integer, JobCounter> counters = new HashMap<>(); // by job

  /**
   * @param budget bytes of each job's counts in the slice's answer, about
   * @param told of what is held, before it is; it may refuse by an exception
   */
  public JobCounters(
      JobTasks tasks,
      RulesetDescription ruleset,
      QueryShardContext context,
      long budget,
      LongConsumer told,
      Filter filter) {
    this.tasks = tasks;
    this.ruleset = ruleset;
    this.context = context;
    this.budget = budget;
    this.told = told;
    this.filter = filter;
  }

  /** {@code rows}: the documents from {@code base} that an output finds. */
  public void take(LeafReaderContext leaf, int output, long[] rows, int base)
      throws IOException {
    for (JobTasks.Task task : tasks.of(output)) {
      long[] seen =
          task.aliases().isEmpty() ? rows : filter.seen(task.aliases(), leaf, rows, base);
      counter(task).take(leaf, seen, base);
    }
  }

  /** Said by every job whose datafeed asks the leaf. */
  public void addError(LeafError error) {
    for (JobTasks.Task task : tasks.asking(error.leaf())) {
      counter(task).addError(error.field(), error.reason());
    }
  }

  /** Said by every job: why the index is not searched. */
  public void refuse(String reason) {
    tasks.all().forEach(task -> counter(task).addError("", reason));
  }

  private JobCounter counter(JobTasks.Task task) {
    return counters.computeIfAbsent(
        task.window().job(), job -> new JobCounter(task, ruleset, context, budget, told));
  }

  public void leaveSegment() throws IOException {
    for (JobCounter counter : counters.values()) {
      counter.leaveSegment();
    }
  }

  public JobResults results() throws IOException {
    Map<Integer, JobCounts> results = new TreeMap<>();
    for (Map.Entry<Integer, JobCounter> entry : counters.entrySet()) {
      results.put(entry.getKey(), entry.getValue().result());
    }
    return new JobResults(results);
  }
}
