package org.tripline.opensearch.run;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.util.BytesRef;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.transport.client.Client;
import org.tripline.engine.Ruleset;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.alerts.AlertPublisher;
import org.tripline.opensearch.search.Find;

/**
 * The alerts of a run by hand: shown, or written at once with the caller's rights. Blocks: not on a
 * search or transport thread.
 */
final class AlertWriter {
  /** Of the documents that a dry run answers. */
  private static final long MAX_SHOWN_BYTES = 32L << 20;

  private static final byte[] NONE = {};

  private final Client client;
  private final long runAt;
  private final AlertMaker maker;
  private int numFindings;

  /**
   * Alerts that were created, and that had been there before.
   *
   * @param events that were read for them
   */
  record Written(int created, int present, int events) {}

  /** Alerts as they would be, in the order of the findings; null where there was no room for it. */
  record Shown(byte[][] alerts, int events) {}

  AlertWriter(Client client, Ruleset ruleset, long runAt) {
    this.client = client;
    this.runAt = runAt;
    this.maker = new AlertMaker(client, ruleset);
  }

  void add(int rule, List<Find> finds) {
    for (Find find : finds) {
      byte[] term = BytesRef.deepCopyOf(find.term()).bytes;
      maker.add(
          new AlertMaker.Finding(
              rule, runAt, find.time(), find.index(), find.id(), term, NONE));
      numFindings++;
    }
  }

  /** How many alerts there are, or will be unless an event is gone. */
  int size() {
    return maker.size();
  }

  /** Once the alerts were made. */
  List<AlertMaker.Gone> gone() {
    return maker.gone();
  }

  /** The alerts as they would be written. */
  Shown show() throws IOException {
    byte[][] alerts = new byte[numFindings][];
    long[] held = {0};
    int events =
        maker.make(
            (finding, alert) -> {
              held[0] += alert.json().length;
              alerts[finding] = held[0] <= MAX_SHOWN_BYTES ? alert.json() : null;
            });
    return new Shown(alerts, events);
  }

  Written write() throws IOException {
    AlertPublisher publisher = new AlertPublisher(client, RefreshPolicy.IMMEDIATE);
    int events = maker.make((finding, alert) -> publisher.add(alert));
    publisher.flush();
    publisher.throwIfWaiting();
    return new Written(publisher.created(), publisher.present(), events);
  }
}
