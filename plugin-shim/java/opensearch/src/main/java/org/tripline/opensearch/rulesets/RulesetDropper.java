package org.tripline.opensearch.rulesets;

import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;

/**
 * Has all nodes, and the index, let go of a ruleset that a name no longer means. Not at once, so that requests that
 * have just resolved the name find it, and not if another name has the same content.
 */
final class RulesetDropper {
  private static final TimeValue DELAY = TimeValue.timeValueSeconds(3);

  private final Client client;

  RulesetDropper(Client client) {
    this.client = OwnRights.of(client);
  }

  /** {@code hash}: null: files alone. */
  void dropLater(String hash) {
    client
        .threadPool()
        .schedule(
            () -> {
              if (hash != null) {
                dropUnlessUsed(hash);
              }
              new RulesetStore(client).deleteUnusedFiles();
            },
            DELAY,
            ThreadPool.Names.GENERIC);
  }

  // A cache: if this fails, memory is held until the node ends or the content comes and goes again.
  private void dropUnlessUsed(String hash) {
    new RulesetStore(client)
        .list(
            ActionListener.wrap(
                all -> {
                  if (all.stream().noneMatch(stored -> stored.hash().equals(hash))) {
                    client.execute(
                        SpreadRuleset.TYPE,
                        SpreadRuleset.Request.drop(hash),
                        ActionListener.wrap(() -> {}));
                  }
                },
                e -> {}));
  }
}
