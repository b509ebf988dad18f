package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.RulesetDescription.Job;

/**
 * How a job's counts are laid out: what splits them, and whose shares of them are kept.
 *
 * @param fields every field once that a detector splits by or that influences
 */
public record JobLayout(
    String jobId,
    long spanMillis,
    List<String> influencers,
    List<Detector> detectors,
    List<String> fields)
    implements Writeable {

  public JobLayout(
      String jobId, long spanMillis, List<String> influencers, List<Detector> detectors) {
    this(jobId, spanMillis, influencers, detectors, fieldsOf(influencers, detectors));
  }

  JobLayout(Job job) {
    this(job.jobId(), job.bucketSpanMillis(), job.influencers(), job.detectors());
  }

  public JobLayout(StreamInput in) throws IOException {
    this(in.readString(), in.readVLong(), in.readStringList(), in.readList(JobLayout::detector));
  }

  private static Detector detector(StreamInput in) throws IOException {
    return new Detector(
        in.readString(), in.readString(), in.readString(), in.readEnum(Candidates.class));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(jobId);
    out.writeVLong(spanMillis);
    out.writeStringCollection(influencers);
    out.writeCollection(
        detectors,
        (to, detector) -> {
          to.writeString(detector.function());
          to.writeString(detector.partitionField());
          to.writeString(detector.byField());
          to.writeEnum(detector.candidates());
        });
  }

  private static List<String> fieldsOf(List<String> influencers, List<Detector> detectors) {
    Set<String> fields = new LinkedHashSet<>();
    for (Detector detector : detectors) {
      fields.add(detector.partitionField());
      fields.add(detector.byField());
    }
    fields.addAll(influencers);
    fields.remove("");
    return new ArrayList<>(fields);
  }

  /** The place of a field in {@code fields}; -1 for the empty name of what does not split. */
  int field(String name) {
    return fields.indexOf(name);
  }

  /** The bucket that holds a time: its beginning over the span. */
  long bucketOf(long millis) {
    return Math.floorDiv(millis, spanMillis);
  }
}
