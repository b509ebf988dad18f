package org.tripline.opensearch.shard;

/**
 * The account of what is kept about segments, on a node: how many bytes, and how many there may be.
 * Any thread may use it.
 */
final class KeptMemory {
  /** Frees what nobody uses and was used longest ago; false if there is nothing left to free. */
  interface Evictor {
    boolean evictOne();
  }

  private final Evictor evictor;
  private long limit = Long.MAX_VALUE;
  private long used;

  KeptMemory(Evictor evictor) {
    this.evictor = evictor;
  }

  /** Takes bytes; false if they would not fit even when everything idle had gone. */
  boolean tryTake(long bytes) {
    do {
      synchronized (this) {
        if (bytes <= limit - used) {
          used += bytes;
          return true;
        }
        if (bytes > limit) {
          return false;
        }
      }
    } while (evictor.evictOne());
    return false;
  }

  /** Takes bytes that are there already, whether they fit or not. */
  void take(long bytes) {
    if (!tryTake(bytes)) {
      synchronized (this) {
        used += bytes;
      }
    }
  }

  synchronized void give(long bytes) {
    used -= bytes;
  }

  void setLimit(long bytes) {
    synchronized (this) {
      limit = bytes;
    }
    while (used() > bytes && evictor.evictOne()) {
      continue;
    }
  }

  synchronized long used() {
    return used;
  }

  synchronized long limit() {
    return limit;
  }
}
