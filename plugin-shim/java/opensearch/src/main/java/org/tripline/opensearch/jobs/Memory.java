package org.tripline.opensearch.jobs;

import java.util.function.LongConsumer;

/**
 * How many bytes a part of the counting holds, told to whoever has to know, which may refuse by an
 * exception. One thread's.
 */
final class Memory {
  private final LongConsumer told;
  private long used;

  /** {@code told} gets every change, before it happens. */
  Memory(LongConsumer told) {
    this.told = told;
  }

  /** Of nobody's concern: the search that holds it is accounted for elsewhere. */
  static Memory untold() {
    return new Memory(bytes -> {});
  }

  /** Negative: given back. */
  void take(long bytes) {
    told.accept(bytes);
    used += bytes;
  }

  long used() {
    return used;
  }

  /** Another one, whose bytes count here too. */
  Memory part() {
    return new Memory(this::take);
  }

  void giveBack() {
    take(-used);
  }
}
