package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
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
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.Answer;

/** {@code GET /_plugins/_tripline/rulesets[/{name}]}: all rulesets in short, or one with its rules. */
public final class GetRulesets {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/get", Answer::new);

  private GetRulesets() {}

  public static final class Request extends ActionRequest {
    private final String name; // null: all

    Request(String name) {
      this.name = name == null ? null : RulesetName.check(name);
    }

    Request(StreamInput in) throws IOException {
      super(in);
      name = in.readOptionalString();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeOptionalString(name);
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
    private final TrustedKeys trusted;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        RulesetStore store,
        RulesetRegistry registry,
        TrustedKeys trusted) {
      super(TYPE.name(), transportService, filters, Request::new);
      this.client = client;
      this.store = store;
      this.registry = registry;
      this.trusted = trusted;
    }

    @Override
    protected void doExecute(Task task, Request request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      if (request.name == null) {
        store.listing(
            ActionListener.wrap(
                all -> listener.onResponse(listAnswer(all)), listener::onFailure));
        return;
      }
      new RulesetResolver(client, registry)
          .resolve(
              request.name,
              ActionListener.wrap(
                  found -> listener.onResponse(oneAnswer(found)), listener::onFailure));
    }

    private static Answer listAnswer(RulesetStore.Listing all) throws IOException {
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.startArray("rulesets");
            for (RulesetStore.Stored stored : all.rulesets()) {
              json.startObject();
              RulesetHead.addTo(json, stored);
              json.endObject();
            }
            json.endArray();
            if (!all.unusable().isEmpty()) {
              json.field("unusable", all.unusable());
            }
          });
    }

    private Answer oneAnswer(RulesetStore.Stored stored) throws IOException {
      LoadedRuleset loaded = registry.acquire(stored.hash());
      if (loaded == null) {
        throw RulesetRegistry.notHeld(stored.hash());
      }
      try {
        RulesetDescription description = loaded.description();
        return Answer.of(
            RestStatus.OK,
            json -> {
              RulesetHead.addTo(json, stored);
              if (stored.current().signedBy() != null) {
                json.field("signature_trusted", trusted.contains(stored.current().signedBy()));
              }
              json.field("bytes", stored.current().numBytes());
              json.startArray("rule_list");
              for (RulesetDescription.Rule rule : description.rules()) {
                json.startObject().field("rule_id", rule.ruleId()).field("name", rule.name());
                json.field("type", rule.type()).field("index", rule.indices());
                json.field("enabled", !stored.runs().disabledRules().contains(rule.ruleId()));
                json.field("not_run_because", rule.whyNotRun()).endObject();
              }
              json.endArray();
            });
      } finally {
        loaded.release();
      }
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_get_rulesets";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.GET, "/_plugins/_tripline/rulesets"),
          new Route(RestRequest.Method.GET, "/_plugins/_tripline/rulesets/{name}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      Request get = new Request(request.param("name"));
      return channel -> client.execute(TYPE, get, Answer.sendTo(channel));
    }
  }
}
