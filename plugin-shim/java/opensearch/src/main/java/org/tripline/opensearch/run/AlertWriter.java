package org.tripline.opensearch.run;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.util.BytesRef;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.admin.indices.alias.Alias;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.transport.client.Client;
import org.tripline.engine.Ruleset;
import org.tripline.opensearch.run.EventFetcher.Event;
import org.tripline.opensearch.search.Find;

/**
 * From finds to alerts in the index: fetches the events, has the engine build the alerts, and
 * creates them under their ids in the index of the event's month. An alert that is there already
 * stays as it is. Blocks: not on a search or transport thread.
 */
final class AlertWriter {
  /** The alias over all alert indices. */
  static final String ALIAS = "tripline-alerts";

  private static final int BULK_ALERTS = 200;
  private static final long BULK_BYTES = 5L << 20;

  /** Of the documents that a dry run answers. */
  private static final long MAX_SHOWN_BYTES = 32L << 20;

  private static final DateTimeFormatter MONTH =
      DateTimeFormatter.ofPattern("yyyy.MM").withZone(ZoneOffset.UTC);
  // Alerts carry the event's own fields, whatever they are: texts are keywords, nothing is guessed
  // to be a date but what ECS says is one.
  private static final String MAPPING =
      "{\"dynamic\":true,\"date_detection\":false,\"properties\":{"
          + "\"@timestamp\":{\"type\":\"date\"},"
          + "\"kibana.alert.original_time\":{\"type\":\"date\"}},"
          + "\"dynamic_templates\":[{\"texts\":{\"match_mapping_type\":\"string\","
          + "\"mapping\":{\"type\":\"keyword\",\"ignore_above\":1024}}}]}";
  private static final String SETTINGS =
      "{\"index\":{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-1\","
          + "\"mapping.total_fields.limit\":5000}}";

  private final Client client;
  private final Ruleset ruleset;
  private final long runAt;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Gone> gone = new ArrayList<>();

  /** An event that a rule found and that cannot be read: no alert is made of it. */
  record Gone(int rule, String index, String id) {}

  private record Finding(int rule, Find find) {}

  /** What becomes of alerts, one after the other. */
  private interface Sink {
    void take(int finding, String index, Ruleset.Alert alert);
  }

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
    this.ruleset = ruleset;
    this.runAt = runAt;
  }

  void add(int rule, List<Find> finds) {
    finds.forEach(find -> findings.add(new Finding(rule, find)));
  }

  /** How many alerts there are, or will be unless an event is gone. */
  int size() {
    return findings.size() - gone.size();
  }

  /** Once the alerts were made. */
  List<Gone> gone() {
    return gone;
  }

  // An event is read once for all rules that found it, and is gone before the next ones come.
  private int build(Sink sink) throws IOException {
    Map<Event, List<Integer>> ofEvent = new LinkedHashMap<>();
    for (int i = 0; i < findings.size(); i++) {
      Find find = findings.get(i).find;
      ofEvent
          .computeIfAbsent(new Event(find.index(), find.id()), key -> new ArrayList<>())
          .add(i);
    }
    new EventFetcher(client)
        .fetch(
            List.copyOf(ofEvent.keySet()),
            (event, source) -> {
              for (int i : ofEvent.get(event)) {
                if (source == null) {
                  gone.add(new Gone(findings.get(i).rule, event.index(), event.id()));
                  continue;
                }
                sink.take(i, indexOf(findings.get(i).find), alert(findings.get(i), source));
              }
            });
    return ofEvent.size();
  }

  private static String indexOf(Find find) {
    return ALIAS + "-" + MONTH.format(Instant.ofEpochMilli(find.time()));
  }

  private Ruleset.Alert alert(Finding finding, byte[] source) {
    Find find = finding.find;
    byte[] term = BytesRef.deepCopyOf(find.term()).bytes;
    return ruleset.buildAlert(
        new Ruleset.Finding(
            finding.rule, runAt, find.time(), find.index(), find.id(), source, term));
  }

  /** The alerts as they would be written. */
  Shown show() throws IOException {
    byte[][] alerts = new byte[findings.size()][];
    long[] held = {0};
    int events =
        build(
            (finding, index, alert) -> {
              held[0] += alert.json().length;
              alerts[finding] = held[0] <= MAX_SHOWN_BYTES ? alert.json() : null;
            });
    return new Shown(alerts, events);
  }

  Written write() throws IOException {
    Writing writing = new Writing();
    int events =
        build(
            (finding, index, alert) -> {
              writing.add(index, alert);
              if (writing.isFull()) {
                writing.send();
              }
            });
    writing.send();
    return new Written(writing.created, writing.present, events);
  }

  /** Alerts on their way to their indices. */
  private final class Writing {
    private final Set<String> made = new HashSet<>();
    private BulkRequest bulk = new BulkRequest();
    private int created;
    private int present;

    void add(String index, Ruleset.Alert alert) {
      if (made.add(index)) {
        makeIndex(index);
      }
      bulk.add(
          new IndexRequest(index)
              .id(alert.id())
              .opType(DocWriteRequest.OpType.CREATE)
              .source(alert.json(), MediaTypeRegistry.JSON));
    }

    boolean isFull() {
      return bulk.numberOfActions() >= BULK_ALERTS || bulk.estimatedSizeInBytes() >= BULK_BYTES;
    }

    void send() {
      if (bulk.numberOfActions() == 0) {
        return;
      }
      bulk.setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
      BulkResponse response = client.bulk(bulk).actionGet();
      bulk = new BulkRequest();
      for (BulkItemResponse item : response.getItems()) {
        if (!item.isFailed()) {
          created++;
        } else if (item.getFailure().getStatus() == RestStatus.CONFLICT) {
          present++;
        } else {
          throw new IllegalStateException("an alert was not written: " + item.getFailureMessage());
        }
      }
    }
  }

  private void makeIndex(String index) {
    CreateIndexRequest request =
        new CreateIndexRequest(index)
            .alias(new Alias(ALIAS))
            .settings(SETTINGS, MediaTypeRegistry.JSON)
            .mapping(MAPPING, MediaTypeRegistry.JSON);
    try {
      client.admin().indices().create(request).actionGet();
    } catch (ResourceAlreadyExistsException e) {
      // Another run was first, which is as well.
      return;
    }
  }
}
