package org.tripline.opensearch.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.TimeRange;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetRequest;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.search.RuleErrors;
import org.tripline.opensearch.search.RuleResult;
import org.tripline.opensearch.search.RuleWindow;

/** {@code POST /_plugins/_tripline/_match}: how many documents match each rule. No alerts. */
public final class MatchRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/match", Answer::new);

  private MatchRuleset() {}

  public static final class Transport extends HandledTransportAction<RunRequest, Answer> {
    private final NodeServices node;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        RulesetRegistry registry,
        ClusterService cluster,
        IndexNameExpressionResolver resolver) {
      super(TYPE.name(), transportService, filters, RunRequest::new);
      this.node = new NodeServices(client, registry, cluster, resolver);
    }

    @Override
    protected void doExecute(Task task, RunRequest request, ActionListener<Answer> listener) {
      new RulesetCall(node.client(), node.registry())
          .run(
              request.ruleset(), (stored, loaded) -> match(request, stored, loaded), listener);
    }

    private Answer match(
        RunRequest request, RulesetStore.Stored stored, LoadedRuleset loaded) throws IOException {
      RulesetDescription description = loaded.description();
      TimeRange range = request.range();
      RulesetSearch search =
          new RulesetSearch(
              request.index(),
              description.rules(),
              windows(description, range),
              range,
              node);
      if (request.countsJobs()) {
        search.alsoFor(
            description.jobs(), JobsAsked.around(description, range.from(), range.to()));
      }
      return answer(request, stored, description, search.run(stored));
    }

    private static List<RuleWindow> windows(RulesetDescription description, TimeRange range) {
      List<RuleWindow> windows = new ArrayList<>();
      for (int rule = 0; range.isGiven() && rule < description.rules().size(); rule++) {
        long from = range.from() == null ? Long.MIN_VALUE + 1 : range.from();
        long to = range.to() == null ? Long.MAX_VALUE : range.to();
        windows.add(new RuleWindow(rule, from, to, from, 0));
      }
      return windows;
    }

    private static Answer answer(
        RunRequest request,
        RulesetStore.Stored stored,
        RulesetDescription description,
        RulesetSearch.Found found)
        throws IOException {
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.field("ruleset", stored.name()).field("content_hash", stored.hash());
            json.field("documents", found.documents()).field("shards", found.shards());
            json.field("skipped_shards", found.skipped());
            json.startObject("counts");
            for (int rule = 0; rule < description.rules().size(); rule++) {
              Rule described = description.rules().get(rule);
              if (described.output() >= 0) {
                RuleResult result = found.of(rule);
                json.field(described.ruleId(), result == null ? 0 : result.count());
              }
            }
            json.endObject();
            addErrors(json, description, found);
            if (request.countsJobs()) {
              addJobs(json, description, found);
            }
            json.field("warnings", found.warnings());
          });
    }

    private static void addErrors(
        XContentBuilder json, RulesetDescription description, RulesetSearch.Found found)
        throws IOException {
      json.startObject("errors");
      for (int rule = 0; rule < description.rules().size(); rule++) {
        Rule described = description.rules().get(rule);
        RuleErrors errors = found.errorsOf(rule, described);
        if (!errors.isEmpty() && described.output() >= 0) {
          json.field(described.ruleId(), errors);
        }
      }
      json.endObject();
    }

    private static void addJobs(
        XContentBuilder json, RulesetDescription description, RulesetSearch.Found found)
        throws IOException {
      json.startObject("jobs");
      for (Job job : description.jobs()) {
        if (!job.whyNotRun().isEmpty()) {
          json.startObject(job.jobId()).field("not_counted", job.whyNotRun()).endObject();
        }
      }
      if (found.result() != null) {
        found.result().jobs().addTo(json);
      }
      json.endObject();
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_match";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.POST, "/_plugins/_tripline/_match"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
        throws IOException {
      RulesetRequest.bodyOf(request, RulesetRequest.FEW_WORDS);
      RunRequest match = RunRequest.parse(null, request.contentParser());
      return channel -> client.execute(TYPE, match, Answer.sendTo(channel));
    }
  }
}
