package org.tripline.opensearch.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.IntroSorter;
import org.tripline.engine.RulesetDescription.Detector;

/**
 * Counts in their order: buckets by time, series by the bytes of their terms, influencer values by
 * how much they brought.
 */
public final class JobCountsView {
  /** One series of one bucket; a value that does not split is empty. */
  public record Series(
      BytesRef partition, BytesRef by, double count, List<List<Share>> influencers) {}

  /** How much of a series an influencer value brought. */
  public record Share(BytesRef term, double count) {}

  private final JobCounts counts;
  private final JobLayout layout;
  private final int[] buckets; // in their order
  private final Ordered[] detectors;

  private record Ordered(int[] cells, int[][] values, int[][] firstValues) {}

  public JobCountsView(JobCounts counts) {
    this.counts = counts;
    this.layout = counts.layout();
    CountTable events = counts.counts().events();
    buckets = sorted(events.size(), (a, b) -> Long.compare(events.key(a), events.key(b)));
    detectors = new Ordered[layout.detectors().size()];
    for (int i = 0; i < detectors.length; i++) {
      detectors[i] = order(i);
    }
  }

  private Ordered order(int detector) {
    BucketCounts.Split split = counts.counts().split(detector);
    CountTable events = counts.counts().events();
    CountTable cells = split.cells();
    int[] order =
        sorted(
            cells.size(),
            (a, b) -> {
              int byTime =
                  Long.compare(
                      events.key(CountTable.high(cells.key(a))),
                      events.key(CountTable.high(cells.key(b))));
              return byTime != 0 ? byTime : compareSeries(detector, cells.key(a), cells.key(b));
            });
    int numInfluencers = split.influencers().length;
    int[][] values = new int[numInfluencers][];
    int[][] firstValues = new int[numInfluencers][];
    for (int i = 0; i < numInfluencers; i++) {
      values[i] = largestFirst(counts, detector, i);
      firstValues[i] = firsts(split.influencers()[i], values[i], cells.size());
    }
    return new Ordered(order, values, firstValues);
  }

  private int compareSeries(int detector, long cell, long other) {
    CountTable series = counts.counts().split(detector).series();
    Detector described = layout.detectors().get(detector);
    long key = series.key(CountTable.low(cell));
    long otherKey = series.key(CountTable.low(other));
    int byPartition =
        counts
            .term(described.partitionField(), CountTable.high(key))
            .compareTo(counts.term(described.partitionField(), CountTable.high(otherKey)));
    return byPartition != 0
        ? byPartition
        : counts
            .term(described.byField(), CountTable.low(key))
            .compareTo(counts.term(described.byField(), CountTable.low(otherKey)));
  }

  /** Entries by their cells; of each cell those that brought most first. */
  private static int[] largestFirst(JobCounts counts, int detector, int influencer) {
    CountTable table = counts.counts().split(detector).influencers()[influencer];
    String field = counts.layout().influencers().get(influencer);
    return sorted(
        table.size(),
        (a, b) -> {
          int byCell =
              Integer.compare(CountTable.high(table.key(a)), CountTable.high(table.key(b)));
          int byCount = byCell != 0 ? byCell : Double.compare(table.count(b), table.count(a));
          return byCount != 0
              ? byCount
              : counts
                  .term(field, CountTable.low(table.key(a)))
                  .compareTo(counts.term(field, CountTable.low(table.key(b))));
        });
  }

  // Where in the order the values of each cell begin, and behind the last one their end.
  private static int[] firsts(CountTable table, int[] order, int numCells) {
    int[] firsts = new int[numCells + 1];
    for (int entry : order) {
      firsts[CountTable.high(table.key(entry)) + 1]++;
    }
    for (int cell = 0; cell < numCells; cell++) {
      firsts[cell + 1] += firsts[cell];
    }
    return firsts;
  }

  /** The entries of {@code most} values of each cell that brought most. */
  static FixedBitSet largest(JobCounts counts, int detector, int influencer, int most) {
    CountTable table = counts.counts().split(detector).influencers()[influencer];
    FixedBitSet kept = new FixedBitSet(Math.max(1, table.size()));
    int cell = -1;
    int numOfCell = 0;
    for (int entry : largestFirst(counts, detector, influencer)) {
      int ofCell = CountTable.high(table.key(entry));
      numOfCell = ofCell == cell ? numOfCell + 1 : 1;
      cell = ofCell;
      if (numOfCell <= most) {
        kept.set(entry);
      }
    }
    return kept;
  }

  public int numBuckets() {
    return buckets.length;
  }

  /** When the bucket begins; they rise. */
  public long beginsMillis(int bucket) {
    return counts.counts().events().key(buckets[bucket]) * layout.spanMillis();
  }

  /** Events of the datafeed in it, in whatever series. */
  public double numEvents(int bucket) {
    return counts.counts().events().count(buckets[bucket]);
  }

  /** The series of a bucket that have an event. */
  public List<Series> series(int bucket, int detector) {
    CountTable cells = counts.counts().split(detector).cells();
    int[] order = detectors[detector].cells;
    int begin = 0;
    for (int end = order.length; begin < end; ) {
      int middle = (begin + end) >>> 1;
      if (beginsAt(cells.key(order[middle])) < beginsMillis(bucket)) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    List<Series> series = new ArrayList<>();
    for (int i = begin;
        i < order.length && beginsAt(cells.key(order[i])) == beginsMillis(bucket);
        i++) {
      series.add(seriesOf(detector, order[i]));
    }
    return series;
  }

  private long beginsAt(long cell) {
    return counts.counts().events().key(CountTable.high(cell)) * layout.spanMillis();
  }

  private Series seriesOf(int detector, int cell) {
    BucketCounts.Split split = counts.counts().split(detector);
    Detector described = layout.detectors().get(detector);
    long key = split.series().key(CountTable.low(split.cells().key(cell)));
    List<List<Share>> influencers = new ArrayList<>();
    for (int i = 0; i < split.influencers().length; i++) {
      influencers.add(shares(detector, i, cell));
    }
    return new Series(
        counts.term(described.partitionField(), CountTable.high(key)),
        counts.term(described.byField(), CountTable.low(key)),
        split.cells().count(cell),
        influencers);
  }

  private List<Share> shares(int detector, int influencer, int cell) {
    CountTable table = counts.counts().split(detector).influencers()[influencer];
    Ordered ordered = detectors[detector];
    int begin = ordered.firstValues[influencer][cell];
    int end = ordered.firstValues[influencer][cell + 1];
    List<Share> shares = new ArrayList<>(end - begin);
    for (int i = begin; i < end; i++) {
      int entry = ordered.values[influencer][i];
      shares.add(
          new Share(
              counts.term(
                  layout.influencers().get(influencer), CountTable.low(table.key(entry))),
              table.count(entry)));
    }
    return shares;
  }

  private static int[] sorted(int size, IntBinaryOperator order) {
    int[] numbers = new int[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = i;
    }
    new IntroSorter() {
      private int pivot;

      @Override
      protected void setPivot(int i) {
        pivot = numbers[i];
      }

      @Override
      protected int comparePivot(int j) {
        return order.applyAsInt(pivot, numbers[j]);
      }

      @Override
      protected void swap(int i, int j) {
        int moved = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = moved;
      }
    }.sort(0, size);
    return numbers;
  }
}
