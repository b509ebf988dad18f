package org.tripline.opensearch.rulesets;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Names of rulesets that this node has resolved just now, with every node holding what they mean:
 * searches in quick succession need not ask again. Forgotten whenever a ruleset is spread or
 * dropped, when the cluster's nodes change, and after a second, should this node not have been told.
 * Any thread may use it.
 */
final class ResolvedRulesets {
  private static final long LASTS_NANOS = 1_000_000_000L;

  private final LongSupplier clock;
  private final Map<String, Resolved> resolved = new HashMap<>();
  private Supplier<Object> nodes = () -> null;
  private long generation;

  private record Resolved(RulesetStore.Stored stored, Object nodes, long at) {}

  /** {@code clock}: nanoseconds. */
  ResolvedRulesets(LongSupplier clock) {
    this.clock = clock;
  }

  /** {@code current}: the cluster's nodes, the same object as long as they are the same. */
  synchronized void setNodes(Supplier<Object> current) {
    nodes = current;
  }

  /** Null if it must be resolved. */
  synchronized RulesetStore.Stored get(String name) {
    Resolved known = resolved.get(name);
    if (known == null
        || known.nodes != nodes.get()
        || clock.getAsLong() - known.at > LASTS_NANOS) {
      resolved.remove(name);
      return null;
    }
    return known.stored;
  }

  /** To be asked for before a name is resolved, and given to {@link #put}. */
  synchronized long generation() {
    return generation;
  }

  /** Keeps it, unless something changed since. */
  synchronized void put(String name, RulesetStore.Stored stored, long asOf) {
    if (asOf == generation) {
      resolved.put(name, new Resolved(stored, nodes.get(), clock.getAsLong()));
    }
  }

  synchronized void forgetAll() {
    generation++;
    resolved.clear();
  }
}
