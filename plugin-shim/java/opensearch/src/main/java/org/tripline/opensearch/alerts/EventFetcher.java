package org.tripline.opensearch.alerts;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.RoutingMissingException;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.get.MultiGetItemResponse;
import org.opensearch.action.get.MultiGetRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Reads events, some at once. How large an event is shows only when it has come: as many are asked
 * for as would fit if they were as large as the largest of those before, and never more than {@link
 * #MOST}. Blocks: not on a search or transport thread.
 */
final class EventFetcher {
  /** Events at once at most: of the size of a large one, 2 MB, this is what a node bears. */
  static final int MOST = 32;

  /** Bytes at once, if events stay as they were. */
  private static final long BYTES = 16L << 20;

  private static final int FIRST = 8;
  private static final BytesReference NOTHING = new BytesArray("{}");

  /** Where an event stands. */
  record Event(String index, String id) {}

  /** Takes an event's source; null if the event is gone, or hidden from this user. */
  interface Taker {
    void take(Event event, byte[] source) throws IOException;
  }

  private final Client client;

  EventFetcher(Client client) {
    this.client = client;
  }

  /** Each of the events goes to the taker, in order; answers in how many calls they came. */
  int fetch(List<Event> events, Taker taker) throws IOException {
    int calls = 0;
    int size = FIRST;
    for (int begin = 0; begin < events.size(); calls++) {
      List<Event> batch = events.subList(begin, Math.min(events.size(), begin + size));
      size = sizeAfter(size, take(batch, taker));
      begin += batch.size();
    }
    return calls;
  }

  /** How many are asked for next, when the largest of the last {@code size} had so many bytes. */
  static int sizeAfter(int size, long largest) {
    long fitting = BYTES / Math.max(1, largest);
    return (int) Math.max(1, Math.min(fitting, Math.min(MOST, 2L * size)));
  }

  private long take(List<Event> batch, Taker taker) throws IOException {
    Map<Event, BytesReference> found = read(batch);
    long largest = 0;
    for (Event event : batch) {
      BytesReference bytes = found.remove(event);
      byte[] source = bytes == null ? null : BytesReference.toBytes(bytes);
      largest = Math.max(largest, source == null ? 0 : source.length);
      taker.take(event, source);
    }
    return largest;
  }

  // Of what is asked for at once not all may come, nor in order: where a user's documents are
  // chosen by looking values up elsewhere, the security plugin answers by a search that brings ten.
  private Map<Event, BytesReference> read(List<Event> batch) {
    MultiGetRequest request = new MultiGetRequest();
    batch.forEach(event -> request.add(event.index, event.id));
    Map<Event, BytesReference> found = new HashMap<>();
    for (MultiGetItemResponse item : client.multiGet(request).actionGet().getResponses()) {
      if (!item.isFailed() && item.getResponse().isExists()) {
        found.put(
            new Event(item.getIndex(), item.getId()), sourceOf(item.getResponse().getSourceAsBytesRef()));
      }
    }
    for (Event event : batch) {
      found.computeIfAbsent(event, this::readAlone);
    }
    return found;
  }

  // Null if it is gone.
  private BytesReference readAlone(Event event) {
    try {
      // A search may have seen on the primary what is still on its way to the copies.
      GetResponse response =
          client.get(new GetRequest(event.index, event.id).preference("_primary")).actionGet();
      return response.isExists()
          ? sourceOf(response.getSourceAsBytesRef())
          : search(event);
    } catch (IndexNotFoundException | RoutingMissingException e) {
      return search(event);
    }
  }

  // Where it stands may depend on a routing of its own, which its id does not tell.
  private BytesReference search(Event event) {
    SearchRequest request =
        new SearchRequest(event.index)
            .allowPartialSearchResults(false) // or an event were gone that a dead node holds
            .indicesOptions(IndicesOptions.lenientExpandOpen())
            .source(
                new SearchSourceBuilder()
                    .query(QueryBuilders.idsQuery().addIds(event.id))
                    .fetchSource(true)
                    .size(1));
    SearchHit[] hits = client.search(request).actionGet().getHits().getHits();
    return hits.length == 0 ? null : sourceOf(hits[0].getSourceRef());
  }

  private static BytesReference sourceOf(BytesReference source) {
    return source == null ? NOTHING : source;
  }
}
