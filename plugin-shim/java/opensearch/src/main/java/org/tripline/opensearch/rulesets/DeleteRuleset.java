package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;

/** {@code DELETE /_plugins/_tripline/rulesets/{name}}. */
public final class DeleteRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/delete", Answer::new);

  private DeleteRuleset() {}

  public static final class Request extends ActionRequest {
    private final String name;

    Request(String name) {
      this.name = RulesetName.check(name);
    }

    Request(StreamInput in) throws IOException {
      super(in);
      name = in.readString();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeString(name);
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }
  }

  public static final class Transport extends HandledTransportAction<Request, Answer> {
    private final Client client;
    private final RulesetStore store;
    private final RulesetRegistry registry;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        RulesetStore store,
        RulesetRegistry registry) {
      super(TYPE.name(), transportService, filters, Request::new);
      this.client = client;
      this.store = store;
      this.registry = registry;
    }

    @Override
    protected void doExecute(Task task, Request request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      store.get(
          request.name,
          ActionListener.wrap(
              stored -> delete(request.name, stored == null ? null : stored.hash(), listener),
              // What cannot be read can be deleted.
              e -> delete(request.name, null, listener)));
    }

    /** {@code hash}: what nodes hold it by, if that is known. */
    private void delete(String name, String hash, ActionListener<Answer> listener) {
      store.delete(
          name,
          ActionListener.wrap(
              wasThere -> {
                if (!wasThere) {
                  throw new ResourceNotFoundException("there is no ruleset [" + name + "]");
                }
                new RulesetDropper(client).dropLater(hash);
                forget(name, listener);
              },
              listener::onFailure));
    }

    // A node that is not told forgets by itself, a second later.
    private void forget(String name, ActionListener<Answer> listener) {
      OwnRights.of(client)
          .execute(
              SpreadRuleset.TYPE,
              SpreadRuleset.Request.forget(),
              ActionListener.wrap(
                  () ->
                      client
                          .threadPool()
                          .executor(ThreadPool.Names.GENERIC)
                          .execute(
                              () ->
                                  ActionListener.completeWith(
                                      listener,
                                      () -> {
                                        registry.tellDeleted(name);
                                        return answer(name);
                                      }))));
    }

    private static Answer answer(String name) throws IOException {
      return Answer.of(
          RestStatus.OK, json -> json.field("acknowledged", true).field("name", name));
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_delete_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.DELETE, "/_plugins/_tripline/rulesets/{name}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      Request delete = new Request(request.param("name"));
      return channel -> client.execute(TYPE, delete, Answer.sendTo(channel));
    }
  }
}
