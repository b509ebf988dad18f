package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.Ruleset;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/**
 * {@code POST /_plugins/_tripline/rulesets/{name}/_rollback}: the version before, with the exceptions
 * and the writer that it had, changes places with the present one; so a second rollback undoes the
 * first. Who rolls back chooses no content, and so gives none of his own rights to it.
 */
public final class RollbackRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/rollback", Answer::new);

  private RollbackRuleset() {}

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
                  before -> {
                    if (before.previous() == null) {
                      throw new OpenSearchStatusException(
                          "the ruleset [" + before.name() + "] has no version before this one",
                          RestStatus.CONFLICT);
                    }
                    store.file(
                        before,
                        before.previousHash(),
                        ActionListener.wrap(
                            file -> swap(before, file, listener), listener::onFailure));
                  },
                  listener::onFailure));
    }

    private void swap(Stored before, byte[] file, ActionListener<Answer> listener) {
      Stored after = before.with(before.previous(), before.current());
      client
          .threadPool()
          .executor(ThreadPool.Names.GENERIC)
          .execute(
              ActionRunnable.wrap(
                  listener,
                  next -> {
                    checkLoads(after, file);
                    new RulesetChange(client, store)
                        .replace(
                            before,
                            after,
                            Map.of(),
                            file,
                            ActionListener.wrap(
                                spread -> next.onResponse(answer(after, spread)),
                                next::onFailure));
                  }));
    }

    // An older version of the plugin may have written it.
    private static void checkLoads(Stored after, byte[] file) {
      try (Ruleset ruleset = Ruleset.load(file)) {
        if (!ruleset.description().contentHash().equals(after.hash())) {
          throw cannotGoBack(after, "its file is damaged");
        }
      } catch (TriplineException e) {
        throw cannotGoBack(after, e.getMessage());
      }
    }

    private static OpenSearchStatusException cannotGoBack(Stored after, String why) {
      return new OpenSearchStatusException(
          "the version before of [" + after.name() + "] cannot be used: " + why
              + "; the present one stays, upload the one that is wanted",
          RestStatus.CONFLICT);
    }

    private static Answer answer(Stored after, SpreadRuleset.Response spread)
        throws IOException {
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.field("acknowledged", true);
            RulesetHead.addTo(json, after);
            json.startObject("nodes").field("loaded", spread.getNodes().size());
            json.field("failed", spread.failures().size()).endObject();
          });
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_rollback_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.POST, "/_plugins/_tripline/rulesets/{name}/_rollback"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      RulesetRequest rollback = RulesetRequest.withoutBody(request, "");
      return channel -> client.execute(TYPE, rollback, Answer.sendTo(channel));
    }
  }
}
