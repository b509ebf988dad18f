package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.opensearch.jobs.JobCounts.Size;
import org.tripline.opensearch.jobs.JobSegment.Values;
import org.tripline.opensearch.search.RuleError;

/**
 * One job's counting in one slice of a shard. Within a segment values are numbers; what they are
 * called is looked up once for each of them, when the segment ends. One thread's.
 */
final class JobCounter {
  /** Pairs of a partition and a by value of one event at most. */
  private static final int MAX_PAIRS = 10_000;

  /** What counting may hold, as a multiple of what it may send. */
  private static final int HELD_PER_SENT = 8;

  private final JobTasks.Task task;
  private final JobLayout layout;
  private final RulesetDescription ruleset;
  private final QueryShardContext context;
  private final long budget;
  private final Memory memory;
  private JobCounts total;
  private JobSegment segment; // null between segments
  private int[] cells = new int[8]; // that the event belongs to
  private int numCells;

  /**
   * @param budget bytes of the result
   * @param told of every change of what is held, before it happens; may refuse by an exception
   */
  JobCounter(
      JobTasks.Task task,
      RulesetDescription ruleset,
      QueryShardContext context,
      long budget,
      LongConsumer told) {
    this.task = task;
    this.layout = new JobLayout(task.description());
    this.ruleset = ruleset;
    this.context = context;
    this.budget = budget;
    this.memory = new Memory(told);
    this.total = new JobCounts(layout, memory.part());
  }


  /** {@code rows}: the documents from {@code base} that the job's datafeed holds; they rise. */
  void take(LeafReaderContext leaf, long[] rows, int base) throws IOException {
    if (segment == null) {
      segment = new JobSegment(task.description(), layout, leaf.reader(), ruleset, context, memory);
      segment.errors().forEach(total::addError);
    }
    if (!segment.isCountable()) {
      return;
    }
    for (int word = 0; word < rows.length; word++) {
      for (long left = rows[word]; left != 0 && total.cut() == null; left &= left - 1) {
        count(base + word * 64 + Long.numberOfTrailingZeros(left));
        if (isOver()) {
          shrink();
        }
      }
    }
  }

  void addError(String field, String reason) {
    total.addError(new RuleError(context.index().getName(), field, reason));
  }

  private boolean isOver() {
    return memory.used() > HELD_PER_SENT * budget;
  }

  // By half, so that it does not happen again at once.
  private void shrink() throws IOException {
    segment.moveTo(total);
    total = total.within(Size.HELD, HELD_PER_SENT * budget / 2, memory);
  }

  private void count(int doc) throws IOException {
    Long time = timeOf(doc);
    if (time == null) {
      total.addWithoutTime();
      return;
    }
    long bucket = layout.bucketOf(time);
    if (!task.window().holds(bucket)) {
      return;
    }
    double weight = segment.weightOf(doc);
    if (weight == 0.0) {
      total.addWithoutCount();
      return;
    }
    segment.read(doc);
    int number = segment.counts().events().add(bucket, weight);
    for (int detector = 0; detector < layout.detectors().size(); detector++) {
      if (!countCells(detector, number, weight)) {
        total =
            total.emptied(
                "an event of index ["
                    + context.index().getName()
                    + "] has more than "
                    + MAX_PAIRS
                    + " pairs of partition and by values",
                memory);
        segment.counts().clear();
        return;
      }
      if (layout.detectors().get(detector).candidates() != Candidates.NONE) {
        countInfluencers(detector, weight);
      }
    }
  }

  // The earliest of the event's times that is one. Null if there is none.
  private Long timeOf(int doc) throws IOException {
    int count = segment.times().read(doc);
    for (int i = 0; i < count; i++) {
      long time = segment.times().value(i);
      if (time >= JobWindow.FIRST_TIME && time <= JobWindow.LAST_TIME) {
        return time;
      }
    }
    return null;
  }

  private boolean countCells(int detector, int bucket, double weight) {
    Values partitions = segment.partitions(detector);
    Values bys = segment.bys(detector);
    long pairs = (long) partitions.size() * bys.size();
    if (pairs > MAX_PAIRS) {
      return false;
    }
    BucketCounts.Split split = segment.counts().split(detector);
    cells = pairs > cells.length ? Arrays.copyOf(cells, (int) pairs) : cells;
    numCells = 0;
    for (int i = 0; i < partitions.size(); i++) {
      for (int j = 0; j < bys.size(); j++) {
        cells[numCells++] = split.countCell(bucket, partitions.get(i), bys.get(j), weight);
      }
    }
    return true;
  }

  private void countInfluencers(int detector, double weight) {
    CountTable[] tables = segment.counts().split(detector).influencers();
    for (int cell = 0; cell < numCells; cell++) {
      for (int i = 0; i < tables.length; i++) {
        Values values = segment.influencer(i);
        if (isOver()) {
          total.addInfluencersCut(values.size()); // of this event, for this series
          continue;
        }
        for (int j = 0; j < values.size(); j++) {
          tables[i].add(CountTable.pair(cells[cell], values.get(j)), weight);
        }
      }
    }
  }

  void leaveSegment() throws IOException {
    if (segment != null) {
      segment.moveTo(total);
      segment.close();
      segment = null;
    }
  }

  JobCounts result() throws IOException {
    leaveSegment();
    total = total.within(Size.SENT, budget, memory);
    return total;
  }
}
