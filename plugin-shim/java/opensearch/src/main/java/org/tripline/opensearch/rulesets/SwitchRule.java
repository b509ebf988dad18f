package org.tripline.opensearch.rulesets;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.search.spell.LevenshteinDistance;
import org.opensearch.ResourceNotFoundException;
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
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.Answer;

/**
 * {@code POST /_plugins/_tripline/rulesets/{name}/rules/{rule_id}/_enable} and {@code _disable}: a
 * disabled rule does not run by schedule. It stays disabled when the ruleset is replaced.
 */
public final class SwitchRule {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/rule", Answer::new);

  // In front of the rule's id on the way to the action.
  private static final String ENABLE = "+";
  private static final String DISABLE = "-";

  private SwitchRule() {}

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
      boolean isEnabled = request.word().startsWith(ENABLE);
      String ruleId = request.word().substring(1);
      new RulesetResolver(client, registry)
          .resolve(
              request.name(),
              ActionListener.wrap(
                  stored -> {
                    if (!(isEnabled && stored.runs().disabledRules().contains(ruleId))) {
                      checkIsThere(stored, ruleId);
                    }
                    new RulesetChange(client, store)
                        .runs(
                            request.name(),
                            runs -> runs.withRule(ruleId, isEnabled),
                            RulesetHead.acknowledge(listener));
                  },
                  listener::onFailure));
    }

    private void checkIsThere(RulesetStore.Stored stored, String ruleId) {
      LoadedRuleset loaded = registry.acquire(stored.hash());
      if (loaded == null) {
        throw RulesetRegistry.notHeld(stored.hash());
      }
      try {
        List<Rule> rules = loaded.description().rules();
        if (rules.stream().noneMatch(rule -> rule.ruleId().equals(ruleId))) {
          throw new ResourceNotFoundException(
              "the ruleset [" + stored.name() + "] has no rule with the id [" + ruleId + "]"
                  + alike(rules, ruleId));
        }
      } finally {
        loaded.release();
      }
    }

    // Ids like the one that was asked for, and the id of a rule whose name was taken for it.
    private static String alike(List<Rule> rules, String asked) {
      LevenshteinDistance likeness = new LevenshteinDistance();
      Map<String, Float> ids = new TreeMap<>();
      for (Rule rule : rules) {
        float like = rule.name().equals(asked) ? 1 : likeness.getDistance(rule.ruleId(), asked);
        if (like > 0.5f) {
          ids.put(rule.ruleId(), like);
        }
      }
      List<String> nearest =
          ids.entrySet().stream()
              .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
              .limit(3)
              .map(Map.Entry::getKey)
              .toList();
      return nearest.isEmpty()
          ? "; GET the ruleset to see those that it has"
          : "; did you mean " + nearest + "?";
    }
  }

  public static final class Rest extends BaseRestHandler {
    private static final String RULE = "/_plugins/_tripline/rulesets/{name}/rules/{rule_id}";

    @Override
    public String getName() {
      return "tripline_switch_rule";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.POST, RULE + "/_enable"),
          new Route(RestRequest.Method.POST, RULE + "/_disable"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      String verb = request.path().endsWith("/_enable") ? ENABLE : DISABLE;
      RulesetRequest change =
          RulesetRequest.withoutBody(request, verb + request.param("rule_id"));
      return channel -> client.execute(TYPE, change, Answer.sendTo(channel));
    }
  }
}
