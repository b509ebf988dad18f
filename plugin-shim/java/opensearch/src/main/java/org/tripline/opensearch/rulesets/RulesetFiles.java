package org.tripline.opensearch.rulesets;

import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Files of rulesets and of their exceptions by the hash of what they hold, each a document of the
 * rulesets' index. A file is written before the first ruleset that refers to it, and goes when none
 * does.
 */
final class RulesetFiles {
  private static final String KIND = "file";
  private static final int MAX_LISTED = 10_000;
  // A file this young may be written for a ruleset that is about to be.
  private static final long YOUNG_MILLIS = 5_000;

  private final Client client;

  /** {@code client}: with the plugin's own rights. */
  RulesetFiles(Client client) {
    this.client = client;
  }

  /** No ruleset has a colon in its name. */
  private static String id(String hash) {
    return "file:" + hash;
  }

  void put(String hash, byte[] file, ActionListener<Void> listener) {
    Map<String, Object> source =
        Map.of(
            "format", RulesetDocument.FORMAT,
            "kind", KIND,
            "content_hash", hash,
            "updated_at", System.currentTimeMillis(),
            "file", Base64.getEncoder().encodeToString(file));
    client.index(
        new IndexRequest(RulesetStore.INDEX)
            .id(id(hash))
            .source(source)
            .setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE),
        ActionListener.wrap(response -> listener.onResponse(null), listener::onFailure));
  }

  /** Fails with 404 if there is none, or it holds something else than its name says. */
  void get(String hash, ActionListener<byte[]> listener) {
    read(id(hash), hash, listener);
  }

  /** The same of a ruleset that may be stored in the first form, with its file in it. */
  void getOf(String ruleset, String hash, ActionListener<byte[]> listener) {
    get(
        hash,
        ActionListener.wrap(
            listener::onResponse,
            e -> {
              if (e instanceof OpenSearchStatusException) {
                read(ruleset, hash, listener);
              } else {
                listener.onFailure(e);
              }
            }));
  }

  private void read(String id, String hash, ActionListener<byte[]> listener) {
    client.get(
        new GetRequest(RulesetStore.INDEX, id),
        ActionListener.wrap(
            found -> {
              Map<String, Object> source = found.isExists() ? found.getSourceAsMap() : Map.of();
              if (!hash.equals(source.get("content_hash"))
                  || !(source.get("file") instanceof String text)) {
                throw new OpenSearchStatusException(
                    "the file [" + hash + "] of a ruleset is gone or damaged; upload what it was"
                        + " again, the ruleset or its exceptions (an empty body: none)",
                    RestStatus.NOT_FOUND);
              }
              listener.onResponse(Base64.getDecoder().decode(text));
            },
            listener::onFailure));
  }

  /** Deletes the files that are not among {@code used}, if nobody writes them meanwhile. */
  void keepOnly(FilesInUse used) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(
                QueryBuilders.boolQuery()
                    .filter(QueryBuilders.termQuery("kind", KIND))
                    .filter(
                        QueryBuilders.rangeQuery("updated_at")
                            .lt(System.currentTimeMillis() - YOUNG_MILLIS)
                            .format("epoch_millis")))
            .fetchSource(false)
            .docValueField("content_hash")
            .seqNoAndPrimaryTerm(true)
            .size(MAX_LISTED);
    client.search(
        new SearchRequest(RulesetStore.INDEX).source(source),
        ActionListener.wrap(
            // Which files are used is asked after which there are, so that one that came into use
            // in between stays.
            response -> used.ask(hashes -> deleteOthers(response.getHits().getHits(), hashes)),
            e -> {}));
  }

  /** Answers the hashes of all files that are referred to, or not at all if that is not known. */
  interface FilesInUse {
    void ask(java.util.function.Consumer<Set<String>> then);
  }

  // What is not deleted now is with the next ruleset that changes.
  private void deleteOthers(SearchHit[] files, Set<String> used) {
    for (SearchHit file : files) {
      if (!used.contains(file.field("content_hash").<String>getValue())) {
        client.delete(
            new DeleteRequest(RulesetStore.INDEX, file.getId())
                .setIfSeqNo(file.getSeqNo())
                .setIfPrimaryTerm(file.getPrimaryTerm()),
            ActionListener.wrap(() -> {}));
      }
    }
  }
}
