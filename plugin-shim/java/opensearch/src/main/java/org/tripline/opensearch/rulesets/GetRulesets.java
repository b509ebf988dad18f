package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.time.Instant;
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
import org.opensearch.core.xcontent.XContentBuilder;
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
              addHead(json, stored);
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
              addHead(json, stored);
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

    private static void addHead(XContentBuilder json, RulesetStore.Stored stored)
        throws IOException {
      json.field("name", stored.name()).field("content_hash", stored.hash());
      json.field("rules", stored.numRules());
      json.field("updated_at", text(stored.updatedAtMillis()));
      addWriter(json, stored.writer());
      json.field("has_exceptions", stored.hasExceptions());
      if (stored.hasExceptions()) {
        json.field("content_hash_without_exceptions", stored.baseHash());
      }
      addRuns(json, stored.runs());
      RulesetVersion previous = stored.previous();
      if (previous != null) {
        json.startObject("previous").field("content_hash", previous.hash());
        json.field("rules", previous.numRules());
        json.field("updated_at", text(previous.updatedAtMillis()));
        addWriter(json, previous.writer());
        json.field("has_exceptions", previous.exceptionsHash() != null).endObject();
      }
    }

    private static void addWriter(XContentBuilder json, Writer writer) throws IOException {
      if (writer != null) {
        json.field("written_by", writer.user()).field("roles", writer.roles());
      }
    }

    private static void addRuns(XContentBuilder json, Runs runs) throws IOException {
      json.field("started", runs.isStarted());
      if (runs.startedAt() != 0) {
        json.field("started_at", text(runs.startedAt()));
      }
      if (runs.from() != null) {
        json.field("from", text(runs.from()));
      }
      if (runs.to() != null) {
        json.field("to", text(runs.to()));
      }
      json.field("disabled_rules", runs.disabledRules().stream().sorted().toList());
    }

    private static String text(long millis) {
      return Instant.ofEpochMilli(millis).toString();
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
