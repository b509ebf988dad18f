package org.tripline.opensearch.shard;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.IndexReader;

/**
 * Tells who wants to know that a segment's core is gone. A core keeps its listeners as long as it
 * lives, and segments outlive rulesets: so a core gets one listener, and rulesets come and go here.
 * Any thread may use it.
 */
public final class CoreWatch {
  private final Map<Object, Set<Runnable>> watchers = new HashMap<>();

  /** Runs {@code watcher} once the core is closed, unless it is forgotten before. */
  void watch(IndexReader.CacheHelper core, Runnable watcher) {
    synchronized (this) {
      Set<Runnable> known = watchers.get(core.getKey());
      if (known != null) {
        known.add(watcher);
        return;
      }
      watchers.put(core.getKey(), new HashSet<>(Set.of(watcher)));
    }
    core.addClosedListener(this::closed);
  }

  /** {@code core}: the key of its cache helper. */
  synchronized void forget(Object core, Runnable watcher) {
    Set<Runnable> known = watchers.get(core);
    if (known != null) {
      known.remove(watcher); // an empty set stays: it says that the core has its listener
    }
  }

  private void closed(Object core) {
    Set<Runnable> known;
    synchronized (this) {
      known = watchers.remove(core);
    }
    if (known != null) {
      known.forEach(Runnable::run);
    }
  }
}
