package org.tripline.opensearch.jobs;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** The counts of a job on the wire: terms, then tables whose keys are numbers of what came before. */
final class JobCountsFormat {
  private static final double MOST_EXACT = 1L << 53;

  private JobCountsFormat() {}

  static void write(StreamOutput out, JobLayout layout, TermIds[] terms, BucketCounts counts)
      throws IOException {
    for (TermIds ids : terms) {
      out.writeVInt(ids.size());
      for (int id = 0; id < ids.size(); id++) {
        out.writeBytesRef(ids.term(id));
      }
    }
    CountTable events = counts.events();
    out.writeVInt(events.size());
    for (int i = 0; i < events.size(); i++) {
      out.writeZLong(events.key(i));
      writeCount(out, events.count(i));
    }
    for (int i = 0; i < layout.detectors().size(); i++) {
      BucketCounts.Split split = counts.split(i);
      writePairs(out, split.series());
      writePairs(out, split.cells());
      for (CountTable values : split.influencers()) {
        writePairs(out, values);
      }
    }
  }

  private static void writePairs(StreamOutput out, CountTable table) throws IOException {
    out.writeVInt(table.size());
    for (int i = 0; i < table.size(); i++) {
      out.writeVInt(CountTable.high(table.key(i)));
      out.writeVInt(CountTable.low(table.key(i)));
      writeCount(out, table.count(i));
    }
  }

  // Counts are whole numbers but where a summary count is not.
  private static void writeCount(StreamOutput out, double count) throws IOException {
    if (count >= 0 && count <= MOST_EXACT && count == (long) count) {
      out.writeVLong((long) count << 1);
    } else {
      out.writeVLong(1);
      out.writeDouble(count);
    }
  }

  private static double readCount(StreamInput in) throws IOException {
    long count = in.readVLong();
    return (count & 1) == 0 ? count >>> 1 : in.readDouble();
  }

  static void read(StreamInput in, JobLayout layout, TermIds[] terms, BucketCounts counts)
      throws IOException {
    for (TermIds ids : terms) {
      for (int left = in.readVInt(); left > 0; left--) {
        ids.idOf(in.readBytesRef());
      }
    }
    CountTable events = counts.events();
    for (int left = in.readVInt(); left > 0; left--) {
      long bucket = in.readZLong();
      events.add(bucket, readCount(in));
    }
    for (int i = 0; i < layout.detectors().size(); i++) {
      BucketCounts.Split split = counts.split(i);
      var detector = layout.detectors().get(i);
      readPairs(
          in,
          split.series(),
          numTerms(layout, terms, detector.partitionField()),
          numTerms(layout, terms, detector.byField()));
      readPairs(in, split.cells(), events.size(), split.series().size());
      for (int field = 0; field < split.influencers().length; field++) {
        readPairs(
            in,
            split.influencers()[field],
            split.cells().size(),
            numTerms(layout, terms, layout.influencers().get(field)));
      }
    }
  }

  private static int numTerms(JobLayout layout, TermIds[] terms, String field) {
    return field.isEmpty() ? 1 : terms[layout.field(field)].size();
  }

  private static void readPairs(StreamInput in, CountTable table, int numHigh, int numLow)
      throws IOException {
    for (int left = in.readVInt(); left > 0; left--) {
      int high = in.readVInt();
      int low = in.readVInt();
      if (high < 0 || high >= numHigh || low < 0 || low >= numLow) {
        throw new IOException("counts of a job name something that is not there");
      }
      table.add(CountTable.pair(high, low), readCount(in));
    }
  }
}
