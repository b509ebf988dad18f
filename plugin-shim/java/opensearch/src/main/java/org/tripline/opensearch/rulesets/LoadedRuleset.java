package org.tripline.opensearch.rulesets;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.Ruleset;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.shard.MatchBench;
import org.tripline.opensearch.shard.SegmentCache;

/**
 * A ruleset that a node holds: the rules, the engine that all searches share, and benches for
 * matching that are idle. Counts its users; the last one closes everything.
 */
public final class LoadedRuleset {
  private static final int MAX_IDLE = 8;

  private final Ruleset ruleset;
  private final MatchEngine engine;
  private final SegmentCache segments;
  private final IndexSights sights;
  private final Deque<MatchBench> idle = new ArrayDeque<>();
  private final AtomicInteger users = new AtomicInteger(1);

  /** Takes the ruleset over; {@code segments}: what all rulesets of the node know of segments. */
  LoadedRuleset(Ruleset ruleset, SegmentCache segments) {
    this.ruleset = ruleset;
    this.engine = new MatchEngine(ruleset);
    this.segments = segments;
    this.sights = new IndexSights(ruleset.description());
  }

  public Ruleset ruleset() {
    return ruleset;
  }

  public RulesetDescription description() {
    return ruleset.description();
  }

  public MatchEngine engine() {
    return engine;
  }

  public SegmentCache segments() {
    return segments;
  }

  /** Which rules look at which indices. */
  public IndexSights sights() {
    return sights;
  }

  /** False if the last user is gone. */
  boolean tryAcquire() {
    int seen = users.get();
    while (seen > 0 && !users.compareAndSet(seen, seen + 1)) {
      seen = users.get();
    }
    return seen > 0;
  }

  public void release() {
    if (users.decrementAndGet() == 0) {
      closeAll();
    }
  }

  /** For this thread, to be given back. */
  public MatchBench borrowBench() {
    synchronized (idle) {
      MatchBench bench = idle.poll();
      if (bench != null) {
        return bench;
      }
    }
    return new MatchBench(engine);
  }

  public void giveBack(MatchBench bench) {
    synchronized (idle) {
      if (users.get() > 0 && idle.size() < MAX_IDLE) {
        idle.push(bench);
        return;
      }
    }
    bench.close();
  }

  private void closeAll() {
    synchronized (idle) {
      idle.forEach(MatchBench::close);
      idle.clear();
    }
    segments.forget(engine);
    engine.close();
    ruleset.close();
  }
}
