package org.tripline.opensearch.alerts;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.admin.indices.alias.Alias;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.transport.client.Client;

/**
 * The indices that hold alerts: one a month, by the time of the alert's event, so that the same
 * finding always belongs to the same one; all below one alias.
 */
public final class AlertIndices {
  /** The alias over all alert indices. */
  public static final String ALIAS = "tripline-alerts";

  /** Where an alert stands whole whose event's fields the index cannot take. */
  static final String UNINDEXED = "tripline.unindexed";

  private static final DateTimeFormatter MONTH =
      DateTimeFormatter.ofPattern("yyyy.MM").withZone(ZoneOffset.UTC);
  private static final String UNINDEXED_MAPPING =
      "\"tripline\":{\"properties\":{\"unindexed\":{\"type\":\"object\",\"enabled\":false}}}";
  // Alerts carry the event's own fields, whatever they are: texts are keywords, nothing is guessed
  // to be a date but what ECS says is one.
  private static final String MAPPING =
      "{\"dynamic\":true,\"date_detection\":false,\"properties\":{"
          + "\"@timestamp\":{\"type\":\"date\"},"
          + "\"kibana.alert.original_time\":{\"type\":\"date\"},"
          // What may be of any type, from alert to alert or even in one.
          + "\"kibana.alert.new_terms\":{\"type\":\"keyword\",\"ignore_above\":1024},"
          + "\"kibana.alert.rule.parameters\":{\"type\":\"object\",\"enabled\":false},"
          + "\"anomaly_score_explanation\":{\"properties\":{\"sources\":{\"properties\":"
          + "{\"value\":{\"type\":\"keyword\"}}}}},"
          + UNINDEXED_MAPPING
          + "},\"dynamic_templates\":[{\"texts\":{\"match_mapping_type\":\"string\","
          + "\"mapping\":{\"type\":\"keyword\",\"ignore_above\":1024}}}]}";
  private static final String SETTINGS =
      "{\"index\":{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-1\","
          + "\"mapping.total_fields.limit\":5000}}";

  private AlertIndices() {}

  /** The index of alerts whose event happened then. */
  public static String of(long eventTimeMillis) {
    return ALIAS + "-" + MONTH.format(Instant.ofEpochMilli(eventTimeMillis));
  }

  /** Makes the index unless it is there. Blocks. */
  static void make(Client client, String index) {
    CreateIndexRequest request =
        new CreateIndexRequest(index)
            .alias(new Alias(ALIAS))
            .settings(SETTINGS, MediaTypeRegistry.JSON)
            .mapping(MAPPING, MediaTypeRegistry.JSON);
    try {
      client.admin().indices().create(request).actionGet();
    } catch (RuntimeException e) {
      // Another run was first, which is as well.
      if (!(ExceptionsHelper.unwrapCause(e) instanceof ResourceAlreadyExistsException)) {
        throw e;
      }
    }
  }
}
