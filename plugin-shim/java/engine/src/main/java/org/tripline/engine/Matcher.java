package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Matches blocks. One thread's at a time; its answers hold until its next call. */
public final class Matcher extends NativeObject {
  private static final int MAX_WORDS = BlockBuffer.wordsFor(BlockBuffer.MAX_ROWS);
  private static final int ENTRY_BYTES = 2 * Integer.BYTES + MAX_WORDS * Long.BYTES;
  private static final int HEAD_BYTES = 2 * Integer.BYTES;

  private final ByteBuffer out;
  private final RowSets rows;

  public Matcher(MatchEngine engine) {
    super(Native.openMatcher(engine.handle()), Native::closeMatcher);
    RulesetDescription description = engine.description();
    int entries = Math.max(description.numOutputs(), description.numProgramFields());
    out =
        ByteBuffer.allocateDirect(HEAD_BYTES + entries * ENTRY_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    rows = new RowSets(out);
  }

  /** The rows whose values are needed, by field. Of the block only leaves and eligible rows count. */
  public RowSets findRows(SegmentPlan plan, BlockBuffer block, int numRows) {
    ByteBuffer bytes = block.encode();
    Native.findRows(handle(), plan.handle(), bytes, bytes.limit(), out);
    return rows.over(BlockBuffer.wordsFor(numRows));
  }

  /** The rows that match, by output. */
  public RowSets match(BlockBuffer block, int numRows) {
    ByteBuffer bytes = block.encode();
    Native.match(handle(), bytes, bytes.limit(), out);
    return rows.over(BlockBuffer.wordsFor(numRows));
  }

  /** Sets of rows, each under a number (of a field, or of an output); only sets that have a row. */
  public static final class RowSets {
    /** No sets. */
    public static final RowSets NONE = new RowSets(ByteBuffer.allocate(HEAD_BYTES));

    private final ByteBuffer bytes;
    private int numWords;

    private RowSets(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    private RowSets over(int words) {
      numWords = words;
      return this;
    }

    public int size() {
      return bytes.getInt(0);
    }

    /** findRows: true if any output may match any row, needed values or not. */
    public boolean isAny() {
      return bytes.getInt(Integer.BYTES) != 0;
    }

    public int number(int i) {
      return bytes.getInt(at(i));
    }

    public int numRows(int i) {
      return bytes.getInt(at(i) + Integer.BYTES);
    }

    /** Copies the bitmap of set {@code i}; words behind it, of a longer block before, are cleared. */
    public void copyRows(int i, long[] words) {
      int from = at(i) + HEAD_BYTES;
      for (int word = 0; word < numWords; word++) {
        words[word] = bytes.getLong(from + word * Long.BYTES);
      }
      Arrays.fill(words, numWords, words.length, 0);
    }

    private int at(int i) {
      return HEAD_BYTES + i * (HEAD_BYTES + numWords * Long.BYTES);
    }
  }
}
