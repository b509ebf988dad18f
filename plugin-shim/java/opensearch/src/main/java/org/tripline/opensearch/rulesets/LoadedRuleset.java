package org.tripline.opensearch.rulesets;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.Matcher;
import org.tripline.engine.Ruleset;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.shard.CoreWatch;
import org.tripline.opensearch.shard.SegmentCache;

/**
 * A ruleset that a node holds: the rules, the engine that all searches share, what was found out
 * about segments, and matchers that are idle. Counts its users; the last one closes everything.
 */
public final class LoadedRuleset {
  private static final int MAX_IDLE_MATCHERS = 8;

  private final Ruleset ruleset;
  private final MatchEngine engine;
  private final SegmentCache segments;
  private final Deque<Matcher> idle = new ArrayDeque<>();
  private final AtomicInteger users = new AtomicInteger(1);

  /** Takes the ruleset over. */
  LoadedRuleset(Ruleset ruleset, CoreWatch cores) {
    this.ruleset = ruleset;
    this.engine = new MatchEngine(ruleset);
    this.segments = new SegmentCache(engine, cores);
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

  /** A matcher for this thread, to be given back. */
  public Matcher borrowMatcher() {
    synchronized (idle) {
      Matcher matcher = idle.poll();
      if (matcher != null) {
        return matcher;
      }
    }
    return new Matcher(engine);
  }

  public void giveBack(Matcher matcher) {
    synchronized (idle) {
      if (users.get() > 0 && idle.size() < MAX_IDLE_MATCHERS) {
        idle.push(matcher);
        return;
      }
    }
    matcher.close();
  }

  private void closeAll() {
    synchronized (idle) {
      idle.forEach(Matcher::close);
      idle.clear();
    }
    segments.close();
    engine.close();
    ruleset.close();
  }
}
