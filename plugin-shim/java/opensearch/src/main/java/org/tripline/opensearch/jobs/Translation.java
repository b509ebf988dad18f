package org.tripline.opensearch.jobs;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.apache.lucene.util.BytesRef;

/** From one place's numbers of terms to another's. Terms that nobody asks for stay behind. */
final class Translation {
  private final int[] known; // -1: not asked yet
  private final IntFunction<BytesRef> names;
  private final TermIds target;

  Translation(int size, IntFunction<BytesRef> names, TermIds target) {
    this.known = new int[size];
    Arrays.fill(known, -1);
    this.names = names;
    this.target = target;
  }

  int of(int id) {
    if (known[id] < 0) {
      known[id] = target.idOf(names.apply(id));
    }
    return known[id];
  }
}
