package org.tripline.opensearch.rulesets;

import org.opensearch.ResourceNotFoundException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.client.Client;

/**
 * From a ruleset's name to its content hash, with every node holding it: what a coordinating node
 * does before a search, so that shards never wait. Searches carry the hash, never the name: a
 * replaced ruleset is another one.
 */
public final class RulesetResolver {
  private final Client client;

  public RulesetResolver(Client client) {
    this.client = client;
  }

  /** Answers the stored ruleset. Fails with 404 if there is none of that name. */
  public void resolve(String name, ActionListener<RulesetStore.Stored> listener) {
    new RulesetStore(client)
        .get(
            name,
            ActionListener.wrap(
                stored -> {
                  if (stored == null) {
                    listener.onFailure(
                        new ResourceNotFoundException("there is no ruleset [" + name + "]"));
                  } else {
                    ensureEverywhere(stored, listener);
                  }
                },
                listener::onFailure));
  }

  private void ensureEverywhere(
      RulesetStore.Stored stored, ActionListener<RulesetStore.Stored> listener) {
    client.execute(
        SpreadRuleset.TYPE,
        SpreadRuleset.Request.ask(stored.hash()),
        ActionListener.wrap(
            answers -> {
              String[] lacking = answers.lacking();
              if (lacking.length == 0) {
                listener.onResponse(stored);
                return;
              }
              client.execute(
                  SpreadRuleset.TYPE,
                  SpreadRuleset.Request.load(stored.hash(), stored.file(), lacking),
                  ActionListener.wrap(
                      loaded -> {
                        if (loaded.hasFailures()) {
                          listener.onFailure(loaded.failures().get(0));
                        } else {
                          listener.onResponse(stored);
                        }
                      },
                      listener::onFailure));
            },
            listener::onFailure));
  }
}
