package org.tripline.opensearch.rulesets;

import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.FailedNodeException;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;

/**
 * From a ruleset's name to its content hash, with every node holding it: what a coordinating node
 * does before a search, so that shards never wait. Searches carry the hash, never the name: a
 * replaced ruleset is another one.
 */
public final class RulesetResolver {
  private final Client client;
  private final RulesetRegistry registry;
  private final ResolvedRulesets known;

  public RulesetResolver(Client client, RulesetRegistry registry) {
    this.client = OwnRights.of(client);
    this.registry = registry;
    this.known = registry.resolved();
  }

  /** Answers the ruleset. Fails with 404 if there is none of that name. */
  public void resolve(String name, ActionListener<RulesetStore.Stored> listener) {
    try {
      registry.checkAvailable();
    } catch (OpenSearchStatusException e) {
      listener.onFailure(e);
      return;
    }
    RulesetStore.Stored stored = known.get(name);
    if (stored != null) {
      listener.onResponse(stored);
      return;
    }
    long asOf = known.generation();
    ActionListener<RulesetStore.Stored> keeping =
        ActionListener.wrap(
            found -> {
              known.put(name, found, asOf);
              listener.onResponse(found);
            },
            listener::onFailure);
    new RulesetStore(client)
        .get(name, whenFound(name, keeping, found -> ensureEverywhere(found, keeping)));
  }

  private static ActionListener<RulesetStore.Stored> whenFound(
      String name,
      ActionListener<RulesetStore.Stored> listener,
      CheckedConsumer<RulesetStore.Stored, Exception> next) {
    return ActionListener.wrap(
        stored -> {
          if (stored == null) {
            listener.onFailure(
                new ResourceNotFoundException("there is no ruleset [" + name + "]"));
          } else {
            next.accept(stored);
          }
        },
        listener::onFailure);
  }

  private void ensureEverywhere(
      RulesetStore.Stored found, ActionListener<RulesetStore.Stored> listener) {
    client.execute(
        SpreadRuleset.TYPE,
        SpreadRuleset.Request.ask(found.hash()),
        ActionListener.wrap(
            answers -> {
              if (answers.lacking().length == 0) {
                listener.onResponse(found);
              } else {
                loadAt(answers.lacking(), found, listener);
              }
            },
            listener::onFailure));
  }

  private void loadAt(
      String[] nodes, RulesetStore.Stored found, ActionListener<RulesetStore.Stored> listener) {
    new RulesetStore(client)
        .file(
            found,
            ActionListener.wrap(
                file ->
                    client.execute(
                        SpreadRuleset.TYPE,
                        SpreadRuleset.Request.load(found.hash(), file, nodes),
                        ActionListener.wrap(
                            loaded -> {
                              if (loaded.hasFailures()) {
                                listener.onFailure(whyNot(loaded.failures().get(0)));
                              } else {
                                listener.onResponse(found);
                              }
                            },
                            listener::onFailure)),
                e -> {
                  if (isGone(e)) {
                    againIfReplaced(found, e, listener);
                  } else {
                    listener.onFailure(e);
                  }
                }));
  }

  private void againIfReplaced(
      RulesetStore.Stored found, Exception gone, ActionListener<RulesetStore.Stored> listener) {
    new RulesetStore(client)
        .get(
            found.name(),
            whenFound(
                found.name(),
                listener,
                stored -> {
                  if (stored.hash().equals(found.hash())) {
                    throw gone;
                  }
                  ensureEverywhere(stored, listener);
                }));
  }

  // With the status of what went wrong on the node: one that is switched off is no fault.
  private static Exception whyNot(FailedNodeException failure) {
    Throwable cause = ExceptionsHelper.unwrapCause(failure.getCause());
    return new OpenSearchStatusException(
        "a node cannot load the ruleset: " + cause.getMessage(),
        ExceptionsHelper.status(cause),
        failure);
  }

  private static boolean isGone(Exception e) {
    return e instanceof OpenSearchStatusException status && status.status() == RestStatus.NOT_FOUND;
  }
}
