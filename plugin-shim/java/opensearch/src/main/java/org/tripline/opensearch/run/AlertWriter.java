package org.tripline.opensearch.run;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.get.MultiGetItemResponse;
import org.opensearch.action.get.MultiGetRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.transport.client.Client;
import org.tripline.engine.Ruleset;
import org.tripline.opensearch.search.Find;

/**
 * From finds to alerts in the index: fetches the events, has the engine build the alerts, and
 * creates them under their ids in the index of the event's month. An alert that is there already
 * stays as it is. Blocks: not on a search or transport thread.
 */
final class AlertWriter {
  /** The alias over all alert indices. */
  static final String ALIAS = "tripline-alerts";

  private static final int BATCH = 200;
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

  private record Finding(int rule, Find find) {}

  private record Event(String index, String id) {
    static Event of(Find find) {
      return new Event(find.index(), find.id());
    }
  }

  /** An alert and where it belongs. */
  record Built(String index, String id, byte[] json) {}

  /** Alerts that were created, and that had been there before. */
  record Written(int created, int present) {}

  AlertWriter(Client client, Ruleset ruleset, long runAt) {
    this.client = client;
    this.ruleset = ruleset;
    this.runAt = runAt;
  }

  void add(int rule, List<Find> finds) {
    finds.forEach(find -> findings.add(new Finding(rule, find)));
  }

  List<Built> build() {
    List<Built> built = new ArrayList<>(findings.size());
    for (int begin = 0; begin < findings.size(); begin += BATCH) {
      List<Finding> batch =
          findings.subList(begin, Math.min(findings.size(), begin + BATCH));
      Map<Event, GetResponse> events = read(batch);
      for (Finding finding : batch) {
        built.add(alert(finding, events.get(Event.of(finding.find))));
      }
    }
    return built;
  }

  // Of what is asked for at once not all may come, nor in order: where a user's documents are
  // chosen by looking values up elsewhere, the security plugin answers by a search that brings ten.
  private Map<Event, GetResponse> read(List<Finding> batch) {
    Set<Event> wanted = new LinkedHashSet<>();
    MultiGetRequest request = new MultiGetRequest();
    for (Finding finding : batch) {
      if (wanted.add(Event.of(finding.find))) {
        request.add(finding.find.index(), finding.find.id());
      }
    }
    Map<Event, GetResponse> found = new HashMap<>();
    for (MultiGetItemResponse item : client.multiGet(request).actionGet().getResponses()) {
      if (!item.isFailed() && item.getResponse().isExists()) {
        found.put(new Event(item.getIndex(), item.getId()), item.getResponse());
      }
    }
    for (Event event : wanted) {
      found.computeIfAbsent(
          event, one -> client.get(new GetRequest(one.index, one.id)).actionGet());
    }
    return found;
  }

  private Built alert(Finding finding, GetResponse event) {
    Find find = finding.find;
    if (!event.isExists()) {
      throw new IllegalStateException(
          "the event [" + find.index() + "/" + find.id() + "] that a rule found cannot be read");
    }
    byte[] source =
        event.getSourceAsBytesRef() == null
            ? new byte[] {'{', '}'}
            : BytesReference.toBytes(event.getSourceAsBytesRef());
    byte[] term = BytesRef.deepCopyOf(find.term()).bytes;
    Ruleset.Alert alert =
        ruleset.buildAlert(
            new Ruleset.Finding(
                finding.rule, runAt, find.time(), find.index(), find.id(), source, term));
    String index = ALIAS + "-" + MONTH.format(Instant.ofEpochMilli(find.time()));
    return new Built(index, alert.id(), alert.json());
  }

  Written write(List<Built> alerts) {
    Set<String> made = new HashSet<>();
    int created = 0;
    int present = 0;
    for (int begin = 0; begin < alerts.size(); begin += BATCH) {
      BulkRequest bulk = new BulkRequest();
      bulk.setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
      for (Built alert : alerts.subList(begin, Math.min(alerts.size(), begin + BATCH))) {
        if (made.add(alert.index())) {
          makeIndex(alert.index());
        }
        bulk.add(
            new IndexRequest(alert.index())
                .id(alert.id())
                .opType(DocWriteRequest.OpType.CREATE)
                .source(alert.json(), MediaTypeRegistry.JSON));
      }
      BulkResponse response = client.bulk(bulk).actionGet();
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
    return new Written(created, present);
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
