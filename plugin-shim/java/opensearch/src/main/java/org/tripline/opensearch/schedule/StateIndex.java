package org.tripline.opensearch.schedule;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.index.IndexResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.engine.VersionConflictEngineException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * The documents in which owners keep how far they have come: a head per ruleset, and the parts that
 * heads name. Parts are never changed; a head is replaced only by who has seen the one before it.
 * Every call blocks.
 */
public final class StateIndex {
  public static final String INDEX = ".tripline-state";

  private static final String HEAD = "head-";
  private static final int MAX_RULESETS = 1000;
  private static final int MAX_ORPHANS = 1000;
  private static final long BULK_BYTES = 16L << 20;
  private static final String SETTINGS =
      "{\"index\":{\"number_of_shards\":1,\"auto_expand_replicas\":\"0-2\",\"hidden\":true}}";
  private static final String MAPPING =
      "{\"dynamic\":false,\"properties\":{\"kind\":{\"type\":\"keyword\"},"
          + "\"ruleset\":{\"type\":\"keyword\"}}}";

  private final Client client;

  /** {@code client}: with the node's own rights. */
  StateIndex(Client client) {
    this.client = client;
  }

  /**
   * A head as it was read or written: what the next one must be put in the place of. {@code head}:
   * null if what stands there is damaged.
   */
  record Kept(Head head, long seqNo, long primaryTerm) {}

  /** Bytes to be written as a part. */
  record Part(Blob blob, byte[] bytes) {}

  /** Null if nothing is kept. Throws UnsupportedOperationException: by a newer version. */
  Kept read(String ruleset) {
    GetResponse response;
    try {
      response = client.get(new GetRequest(INDEX, headId(ruleset))).actionGet();
    } catch (RuntimeException e) {
      if (ExceptionsHelper.unwrapCause(e) instanceof IndexNotFoundException) {
        return null;
      }
      throw e;
    }
    return response.isExists()
        ? kept(
            ruleset, response.getSourceAsMap(), response.getSeqNo(), response.getPrimaryTerm())
        : null;
  }

  private static Kept kept(
      String ruleset, Map<String, Object> document, long seqNo, long primaryTerm) {
    try {
      return new Kept(Head.read(ruleset, document), seqNo, primaryTerm);
    } catch (IllegalArgumentException e) {
      return new Kept(null, seqNo, primaryTerm);
    }
  }

  /** By ruleset, what is kept, but for what a newer version wrote. */
  Map<String, Kept> list() {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(QueryBuilders.termQuery("kind", "head"))
            .seqNoAndPrimaryTerm(true)
            .size(MAX_RULESETS);
    Map<String, Kept> heads = new TreeMap<>();
    try {
      for (SearchHit hit :
          client.search(new SearchRequest(INDEX).source(source)).actionGet().getHits()) {
        String ruleset = hit.getId().substring(HEAD.length());
        try {
          heads.put(
              ruleset,
              kept(ruleset, hit.getSourceAsMap(), hit.getSeqNo(), hit.getPrimaryTerm()));
        } catch (UnsupportedOperationException e) {
          continue; // its owner says so
        }
      }
    } catch (RuntimeException e) {
      if (!(ExceptionsHelper.unwrapCause(e) instanceof IndexNotFoundException)) {
        throw e;
      }
    }
    return heads;
  }

  /**
   * The commit. {@code before}: what it replaces; null: nothing must be there. Throws
   * FencedException if something else is there; after any other exception it may have been written
   * or not.
   */
  Kept put(Head head, Kept before) throws IOException {
    IndexRequest request = new IndexRequest(INDEX).id(headId(head.ruleset()));
    try (XContentBuilder json = XContentFactory.jsonBuilder()) {
      head.addTo(json);
      request.source(json);
    }
    if (before == null) {
      makeIndex();
      request.opType(DocWriteRequest.OpType.CREATE);
    } else {
      request.setIfSeqNo(before.seqNo).setIfPrimaryTerm(before.primaryTerm);
    }
    try {
      IndexResponse response = client.index(request).actionGet();
      return new Kept(head, response.getSeqNo(), response.getPrimaryTerm());
    } catch (RuntimeException e) {
      if (ExceptionsHelper.unwrapCause(e) instanceof VersionConflictEngineException) {
        throw new FencedException(head.ruleset());
      }
      throw e;
    }
  }

  void write(String ruleset, List<Part> parts) {
    BulkRequest bulk = new BulkRequest();
    for (Part part : parts) {
      List<String> documents = part.blob.documents();
      for (int chunk = 0; chunk < documents.size(); chunk++) {
        int begin = chunk * Blob.CHUNK_BYTES;
        int end = Math.min(part.bytes.length, begin + Blob.CHUNK_BYTES);
        String text =
            Base64.getEncoder().encodeToString(Arrays.copyOfRange(part.bytes, begin, end));
        bulk.add(
            new IndexRequest(INDEX)
                .id(documents.get(chunk))
                .opType(DocWriteRequest.OpType.CREATE)
                .source(Map.of("kind", "part", "ruleset", ruleset, "data", text)));
        if (bulk.estimatedSizeInBytes() >= BULK_BYTES) {
          send(bulk);
          bulk = new BulkRequest();
        }
      }
    }
    send(bulk);
  }

  private void send(BulkRequest bulk) {
    if (bulk.numberOfActions() == 0) {
      return;
    }
    BulkResponse response = client.bulk(bulk).actionGet();
    if (response.hasFailures()) {
      throw new IllegalStateException(
          "the state was not written: " + response.buildFailureMessage());
    }
  }

  /** Throws IllegalArgumentException if a chunk is missing or damaged. */
  byte[] read(Blob blob) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String document : blob.documents()) {
      GetResponse response = client.get(new GetRequest(INDEX, document)).actionGet();
      if (!response.isExists()
          || !(response.getSourceAsMap().get("data") instanceof String text)) {
        throw new IllegalArgumentException("the part [" + document + "] is not there");
      }
      bytes.writeBytes(Base64.getDecoder().decode(text));
    }
    if (bytes.size() != blob.bytes()) {
      throw new IllegalArgumentException("the part [" + blob.id() + "] is not of its length");
    }
    return bytes.toByteArray();
  }

  /** What no head needs any more. Failing leaves it for {@link #orphans}. */
  void delete(Collection<String> documents) {
    if (documents.isEmpty()) {
      return;
    }
    BulkRequest bulk = new BulkRequest();
    documents.forEach(document -> bulk.add(new DeleteRequest(INDEX, document)));
    client.bulk(bulk).actionGet();
  }

  /**
   * Parts of the ruleset that owners before this one left behind; some of them if there are many.
   * Those of later owners, who may have taken over meanwhile, are not looked at.
   */
  List<String> orphans(Head head) {
    List<String> named = new ArrayList<>();
    head.parts().forEach(blob -> named.addAll(blob.documents()));
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(
                QueryBuilders.boolQuery()
                    .filter(QueryBuilders.termQuery("kind", "part"))
                    .filter(QueryBuilders.termQuery("ruleset", head.ruleset()))
                    .mustNot(QueryBuilders.idsQuery().addIds(named.toArray(new String[0]))))
            .fetchSource(false)
            .size(MAX_ORPHANS);
    List<String> orphans = new ArrayList<>();
    for (SearchHit hit :
        client.search(new SearchRequest(INDEX).source(source)).actionGet().getHits()) {
      if (epochOf(hit.getId(), head.ruleset()) < head.epoch()) {
        orphans.add(hit.getId());
      }
    }
    return orphans;
  }

  /** What the parts begin with that a ruleset's owner of that epoch writes. */
  static String partPrefix(String ruleset, long epoch) {
    return "part-" + ruleset + "-" + epoch + "-";
  }

  // Never older, if it is none of ours.
  private static long epochOf(String part, String ruleset) {
    String[] rest =
        part.substring(Math.min(part.length(), "part--".length() + ruleset.length())).split("-", 2);
    try {
      return Long.parseLong(rest[0]);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  /** Everything that is kept of a ruleset, unless it has gone on since. */
  void forget(String ruleset, Kept kept) {
    client
        .delete(
            new DeleteRequest(INDEX, headId(ruleset))
                .setIfSeqNo(kept.seqNo)
                .setIfPrimaryTerm(kept.primaryTerm))
        .actionGet();
    if (kept.head != null) {
      List<String> parts = new ArrayList<>();
      kept.head.parts().forEach(blob -> parts.addAll(blob.documents()));
      delete(parts);
    }
  }

  private static String headId(String ruleset) {
    return HEAD + ruleset;
  }

  private void makeIndex() {
    CreateIndexRequest request =
        new CreateIndexRequest(INDEX)
            .settings(SETTINGS, MediaTypeRegistry.JSON)
            .mapping(MAPPING, MediaTypeRegistry.JSON);
    try {
      client.admin().indices().create(request).actionGet();
    } catch (RuntimeException e) {
      if (!(ExceptionsHelper.unwrapCause(e) instanceof ResourceAlreadyExistsException)) {
        throw e;
      }
    }
  }
}
