package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;

/** What jobs counted, by their places in the ruleset; jobs without a document are not there. */
public record JobResults(Map<Integer, JobCounts> jobs) implements Writeable {
  public static final JobResults NONE = new JobResults(Map.of());

  public JobResults(StreamInput in) throws IOException {
    this(new TreeMap<>(in.readMap(StreamInput::readVInt, JobCounts::new)));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeMap(jobs, StreamOutput::writeVInt, (to, counts) -> counts.writeTo(to));
  }

  public static JobResults merge(List<JobResults> parts) {
    Map<Integer, List<JobCounts>> ofJob = new TreeMap<>();
    for (JobResults part : parts) {
      part.jobs.forEach(
          (job, counts) -> ofJob.computeIfAbsent(job, key -> new ArrayList<>()).add(counts));
    }
    Map<Integer, JobCounts> merged = new TreeMap<>();
    ofJob.forEach((job, counts) -> merged.put(job, JobCounts.merge(counts)));
    return new JobResults(merged);
  }

  /** The fields of an object that is open. */
  public void addTo(XContentBuilder json) throws IOException {
    for (JobCounts counts : jobs.values()) {
      json.startObject(counts.layout().jobId());
      JobCountsJson.add(json, counts);
      json.endObject();
    }
  }
}
