package org.tripline.opensearch.alerts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.indices.IndexClosedException;
import org.opensearch.transport.client.Client;

/**
 * Creates alerts under their ids in their indices, some at a time. An alert that is there already
 * stays as it is, so that publishing twice changes nothing. One thread's; blocks.
 *
 * <p>An alert whose event has a field of another type than the index knows is refused by the index:
 * then its own fields ({@code kibana.*}) are indexed, and the whole stands beside them as a text; if
 * one of those does not fit either, only its time is. What cannot be written at all now (an index is
 * closed or read-only, a disk is full) is told at the end, and does not hold up the others.
 */
public final class AlertPublisher {
  private static final int BULK_ALERTS = 200;
  private static final long BULK_BYTES = 5L << 20;

  private final Client client;
  private final WriteRequest.RefreshPolicy refresh;
  private final Set<String> made = new HashSet<>();
  private final Set<String> absent = new HashSet<>();
  private List<PendingAlert> waiting = new ArrayList<>();
  private long waitingBytes;
  private int created;
  private int present;
  private final List<String> unindexed = new ArrayList<>();
  private String lastReason = "";
  private String whyWaiting;
  private RuntimeException unmade; // why an index could not be made

  /** {@code refresh}: whether alerts can be searched as soon as they are there, at a price. */
  public AlertPublisher(Client client, WriteRequest.RefreshPolicy refresh) {
    this.client = client;
    this.refresh = refresh;
  }

  /** The alert will be there once {@link #flush} returns. Throws what the indices answer. */
  public void add(PendingAlert alert) throws IOException {
    waiting.add(alert);
    waitingBytes += alert.json().length;
    if (waiting.size() >= BULK_ALERTS || waitingBytes >= BULK_BYTES) {
      flush();
    }
  }

  /**
   * Publishes what was added. Nothing is lost by publishing all of it again.
   */
  public void flush() throws IOException {
    List<PendingAlert> refused = send(waiting, alert -> alert.json());
    waiting = new ArrayList<>();
    waitingBytes = 0;
    if (!refused.isEmpty()) {
      List<PendingAlert> left = send(refused, alert -> reduced(alert, "kibana"));
      left = send(left, alert -> reduced(alert, "@timestamp"));
      left = send(left, AlertPublisher::bare);
      left.forEach(alert -> wait(alert.index(), lastReason));
    }
  }

  /** Why some alerts could not be written now; null: all are there. */
  public String whyWaiting() {
    return whyWaiting;
  }

  /** The same as an exception: that of the index, where there is one. */
  public void throwIfWaiting() {
    if (unmade != null) {
      throw unmade;
    }
    if (whyWaiting != null) {
      throw new IllegalStateException(whyWaiting);
    }
  }

  private void wait(String index, String reason) {
    if (whyWaiting == null) {
      whyWaiting = "an alert was not written to [" + index + "]: " + reason;
    }
  }

  public int created() {
    return created;
  }

  /** Alerts that had been there before. */
  public int present() {
    return present;
  }

  /** Why alerts are there without their events' fields being indexed; some of the reasons. */
  public List<String> unindexed() {
    return unindexed;
  }

  private interface Body {
    byte[] of(PendingAlert alert) throws IOException;
  }

  // Answers those that their index refuses because of what is in them.
  private List<PendingAlert> send(List<PendingAlert> alerts, Body body) throws IOException {
    List<PendingAlert> refused = new ArrayList<>();
    if (alerts.isEmpty()) {
      return refused;
    }
    BulkRequest bulk = new BulkRequest();
    bulk.setRefreshPolicy(refresh);
    List<PendingAlert> sent = new ArrayList<>();
    for (PendingAlert alert : alerts) {
      if (made.add(alert.index())) {
        make(alert.index());
      }
      if (!absent.contains(alert.index())) {
        sent.add(alert);
        bulk.add(
            new IndexRequest(alert.index())
                .id(alert.id())
                .opType(DocWriteRequest.OpType.CREATE)
                .source(body.of(alert), MediaTypeRegistry.JSON));
      }
    }
    if (sent.isEmpty()) {
      return refused;
    }
    BulkResponse response = client.bulk(bulk).actionGet();
    for (BulkItemResponse item : response.getItems()) {
      if (!item.isFailed()) {
        created++;
      } else if (item.getFailure().getStatus() == RestStatus.CONFLICT) {
        present++;
      } else if (item.getFailure().getStatus() == RestStatus.BAD_REQUEST
          && !(ExceptionsHelper.unwrapCause(item.getFailure().getCause())
              instanceof IndexClosedException)) {
        lastReason = item.getFailureMessage();
        refused.add(sent.get(item.getItemId()));
        if (unindexed.size() < 10) {
          unindexed.add("alert [" + item.getId() + "] in [" + item.getIndex() + "]: " + lastReason);
        }
      } else {
        wait(item.getIndex(), item.getFailureMessage());
      }
    }
    return refused;
  }

  private void make(String index) {
    try {
      AlertIndices.make(client, index);
    } catch (RuntimeException e) {
      absent.add(index);
      unmade = unmade == null ? e : unmade;
      wait(index, e.getMessage());
    }
  }

  // With the fields of its own whose names begin so, and the whole as a text.
  private static byte[] reduced(PendingAlert alert, String indexed) throws IOException {
    Map<String, Object> kept = new LinkedHashMap<>();
    try {
      XContentHelper.convertToMap(new BytesArray(alert.json()), true, MediaTypeRegistry.JSON)
          .v2()
          .forEach(
              (name, value) -> {
                if (name.equals("@timestamp") || name.startsWith(indexed)) {
                  kept.put(name, value);
                }
              });
    } catch (RuntimeException e) {
      return bare(alert); // deeper than anything may be read
    }
    kept.put(AlertIndices.UNINDEXED, whole(alert));
    return bytes(kept);
  }

  private static byte[] bare(PendingAlert alert) throws IOException {
    return bytes(
        Map.of("kibana.alert.uuid", alert.id(), AlertIndices.UNINDEXED, whole(alert)));
  }

  private static Map<String, Object> whole(PendingAlert alert) {
    return Map.of("json", new String(alert.json(), StandardCharsets.UTF_8));
  }

  private static byte[] bytes(Map<String, Object> document) throws IOException {
    try (XContentBuilder json = JsonXContent.contentBuilder()) {
      json.map(document);
      return BytesReference.toBytes(BytesReference.bytes(json));
    }
  }
}
