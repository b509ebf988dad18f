package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.Matcher;
import org.tripline.engine.Matcher.RowSets;
import org.tripline.engine.RulesetDescription;

/**
 * One way over one segment: documents come in rising order, are gathered into blocks that are
 * aligned to document ids, and each block is matched at once: given leaves first, then the columns
 * of the rows that some rule still wants. One search's, one thread's.
 */
public final class SegmentPass {
  private static final int BLOCK = BlockBuffer.MAX_ROWS;
  private static final int WORDS = BlockBuffer.wordsFor(BLOCK);

  /** Is told what matched: the rows of one output in one block. */
  public interface Sink {
    /** {@code words} is a bitmap of documents from {@code base}; valid during the call. */
    void accept(int output, int numRows, long[] words, int base) throws IOException;
  }

  private final LeafReader reader;
  private final RulesetDescription description;
  private final SegmentAnswers answers;
  private final Matcher matcher;
  private final BlockBuffer block;
  private final Sink sink;
  private final Runnable beforeBlock;
  private final List<GivenLeaf> given = new ArrayList<>();
  private final List<LeafError> errors = new ArrayList<>();
  private final Column[] columns; // by field, once it is read
  private final FixedBitSet bits = new FixedBitSet(BLOCK);
  private final long[] eligible = new long[WORDS];
  private final long[] wanted = new long[WORDS];
  private int base = -1; // of the block being gathered; -1: none
  private long valuesRead;

  private record GivenLeaf(int leaf, List<DocIdSetIterator> documents) {}

  /**
   * {@code matcher} and {@code block} are this thread's. {@code beforeBlock} may throw, to end a
   * search that was cancelled.
   */
  public SegmentPass(
      LeafReaderContext segment,
      LeafWeights weights,
      SegmentAnswers answers,
      Matcher matcher,
      BlockBuffer block,
      int numFields,
      Sink sink,
      Runnable beforeBlock)
      throws IOException {
    this.reader = segment.reader();
    this.description = weights.description();
    this.answers = answers;
    this.matcher = matcher;
    this.block = block;
    this.sink = sink;
    this.beforeBlock = beforeBlock;
    this.columns = new Column[numFields];
    for (int leaf : answers.plan().givenLeaves()) {
      try {
        given.add(new GivenLeaf(leaf, answers.leaf(leaf).open(segment, weights)));
        errors.addAll(weights.errorsOf(leaf));
      } catch (RuntimeException | StackOverflowError e) {
        giveUp(leaf, e);
      }
    }
  }

  /** Leaves that failed on the way; what they would have found from there on is missing. */
  public List<LeafError> errors() {
    return errors;
  }

  private void giveUp(int leaf, Throwable failure) throws IOException {
    LeafError.requireOfLeaf(failure);
    int field = description.leaves().get(leaf).field();
    errors.add(LeafError.of(leaf, description.columns().get(field).name(), failure));
  }

  /** The next document; they rise. */
  public void collect(int doc) throws IOException {
    if (doc >= base + BLOCK || base < 0) {
      finish();
      base = doc - doc % BLOCK;
    }
    int row = doc - base;
    eligible[row >> 6] |= 1L << row;
  }

  /** All documents from {@code begin} to before {@code end}; the next ones are behind them. */
  public void collectRange(int begin, int end) throws IOException {
    for (int at = begin; at < end; ) {
      collect(at);
      int stop = Math.min(end, base + BLOCK);
      setRows(at - base, stop - base);
      at = stop;
    }
  }

  private void setRows(int begin, int end) {
    for (int word = begin >> 6; word << 6 < end; word++) {
      long rows = -1L;
      if (word == begin >> 6) {
        rows &= -1L << begin;
      }
      if (word == end >> 6) {
        rows &= ~(-1L << end);
      }
      eligible[word] |= rows;
    }
  }

  /** Matches what was gathered. */
  public void finish() throws IOException {
    if (base >= 0) {
      matchBlock();
      Arrays.fill(eligible, 0);
      base = -1;
    }
  }

  /** Values that were read from columns so far. */
  public long valuesRead() {
    return valuesRead;
  }

  private void matchBlock() throws IOException {
    beforeBlock.run();
    int numRows = Math.min(BLOCK, reader.maxDoc() - base);
    block.begin(numRows);
    block.setEligible(eligible);
    for (int i = 0; i < given.size(); i++) {
      GivenLeaf leaf = given.get(i);
      try {
        addGiven(leaf, numRows);
      } catch (RuntimeException | StackOverflowError e) {
        giveUp(leaf.leaf, e);
        bits.clear();
        given.set(i, new GivenLeaf(leaf.leaf, List.of()));
      }
    }
    RowSets needed = matcher.findRows(answers.plan(), block, numRows);
    if (!needed.isAny()) {
      return;
    }
    int size = needed.size();
    for (int i = 0; i < size; i++) {
      needed.copyRows(i, wanted);
      readColumn(needed.number(i), numRows);
    }
    RowSets matched = matcher.match(block, numRows);
    for (int i = 0; i < matched.size(); i++) {
      matched.copyRows(i, wanted);
      sink.accept(matched.number(i), matched.numRows(i), wanted, base);
    }
  }

  private void addGiven(GivenLeaf leaf, int numRows) throws IOException {
    int end = base + numRows;
    boolean isAny = false;
    for (DocIdSetIterator documents : leaf.documents) {
      if (documents.docID() < base) {
        documents.advance(base);
      }
      if (documents.docID() < end) {
        documents.intoBitSet(end, bits, base);
        isAny = true;
      }
    }
    if (isAny) {
      block.addLeaf(leaf.leaf, bits.getBits(), 0);
      bits.clear();
    }
  }

  // Of a field that few documents have, most reads would find nothing; existence comes in bulk.
  private void keepExisting(int field, int numRows) throws IOException {
    DocIdSetIterator existing = columns[field].existing;
    if (existing == null) {
      return;
    }
    int end = base + numRows;
    if (existing.docID() < base) {
      existing.advance(base);
    }
    if (existing.docID() < end) {
      existing.intoBitSet(end, bits, base);
    }
    long[] words = bits.getBits();
    for (int word = 0; word < WORDS; word++) {
      wanted[word] &= words[word];
    }
    bits.clear();
  }

  private void readColumn(int field, int numRows) throws IOException {
    FieldSource source = answers.field(field);
    block.beginColumn(field, source.kind(), source.answers());
    try {
      readValues(field, numRows);
    } catch (RuntimeException | StackOverflowError e) {
      for (int leaf = 0; leaf < description.leaves().size(); leaf++) {
        if (description.leaves().get(leaf).field() == field) {
          giveUp(leaf, e);
        }
      }
      columns[field] = Column.EMPTY;
      bits.clear();
    }
    block.endColumn();
  }

  private void readValues(int field, int numRows) throws IOException {
    if (columns[field] == null) {
      columns[field] = Column.of(answers.field(field), reader);
    }
    keepExisting(field, numRows);
    ColumnReader values = columns[field].values;
    for (int word = 0; word * 64 < numRows; word++) {
      for (long rows = wanted[word]; rows != 0; rows &= rows - 1) {
        int row = word * 64 + Long.numberOfTrailingZeros(rows);
        valuesRead += values.read(row, base + row, block);
      }
    }
  }

  /** A field's values, and of a sparse field the documents that have one (else null). */
  private record Column(ColumnReader values, DocIdSetIterator existing) {
    static final Column EMPTY = new Column((row, doc, block) -> 0, null);

    static Column of(FieldSource source, LeafReader reader) throws IOException {
      DocIdSetIterator existing = source.existing(reader);
      boolean isSparse = existing.cost() < reader.maxDoc();
      return new Column(ColumnReader.of(source, reader), isSparse ? existing : null);
    }
  }

  /** The values of one document into a block's open column; documents rise. */
  private interface ColumnReader {
    int read(int row, int doc, BlockBuffer block) throws IOException;

    static ColumnReader of(FieldSource source, LeafReader reader) throws IOException {
      if (source.way() == FieldSource.Way.CODES) {
        SortedSetDocValues values = source.codes(reader);
        SortedDocValues single = DocValues.unwrapSingleton(values);
        return single != null ? codeOf(single) : codesOf(values);
      }
      SortedNumericDocValues values = source.numbers(reader);
      NumericDocValues single = DocValues.unwrapSingleton(values);
      return single != null && source.floats() == null
          ? integerOf(source, single)
          : numbersOf(source, values);
    }

    private static ColumnReader integerOf(FieldSource source, NumericDocValues values) {
      return (row, doc, block) -> {
        if (!values.advanceExact(doc)) {
          return 0;
        }
        block.addInteger(row, source.integers().applyAsLong(values.longValue()));
        return 1;
      };
    }

    private static ColumnReader codeOf(SortedDocValues values) {
      return (row, doc, block) -> {
        if (!values.advanceExact(doc)) {
          return 0;
        }
        block.addCode(row, values.ordValue());
        return 1;
      };
    }

    private static ColumnReader codesOf(SortedSetDocValues values) {
      return (row, doc, block) -> {
        if (!values.advanceExact(doc)) {
          return 0;
        }
        int count = values.docValueCount();
        for (int i = 0; i < count; i++) {
          block.addCode(row, (int) values.nextOrd());
        }
        return count;
      };
    }

    private static ColumnReader numbersOf(FieldSource source, SortedNumericDocValues values) {
      return (row, doc, block) -> {
        if (!values.advanceExact(doc)) {
          return 0;
        }
        int count = values.docValueCount();
        for (int i = 0; i < count; i++) {
          long value = values.nextValue();
          if (source.floats() != null) {
            block.addFloat(row, source.floats().applyAsDouble(value));
          } else {
            block.addInteger(row, source.integers().applyAsLong(value));
          }
        }
        return count;
      };
    }
  }
}
