package org.tripline.opensearch.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.TimeRange;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetRequest;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.search.Find;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;
import org.tripline.opensearch.search.RuleResult;
import org.tripline.opensearch.search.RuleWindow;

/**
 * {@code POST /_plugins/_tripline/rulesets/{name}/_run}: one run of every rule that can run, by
 * hand. {@code to} is the time of the run (default: now), {@code from} where its window begins
 * (default: each rule's own look-back). The same findings always become the same alerts, so that a
 * repeated run writes nothing twice.
 */
public final class RunRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/run", Answer::new);

  private RunRuleset() {}

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
              request.ruleset(),
              (stored, loaded) -> new Run(node, request, stored, loaded).execute(),
              listener);
    }
  }

  /** One rule's part in a run: how many it found, and what becomes alerts. */
  private record RuleRun(
      Rule rule, RuleWindow window, RuleResult result, List<Find> findings, RuleErrors errors) {
    // Shards send no more finds than a rule may alert on; how many there were is their count.
    long numCut() {
      boolean isNewTerms = !rule.newTermsFields().isEmpty();
      long found = isNewTerms || result == null ? findings.size() : result.count();
      return found - kept().size();
    }

    List<Find> kept() {
      return findings.subList(0, Math.min(findings.size(), rule.maxSignals()));
    }
  }

  private static final class Run {
    private final NodeServices node;
    private final RunRequest request;
    private final RulesetStore.Stored stored;
    private final LoadedRuleset loaded;
    private final TimeRange range;
    private final long runAt;
    private List<String> warnings = List.of();

    Run(
        NodeServices node,
        RunRequest request,
        RulesetStore.Stored stored,
        LoadedRuleset loaded) {
      this.node = node;
      this.request = request;
      this.stored = stored;
      this.loaded = loaded;
      this.range = request.range();
      this.runAt = range.to() == null ? System.currentTimeMillis() : range.to();
    }

    Answer execute() throws IOException {
      List<Rule> rules = loaded.description().rules();
      List<RuleWindow> windows = new ArrayList<>();
      List<Rule> running = new ArrayList<>();
      long earliest = runAt;
      for (int rule = 0; rule < rules.size(); rule++) {
        if (rules.get(rule).whyNotRun().isEmpty()) {
          windows.add(window(rule, rules.get(rule)));
          running.add(rules.get(rule));
          earliest = Math.min(earliest, windows.get(windows.size() - 1).historyFrom());
        }
      }
      List<RuleRun> runs = new ArrayList<>();
      if (!windows.isEmpty()) {
        RulesetSearch search =
            new RulesetSearch(
                request.index(), running, windows, new TimeRange(earliest, runAt), node);
        RulesetSearch.Found found = search.run(stored);
        warnings = found.warnings();
        for (int i = 0; i < windows.size(); i++) {
          RuleWindow window = windows.get(i);
          RuleResult result = found.of(window.rule());
          runs.add(
              new RuleRun(
                  running.get(i),
                  window,
                  result,
                  findings(result),
                  found.errorsOf(window.rule(), running.get(i))));
        }
      }
      return publish(runs);
    }

    private RuleWindow window(int rule, Rule description) {
      boolean isOfTheRule = range.from() == null;
      long from = isOfTheRule ? runAt - description.lookBackMillis() : range.from();
      long to = isOfTheRule ? runAt - description.delayMillis() : runAt;
      long historyFrom =
          description.newTermsFields().isEmpty()
              ? from
              : Math.min(from, runAt - description.historyWindowMillis());
      return new RuleWindow(rule, from, to, historyFrom, description.maxSignals());
    }

    private static List<Find> findings(RuleResult result) {
      List<Find> findings = new ArrayList<>();
      if (result != null) {
        for (Find find : result.finds()) {
          if (find.term().length == 0 || find.isNewTerm()) {
            findings.add(find);
          }
        }
      }
      findings.sort(Find.ORDER);
      return findings;
    }

    private Answer publish(List<RuleRun> runs) throws IOException {
      AlertWriter alerts = new AlertWriter(node.client(), loaded.ruleset(), runAt);
      for (RuleRun run : runs) {
        alerts.add(run.window.rule(), run.kept());
      }
      AlertWriter.Shown shown = request.isDry() ? alerts.show() : null;
      AlertWriter.Written written =
          request.isDry() ? new AlertWriter.Written(0, 0, shown.events()) : alerts.write();
      Map<Integer, Integer> gone = tellGone(runs, alerts.gone());
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.field("ruleset", stored.name()).field("content_hash", stored.hash());
            json.field("run_at", runAt).field("dry_run", request.isDry());
            json.startObject("rules");
            for (RuleRun run : runs) {
              addRule(json, run, gone.getOrDefault(run.window.rule(), 0));
            }
            json.endObject();
            json.field("warnings", warnings);
            json.field("alerts", alerts.size()).field("written", written.created());
            json.field("already_there", written.present());
            json.field("events_read", written.events());
            if (request.isDry()) {
              addShown(json, shown, alerts.size());
            }
          });
    }

    // The documents as they are, byte for byte; a builder would not set commas between raw values.
    private static void addShown(XContentBuilder json, AlertWriter.Shown shown, int numAlerts)
        throws IOException {
      ByteArrayOutputStream array = new ByteArrayOutputStream();
      array.write('[');
      int numShown = 0;
      for (byte[] alert : shown.alerts()) {
        if (alert != null) {
          if (numShown++ > 0) {
            array.write(',');
          }
          array.writeBytes(alert);
        }
      }
      array.write(']');
      try (var stream = new BytesArray(array.toByteArray()).streamInput()) {
        json.rawField("alert_documents", stream, MediaTypeRegistry.JSON);
      }
      if (numShown < numAlerts) {
        json.field("alert_documents_left_out", numAlerts - numShown);
      }
    }

    // An event may be deleted while the run lasts: that is an error of its rules, and how many of
    // their alerts it cost.
    private static Map<Integer, Integer> tellGone(
        List<RuleRun> runs, List<AlertMaker.Gone> gone) {
      Map<Integer, Integer> ofRule = new HashMap<>();
      for (AlertMaker.Gone event : gone) {
        ofRule.merge(event.rule(), 1, Integer::sum);
        for (RuleRun run : runs) {
          if (run.window.rule() == event.rule()) {
            run.errors.add(new RuleError(event.index(), "", event.reason()));
          }
        }
      }
      return ofRule;
    }

    private static void addRule(XContentBuilder json, RuleRun run, int numGone)
        throws IOException {
      json.startObject(run.rule.ruleId());
      json.field("matches", run.result == null ? 0 : run.result.count());
      json.field("candidates", run.result == null ? 0 : run.result.finds().size());
      json.field("alerts", run.kept().size() - numGone).field("cut", run.numCut());
      if (!run.errors.isEmpty()) {
        json.field("errors", run.errors);
      }
      json.endObject();
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_run_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.POST, "/_plugins/_tripline/rulesets/{name}/_run"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
        throws IOException {
      RulesetRequest.bodyOf(request, RulesetRequest.FEW_WORDS);
      RunRequest run =
          RunRequest.parse(
              request.param("name"), request.hasContent() ? request.contentParser() : null);
      return channel -> client.execute(TYPE, run, Answer.sendTo(channel));
    }
  }
}
