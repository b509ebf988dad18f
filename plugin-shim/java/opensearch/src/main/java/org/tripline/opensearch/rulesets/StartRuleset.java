package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.ParseField;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.ObjectParser;
import org.opensearch.core.xcontent.XContentParseException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.TimeRange;

/**
 * {@code POST /_plugins/_tripline/rulesets/{name}/_start}: from now on the ruleset runs by schedule,
 * over the events from {@code from} (default: now; earlier: what was missed is made up for) up to
 * {@code to} (default: no end).
 */
public final class StartRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/start", Answer::new);

  private StartRuleset() {}

  private static final class Body {
    private static final ObjectParser<Body, Void> PARSER = new ObjectParser<>("start", Body::new);

    static {
      PARSER.declareField(
          (body, text) -> body.from = text,
          XContentParser::text,
          new ParseField("from"),
          ObjectParser.ValueType.VALUE);
      PARSER.declareField(
          (body, text) -> body.to = text,
          XContentParser::text,
          new ParseField("to"),
          ObjectParser.ValueType.VALUE);
    }

    private String from;
    private String to;
  }

  private static TimeRange rangeOf(BytesReference body) {
    if (body.length() == 0) {
      return TimeRange.parse(null, null);
    }
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY,
            DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
            body.streamInput())) {
      Body read = Body.PARSER.parse(parser, null);
      return TimeRange.parse(read.from, read.to);
    } catch (XContentParseException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; the body may have [from] and [to]", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the body is no JSON object with [from] and [to]: " + e.getMessage(), e);
    }
  }

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
      TimeRange range = rangeOf(request.body());
      new RulesetChange(client, store)
          .runs(
              request.name(),
              runs -> started(request.name(), runs, range),
              RulesetHead.acknowledge(listener));
    }

    // Starting what runs is harmless, and may move its end; a beginning is for good.
    private static Runs started(String name, Runs runs, TimeRange range) {
      if (!runs.isStarted()) {
        return runs.started(range.from(), range.to(), System.currentTimeMillis());
      }
      if (range.isGiven()) {
        if (!Objects.equals(range.from(), runs.from())) {
          throw new OpenSearchStatusException(
              "the ruleset [" + name + "] is started already, from elsewhere; _stop it first, or"
                  + " leave [from] and [to] out",
              RestStatus.CONFLICT);
        }
        return runs.until(range.to());
      }
      return runs;
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_start_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.POST, "/_plugins/_tripline/rulesets/{name}/_start"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      RulesetRequest start = RulesetRequest.of(request, "", RulesetRequest.FEW_WORDS);
      return channel -> client.execute(TYPE, start, Answer.sendTo(channel));
    }
  }
}
