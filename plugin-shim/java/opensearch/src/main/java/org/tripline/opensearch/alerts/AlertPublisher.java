package org.tripline.opensearch.alerts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.opensearch.transport.client.Client;

/**
 * Creates alerts under their ids in their indices, some at a time. An alert that is there already
 * stays as it is, so that publishing twice changes nothing. One thread's; blocks.
 *
 * <p>An alert whose event has a field of another type than the index knows is refused by the index:
 * then its own fields ({@code kibana.*}) are indexed, and the whole stands beside them unindexed;
 * if one of those does not fit either, only its time is.
 */
public final class AlertPublisher {
  private static final int BULK_ALERTS = 200;
  private static final long BULK_BYTES = 5L << 20;

  private final Client client;
  private final WriteRequest.RefreshPolicy refresh;
  private final Set<String> made = new HashSet<>();
  private final Set<String> roomy = new HashSet<>();
  private List<PendingAlert> waiting = new ArrayList<>();
  private long waitingBytes;
  private int created;
  private int present;
  private final List<String> unindexed = new ArrayList<>();
  private String lastReason = "";

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
   * Publishes what waits. Throws IllegalStateException if some alert could not be written: nothing
   * is lost by publishing all of them again.
   */
  public void flush() throws IOException {
    List<PendingAlert> refused = send(waiting, alert -> alert.json());
    waiting = new ArrayList<>();
    waitingBytes = 0;
    if (!refused.isEmpty()) {
      refused.stream().map(PendingAlert::index).filter(roomy::add).forEach(this::makeRoom);
      List<PendingAlert> left = send(refused, alert -> reduced(alert, "kibana"));
      if (!send(left, alert -> reduced(alert, "@timestamp")).isEmpty()) {
        throw new IllegalStateException("an alert was not written: " + lastReason);
      }
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

  private void makeRoom(String index) {
    AlertIndices.makeRoomForUnindexed(client, index);
  }

  // Answers those that their index refuses because of what is in them.
  private List<PendingAlert> send(List<PendingAlert> alerts, Body body) throws IOException {
    List<PendingAlert> refused = new ArrayList<>();
    if (alerts.isEmpty()) {
      return refused;
    }
    BulkRequest bulk = new BulkRequest();
    bulk.setRefreshPolicy(refresh);
    for (PendingAlert alert : alerts) {
      if (made.add(alert.index())) {
        AlertIndices.make(client, alert.index());
      }
      bulk.add(
          new IndexRequest(alert.index())
              .id(alert.id())
              .opType(DocWriteRequest.OpType.CREATE)
              .source(body.of(alert), MediaTypeRegistry.JSON));
    }
    BulkResponse response = client.bulk(bulk).actionGet();
    for (BulkItemResponse item : response.getItems()) {
      if (!item.isFailed()) {
        created++;
      } else if (item.getFailure().getStatus() == RestStatus.CONFLICT) {
        present++;
      } else if (item.getFailure().getStatus() == RestStatus.BAD_REQUEST) {
        lastReason = item.getFailureMessage();
        refused.add(alerts.get(item.getItemId()));
        if (unindexed.size() < 10) {
          unindexed.add("alert [" + item.getId() + "] in [" + item.getIndex() + "]: " + lastReason);
        }
      } else {
        throw new IllegalStateException("an alert was not written: " + item.getFailureMessage());
      }
    }
    return refused;
  }

  // With the fields of its own whose names begin so, and the whole unindexed.
  private static byte[] reduced(PendingAlert alert, String indexed) throws IOException {
    Map<String, Object> whole =
        XContentHelper.convertToMap(new BytesArray(alert.json()), true, MediaTypeRegistry.JSON).v2();
    Map<String, Object> kept = new LinkedHashMap<>();
    whole.forEach(
        (name, value) -> {
          if (name.equals("@timestamp") || name.startsWith(indexed)) {
            kept.put(name, value);
          }
        });
    kept.put(AlertIndices.UNINDEXED, whole);
    try (XContentBuilder json = JsonXContent.contentBuilder()) {
      json.map(kept);
      return BytesReference.toBytes(BytesReference.bytes(json));
    }
  }
}
