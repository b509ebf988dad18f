package org.tripline.opensearch.rulesets;

import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.transport.client.Client;

/** The system index of rulesets: its settings and its mapping, made before the first write. */
final class RulesetIndex {
  private static final String SETTINGS =
      "{\"index\":{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-2\",\"hidden\":true}}";
  // num_rules and updated_at: of documents of the first form, whose mapping cannot lose them.
  private static final String MAPPING =
      "{\"dynamic\":\"strict\",\"properties\":{\"name\":{\"type\":\"keyword\"},"
          + "\"content_hash\":{\"type\":\"keyword\"},\"num_rules\":{\"type\":\"integer\"},"
          + "\"updated_at\":{\"type\":\"date\"},\"file\":{\"type\":\"binary\"},"
          + "\"kind\":{\"type\":\"keyword\"},\"format\":{\"type\":\"integer\"},"
          + "\"ruleset\":{\"type\":\"object\",\"enabled\":false}}}";

  private RulesetIndex() {}

  /** The index is there, with this version's mapping. */
  static void make(Client client, ActionListener<Void> listener) {
    CreateIndexRequest request = new CreateIndexRequest(RulesetStore.INDEX);
    request.settings(SETTINGS, MediaTypeRegistry.JSON);
    request.mapping(MAPPING, MediaTypeRegistry.JSON);
    client
        .admin()
        .indices()
        .create(
            request,
            ActionListener.wrap(
                response -> listener.onResponse(null),
                e -> {
                  if (ExceptionsHelper.unwrapCause(e) instanceof ResourceAlreadyExistsException) {
                    extendMapping(client, listener);
                  } else {
                    listener.onFailure(e);
                  }
                }));
  }

  // An older version of the plugin may have made the index. Changes nothing where nothing is new.
  private static void extendMapping(Client client, ActionListener<Void> listener) {
    PutMappingRequest request =
        new PutMappingRequest(RulesetStore.INDEX).source(MAPPING, MediaTypeRegistry.JSON);
    client
        .admin()
        .indices()
        .putMapping(
            request,
            ActionListener.wrap(response -> listener.onResponse(null), listener::onFailure));
  }

  /** As if the index were there, and empty. */
  static <T> void answerIfMissing(Exception e, T answer, ActionListener<T> listener) {
    // Another node answers with the same exception, wrapped.
    if (ExceptionsHelper.unwrapCause(e) instanceof IndexNotFoundException) {
      listener.onResponse(answer);
    } else {
      listener.onFailure(e);
    }
  }
}
