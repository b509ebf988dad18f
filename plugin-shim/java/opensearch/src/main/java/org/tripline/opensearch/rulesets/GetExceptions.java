package org.tripline.opensearch.rulesets;

import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestResponseListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;

/**
 * {@code GET /_plugins/_tripline/rulesets/{name}/exceptions}: the exceptions as they were uploaded,
 * byte for byte; empty if there are none.
 */
public final class GetExceptions {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/exceptions/get", Answer::new);

  private GetExceptions() {}

  public static final class Transport extends HandledTransportAction<RulesetRequest, Answer> {
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
      super(TYPE.name(), transportService, filters, RulesetRequest::new);
      this.client = client;
      this.store = store;
      this.registry = registry;
    }

    @Override
    protected void doExecute(Task task, RulesetRequest request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      new RulesetChange(client, store)
          .find(
              request.name(),
              ActionListener.wrap(
                  stored -> {
                    if (!stored.hasExceptions()) {
                      listener.onResponse(new Answer(RestStatus.OK, BytesArray.EMPTY));
                      return;
                    }
                    store.file(
                        stored,
                        stored.current().exceptionsHash(),
                        ActionListener.wrap(
                            file ->
                                listener.onResponse(
                                    new Answer(RestStatus.OK, new BytesArray(file))),
                            listener::onFailure));
                  },
                  listener::onFailure));
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_get_exceptions";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.GET, "/_plugins/_tripline/rulesets/{name}/exceptions"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      RulesetRequest get = RulesetRequest.withoutBody(request, "");
      return channel ->
          client.execute(
              TYPE,
              get,
              new RestResponseListener<>(channel) {
                @Override
                public BytesRestResponse buildResponse(Answer answer) {
                  return new BytesRestResponse(
                      answer.status(), "application/x-ndjson; charset=UTF-8", answer.json());
                }
              });
    }
  }
}
