package org.tripline.opensearch.jobs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.BytesRef;

/** Numbers for the terms of one field, in the order in which they come. One thread's. */
final class TermIds {
  private static final long BYTES_PER_TERM = 120;

  private final Memory memory;
  private final Map<BytesRef, Integer> ids = new HashMap<>();
  private final List<BytesRef> terms = new ArrayList<>();
  private long bytes; // of the terms themselves

  TermIds(Memory memory) {
    this.memory = memory;
  }

  /** Copies the term if it is new. */
  int idOf(BytesRef term) {
    Integer known = ids.get(term);
    if (known != null) {
      return known;
    }
    memory.take(BYTES_PER_TERM + term.length);
    BytesRef kept = BytesRef.deepCopyOf(term);
    ids.put(kept, terms.size());
    terms.add(kept);
    bytes += kept.length;
    return terms.size() - 1;
  }

  BytesRef term(int id) {
    return terms.get(id);
  }

  int size() {
    return terms.size();
  }

  long bytes() {
    return bytes;
  }
}
