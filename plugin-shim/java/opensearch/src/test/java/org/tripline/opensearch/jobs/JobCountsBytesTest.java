package org.tripline.opensearch.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.Terms;

/** Counts reach the engine in the layout that runtime/anomaly/bucket_counts.h reads. */
class JobCountsBytesTest {
  private static final JobLayout LAYOUT =
      new JobLayout(
          "j",
          1000,
          List.of("ip"),
          List.of(
              new Detector("high_count", "host", "user", Candidates.COUNTED),
              new Detector("low_count", "", "", Candidates.NONE)));

  private static String text(ByteBuffer bytes) {
    byte[] text = new byte[bytes.getInt()];
    bytes.get(text);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static String term(String... values) {
    StringBuilder term = new StringBuilder();
    for (String value : values) {
      term.append(new String(Terms.string(value), StandardCharsets.ISO_8859_1));
    }
    return term.toString();
  }

  // As it is read there: per bucket its number, its events, and each detector's series.
  private static List<String> read(byte[] all) {
    ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    List<String> read = new ArrayList<>();
    read.add(bytes.getLong() + " to " + bytes.getLong());
    for (int buckets = bytes.getInt(); buckets > 0; buckets--) {
      long bucket = bytes.getLong();
      assertEquals(1, bytes.get());
      read.add(bucket + ": " + bytes.getDouble());
      for (int detector = 0; detector < LAYOUT.detectors().size(); detector++) {
        for (int series = bytes.getInt(); series > 0; series--) {
          StringBuilder line = new StringBuilder(detector + " ");
          line.append(text(bytes)).append(' ').append(bytes.getDouble());
          for (int influencers = bytes.getInt(); influencers > 0; influencers--) {
            for (int values = bytes.getInt(); values > 0; values--) {
              line.append(' ').append(text(bytes)).append(' ').append(bytes.getDouble());
            }
          }
          read.add(line.toString());
        }
      }
    }
    assertFalse(bytes.hasRemaining());
    return read;
  }

  private static int id(JobCounts counts, String field, String value) {
    return counts.terms(LAYOUT.field(field)).idOf(new BytesRef(Terms.string(value)));
  }

  @Test
  void everySeriesOfEveryBucketIsThereUnderItsKey() {
    JobCounts counts = new JobCounts(LAYOUT, Memory.untold());
    for (long bucket : new long[] {7, -3}) {
      int at = counts.counts().events().add(bucket, 2);
      int cell =
          counts
              .counts()
              .split(0)
              .countCell(at, id(counts, "host", "h"), id(counts, "user", "u" + bucket), 2);
      counts
          .counts()
          .split(0)
          .influencers()[0]
          .add(CountTable.pair(cell, id(counts, "ip", "i")), 1.5);
      counts.counts().split(1).countCell(at, 0, 0, 2);
    }

    assertEquals(
        List.of(
            "-5 to 9",
            "-3: 2.0",
            "0 " + term("h", "u-3") + " 2.0 " + term("i") + " 1.5",
            "1  2.0",
            "7: 2.0",
            "0 " + term("h", "u7") + " 2.0 " + term("i") + " 1.5",
            "1  2.0"),
        read(JobCountsBytes.of(counts, -5, 9)));
  }

  @Test
  void noEventsAreNoBuckets() {
    assertEquals(List.of("3 to 4"), read(JobCountsBytes.of(null, 3, 4)));
  }
}
