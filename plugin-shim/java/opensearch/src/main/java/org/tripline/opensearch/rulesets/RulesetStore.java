package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * The rulesets of the cluster: documents of the system index {@code .tripline-rulesets}, one per
 * name. The index is the truth; what nodes hold is a cache of it.
 */
public final class RulesetStore {
  public static final String INDEX = ".tripline-rulesets";

  private static final int MAX_LISTED = 1000;
  private static final String SETTINGS =
      "{\"index\":{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-2\",\"hidden\":true}}";
  private static final String MAPPING =
      "{\"dynamic\":\"strict\",\"properties\":{\"name\":{\"type\":\"keyword\"},"
          + "\"content_hash\":{\"type\":\"keyword\"},\"num_rules\":{\"type\":\"integer\"},"
          + "\"updated_at\":{\"type\":\"date\"},\"file\":{\"type\":\"binary\"}}}";

  private final Client client;

  public RulesetStore(Client client) {
    this.client = OwnRights.of(client);
  }

  /** A ruleset as it is stored; {@code file} is null unless it was asked for. */
  public record Stored(String name, String hash, int numRules, long updatedAtMillis, byte[] file) {
    Stored withoutFile() {
      return new Stored(name, hash, numRules, updatedAtMillis, null);
    }
  }

  public void put(Stored ruleset, ActionListener<Void> listener) {
    Map<String, Object> source =
        Map.of(
            "name", ruleset.name(),
            "content_hash", ruleset.hash(),
            "num_rules", ruleset.numRules(),
            "updated_at", ruleset.updatedAtMillis(),
            "file", Base64.getEncoder().encodeToString(ruleset.file()));
    makeIndex(
        ActionListener.wrap(
            ignored ->
                client.index(
                    new IndexRequest(INDEX)
                        .id(ruleset.name())
                        .source(source)
                        .setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE),
                    ActionListener.wrap(
                        response -> listener.onResponse(null), listener::onFailure)),
            listener::onFailure));
  }

  /** The stored ruleset with its file, or null. */
  public void get(String name, ActionListener<Stored> listener) {
    client.get(
        new GetRequest(INDEX, name),
        ActionListener.wrap(
            response ->
                listener.onResponse(
                    response.isExists() ? stored(response.getSourceAsMap()) : null),
            e -> answerIfMissing(e, null, listener)));
  }

  /**
   * The ruleset without its file, or null. From doc values: a file has megabytes, and every search
   * asks this.
   */
  public void find(String name, ActionListener<Stored> listener) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(QueryBuilders.termQuery("name", name))
            .fetchSource(false)
            .docValueField("content_hash")
            .docValueField("num_rules")
            .docValueField("updated_at", "epoch_millis")
            .size(1);
    client.search(
        new SearchRequest(INDEX).source(source).allowPartialSearchResults(false),
        ActionListener.wrap(
            response -> {
              SearchHit[] hits = response.getHits().getHits();
              listener.onResponse(hits.length == 0 ? null : withoutFile(name, hits[0]));
            },
            e -> answerIfMissing(e, null, listener)));
  }

  private static Stored withoutFile(String name, SearchHit hit) {
    return new Stored(
        name,
        hit.field("content_hash").getValue(),
        hit.field("num_rules").<Number>getValue().intValue(),
        Long.parseLong(hit.field("updated_at").getValue()),
        null);
  }

  /** All rulesets by name, without their files; at most 1,000. */
  public void list(ActionListener<List<Stored>> listener) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(QueryBuilders.matchAllQuery())
            .fetchSource(null, "file")
            .sort("name")
            .size(MAX_LISTED);
    client.search(
        new SearchRequest(INDEX).source(source),
        ActionListener.wrap(
            response -> {
              List<Stored> found = new ArrayList<>();
              for (SearchHit hit : response.getHits()) {
                found.add(stored(hit.getSourceAsMap()));
              }
              listener.onResponse(found);
            },
            e -> answerIfMissing(e, List.of(), listener)));
  }

  /** Answers whether there was such a ruleset. */
  public void delete(String name, ActionListener<Boolean> listener) {
    client.delete(
        new DeleteRequest(INDEX, name).setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE),
        ActionListener.wrap(
            response ->
                listener.onResponse(response.getResult() == DocWriteResponse.Result.DELETED),
            e -> answerIfMissing(e, false, listener)));
  }

  private void makeIndex(ActionListener<Void> listener) {
    CreateIndexRequest request = new CreateIndexRequest(INDEX);
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
                    listener.onResponse(null);
                  } else {
                    listener.onFailure(e);
                  }
                }));
  }

  private static Stored stored(Map<String, Object> source) throws IOException {
    Object file = source.get("file");
    return new Stored(
        (String) source.get("name"),
        (String) source.get("content_hash"),
        ((Number) source.get("num_rules")).intValue(),
        ((Number) source.get("updated_at")).longValue(),
        file == null ? null : Base64.getDecoder().decode((String) file));
  }

  private static <T> void answerIfMissing(Exception e, T answer, ActionListener<T> listener) {
    // Another node answers with the same exception, wrapped.
    if (ExceptionsHelper.unwrapCause(e) instanceof IndexNotFoundException) {
      listener.onResponse(answer);
    } else {
      listener.onFailure(e);
    }
  }
}
