package org.tripline.opensearch.jobs;

import java.util.function.IntFunction;
import org.apache.lucene.util.FixedBitSet;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Detector;

/**
 * What a job counted, in numbers: who knows the terms that the numbers stand for is said by the
 * owner. Counts of parts add up to those of the whole, in any order. One thread's.
 */
final class BucketCounts {
  /** What one detector counted. */
  static final class Split {
    private final Candidates candidates;
    private final CountTable series; // by the numbers of partition and by value, 0 where none is
    private final CountTable cells; // by the numbers of bucket and series
    private final CountTable[] influencers; // by those of cell and value; none: nobody asks

    private Split(Detector detector, int numInfluencers, Memory memory) {
      candidates = detector.candidates();
      series = new CountTable(memory);
      cells = new CountTable(memory);
      influencers = new CountTable[candidates == Candidates.NONE ? 0 : numInfluencers];
      for (int i = 0; i < influencers.length; i++) {
        influencers[i] = new CountTable(memory);
      }
    }

    CountTable series() {
      return series;
    }

    CountTable cells() {
      return cells;
    }

    CountTable[] influencers() {
      return influencers;
    }

    int countCell(int bucket, int partition, int by, double weight) {
      return cells.add(
          CountTable.pair(bucket, series.add(CountTable.pair(partition, by), 0.0)), weight);
    }

    // Weights are positive, so a value that some event lacks stays below the whole.
    private boolean isCandidate(int influencer, int entry) {
      CountTable values = influencers[influencer];
      return candidates != Candidates.SHARED
          || values.count(entry) >= cells.count(CountTable.high(values.key(entry)));
    }
  }

  /** Which influencer values stay; null: all. */
  interface Choice {
    FixedBitSet kept(int detector, int influencer);
  }

  private final JobLayout layout;
  private final CountTable events; // by bucket number
  private final Split[] splits; // by detector

  BucketCounts(JobLayout layout, Memory memory) {
    this.layout = layout;
    events = new CountTable(memory);
    splits = new Split[layout.detectors().size()];
    for (int i = 0; i < splits.length; i++) {
      splits[i] = new Split(layout.detectors().get(i), layout.influencers().size(), memory);
    }
  }

  /** All events of the datafeed, by the number of their bucket. */
  CountTable events() {
    return events;
  }

  Split split(int detector) {
    return splits[detector];
  }

  /**
   * Of a detector whose candidates are what all events share, those that the part's events do not
   * share are left out: they cannot be shared by all.
   *
   * @param terms by field: how the part's terms are called here
   */
  void addAll(BucketCounts part, IntFunction<Translation> terms, Choice choice) {
    int[] buckets = new int[part.events.size()];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = events.add(part.events.key(i), part.events.count(i));
    }
    for (int i = 0; i < splits.length; i++) {
      addSplit(i, part.splits[i], buckets, terms, choice);
    }
  }

  private void addSplit(
      int detector, Split part, int[] buckets, IntFunction<Translation> terms, Choice choice) {
    Split split = splits[detector];
    Detector described = layout.detectors().get(detector);
    int[] series = new int[part.series.size()];
    for (int i = 0; i < series.length; i++) {
      long key = part.series.key(i);
      int partition = translate(terms, described.partitionField(), CountTable.high(key));
      int by = translate(terms, described.byField(), CountTable.low(key));
      series[i] = split.series.add(CountTable.pair(partition, by), 0.0);
    }
    int[] cells = new int[part.cells.size()];
    for (int i = 0; i < cells.length; i++) {
      long key = part.cells.key(i);
      cells[i] =
          split.cells.add(
              CountTable.pair(buckets[CountTable.high(key)], series[CountTable.low(key)]),
              part.cells.count(i));
    }
    for (int i = 0; i < split.influencers.length; i++) {
      FixedBitSet kept = choice == null ? null : choice.kept(detector, i);
      Translation values = terms.apply(layout.field(layout.influencers().get(i)));
      CountTable counts = part.influencers[i];
      for (int entry = 0; entry < counts.size(); entry++) {
        if (part.isCandidate(i, entry) && (kept == null || kept.get(entry))) {
          long key = counts.key(entry);
          split.influencers[i].add(
              CountTable.pair(cells[CountTable.high(key)], values.of(CountTable.low(key))),
              counts.count(entry));
        }
      }
    }
  }

  private int translate(IntFunction<Translation> terms, String field, int id) {
    return field.isEmpty() ? 0 : terms.apply(layout.field(field)).of(id);
  }

  void clear() {
    events.clear();
    for (Split split : splits) {
      split.series.clear();
      split.cells.clear();
      for (CountTable values : split.influencers) {
        values.clear();
      }
    }
  }
}
