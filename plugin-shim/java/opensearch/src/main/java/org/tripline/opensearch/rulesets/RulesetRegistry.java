package org.tripline.opensearch.rulesets;

import java.io.Closeable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tripline.engine.Ruleset;

/**
 * The rulesets that this node holds ready, by content hash. A cache: what is missing is loaded again
 * by whoever asks for it (see {@link RulesetResolver}), and a ruleset that is let go of lives on
 * until its last user is done. Any thread may use it.
 */
public final class RulesetRegistry implements Closeable {
  private final Map<String, LoadedRuleset> rulesets = new LinkedHashMap<>();

  /** Loads a ruleset file unless the node holds it. Slow: not on a search thread. */
  public void load(String hash, byte[] file) {
    if (holds(hash)) {
      return;
    }
    Ruleset ruleset = Ruleset.load(file);
    LoadedRuleset loaded;
    try {
      if (!ruleset.description().contentHash().equals(hash)) {
        throw new IllegalArgumentException("the ruleset's content is not what its hash says");
      }
      loaded = new LoadedRuleset(ruleset);
    } catch (RuntimeException e) {
      ruleset.close();
      throw e;
    }
    synchronized (this) {
      if (rulesets.putIfAbsent(hash, loaded) == null) {
        return;
      }
    }
    loaded.release(); // another thread was first
  }

  public synchronized boolean holds(String hash) {
    return rulesets.containsKey(hash);
  }

  /** The ruleset, which the caller must release; null if the node does not hold it. */
  public synchronized LoadedRuleset acquire(String hash) {
    LoadedRuleset loaded = rulesets.get(hash);
    return loaded != null && loaded.tryAcquire() ? loaded : null;
  }

  /** The node need not hold it any longer. */
  public void drop(String hash) {
    LoadedRuleset loaded;
    synchronized (this) {
      loaded = rulesets.remove(hash);
    }
    if (loaded != null) {
      loaded.release();
    }
  }

  @Override
  public void close() {
    for (String hash : hashes()) {
      drop(hash);
    }
  }

  private synchronized String[] hashes() {
    return rulesets.keySet().toArray(new String[0]);
  }
}
