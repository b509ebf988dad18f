package org.tripline.opensearch.rulesets;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.function.UnaryOperator;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/** Changes a ruleset for the whole cluster: in the index first, then on the nodes. */
final class RulesetChange {
  private static final int MAX_ATTEMPTS = 8;

  private final Client client;
  private final RulesetStore store;

  /** {@code client}: the caller's; the steps are done with the plugin's own rights. */
  RulesetChange(Client client, RulesetStore store) {
    this.client = client;
    this.store = store;
  }

  /** Answers the ruleset of that name, or fails with 404. */
  void find(String name, ActionListener<Stored> listener) {
    store.get(
        name,
        ActionListener.wrap(
            stored -> {
              if (stored == null) {
                throw new ResourceNotFoundException("there is no ruleset [" + name + "]");
              }
              listener.onResponse(stored);
            },
            listener::onFailure));
  }

  /**
   * Another version takes the place of {@code before} (null: of none), which must be there still.
   * {@code files}: all that it refers to, unless they are stored.
   */
  void replace(
      Stored before,
      Stored after,
      Map<String, byte[]> files,
      byte[] file,
      ActionListener<SpreadRuleset.Response> listener) {
    putFiles(
        new ArrayDeque<>(files.entrySet()),
        ActionListener.wrap(
            ignored ->
                store.replace(
                    after,
                    ActionListener.wrap(
                        replaced -> spread(before, after, file, listener), listener::onFailure)),
            listener::onFailure));
  }

  private void putFiles(Queue<Map.Entry<String, byte[]>> files, ActionListener<Void> listener) {
    Map.Entry<String, byte[]> next = files.poll();
    if (next == null) {
      listener.onResponse(null);
      return;
    }
    store.putFile(
        next.getKey(),
        next.getValue(),
        ActionListener.wrap(ignored -> putFiles(files, listener), listener::onFailure));
  }

  private void spread(
      Stored before, Stored after, byte[] file, ActionListener<SpreadRuleset.Response> listener) {
    OwnRights.of(client)
        .execute(
            SpreadRuleset.TYPE,
            SpreadRuleset.Request.load(after.hash(), file),
            ActionListener.wrap(
                spread -> {
                  if (before != null) {
                    new RulesetDropper(client).dropLater(before.hash());
                  }
                  listener.onResponse(spread);
                },
                listener::onFailure));
  }

  /**
   * Changes what runs of the ruleset, whatever else of it changes at the same time. Answers the
   * ruleset as it then is. {@code change} may throw; the same runs mean that nothing is to be done.
   */
  void runs(String name, UnaryOperator<Runs> change, ActionListener<Stored> listener) {
    attempt(name, change, MAX_ATTEMPTS, listener);
  }

  private void attempt(
      String name, UnaryOperator<Runs> change, int attempts, ActionListener<Stored> listener) {
    find(
        name,
        ActionListener.wrap(
            stored -> {
              Runs runs = change.apply(stored.runs());
              if (runs == stored.runs()) {
                listener.onResponse(stored);
                return;
              }
              Stored after = stored.with(runs);
              store.replace(
                  after,
                  ActionListener.wrap(
                      replaced -> tell(after, listener),
                      e -> {
                        if (attempts > 1 && isConflict(e)) {
                          attempt(name, change, attempts - 1, listener);
                        } else {
                          listener.onFailure(e);
                        }
                      }));
            },
            listener::onFailure));
  }

  // A node that is not told notices by itself, a second later.
  private void tell(Stored after, ActionListener<Stored> listener) {
    OwnRights.of(client)
        .execute(
            SpreadRuleset.TYPE,
            SpreadRuleset.Request.forget(),
            ActionListener.wrap(() -> listener.onResponse(after)));
  }

  private static boolean isConflict(Exception e) {
    return e instanceof OpenSearchStatusException status && status.status() == RestStatus.CONFLICT;
  }
}
