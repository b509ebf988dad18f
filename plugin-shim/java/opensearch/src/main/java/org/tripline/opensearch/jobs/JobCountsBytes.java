package org.tripline.opensearch.jobs;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.BytesRef;
import org.tripline.engine.CountsWriter;

/** What a job counted, as its models take it. */
public final class JobCountsBytes {
  private JobCountsBytes() {}

  /** Of the buckets from the first one to before the end one; {@code counts}: null: no events. */
  public static byte[] of(JobCounts counts, long firstBucket, long endBucket) {
    CountsWriter writer = new CountsWriter(firstBucket, endBucket);
    if (counts == null) {
      return writer.toBytes();
    }
    JobCountsView view = new JobCountsView(counts);
    for (int bucket = 0; bucket < view.numBuckets(); bucket++) {
      writer.beginBucket(
          view.beginsMillis(bucket) / counts.layout().spanMillis(), view.numEvents(bucket));
      for (int detector = 0; detector < counts.layout().detectors().size(); detector++) {
        writer.beginDetector();
        for (JobCountsView.Series series : view.series(bucket, detector)) {
          writer.series(
              bytes(series.partition()),
              bytes(series.by()),
              series.count(),
              shares(series.influencers()));
        }
      }
    }
    return writer.toBytes();
  }

  private static List<List<CountsWriter.Share>> shares(List<List<JobCountsView.Share>> influencers) {
    List<List<CountsWriter.Share>> all = new ArrayList<>();
    for (List<JobCountsView.Share> of : influencers) {
      all.add(
          of.stream()
              .map(share -> new CountsWriter.Share(bytes(share.term()), share.count()))
              .toList());
    }
    return all;
  }

  private static byte[] bytes(BytesRef term) {
    return BytesRef.deepCopyOf(term).bytes;
  }
}
