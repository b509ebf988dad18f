package org.tripline.opensearch.jobs;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.tripline.engine.RulesetDescription.Job;

/**
 * The buckets that a search counts for a job, always whole ones.
 *
 * @param job its place in the ruleset
 * @param firstBucket by number: its beginning over the span
 * @param endBucket the first one that is not counted
 */
public record JobWindow(int job, long firstBucket, long endBucket) implements Writeable {
  /** Of the years 1 to 9999: others are no times of events, here as at the desk. */
  static final long FIRST_TIME = -62_135_596_800_000L;

  static final long LAST_TIME = 253_402_300_799_999L;

  public JobWindow(StreamInput in) throws IOException {
    this(in.readVInt(), in.readLong(), in.readLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(job);
    out.writeLong(firstBucket);
    out.writeLong(endBucket);
  }

  /** The buckets that hold a time from {@code from} to {@code to}, both included; null: no end. */
  public static JobWindow around(int job, Job description, Long from, Long to) {
    long span = description.bucketSpanMillis();
    return new JobWindow(
        job,
        from == null || from < FIRST_TIME ? Long.MIN_VALUE : Math.floorDiv(from, span),
        to == null || to > LAST_TIME ? Long.MAX_VALUE : Math.floorDiv(to, span) + 1);
  }

  /** When the first bucket begins; null: no beginning. */
  public Long firstMillis(Job description) {
    return firstBucket == Long.MIN_VALUE ? null : firstBucket * description.bucketSpanMillis();
  }

  /** The last millisecond of the last bucket; null: no end. */
  public Long lastMillis(Job description) {
    return endBucket == Long.MAX_VALUE ? null : endBucket * description.bucketSpanMillis() - 1;
  }

  public boolean holds(long bucket) {
    return bucket >= firstBucket && bucket < endBucket;
  }
}
