package org.tripline.opensearch.rulesets;

import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;

/**
 * {@code POST /_plugins/_tripline/rulesets/{name}/_stop}: the ruleset runs no longer by schedule. A
 * run that is under way ends first.
 */
public final class StopRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/stop", Answer::new);

  private StopRuleset() {}

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
          .runs(
              request.name(),
              runs -> runs.isStarted() ? runs.stopped() : runs,
              RulesetHead.acknowledge(listener));
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_stop_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.POST, "/_plugins/_tripline/rulesets/{name}/_stop"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      RulesetRequest stop = RulesetRequest.withoutBody(request, "");
      return channel -> client.execute(TYPE, stop, Answer.sendTo(channel));
    }
  }
}
