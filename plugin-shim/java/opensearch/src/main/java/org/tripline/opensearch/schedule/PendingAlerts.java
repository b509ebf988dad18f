package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.alerts.AlertPublisher;
import org.tripline.opensearch.alerts.PendingAlert;
import org.tripline.opensearch.schedule.StateIndex.Part;

/**
 * A ruleset's alerts on their way: made, written as parts of a commit, and published from what was
 * committed. One thread's; calls block.
 */
final class PendingAlerts {
  private static final long PART_BYTES = 8L << 20; // of alerts, about

  private static final Logger LOGGER = LogManager.getLogger(PendingAlerts.class);

  private final String ruleset;
  private final OwnerServices services;
  private List<PendingAlert> last = List.of(); // those of the last part, while it is the only one
  private Blob lastBlob;

  PendingAlerts(String ruleset, OwnerServices services) {
    this.ruleset = ruleset;
    this.services = services;
  }

  /**
   * Makes the alerts, in parts that are written as they come, so that few are held at once. The last
   * part has its bytes still, to be written with the commit.
   *
   * @param toPart names a part of the next commit
   */
  List<Part> collect(AlertMaker maker, BiFunction<String, byte[], Part> toPart)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    List<PendingAlert> all = new ArrayList<>();
    long[] bytes = {0};
    maker.make(
        (finding, alert) -> {
          all.add(alert);
          bytes[0] += alert.json().length;
          if (bytes[0] >= PART_BYTES) {
            Part part = toPart.apply("alerts-" + parts.size(), Outbox.write(all));
            services.state().write(ruleset, List.of(part));
            parts.add(new Part(part.blob(), null));
            all.clear();
            bytes[0] = 0;
          }
        });
    if (!all.isEmpty()) {
      Part part = toPart.apply("alerts-" + parts.size(), Outbox.write(all));
      parts.add(part);
      last = all;
      lastBlob = part.blob();
    }
    return parts;
  }

  /**
   * What came of publishing.
   *
   * @param whyWaiting why not everything is there; null: everything is that could be read
   * @param lost parts that are missing or damaged
   * @param unindexed as {@link AlertPublisher#unindexed}
   */
  record Outcome(String whyWaiting, List<Blob> lost, List<String> unindexed) {}

  /** Publishes what a head names. What its indices do not take now waits, and holds nothing up. */
  Outcome publish(Head head) throws IOException {
    AlertPublisher publisher = new AlertPublisher(services.ownClient(), RefreshPolicy.NONE);
    List<Blob> lost = new ArrayList<>();
    for (Blob blob : head.pending()) {
      List<PendingAlert> alerts;
      try {
        alerts = blob.equals(lastBlob) ? last : Outbox.read(services.state().read(blob));
      } catch (IllegalArgumentException | IOException e) {
        lost.add(blob);
        continue;
      }
      for (PendingAlert alert : alerts) {
        publisher.add(alert);
      }
    }
    publisher.flush();
    return new Outcome(publisher.whyWaiting(), lost, publisher.unindexed());
  }

  /** Of a ruleset that nobody runs now. */
  void publishLate(StateIndex.Kept kept) {
    try {
      Outcome outcome = publish(kept.head());
      if (!kept.head().pending().isEmpty()
          && outcome.whyWaiting == null
          && outcome.lost.isEmpty()) {
        services
            .state()
            .put(kept.head().published(kept.head().committedAt()), kept);
      }
    } catch (IOException | RuntimeException e) {
      LOGGER.debug("alerts of [{}] stay pending: {}", ruleset, e.getMessage());
    }
  }

  void forget() {
    last = List.of();
    lastBlob = null;
  }
}
