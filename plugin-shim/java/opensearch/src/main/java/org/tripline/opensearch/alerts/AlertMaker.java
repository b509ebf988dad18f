package org.tripline.opensearch.alerts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.transport.client.Client;
import org.tripline.engine.Ruleset;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.alerts.EventFetcher.Event;

/**
 * From findings to alerts: fetches the events, each once for all rules that found it, and has the
 * engine build the alerts. Blocks: not on a search or transport thread.
 */
public final class AlertMaker {
  private final Client client;
  private final Ruleset ruleset;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Gone> gone = new ArrayList<>();
  private int ownAlerts;

  /**
   * What a run of a rule found.
   *
   * @param term of a new_terms rule, else empty
   * @param source the event where the finding brings it along (a job's record), else empty: it is
   *     fetched
   */
  public record Finding(
      int rule, long runAt, long time, String index, String id, byte[] term, byte[] source) {}

  /** An event that a rule found and that no alert is made of. */
  public record Gone(int rule, String index, String id, String reason) {}

  /** What becomes of alerts, one after the other. */
  public interface Sink {
    void take(int finding, PendingAlert alert) throws IOException;
  }

  /** {@code client}: reads the events, with whose rights they are to be read. */
  public AlertMaker(Client client, Ruleset ruleset) {
    this.client = client;
    this.ruleset = ruleset;
  }

  public void add(Finding finding) {
    findings.add(finding);
  }

  /** How many alerts there are, or will be unless an event is gone. */
  public int size() {
    return findings.size() - gone.size() - ownAlerts;
  }

  /** Once the alerts were made. */
  public List<Gone> gone() {
    return gone;
  }

  /** Makes the alerts, those of an event together; answers how many events were read for them. */
  public int make(Sink sink) throws IOException {
    Map<Event, List<Integer>> ofEvent = new LinkedHashMap<>();
    for (int i = 0; i < findings.size(); i++) {
      Finding finding = findings.get(i);
      if (finding.source.length > 0) {
        take(i, finding.source, sink);
      } else {
        ofEvent
            .computeIfAbsent(new Event(finding.index, finding.id), key -> new ArrayList<>())
            .add(i);
      }
    }
    new EventFetcher(client)
        .fetch(
            List.copyOf(ofEvent.keySet()),
            (event, source) -> {
              for (int i : ofEvent.get(event)) {
                if (source == null) {
                  lose(findings.get(i), "is gone or cannot be read");
                } else {
                  take(i, source, sink);
                }
              }
            });
    return ofEvent.size();
  }

  private void lose(Finding finding, String why) {
    String reason = "the event [" + finding.id + "] was found, but " + why;
    gone.add(new Gone(finding.rule, finding.index, finding.id, reason));
  }

  private void take(int number, byte[] source, Sink sink) throws IOException {
    Finding finding = findings.get(number);
    Ruleset.Alert alert;
    try {
      alert =
          ruleset.buildAlert(
              new Ruleset.Finding(
                  finding.rule,
                  finding.runAt,
                  finding.time,
                  finding.index,
                  finding.id,
                  source,
                  finding.term));
    } catch (TriplineException e) {
      lose(finding, "no alert can be made of it: " + e.getMessage());
      return;
    }
    if (alert.id().isEmpty()) {
      ownAlerts++; // an alert of the rule itself, which finds nothing in it
      return;
    }
    sink.take(number, new PendingAlert(AlertIndices.of(finding.time), alert.id(), alert.json()));
  }
}
