package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.MatchEngine;

/**
 * What the rulesets of a node know of segments, by the segments' cores, and of indices. A segment's
 * values never change, so what was found out once holds until the segment is merged away. Searches
 * that do not see all values of a segment ({@link ReaderTrust}), or bring fields of their own,
 * neither fill nor use what is kept; what could not be asked is asked again after a minute. All
 * together hold no more than a limit: what was used longest ago goes first, and what nobody can keep
 * is gone with its search. Any thread may use it; threads that meet a new segment at once wait for
 * one of them.
 */
public final class SegmentCache implements Closeable {
  private static final long MILLIS_BETWEEN_LOOKS = 50;
  private static final long NANOS_OF_ERRORS = 60_000_000_000L;

  private final CoreWatch cores = new CoreWatch();
  private final KeptMemory memory = new KeptMemory(this::evictOne);
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true); // oldest use first
  private boolean isClosed;

  private interface Key {
    MatchEngine engine();
  }

  /**
   * What decides how fields are asked, beside their values: a field may be added while a segment
   * lives, analyzers may change while an index is closed, and a cluster may forbid for a while what
   * is dear.
   */
  private record Circumstances(
      long mappingVersion, long settingsVersion, boolean allowsExpensive, int maxClauses) {
    static Circumstances of(QueryShardContext context) {
      IndexMetadata index = context.getIndexSettings().getIndexMetadata();
      return new Circumstances(
          index.getMappingVersion(),
          index.getSettingsVersion(),
          context.allowExpensiveQueries(),
          IndexSearcher.getMaxClauseCount());
    }
  }

  /** {@code wanted}: the outputs that are asked for of the segment; null: all. */
  private record SegmentKey(
      MatchEngine engine, Object core, Circumstances under, Reading reading, BitSet wanted)
      implements Key {}

  private record IndexKey(MatchEngine engine, String index, Circumstances under)
      implements Key {}

  /** Its users are counted under the cache's lock; it is filled under its own. */
  private static final class Entry {
    private final Key key;
    private Closeable kept;
    private Object core; // that is watched
    private Runnable onClose;
    private final ReentrantLock filling = new ReentrantLock();
    private int users;
    private boolean isGone; // from the cache: the last user closes it
    private volatile long doubtfulFrom; // nanoseconds; 0: never

    Entry(Key key) {
      this.key = key;
    }

    // What could not be asked may be asked some time later, for reasons that nobody foresaw.
    void filled(SegmentAnswers answers) {
      kept = answers;
      doubtfulFrom = answers.errors().isEmpty() ? 0 : System.nanoTime() + NANOS_OF_ERRORS | 1;
    }

    boolean isDoubtful() {
      long from = doubtfulFrom;
      return from != 0 && System.nanoTime() - from > 0;
    }

    /** Waits for another search that is deciding, as long as this one is wanted. */
    void lockFor(LeafWeights search) {
      try {
        while (!filling.tryLock(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS)) {
          search.checkWanted();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while another search decides a segment", e);
      }
    }
  }

  /** What a search asks of a segment. */
  public record Question(
      LeafReaderContext segment,
      LeafWeights weights,
      QueryShardContext context,
      Reading reading,
      BitSet wanted) {}

  /** What is kept, and stays until it is given back. */
  public final class Borrowed<T extends Closeable> implements Closeable {
    private final T kept;
    private final Entry entry; // null: nobody else has it

    private Borrowed(T kept, Entry entry) {
      this.kept = kept;
      this.entry = entry;
    }

    public T get() {
      return kept;
    }

    @Override
    public void close() {
      if (entry == null) {
        SegmentCache.close(kept);
      } else {
        giveBack(entry);
      }
    }
  }

  public Borrowed<SegmentAnswers> borrow(MatchEngine engine, Question question)
      throws IOException {
    IndexReader.CacheHelper core =
        ReaderTrust.showsAllValues(question.segment.reader()) && !question.weights.isAlone()
            ? question.segment.reader().getCoreCacheHelper()
            : null;
    Entry entry = core == null ? null : entryOf(keyOf(engine, core, question));
    if (entry != null && entry.isDoubtful()) {
      drop(entry.key);
      giveBack(entry);
      entry = entryOf(entry.key);
    }
    if (entry == null) {
      return new Borrowed<>(decide(engine, question), null);
    }
    boolean isFilled = false;
    try {
      entry.lockFor(question.weights);
      try {
        if (entry.kept == null) {
          entry.filled(decide(engine, question));
          entry.core = core.getKey();
          SegmentKey key = (SegmentKey) entry.key;
          entry.onClose = () -> drop(key);
          cores.watch(core, entry.onClose);
        }
      } finally {
        entry.filling.unlock();
      }
      isFilled = true;
      return new Borrowed<>((SegmentAnswers) entry.kept, entry);
    } finally {
      if (!isFilled) {
        giveBack(entry);
      }
    }
  }

  /** The queries of a ruleset's leaves in an index. */
  Borrowed<KeptQueries> borrowQueries(
      MatchEngine engine, QueryShardContext context, boolean isAlone) {
    Entry entry =
        isAlone
            ? null
            : entryOf(
                new IndexKey(
                    engine,
                    context.getFullyQualifiedIndex().getUUID(),
                    Circumstances.of(context)));
    if (entry == null) {
      return new Borrowed<>(new KeptQueries(memory), null);
    }
    entry.filling.lock();
    try {
      if (entry.kept == null) {
        entry.kept = new KeptQueries(memory);
      }
    } finally {
      entry.filling.unlock();
    }
    return new Borrowed<>((KeptQueries) entry.kept, entry);
  }

  private static SegmentKey keyOf(
      MatchEngine engine, IndexReader.CacheHelper core, Question question) {
    return new SegmentKey(
        engine,
        core.getKey(),
        Circumstances.of(question.context),
        question.reading,
        question.wanted);
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
      if (entry.kept == null) {
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

  public long memoryLimit() {
    return memory.limit();
  }

  /** Bytes that are kept, as far as they are counted. */
  public long memoryBytes() {
    return memory.used();
  }

  /** Segments and indices of which something is kept. */
  public synchronized int size() {
    return entries.size();
  }

  /** Nobody asks a ruleset any more. */
  public void forget(MatchEngine engine) {
    List<Key> keys;
    synchronized (this) {
      keys = entries.keySet().stream().filter(key -> key.engine() == engine).toList();
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

  private static void close(Closeable kept) {
    try {
      kept.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // neither kind reads or writes
    }
  }

  private void remove(Entry entry) {
    entries.remove(entry.key, entry);
    if (entry.onClose != null) {
      cores.forget(entry.core, entry.onClose);
    }
    close(entry.kept);
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
