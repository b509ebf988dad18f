package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.Arrays;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.Matcher.RowSets;

/**
 * Which documents of one block match which outputs: found once for all its documents, deleted ones
 * among them, and true as long as the segment lives. Few rows are kept as numbers, many as a bitmap.
 * Immutable; any thread may use it.
 */
final class BlockVerdicts {
  private static final int WORDS = BlockBuffer.wordsFor(BlockBuffer.MAX_ROWS);

  /** As many rows as take the room of a bitmap are kept as one. */
  private static final int MANY = WORDS * Long.BYTES / Short.BYTES;

  private static final int HEAD_BYTES = 96; // of this object and its arrays
  private static final int ENTRY_BYTES = 3 * Integer.BYTES;

  private final int[] outputs;
  private final int[] counts;
  private final int[] places; // the first row, or of many the first word
  private final short[] rows;
  private final long[] words;

  private BlockVerdicts(int[] outputs, int[] counts, int[] places, short[] rows, long[] words) {
    this.outputs = outputs;
    this.counts = counts;
    this.places = places;
    this.rows = rows;
    this.words = words;
  }

  /** What a matcher answered for all documents of a block, of the outputs that its plan has. */
  static BlockVerdicts of(RowSets matched, SegmentAnswers answers) {
    int size = 0;
    int numRows = 0;
    int numWords = 0;
    for (int i = 0; i < matched.size(); i++) {
      if (answers.plan().isAlive(matched.number(i))) {
        size++;
        if (matched.numRows(i) < MANY) {
          numRows += matched.numRows(i);
        } else {
          numWords += WORDS;
        }
      }
    }
    BlockVerdicts verdicts =
        new BlockVerdicts(
            new int[size], new int[size], new int[size], new short[numRows], new long[numWords]);
    verdicts.fill(matched, answers);
    return verdicts;
  }

  private void fill(RowSets matched, SegmentAnswers answers) {
    long[] bitmap = new long[WORDS];
    int at = 0;
    int row = 0;
    int word = 0;
    for (int i = 0; i < matched.size(); i++) {
      if (!answers.plan().isAlive(matched.number(i))) {
        continue;
      }
      outputs[at] = matched.number(i);
      counts[at] = matched.numRows(i);
      matched.copyRows(i, bitmap);
      if (counts[at] >= MANY) {
        places[at] = word;
        System.arraycopy(bitmap, 0, words, word, WORDS);
        word += WORDS;
      } else {
        places[at] = row;
        for (int w = 0; w < WORDS; w++) {
          for (long left = bitmap[w]; left != 0; left &= left - 1) {
            rows[row++] = (short) (w * Long.SIZE + Long.numberOfTrailingZeros(left));
          }
        }
      }
      at++;
    }
  }

  long memoryBytes() {
    return HEAD_BYTES
        + (long) outputs.length * ENTRY_BYTES
        + (long) rows.length * Short.BYTES
        + (long) words.length * Long.BYTES;
  }

  /**
   * Tells what matches among {@code eligible} documents of the block that begins at {@code base}.
   *
   * @param isWhole whether all documents of the block are eligible
   * @param scratch a bitmap to work in
   */
  void tell(long[] eligible, boolean isWhole, int base, long[] scratch, SegmentPass.Sink sink)
      throws IOException {
    for (int i = 0; i < outputs.length; i++) {
      int numRows = counts[i];
      if (numRows >= MANY) {
        System.arraycopy(words, places[i], scratch, 0, WORDS);
      } else {
        Arrays.fill(scratch, 0);
        for (int row = places[i]; row < places[i] + numRows; row++) {
          scratch[rows[row] >> 6] |= 1L << rows[row];
        }
      }
      if (!isWhole) {
        numRows = 0;
        for (int word = 0; word < WORDS; word++) {
          scratch[word] &= eligible[word];
          numRows += Long.bitCount(scratch[word]);
        }
      }
      if (numRows > 0) {
        sink.accept(outputs[i], numRows, scratch, base);
      }
    }
  }
}
