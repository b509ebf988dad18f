package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.RoaringDocIdSet;

/**
 * Finds the documents of a segment's leaves once, to be kept with its answers: later searches then
 * neither look terms up nor walk trees of points nor run queries. Kept are leaves of few documents,
 * and queries on text; all together at most two bytes for each document of the segment. One
 * thread's.
 */
final class LeafDocuments {
  private static final long BYTES_PER_DOCUMENT = 2;

  /** A leaf of more than one document in this many is read anew by each search. */
  private static final int RARITY = 128;

  private static final int ALWAYS_FEW = 256;
  private static final long LEAST_BUDGET = 1 << 16;

  private final int maxDoc;
  private final int few;
  private long budget; // bytes
  private int[] found = new int[ALWAYS_FEW];

  LeafDocuments(int maxDoc) {
    this.maxDoc = maxDoc;
    this.few = Math.max(ALWAYS_FEW, maxDoc / RARITY);
    this.budget = Math.max(LEAST_BUDGET, BYTES_PER_DOCUMENT * maxDoc);
  }

  /** Whether {@link #ofFew} is worth a try; a cost is an estimate where it comes from points. */
  boolean isFew(long cost) {
    return cost <= 2L * few;
  }

  /** The documents of all iterators; null if they are more than a few, or there is no room. */
  RoaringDocIdSet ofFew(List<DocIdSetIterator> documents) throws IOException {
    long cost = 0;
    for (DocIdSetIterator iterator : documents) {
      cost += iterator.cost();
    }
    if (!isFew(cost)) {
      return null;
    }
    int size = 0;
    for (DocIdSetIterator iterator : documents) {
      for (int doc = iterator.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = iterator.nextDoc()) {
        if (size == few) {
          return null;
        }
        found = ArrayUtil.grow(found, size + 1);
        found[size++] = doc;
      }
    }
    if (documents.size() > 1) {
      Arrays.sort(found, 0, size);
    }
    RoaringDocIdSet.Builder set = new RoaringDocIdSet.Builder(maxDoc);
    for (int i = 0; i < size; i++) {
      if (i == 0 || found[i] != found[i - 1]) {
        set.add(found[i]);
      }
    }
    return keep(set.build());
  }

  /** The documents, however many; null if there is no room for them. */
  RoaringDocIdSet ofAll(DocIdSetIterator documents) throws IOException {
    return keep(new RoaringDocIdSet.Builder(maxDoc).add(documents).build());
  }

  private RoaringDocIdSet keep(RoaringDocIdSet set) {
    if (set.ramBytesUsed() > budget) {
      return null;
    }
    budget -= set.ramBytesUsed();
    return set;
  }
}
