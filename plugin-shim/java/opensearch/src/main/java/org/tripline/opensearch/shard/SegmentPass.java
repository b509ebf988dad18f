package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.Matcher.RowSets;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.shard.ShardWork.Stage;

/**
 * One way over one segment: documents come in rising order, are gathered into blocks that are
 * aligned to document ids, and each block is matched at once: given leaves first, then the columns
 * of the rows that some rule still wants. Of a block that is asked for more than here and there, all
 * documents are matched, and what is found is kept for every later search ({@link BlockVerdicts}).
 * One search's, one thread's.
 */
public final class SegmentPass {
  private static final int BLOCK = BlockBuffer.MAX_ROWS;
  private static final int WORDS = BlockBuffer.wordsFor(BLOCK);

  /** Is told what matched: the rows of one output in one block. */
  public interface Sink {
    /** {@code words} is a bitmap of documents from {@code base}; valid during the call. */
    void accept(int output, int numRows, long[] words, int base) throws IOException;
  }

  private final LeafReaderContext segment;
  private final LeafReader reader;
  private final LeafWeights weights;
  private final RulesetDescription description;
  private final SegmentAnswers answers;
  private final Supplier<MatchBench> bench;
  private final ShardWork work;
  private final Sink sink;
  private final Runnable beforeBlock;
  private final List<LeafError> errors = new ArrayList<>();
  private final long[] eligible = new long[WORDS];
  private final long[] wanted = new long[WORDS];
  private int base = -1; // of the block being gathered; -1: none
  // Once a block is looked at whose verdicts are not known:
  private List<GivenLeaf> given;
  private ColumnReader[] columns; // by field, once it is read
  private FixedBitSet bits; // empty between uses

  private record GivenLeaf(int leaf, List<DocIdSetIterator> documents) {}

  /**
   * {@code bench} is this thread's, and asked for if it is needed; {@code work} is counted on. {@code
   * beforeBlock} may throw, to end a search that was cancelled.
   */
  public SegmentPass(
      LeafReaderContext segment,
      LeafWeights weights,
      SegmentAnswers answers,
      Supplier<MatchBench> bench,
      ShardWork work,
      Sink sink,
      Runnable beforeBlock) {
    this.segment = segment;
    this.reader = segment.reader();
    this.weights = weights;
    this.description = weights.description();
    this.answers = answers;
    this.bench = bench;
    this.work = work;
    this.sink = sink;
    this.beforeBlock = beforeBlock;
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
      setRows(eligible, at - base, stop - base);
      at = stop;
    }
  }

  private static void setRows(long[] bitmap, int begin, int end) {
    for (int word = begin >> 6; word << 6 < end; word++) {
      long rows = -1L;
      if (word == begin >> 6) {
        rows &= -1L << begin;
      }
      if (word == end >> 6) {
        rows &= ~(-1L << end);
      }
      bitmap[word] |= rows;
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

  private void matchBlock() throws IOException {
    beforeBlock.run();
    int numRows = Math.min(BLOCK, reader.maxDoc() - base);
    int numEligible = 0;
    for (long word : eligible) {
      numEligible += Long.bitCount(word);
    }
    int block = base / BLOCK;
    BlockVerdicts known = answers.verdictsOf(block);
    if (known == null && answers.isWorthDeciding(block, numEligible, numRows)) {
      known = decideBlock(block, numRows);
    }
    if (known != null) {
      long begin = System.nanoTime();
      known.tell(eligible, numEligible == numRows, base, wanted, sink);
      work.took(Stage.VERDICTS, begin);
      return;
    }
    RowSets matched = evaluate(bench.get(), numRows, eligible);
    long begin = System.nanoTime();
    for (int i = 0; i < matched.size(); i++) {
      if (answers.plan().isAlive(matched.number(i))) {
        matched.copyRows(i, wanted);
        sink.accept(matched.number(i), matched.numRows(i), wanted, base);
      }
    }
    work.took(Stage.VERDICTS, begin);
  }

  // What failed on the way may go better another time, so it is not kept.
  private BlockVerdicts decideBlock(int block, int numRows) throws IOException {
    long[] all = new long[WORDS];
    setRows(all, 0, numRows);
    BlockVerdicts found = BlockVerdicts.of(evaluate(bench.get(), numRows, all), answers);
    if (errors.isEmpty()) {
      answers.keep(block, found);
    }
    return found;
  }

  private RowSets evaluate(MatchBench bench, int numRows, long[] rows) throws IOException {
    long at = System.nanoTime();
    if (given == null) {
      openGiven();
    }
    bench.block.begin(numRows);
    bench.block.setEligible(rows);
    for (int i = 0; i < given.size(); i++) {
      GivenLeaf leaf = given.get(i);
      try {
        addGiven(bench.block, leaf, numRows);
      } catch (RuntimeException | StackOverflowError e) {
        giveUp(leaf.leaf, e);
        bits.clear();
        given.set(i, new GivenLeaf(leaf.leaf, List.of()));
      }
    }
    at = work.took(Stage.POSTINGS, at);
    RowSets needed = bench.matcher.findRows(answers.plan(), bench.block, numRows);
    at = work.took(Stage.CANDIDATES, at);
    if (!needed.isAny()) {
      return RowSets.NONE;
    }
    List<FieldAnswers> ofBlock = new ArrayList<>();
    try {
      int size = needed.size();
      for (int i = 0; i < size; i++) {
        needed.copyRows(i, wanted);
        readColumn(bench, needed.number(i), numRows, ofBlock);
      }
      at = work.took(Stage.COLUMNS, at);
      RowSets matched = bench.matcher.match(bench.block, numRows);
      work.took(Stage.KERNEL, at);
      return matched;
    } finally {
      ofBlock.forEach(FieldAnswers::close);
    }
  }

  private void openGiven() throws IOException {
    given = new ArrayList<>();
    columns = new ColumnReader[description.numProgramFields()];
    bits = new FixedBitSet(BLOCK);
    for (int leaf : answers.plan().givenLeaves()) {
      try {
        given.add(new GivenLeaf(leaf, answers.leaf(leaf).open(segment, weights)));
        errors.addAll(weights.errorsOf(leaf));
      } catch (RuntimeException | StackOverflowError e) {
        giveUp(leaf, e);
      }
    }
  }

  private void addGiven(BlockBuffer block, GivenLeaf leaf, int numRows) throws IOException {
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

  private void readColumn(
      MatchBench bench, int field, int numRows, List<FieldAnswers> ofBlock) throws IOException {
    FieldSource source = answers.field(field);
    bench.block.beginColumn(field, source.kind(), source.answers());
    try {
      readValues(bench.block, field, numRows);
      if (source.way() == FieldSource.Way.CODES && source.answers() == null) {
        answerLate(bench, field, source, ofBlock);
        return;
      }
    } catch (RuntimeException | StackOverflowError e) {
      for (int leaf : bench.engine.leavesOf(field)) {
        giveUp(leaf, e);
      }
      columns[field] = ColumnReader.EMPTY;
      bits.clear();
      bench.block.dropColumn();
      return;
    }
    bench.block.endColumn();
  }

  private void readValues(BlockBuffer block, int field, int numRows) throws IOException {
    if (columns[field] == null) {
      columns[field] = ColumnReader.of(answers.field(field), reader);
    }
    ColumnReader column = columns[field];
    column.keepExisting(base, numRows, wanted, bits);
    int numRead = 0;
    for (int word = 0; word * 64 < numRows; word++) {
      for (long rows = wanted[word]; rows != 0; rows &= rows - 1) {
        int row = word * 64 + Long.numberOfTrailingZeros(rows);
        numRead += column.read(row, base + row, block);
      }
    }
    work.readValues(numRead);
  }

  // Of a large dictionary only the values of this block are decided, unless the whole is by now.
  private void answerLate(
      MatchBench bench, int field, FieldSource source, List<FieldAnswers> ofBlock)
      throws IOException {
    if (bench.block.numCodes() == 0) {
      bench.block.dropColumn();
      return;
    }
    FieldAnswers whole = answers.answersFor(field, bench.block.numCodes(), reader, weights);
    if (whole != null) {
      bench.block.endColumn(whole);
      return;
    }
    SortedSetDocValues values = source.codes(reader);
    try (FieldAnswers.Builder builder =
        new FieldAnswers.Builder(bench.engine, field, bench.chunk)) {
      for (int code : bench.block.takeDistinctCodes()) {
        BytesRef value = values.lookupOrd(code);
        builder.add(value.bytes, value.offset, value.length);
      }
      ofBlock.add(builder.build());
    }
    bench.block.endColumn(ofBlock.get(ofBlock.size() - 1));
  }
}
