package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.tripline.engine.RulesetDescription;

/**
 * Which jobs a search counts for.
 *
 * @param isAll all jobs of the ruleset, in all documents of the search
 * @param windows else these
 */
public record JobsAsked(boolean isAll, List<JobWindow> windows) implements Writeable {
  public static final JobsAsked NONE = new JobsAsked(false, List.of());
  public static final JobsAsked ALL = new JobsAsked(true, List.of());

  public JobsAsked(StreamInput in) throws IOException {
    this(in.readBoolean(), in.readList(JobWindow::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeBoolean(isAll);
    out.writeList(windows);
  }

  /** The whole buckets that hold a stretch of time, of all jobs; null: no end. */
  public static JobsAsked around(RulesetDescription ruleset, Long from, Long to) {
    List<JobWindow> windows = new ArrayList<>();
    for (int job = 0; job < ruleset.jobs().size(); job++) {
      windows.add(JobWindow.around(job, ruleset.jobs().get(job), from, to));
    }
    return new JobsAsked(false, windows);
  }

  /** Per job its buckets. */
  public List<JobWindow> windowsOf(RulesetDescription ruleset) {
    return isAll ? around(ruleset, null, null).windows : windows;
  }
}
