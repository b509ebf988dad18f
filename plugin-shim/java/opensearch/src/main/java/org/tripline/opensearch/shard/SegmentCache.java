package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.MatchEngine;

/**
 * What the rulesets of a node know of segments, by the segments' cores. A segment's values never
 * change, so what was found out once holds until the segment is merged away. Searches that do not
 * see all values of a segment ({@link ReaderTrust}) neither fill nor use what is kept. All together
 * hold no more than a limit: what was used longest ago goes first, and what nobody can keep is gone
 * with its search. Any thread may use it; threads that meet a new segment at once wait for one of
 * them.
 */
public final class SegmentCache implements Closeable {
  private final CoreWatch cores = new CoreWatch();
  private final KeptMemory memory = new KeptMemory(this::evictOne);
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true); // oldest use first
  private boolean isClosed;

  /**
   * A segment under one mapping (a field may be added to it while the segment lives), and the
   * outputs that are asked for of it; null: all.
   */
  private record Key(
      MatchEngine engine, Object core, long mappingVersion, Reading reading, BitSet wanted) {}

  /** Its users are counted under the cache's lock; it is filled under its own. */
  private static final class Entry {
    private final Key key;
    private SegmentAnswers answers;
    private Runnable onClose;
    private int users;
    private boolean isGone; // from the cache: the last user closes it

    Entry(Key key) {
      this.key = key;
    }
  }

  /** What a search asks of a segment. */
  public record Question(
      LeafReaderContext segment,
      LeafWeights weights,
      QueryShardContext context,
      Reading reading,
      BitSet wanted) {}

  /** A segment's answers, which stay until they are given back. */
  public final class Borrowed implements Closeable {
    private final SegmentAnswers answers;
    private final Entry entry; // null: nobody else has them

    private Borrowed(SegmentAnswers answers, Entry entry) {
      this.answers = answers;
      this.entry = entry;
    }

    public SegmentAnswers answers() {
      return answers;
    }

    @Override
    public void close() {
      if (entry == null) {
        answers.close();
      } else {
        giveBack(entry);
      }
    }
  }

  public Borrowed borrow(MatchEngine engine, Question question) throws IOException {
    IndexReader.CacheHelper core =
        ReaderTrust.showsAllValues(question.segment.reader())
            ? question.segment.reader().getCoreCacheHelper()
            : null;
    Entry entry = core == null ? null : entryOf(keyOf(engine, core, question));
    if (entry == null) {
      return new Borrowed(decide(engine, question), null);
    }
    boolean isFilled = false;
    try {
      synchronized (entry) {
        if (entry.answers == null) {
          entry.answers = decide(engine, question);
          entry.onClose = () -> drop(entry.key);
          cores.watch(core, entry.onClose);
        }
      }
      isFilled = true;
      return new Borrowed(entry.answers, entry);
    } finally {
      if (!isFilled) {
        giveBack(entry);
      }
    }
  }

  private static Key keyOf(MatchEngine engine, IndexReader.CacheHelper core, Question question) {
    long mappingVersion =
        question.context.getIndexSettings().getIndexMetadata().getMappingVersion();
    return new Key(engine, core.getKey(), mappingVersion, question.reading, question.wanted);
  }

  private SegmentAnswers decide(MatchEngine engine, Question question) throws IOException {
    return new SegmentDecider(
            engine,
            question.segment,
            question.weights,
            question.context,
            question.reading,
            question.wanted,
            memory)
        .run();
  }

  private synchronized Entry entryOf(Key key) {
    if (isClosed) {
      return null;
    }
    Entry entry = entries.computeIfAbsent(key, Entry::new);
    entry.users++;
    return entry;
  }

  private synchronized void giveBack(Entry entry) {
    entry.users--;
    if (entry.users == 0) {
      if (entry.answers == null) {
        entries.remove(entry.key, entry);
      } else if (entry.isGone || memory.used() > memory.limit()) {
        remove(entry);
      }
    }
  }

  /** How much may be kept; less than there is makes some of it go. */
  public void setLimit(long bytes) {
    memory.setLimit(bytes);
  }

  /** Bytes that are kept, as far as they are counted. */
  public long memoryBytes() {
    return memory.used();
  }

  /** Segments whose answers are kept. */
  public synchronized int size() {
    return entries.size();
  }

  /** Nobody asks a ruleset any more. */
  public void forget(MatchEngine engine) {
    List<Key> keys;
    synchronized (this) {
      keys = entries.keySet().stream().filter(key -> key.engine == engine).toList();
    }
    keys.forEach(this::drop);
  }

  private synchronized void drop(Key key) {
    Entry entry = entries.remove(key);
    if (entry != null) {
      entry.isGone = true;
      if (entry.users == 0) {
        remove(entry);
      }
    }
  }

  private synchronized boolean evictOne() {
    for (Iterator<Entry> oldest = entries.values().iterator(); oldest.hasNext(); ) {
      Entry entry = oldest.next();
      if (entry.users == 0) {
        oldest.remove();
        remove(entry);
        return true;
      }
    }
    return false;
  }

  private void remove(Entry entry) {
    entries.remove(entry.key, entry);
    cores.forget(entry.key.core, entry.onClose);
    entry.answers.close();
  }

  @Override
  public void close() {
    List<Key> keys;
    synchronized (this) {
      isClosed = true;
      keys = new ArrayList<>(entries.keySet());
    }
    keys.forEach(this::drop);
  }
}
