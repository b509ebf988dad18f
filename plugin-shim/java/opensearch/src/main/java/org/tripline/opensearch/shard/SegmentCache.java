package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.MatchEngine;

/**
 * What one ruleset knows of segments, by their cores. A segment's values never change, so what was
 * decided once holds until the segment is merged away. Searches that do not see all values of a
 * segment ({@link ReaderTrust}) neither fill nor use what is kept. Any thread may use it; two threads that meet
 * a new segment at once wait for one of them.
 */
public final class SegmentCache implements Closeable {
  private final MatchEngine engine;
  private final CoreWatch cores;
  private final ConcurrentHashMap<Key, Slot> slots = new ConcurrentHashMap<>();
  private volatile boolean isClosed;

  public SegmentCache(MatchEngine engine, CoreWatch cores) {
    this.engine = engine;
    this.cores = cores;
  }

  /** A segment under one mapping: a field may be added to it while the segment lives. */
  private record Key(Object core, long mappingVersion, Reading reading) {}

  private static final class Slot {
    private SegmentAnswers answers;
    private Runnable onClose;
  }

  /** The segment's answers, and whether the caller must close them because nothing keeps them. */
  public record Borrowed(SegmentAnswers answers, boolean isKept) implements Closeable {
    @Override
    public void close() {
      if (!isKept) {
        answers.close();
      }
    }
  }

  public Borrowed get(
      LeafReaderContext segment, LeafWeights weights, QueryShardContext context, Reading reading)
      throws IOException {
    IndexReader.CacheHelper core =
        ReaderTrust.showsAllValues(segment.reader())
            ? segment.reader().getCoreCacheHelper()
            : null;
    if (core == null || isClosed) {
      return new Borrowed(
          SegmentAnswers.decide(engine, segment, weights, context, reading), false);
    }
    long mappingVersion = context.getIndexSettings().getIndexMetadata().getMappingVersion();
    Key key = new Key(core.getKey(), mappingVersion, reading);
    Slot slot = slots.computeIfAbsent(key, missing -> new Slot());
    synchronized (slot) {
      if (slot.answers == null) {
        slot.answers = SegmentAnswers.decide(engine, segment, weights, context, reading);
        slot.onClose = () -> drop(key);
        cores.watch(core, slot.onClose);
      }
      return new Borrowed(slot.answers, true);
    }
  }

  /** Segments whose answers are kept. */
  public int size() {
    return slots.size();
  }

  private void drop(Key key) {
    Slot slot = slots.remove(key);
    if (slot != null) {
      synchronized (slot) {
        if (slot.answers != null) {
          cores.forget(key.core(), slot.onClose);
          slot.answers.close();
        }
      }
    }
  }

  @Override
  public void close() {
    isClosed = true;
    slots.keySet().forEach(this::drop);
  }
}
