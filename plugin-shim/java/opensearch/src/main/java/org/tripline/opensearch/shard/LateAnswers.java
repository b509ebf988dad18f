package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.MatchEngine;

/**
 * Dictionaries too large to be walked for what may be a few documents: their values are looked up
 * one by one, until that has cost as much as the walk, which is then made up for. So no order of
 * searches costs more than twice what the better of the two would have. Where there is no room for
 * the answers of the whole, it stays with looking up. Any thread may use it.
 */
final class LateAnswers implements Closeable {
  /** A value costs so many times more when it is looked up than in its order. */
  static final int LOOK_UP_COST = 10;

  private final MatchEngine engine;
  private final KeptMemory memory;
  private final Map<Integer, Dictionary> dictionaries = new HashMap<>(); // by field

  private static final class Dictionary {
    private final long numValues;
    private long lookedUp;
    private FieldAnswers answers;
    private long held;

    Dictionary(long numValues) {
      this.numValues = numValues;
    }
  }

  LateAnswers(MatchEngine engine, KeptMemory memory) {
    this.engine = engine;
    this.memory = memory;
  }

  /** Before any thread asks. */
  void add(int field, long numValues) {
    dictionaries.put(field, new Dictionary(numValues));
  }

  /** The answers of the whole dictionary, or null to look {@code numValues} up. */
  FieldAnswers of(int field, int numValues, SortedSetDocValues values, LeafWeights weights)
      throws IOException {
    Dictionary dictionary = dictionaries.get(field);
    synchronized (dictionary) {
      dictionary.lookedUp += numValues;
      if (dictionary.answers == null
          && dictionary.lookedUp * LOOK_UP_COST > dictionary.numValues
          && memory.tryTake(bytesFor(dictionary.numValues))) {
        dictionary.held = bytesFor(dictionary.numValues);
        boolean isDone = false;
        try {
          dictionary.answers = walk(engine, field, values, new FieldAnswers.Chunk(), weights);
          isDone = true;
        } finally {
          if (!isDone) {
            memory.give(dictionary.held);
            dictionary.lookedUp = 0;
          }
        }
      }
      return dictionary.answers;
    }
  }

  /** What answers may hold while they are made: two bytes a value, and the table of answers. */
  static long bytesFor(long numValues) {
    return 2 * numValues + 1024;
  }

  /** The answers of all values, in their order. */
  static FieldAnswers walk(
      MatchEngine engine,
      int field,
      SortedSetDocValues values,
      FieldAnswers.Chunk chunk,
      LeafWeights weights)
      throws IOException {
    try (FieldAnswers.Builder builder = new FieldAnswers.Builder(engine, field, chunk)) {
      var terms = values.termsEnum();
      int walked = 0;
      for (BytesRef term = terms.next(); term != null; term = terms.next()) {
        if (++walked % LeafWeights.CHECK_EACH == 0) {
          weights.checkWanted();
        }
        builder.add(term.bytes, term.offset, term.length);
      }
      return builder.build();
    }
  }

  @Override
  public void close() {
    for (Dictionary dictionary : dictionaries.values()) {
      synchronized (dictionary) {
        if (dictionary.answers != null) {
          dictionary.answers.close();
          memory.give(dictionary.held);
        }
      }
    }
  }
}
