package org.tripline.opensearch.search;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of finds one shard's answer may hold, over all of its slices. Any thread may use
 * it.
 */
final class ResultBudget {
  private final long limit;
  private final AtomicLong held = new AtomicLong();

  ResultBudget(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  /** {@code bytes}: less than zero to give some back. */
  void add(long bytes) {
    held.addAndGet(bytes);
  }

  boolean isPassed() {
    return held.get() > limit;
  }
}
