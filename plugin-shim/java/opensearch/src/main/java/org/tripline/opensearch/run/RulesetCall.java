package org.tripline.opensearch.run;

import java.io.IOException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetResolver;
import org.tripline.opensearch.rulesets.RulesetStore;

/**
 * Does a request's work with the ruleset that it names: resolved, held by every node, and kept from
 * going while the work lasts. If it was replaced between two of these steps, all of them are tried
 * once more. The work runs on a thread that may block.
 */
final class RulesetCall {
  /** What is done with the ruleset. */
  interface Work {
    Answer run(RulesetStore.Stored stored, LoadedRuleset loaded) throws IOException;
  }

  private final Client client;
  private final RulesetRegistry registry;

  RulesetCall(Client client, RulesetRegistry registry) {
    this.client = client;
    this.registry = registry;
  }

  void run(String ruleset, Work work, ActionListener<Answer> listener) {
    attempt(
        ruleset,
        work,
        ActionListener.wrap(
            listener::onResponse,
            e -> {
              if (RulesetRegistry.isNotHeld(e)) {
                registry.forgetResolved();
                attempt(ruleset, work, listener);
              } else {
                listener.onFailure(e);
              }
            }));
  }

  private void attempt(String ruleset, Work work, ActionListener<Answer> listener) {
    new RulesetResolver(client, registry)
        .resolve(
            ruleset,
            ActionListener.wrap(
                stored ->
                    client
                        .threadPool()
                        .executor(ThreadPool.Names.GENERIC)
                        .execute(
                            () ->
                                ActionListener.completeWith(listener, () -> hold(stored, work))),
                listener::onFailure));
  }

  private Answer hold(RulesetStore.Stored stored, Work work) throws IOException {
    LoadedRuleset loaded = registry.acquire(stored.hash());
    if (loaded == null) {
      throw RulesetRegistry.notHeld(stored.hash());
    }
    try {
      return work.run(stored, loaded);
    } finally {
      loaded.release();
    }
  }
}
