package org.tripline.engine;

import java.util.List;

/**
 * What an anomaly job's events came to, as {@link RuleRuns#takeCounts} takes it: whole counts of a
 * stretch of buckets. A bucket of the stretch that is not written has no events. One thread's.
 *
 * <pre>
 *   writer.beginBucket(bucket, events);  // rising
 *   writer.beginDetector();              // as many as the job has, in their order
 *   writer.series(partition, by, count, influencers);
 *
 *   counts = i64 first bucket, i64 end bucket, u32 number, bucket*
 *   bucket = i64 number, then as runtime/anomaly/bucket_counts.h
 * </pre>
 */
public final class CountsWriter {
  /** How much of a series an influencer value brought. */
  public record Share(byte[] term, double count) {}

  private static final int NUMBER_AT = 2 * Long.BYTES;

  private final ByteSink bytes = new ByteSink();
  private int numBuckets;
  private int seriesAt;
  private int numSeries;

  /** Of the buckets from the first one to before the end one. */
  public CountsWriter(long firstBucket, long endBucket) {
    bytes.number(firstBucket);
    bytes.number(endBucket);
    bytes.number(0);
  }

  public void beginBucket(long bucket, double numEvents) {
    bytes.set(NUMBER_AT, ++numBuckets);
    bytes.number(bucket);
    bytes.number((byte) 1); // may alert: native code knows better
    bytes.number(numEvents);
  }

  public void beginDetector() {
    seriesAt = bytes.size();
    numSeries = 0;
    bytes.number(0);
  }

  /**
   * @param partition the term of its partition value ({@link Terms}); empty: nothing splits
   * @param by the term of its by value; empty: nothing splits
   * @param influencers per influencer of the job; empty: nothing is known
   */
  public void series(byte[] partition, byte[] by, double count, List<List<Share>> influencers) {
    bytes.set(seriesAt, ++numSeries);
    bytes.string(partition, by);
    bytes.number(count);
    bytes.number(influencers.size());
    for (List<Share> shares : influencers) {
      bytes.number(shares.size());
      for (Share share : shares) {
        bytes.string(share.term());
        bytes.number(share.count());
      }
    }
  }

  public byte[] toBytes() {
    return bytes.toArray();
  }
}
