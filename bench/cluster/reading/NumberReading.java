import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.FixedBitSet;

/**
 * What does it cost to find the rows of a numeric range in a segment? Four ways, over blocks of
 * 4,096 documents, in CPU nanoseconds for each document of the segment: advanceExact per document,
 * longValues in bulk, rangeIntoBitSet, and the points' iterator into a bitmap. And what a column
 * costs if only some of the documents are read.
 *
 * <pre>NumberReading (index folder) (field) [more fields]</pre>
 */
public final class NumberReading {
  private static final int BLOCK = 4096;
  private static final int ROUNDS = 15;
  private static final double[] SHARES = {0.001, 0.01, 0.1, 0.5};
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private interface Way {
    /** Finds the rows of a range in all blocks; how many there are. */
    long run() throws IOException;
  }

  private final LeafReaderContext segment;
  private final LeafReader reader;
  private final IndexSearcher searcher;
  private final String field;
  private final int numDocs;

  private NumberReading(LeafReaderContext segment, IndexSearcher searcher, String field) {
    this.segment = segment;
    this.reader = segment.reader();
    this.searcher = searcher;
    this.field = field;
    this.numDocs = reader.maxDoc();
  }

  public static void main(String[] arguments) throws IOException {
    try (FSDirectory folder = FSDirectory.open(Path.of(arguments[0]));
        DirectoryReader reader = DirectoryReader.open(folder)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      searcher.setQueryCache(null);
      LeafReaderContext largest =
          reader.leaves().stream()
              .max((a, b) -> Integer.compare(a.reader().maxDoc(), b.reader().maxDoc()))
              .orElseThrow();
      System.out.println("documents in the largest segment: " + largest.reader().maxDoc());
      for (String field : Arrays.asList(arguments).subList(1, arguments.length)) {
        new NumberReading(largest, searcher, field).compare();
      }
    }
  }

  private void compare() throws IOException {
    long[] values = allValues();
    Arrays.sort(values);
    boolean isSingle = DocValues.unwrapSingleton(numbers()) != null;
    System.out.printf(
        Locale.ROOT, "%n%s: %.0f %% of the documents have it, %s, %s of points%n",
        field, 100.0 * values.length / numDocs, isSingle ? "one value each" : "several values",
        pointBytes() + " bytes");
    for (double share : SHARES) {
      long low = values[(int) (values.length * (1 - share))];
      long high = values[values.length - 1];
      List<String> cells = new ArrayList<>();
      long found = exactly(low, high);
      cells.add(cell("advanceExact", () -> exactly(low, high), found));
      if (isSingle) {
        cells.add(cell("longValues", () -> inBulk(low, high), found));
        cells.add(cell("rangeIntoBitSet", () -> intoBitSet(low, high), found));
      }
      cells.add(cell("points", () -> points(low, high), found));
      System.out.printf(
          Locale.ROOT, "  range of %d documents (%.1f %%): %s%n",
          found, 100.0 * found / numDocs, String.join(", ", cells));
    }
    for (int every : new int[] {100, 10, 2, 1}) {
      System.out.printf(
          Locale.ROOT, "  read of 1 in %d documents: %s%n", every, perRead(every));
    }
  }

  private SortedNumericDocValues numbers() throws IOException {
    return DocValues.getSortedNumeric(reader, field);
  }

  private NumericDocValues single() throws IOException {
    return DocValues.unwrapSingleton(numbers());
  }

  private int pointBytes() throws IOException {
    PointValues points = reader.getPointValues(field);
    return points == null ? 0 : points.getBytesPerDimension();
  }

  private long[] allValues() throws IOException {
    SortedNumericDocValues numbers = numbers();
    List<Long> values = new ArrayList<>();
    while (numbers.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      values.add(numbers.nextValue());
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private long exactly(long low, long high) throws IOException {
    SortedNumericDocValues numbers = numbers();
    FixedBitSet rows = new FixedBitSet(BLOCK);
    long found = 0;
    for (int base = 0; base < numDocs; base += BLOCK) {
      int end = Math.min(base + BLOCK, numDocs);
      for (int doc = base; doc < end; doc++) {
        if (!numbers.advanceExact(doc)) {
          continue;
        }
        for (int i = numbers.docValueCount(); i > 0; i--) {
          long value = numbers.nextValue();
          if (value >= low && value <= high) {
            rows.set(doc - base);
          }
        }
      }
      found += take(rows);
    }
    return found;
  }

  private long inBulk(long low, long high) throws IOException {
    NumericDocValues numbers = single();
    FixedBitSet rows = new FixedBitSet(BLOCK);
    int[] docs = new int[BLOCK];
    long[] values = new long[BLOCK];
    // What no document holds stands for "none"; a range that does not begin at the least value.
    long none = Long.MIN_VALUE;
    long found = 0;
    for (int base = 0; base < numDocs; base += BLOCK) {
      int size = Math.min(BLOCK, numDocs - base);
      for (int i = 0; i < size; i++) {
        docs[i] = base + i;
      }
      numbers.longValues(size, docs, values, none);
      for (int i = 0; i < size; i++) {
        if (values[i] >= low && values[i] <= high) {
          rows.set(i);
        }
      }
      found += take(rows);
    }
    return found;
  }

  private long intoBitSet(long low, long high) throws IOException {
    NumericDocValues numbers = single();
    FixedBitSet rows = new FixedBitSet(BLOCK);
    long found = 0;
    for (int base = 0; base < numDocs; base += BLOCK) {
      numbers.rangeIntoBitSet(base, Math.min(base + BLOCK, numDocs), low, high, rows, base);
      found += take(rows);
    }
    return found;
  }

  private long points(long low, long high) throws IOException {
    Query query =
        pointBytes() == Integer.BYTES
            ? IntPoint.newRangeQuery(field, (int) low, (int) high)
            : LongPoint.newRangeQuery(field, low, high);
    Scorer scorer =
        searcher
            .createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1)
            .scorer(segment);
    if (scorer == null) {
      return 0;
    }
    DocIdSetIterator documents = scorer.iterator();
    FixedBitSet rows = new FixedBitSet(BLOCK);
    long found = 0;
    documents.nextDoc();
    for (int base = 0; base < numDocs; base += BLOCK) {
      int end = Math.min(base + BLOCK, numDocs);
      if (documents.docID() < base) {
        documents.advance(base);
      }
      if (documents.docID() < end) {
        documents.intoBitSet(end, rows, base);
      }
      found += take(rows);
    }
    return found;
  }

  private static long take(FixedBitSet rows) {
    long found = rows.cardinality();
    rows.clear();
    return found;
  }

  private String perRead(int every) throws IOException {
    Way way =
        () -> {
          SortedNumericDocValues numbers = numbers();
          long sum = 0;
          for (int doc = 0; doc < numDocs; doc += every) {
            if (numbers.advanceExact(doc)) {
              sum += numbers.nextValue() & 1;
            }
          }
          return sum;
        };
    return String.format(Locale.ROOT, "%.1f ns a read", nanos(way) / (numDocs / (double) every));
  }

  private String cell(String name, Way way, long wanted) throws IOException {
    long found = way.run();
    if (found != wanted) {
      throw new IllegalStateException(name + " finds " + found + " documents, not " + wanted);
    }
    return String.format(Locale.ROOT, "%s %.1f", name, nanos(way) / numDocs);
  }

  /** Median CPU time of a run, once it is compiled. */
  private static double nanos(Way way) throws IOException {
    for (int i = 0; i < 10; i++) {
      way.run();
    }
    long[] took = new long[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long begin = THREADS.getCurrentThreadCpuTime();
      way.run();
      took[i] = THREADS.getCurrentThreadCpuTime() - begin;
    }
    Arrays.sort(took);
    return took[ROUNDS / 2];
  }
}
