package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.Locale;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * What it took to match documents: values read from columns, and time by stage, on all shards and
 * threads together. One thread's while it counts.
 */
public final class ShardWork implements Writeable {
  /** Where the time of a shard goes, beside the search around. */
  public enum Stage {
    /** Finding out about segments that were new. */
    DECISIONS,
    /** Documents of leaves that come from postings, existence and queries. */
    POSTINGS,
    /** Which documents may still matter, by those leaves alone. */
    CANDIDATES,
    /** Values of columns, for those documents. */
    COLUMNS,
    /** The rules' formulas over a block. */
    KERNEL,
    /** What matched, to the rules that asked. */
    VERDICTS
  }

  private static final Stage[] STAGES = Stage.values();
  private static final double NANOS_PER_MILLI = 1e6;

  private final long[] nanos = new long[STAGES.length];
  private long valuesRead;

  public ShardWork() {}

  public ShardWork(StreamInput in) throws IOException {
    for (int stage = 0; stage < STAGES.length; stage++) {
      nanos[stage] = in.readVLong();
    }
    valuesRead = in.readVLong();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    for (long time : nanos) {
      out.writeVLong(time);
    }
    out.writeVLong(valuesRead);
  }

  /** The stage lasted from then until now, which is answered. */
  public long took(Stage stage, long since) {
    long now = System.nanoTime();
    nanos[stage.ordinal()] += Math.max(0, now - since);
    return now;
  }

  public void readValues(long count) {
    valuesRead += count;
  }

  public void add(ShardWork other) {
    for (int stage = 0; stage < STAGES.length; stage++) {
      nanos[stage] += other.nanos[stage];
    }
    valuesRead += other.valuesRead;
  }

  public long valuesRead() {
    return valuesRead;
  }

  /** Into an open object. */
  public void toXContent(XContentBuilder builder) throws IOException {
    builder.field("values_read", valuesRead).startObject("stages_ms");
    for (Stage stage : STAGES) {
      builder.field(
          stage.name().toLowerCase(Locale.ROOT), nanos[stage.ordinal()] / NANOS_PER_MILLI);
    }
    builder.endObject();
  }
}
