package org.tripline.opensearch.rulesets;

import java.io.Closeable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.tripline.engine.Ruleset;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.shard.SegmentCache;

/**
 * The rulesets that this node holds ready, by content hash. A cache: what is missing is loaded again
 * by whoever asks for it (see {@link RulesetResolver}), and a ruleset that is let go of lives on
 * until its last user is done. Also what searches with them are told of this node: its name, and
 * what they may take. Any thread may use it.
 */
public final class RulesetRegistry implements Closeable {
  private static final Logger LOGGER = LogManager.getLogger(RulesetRegistry.class);

  private final Map<String, LoadedRuleset> rulesets = new LinkedHashMap<>();
  private final SegmentCache segments = new SegmentCache();
  private final ResolvedRulesets resolved = new ResolvedRulesets(System::nanoTime);
  private volatile String whyUnavailable;
  private volatile Runnable whenForgotten = () -> {};
  private volatile Consumer<String> whenDeleted = name -> {};
  private volatile boolean makesMachineCode = true;
  private volatile Set<String> trustedKeys = Set.of();
  private volatile String nodeName = "";
  private volatile long resultBudget = Long.MAX_VALUE;
  private volatile boolean isEnabled = true;
  private volatile double cpuShare = 0.5;

  private static final String NOT_HELD = "this node does not hold the ruleset with hash";

  /** Somebody took the ruleset away between two steps of a request; asking again helps. */
  public static OpenSearchStatusException notHeld(String hash) {
    return new OpenSearchStatusException(
        NOT_HELD + " [" + hash + "]; ask again", RestStatus.SERVICE_UNAVAILABLE);
  }

  /** True if that is what a request failed of, on whatever node. */
  public static boolean isNotHeld(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && cause.getMessage().contains(NOT_HELD)) {
        return true;
      }
    }
    return false;
  }

  /** The native engine does not run on this node: every use of a ruleset fails with 503. */
  public void setUnavailable(String reason) {
    whyUnavailable = reason;
  }

  /**
   * False while the node is switched off: it answers 503, runs nothing and owns no ruleset. Searches
   * that are under way end as they began.
   */
  public boolean isEnabled() {
    return isEnabled;
  }

  /** Switched off, a node lets go of all that it holds. */
  public void setEnabled(boolean enabled) {
    isEnabled = enabled;
    if (!enabled) {
      dropAll();
    }
    whenForgotten.run();
  }

  /** How much of the node's time scheduled runs may take: more than 0, at most 1. */
  public double cpuShare() {
    return cpuShare;
  }

  public void setCpuShare(double share) {
    cpuShare = share;
  }

  /** Throws (503) if the node is switched off, or the native engine does not run on it. */
  public void checkAvailable() {
    if (!isEnabled) {
      throw new OpenSearchStatusException(
          "Tripline is switched off on the node [" + nodeName + "]: [plugins.tripline.enabled] is"
              + " false there",
          RestStatus.SERVICE_UNAVAILABLE);
    }
    if (whyUnavailable != null) {
      throw new OpenSearchStatusException(
          "Tripline is unavailable on this node: " + whyUnavailable,
          RestStatus.SERVICE_UNAVAILABLE);
    }
  }

  /** What messages call this node. */
  public String nodeName() {
    return nodeName;
  }

  public void setNodeName(String name) {
    nodeName = name;
  }

  /** Bytes that the finds of one shard may take in one search. */
  public long resultBudget() {
    return resultBudget;
  }

  public void setResultBudget(long bytes) {
    resultBudget = bytes;
  }

  /** Whether rulesets that are loaded from now on get machine code, once it is ready. */
  public void setMakesMachineCode(boolean makesCode) {
    makesMachineCode = makesCode;
  }

  ResolvedRulesets resolved() {
    return resolved;
  }

  /** Names must be resolved anew. */
  public void forgetResolved() {
    resolved.forgetAll();
    whenForgotten.run();
  }

  /** Is called whenever some ruleset may have changed. Must return at once. */
  public void whenForgotten(Runnable told) {
    whenForgotten = told;
  }

  /** Is called with the name of a ruleset that was deleted through this node. May block. */
  public void whenDeleted(Consumer<String> told) {
    whenDeleted = told;
  }

  void tellDeleted(String name) {
    whenDeleted.accept(name);
  }

  /** Why the native engine does not run on this node; null: it does. */
  public String whyUnavailable() {
    return whyUnavailable;
  }

  /** What is known of segments may hold so many bytes. */
  public long memoryLimit() {
    return segments.memoryLimit();
  }

  /** What is known of segments holds so many bytes. */
  public long keptBytes() {
    return segments.memoryBytes();
  }

  /** {@code current}: the cluster's nodes, the same object as long as they are the same. */
  public void setNodes(Supplier<Object> current) {
    resolved.setNodes(current);
  }

  /** Whose machine code in ruleset files this node runs. */
  public void setTrustedKeys(TrustedKeys trusted) {
    trustedKeys = trusted.all();
  }

  /** What is known of segments may hold so many bytes. */
  public void setMemoryLimit(long bytes) {
    segments.setLimit(bytes);
  }

  /**
   * Loads a ruleset file unless the node holds it. Slow: not on a search thread. The ruleset is
   * ready before its machine code is.
   */
  public void load(String hash, byte[] file) {
    checkAvailable();
    forgetResolved();
    if (holds(hash)) {
      return;
    }
    Ruleset ruleset = Ruleset.load(file, trustedKeys);
    LoadedRuleset loaded;
    try {
      if (!ruleset.description().contentHash().equals(hash)) {
        throw new IllegalArgumentException("the ruleset's content is not what its hash says");
      }
      loaded = new LoadedRuleset(ruleset, segments);
    } catch (RuntimeException e) {
      ruleset.close();
      throw e;
    }
    synchronized (this) {
      if (rulesets.containsKey(hash)) {
        loaded.release(); // another thread was first
        return;
      }
      rulesets.put(hash, loaded);
    }
    if (makesMachineCode) {
      addMachineCode(hash);
    }
  }

  // A ruleset that gets no code (it is too large, memory is short) stays on the interpreter, with
  // the same answers.
  private void addMachineCode(String hash) {
    LoadedRuleset loaded = acquire(hash);
    if (loaded == null) {
      return;
    }
    try {
      loaded.engine().addMachineCode();
    } catch (TriplineException e) {
      LOGGER.warn("ruleset {} runs on the interpreter: {}", hash, e.getMessage());
    } finally {
      loaded.release();
    }
  }

  public synchronized boolean holds(String hash) {
    return rulesets.containsKey(hash);
  }

  /** The ruleset, which the caller must release; null if the node does not hold it. */
  public synchronized LoadedRuleset acquire(String hash) {
    checkAvailable();
    LoadedRuleset loaded = rulesets.get(hash);
    return loaded != null && loaded.tryAcquire() ? loaded : null;
  }

  /** The node need not hold it any longer. */
  public void drop(String hash) {
    resolved.forgetAll();
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
    dropAll();
    segments.close();
  }

  private void dropAll() {
    for (String hash : hashes()) {
      drop(hash);
    }
  }

  private synchronized String[] hashes() {
    return rulesets.keySet().toArray(new String[0]);
  }
}
