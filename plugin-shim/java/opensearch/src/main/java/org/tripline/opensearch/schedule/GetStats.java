package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.rulesets.Rights;
import org.tripline.opensearch.rulesets.RulesetStore;

/**
 * {@code GET /_plugins/_tripline/_stats}: per ruleset who runs it and how it goes, per rule its
 * runs, and per node what the plugin holds. Owners tell of themselves; of rulesets without one,
 * what was committed last.
 */
public final class GetStats {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/stats", Answer::new);

  /** A node that does not answer is told as one of those without an answer. */
  private static final TimeValue NODE_TIMEOUT = TimeValue.timeValueSeconds(10);

  private GetStats() {}

  public static final class Request extends ActionRequest {
    Request() {}

    Request(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }
  }

  public static final class Transport extends HandledTransportAction<Request, Answer> {
    private final Client client; // with the node's own rights: rulesets and state are the plugin's
    private final RulesetStore store;
    private final Owners owners;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        Rights rights,
        RulesetStore store,
        Owners owners) {
      super(TYPE.name(), transportService, filters, Request::new);
      this.client = rights.asNode(client);
      this.store = store;
      this.owners = owners;
    }

    @Override
    protected void doExecute(Task task, Request request, ActionListener<Answer> listener) {
      store.list(
          ActionListener.wrap(
              stored ->
                  client.execute(
                      NodeStats.TYPE,
                      new NodeStats.Request().timeout(NODE_TIMEOUT),
                      ActionListener.wrap(
                          nodes -> answerLater(stored, nodes, listener), listener::onFailure)),
              listener::onFailure));
    }

    // Reading the heads blocks.
    private void answerLater(
        List<RulesetStore.Stored> stored,
        NodeStats.Response nodes,
        ActionListener<Answer> listener) {
      client
          .threadPool()
          .executor(ThreadPool.Names.GENERIC)
          .execute(() -> ActionListener.completeWith(listener, () -> answer(stored, nodes)));
    }

    private Answer answer(List<RulesetStore.Stored> stored, NodeStats.Response nodes)
        throws IOException {
      Map<String, BytesReference> running = new HashMap<>();
      for (NodeStats.NodeResponse node : nodes.getNodes()) {
        running.putAll(node.rulesets());
      }
      Map<String, Head> heads = new TreeMap<>();
      if (stored.stream().anyMatch(one -> !running.containsKey(one.name()))) {
        owners.state().list().forEach((name, kept) -> heads.put(name, kept.head()));
      }
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.startObject("rulesets");
            for (RulesetStore.Stored one : stored) {
              json.startObject(one.name());
              json.field("started", one.runs().isStarted());
              json.field("content_hash", one.hash());
              json.field("disabled_rules", one.runs().disabledRules());
              BytesReference live = running.get(one.name());
              Head head = heads.get(one.name());
              if (live != null) {
                addRaw(json, "running", live);
              } else if (head != null) {
                json.startObject("last_known");
                OwnerStatus.of(head, "", "{}").addTo(json, System.currentTimeMillis());
                json.endObject();
              }
              json.endObject();
            }
            json.endObject().startObject("nodes");
            for (NodeStats.NodeResponse node : nodes.getNodes()) {
              addRaw(json, node.getNode().getId(), node.self());
            }
            json.endObject().startObject("nodes_without_answer");
            for (var failure : nodes.failures()) {
              json.field(failure.nodeId(), failure.getMessage());
            }
            json.endObject();
          });
    }

    private static void addRaw(XContentBuilder json, String field, BytesReference raw)
        throws IOException {
      try (InputStream stream = raw.streamInput()) {
        json.rawField(field, stream, MediaTypeRegistry.JSON);
      }
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_stats";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.GET, "/_plugins/_tripline/_stats"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      return channel -> client.execute(TYPE, new Request(), Answer.sendTo(channel));
    }
  }
}
