package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.Collection;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;

/**
 * What one anomaly job counts in a part of the documents: per bucket of time the events, and per
 * detector, bucket, partition and by value the events and who brought how many of them. Parts merge
 * in any order to the same result.
 *
 * <p>These are whole counts of the buckets that were asked for, never increments: who keeps models
 * replaces what he knew of a bucket by a later count of it, so that repeats and events that come
 * late do no harm. It is what the native JobRun (runtime/anomaly/job_run.h) counts for itself at
 * the desk: a bucket's series in {@link JobCountsView} are those of a BucketCounts
 * (runtime/anomaly/bucket_counts.h), under keys of the same bytes: the term of the partition value,
 * then that of the by value. Of influencers only candidates are here: none where no detector names
 * one, and for {@code rare} those that all events of the series share. Counts with {@link #cut()}
 * are not whole and are not fed to anything.
 */
public final class JobCounts implements Writeable {
  private static final int[] SMALLER = {1000, 200, 50, 10, 0};

  private static final long WIRE_BYTES_OF_A_CELL = 12;
  private static final long WIRE_BYTES_OF_A_VALUE = 6;

  private final JobLayout layout;
  private final Memory memory;
  private final TermIds[] terms; // by field of the layout
  private final BucketCounts counts;
  private final RuleErrors errors;
  private String cut;
  private long withoutTime;
  private long withoutCount;
  private long influencersCut;

  JobCounts(JobLayout layout, Memory memory) {
    this(layout, memory, new RuleErrors());
  }

  private JobCounts(JobLayout layout, Memory memory, RuleErrors errors) {
    this.layout = layout;
    this.memory = memory;
    this.errors = errors;
    terms = new TermIds[layout.fields().size()];
    for (int i = 0; i < terms.length; i++) {
      terms[i] = new TermIds(memory);
    }
    counts = new BucketCounts(layout, memory);
  }

  public JobCounts(StreamInput in) throws IOException {
    this(new JobLayout(in), Memory.untold(), new RuleErrors(in));
    cut = in.readOptionalString();
    withoutTime = in.readVLong();
    withoutCount = in.readVLong();
    influencersCut = in.readVLong();
    JobCountsFormat.read(in, layout, terms, counts);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    layout.writeTo(out);
    errors.writeTo(out);
    out.writeOptionalString(cut);
    out.writeVLong(withoutTime);
    out.writeVLong(withoutCount);
    out.writeVLong(influencersCut);
    JobCountsFormat.write(out, layout, terms, counts);
  }

  static JobCounts merge(Collection<JobCounts> parts) {
    JobCounts merged = new JobCounts(parts.iterator().next().layout, Memory.untold());
    parts.forEach(merged::addAll);
    // What the first parts' events shared and the last ones' did not is still there.
    return merged.copy(Memory.untold(), Integer.MAX_VALUE);
  }

  private void addAll(JobCounts part) {
    addSayings(part);
    addCounts(part, null);
  }

  private void addSayings(JobCounts part) {
    errors.addAll(part.errors);
    cut = cut == null || (part.cut != null && part.cut.compareTo(cut) < 0) ? part.cut : cut;
    withoutTime += part.withoutTime;
    withoutCount += part.withoutCount;
    influencersCut += part.influencersCut;
  }

  private void addCounts(JobCounts part, BucketCounts.Choice choice) {
    Translation[] translations = new Translation[terms.length];
    for (int i = 0; i < terms.length; i++) {
      translations[i] = new Translation(part.terms[i].size(), part.terms[i]::term, terms[i]);
    }
    counts.addAll(part.counts, field -> translations[field], choice);
  }

  /** Without what is no candidate, and with {@code most} influencer values a cell and field. */
  private JobCounts copy(Memory toMemory, int most) {
    JobCounts copy = new JobCounts(layout, toMemory);
    copy.addSayings(this);
    copy.addCounts(
        this,
        most == Integer.MAX_VALUE
            ? null
            : (detector, influencer) -> {
              FixedBitSet kept = JobCountsView.largest(this, detector, influencer, most);
              copy.influencersCut +=
                  counts.split(detector).influencers()[influencer].size() - kept.cardinality();
              return kept;
            });
    return copy;
  }

  /** What a part of the counts may cost. */
  enum Size {
    HELD {
      @Override
      long of(JobCounts counts) {
        return counts.memory.used();
      }
    },
    SENT {
      @Override
      long of(JobCounts counts) {
        return counts.wireBytes();
      }
    };

    abstract long of(JobCounts counts);
  }

  /**
   * The same within a size, in the place of these: influencer values that brought little are left
   * out first; if that is not enough everything is, which is said.
   *
   * @param toMemory that these are a part of
   */
  JobCounts within(Size size, long mostBytes, Memory toMemory) {
    JobCounts small = copy(toMemory.part(), Integer.MAX_VALUE);
    memory.giveBack();
    for (int i = 0; i < SMALLER.length && size.of(small) > mostBytes; i++) {
      JobCounts smaller = small.copy(toMemory.part(), SMALLER[i]);
      small.memory.giveBack();
      small = smaller;
    }
    return size.of(small) <= mostBytes
        ? small
        : small.emptied(
            "its series in these buckets take more than "
                + mostBytes
                + " bytes of a part of a shard; ask for fewer buckets",
            toMemory);
  }

  /** Without any counts, as they are not whole; in the place of these. */
  JobCounts emptied(String why, Memory toMemory) {
    memory.giveBack();
    JobCounts empty = new JobCounts(layout, toMemory.part());
    empty.addSayings(this);
    empty.cut = why;
    return empty;
  }

  private long wireBytes() {
    long bytes = 0;
    for (TermIds ids : terms) {
      bytes += ids.bytes();
    }
    for (int i = 0; i < layout.detectors().size(); i++) {
      BucketCounts.Split split = counts.split(i);
      bytes += (split.series().size() + split.cells().size()) * WIRE_BYTES_OF_A_CELL;
      for (CountTable values : split.influencers()) {
        bytes += values.size() * WIRE_BYTES_OF_A_VALUE;
      }
    }
    return bytes;
  }

  public JobLayout layout() {
    return layout;
  }

  BucketCounts counts() {
    return counts;
  }

  TermIds terms(int field) {
    return terms[field];
  }

  /** The term that a number in a key stands for; empty where the field does not split. */
  BytesRef term(String field, int id) {
    return field.isEmpty() ? new BytesRef() : terms[layout.field(field)].term(id);
  }

  Memory memory() {
    return memory;
  }

  void addError(RuleError error) {
    errors.add(error);
  }

  void addWithoutTime() {
    withoutTime++;
  }

  void addWithoutCount() {
    withoutCount++;
  }

  void addInfluencersCut(long values) {
    influencersCut += values;
  }

  /** Why some index was not counted, or not as it should have been. */
  public RuleErrors errors() {
    return errors;
  }

  /** Why a part of the counts is missing; null if they are whole. */
  public String cut() {
    return cut;
  }

  /** Events of the datafeed without a usable time. */
  public long withoutTime() {
    return withoutTime;
  }

  /** Events whose summary count is no positive number. */
  public long withoutCount() {
    return withoutCount;
  }

  /**
   * Influencer values that were left out, the smallest first, in all parts together; a value that is
   * here may have been left out elsewhere, and its count is then too small.
   */
  public long influencersCut() {
    return influencersCut;
  }
}
