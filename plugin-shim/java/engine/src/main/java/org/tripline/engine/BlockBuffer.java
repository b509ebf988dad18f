package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A block of events on its way to the engine, in the layout of plugin-shim/native/block_view.h.
 * Rows are numbered from 0. One thread's; memory grows to the largest block and is reused.
 *
 * <pre>
 *   block.begin(numRows);
 *   block.setEligible(words);               // or not at all: every row counts
 *   block.addLeaf(leaf, words);             // for leaves that the host knows
 *   block.beginColumn(field, kind, answers);
 *   block.addCode(row, ordinal);            // rows must not decrease; a row may have several values
 *   block.endColumn();                      // fields must rise
 * </pre>
 */
public final class BlockBuffer {
  /** Rows of a block at most. */
  public static final int MAX_ROWS = 4096;

  private static final int MAGIC = 0x424C5254;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 32;
  private static final int COLUMN_BYTES = 48;
  private static final int LAYOUT_ROWS = 2;

  private int numRows;
  private int eligibleAt;
  private long[] data = new long[1 << 14]; // words of all arrays, one behind the other
  private int size; // words of data in use
  private final IntList columns = new IntList(); // per column: field, kind, slots, rowsAt, valuesAt
  private final LongList answers = new LongList();
  private final IntList given = new IntList(); // per leaf: leaf, wordsAt
  private final IntList rows = new IntList();
  private final LongList values = new LongList();
  private final IntList codes = new IntList();
  private boolean isCoded;
  private ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 17).order(ByteOrder.LITTLE_ENDIAN);

  /** Words of a bitmap of rows: whole slices of 512 rows. */
  public static int wordsFor(int numRows) {
    return (numRows + 511) / 512 * 8;
  }

  public void begin(int rowsOfBlock) {
    numRows = rowsOfBlock;
    eligibleAt = -1;
    size = 0;
    columns.clear();
    answers.clear();
    given.clear();
  }

  /** The rows that count, wordsFor(numRows) words. */
  public void setEligible(long[] words) {
    eligibleAt = append(words, wordsFor(numRows));
  }

  /** The rows that make a leaf true, wordsFor(numRows) words from {@code offset}. */
  public void addLeaf(int leaf, long[] words, int offset) {
    given.add(leaf);
    int length = wordsFor(numRows);
    reserve(length);
    given.add(size);
    System.arraycopy(words, offset, data, size, length);
    size += length;
  }

  /** {@code fieldAnswers}: of this field, if its kind is coded; else null. */
  public void beginColumn(
      int field, RulesetDescription.ColumnKind kind, FieldAnswers fieldAnswers) {
    columns.add(field);
    columns.add(kind.ordinal());
    answers.add(fieldAnswers == null ? 0 : fieldAnswers.handle());
    isCoded = kind.isCoded();
    rows.clear();
    values.clear();
    codes.clear();
  }

  public void addCode(int row, int code) {
    rows.add(row);
    codes.add(code);
  }

  public void addInteger(int row, long value) {
    rows.add(row);
    values.add(value);
  }

  /** NaN is no value. */
  public void addFloat(int row, double value) {
    if (!Double.isNaN(value)) {
      rows.add(row);
      values.add(Double.doubleToRawLongBits(value));
    }
  }

  /** How many codes the open column has. */
  public int numCodes() {
    return codes.size;
  }

  /**
   * Turns the open column's codes into places among them: their distinct values in rising order,
   * which are answered.
   */
  public int[] takeDistinctCodes() {
    int[] distinct = Arrays.copyOf(codes.items, codes.size);
    Arrays.sort(distinct);
    int size = 0;
    for (int i = 0; i < distinct.length; i++) {
      if (i == 0 || distinct[i] != distinct[i - 1]) {
        distinct[size++] = distinct[i];
      }
    }
    int[] values = Arrays.copyOf(distinct, size);
    for (int i = 0; i < codes.size; i++) {
      codes.items[i] = Arrays.binarySearch(values, codes.items[i]);
    }
    return values;
  }

  /** {@code fieldAnswers}: of this field, if its codes are of other answers than thought. */
  public void endColumn(FieldAnswers fieldAnswers) {
    answers.items[answers.size - 1] = fieldAnswers.handle();
    endColumn();
  }

  /** Takes the open column back. */
  public void dropColumn() {
    columns.size -= 2;
    answers.size--;
  }

  public void endColumn() {
    columns.add(rows.size);
    columns.add(appendInts(rows));
    columns.add(isCoded ? appendInts(codes) : append(values.items, values.size));
  }

  /** The block's bytes, from 0 to the buffer's limit; valid until the next begin. */
  ByteBuffer encode() {
    int numColumns = answers.size;
    int numGiven = given.size / 2;
    int head = HEADER_BYTES + numColumns * COLUMN_BYTES + numGiven * 2 * Integer.BYTES;
    int length = head + size * Long.BYTES;
    if (bytes.capacity() < length) {
      bytes = ByteBuffer.allocateDirect(length + length / 2).order(ByteOrder.LITTLE_ENDIAN);
    }
    bytes.clear();
    bytes.putInt(MAGIC).putInt(VERSION).putInt(numRows).putInt(numColumns).putInt(numGiven);
    bytes.putInt(eligibleAt < 0 ? 0 : place(head, eligibleAt)).putLong(0);
    for (int i = 0; i < numColumns; i++) {
      int at = 5 * i;
      bytes.putInt(columns.items[at]).putInt(columns.items[at + 1]).putLong(answers.items[i]);
      bytes.putInt(columns.items[at + 2]).putInt(LAYOUT_ROWS);
      bytes.putInt(place(head, columns.items[at + 3])).putInt(place(head, columns.items[at + 4]));
      bytes.putLong(0).putLong(0);
    }
    for (int i = 0; i < numGiven; i++) {
      bytes.putInt(given.items[2 * i]).putInt(place(head, given.items[2 * i + 1]));
    }
    bytes.slice(head, length - head)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .put(data, 0, size);
    bytes.limit(length).position(0);
    return bytes;
  }

  private static int place(int head, int word) {
    return head + word * Long.BYTES;
  }

  private int append(long[] words, int length) {
    reserve(length);
    System.arraycopy(words, 0, data, size, length);
    size += length;
    return size - length;
  }

  // Two numbers a word, the first in the low half.
  private int appendInts(IntList list) {
    int length = (list.size + 1) / 2;
    reserve(length);
    for (int i = 0; i < length; i++) {
      long low = list.items[2 * i] & 0xFFFFFFFFL;
      long high = 2 * i + 1 < list.size ? list.items[2 * i + 1] : 0;
      data[size + i] = low | high << 32;
    }
    size += length;
    return size - length;
  }

  private void reserve(int length) {
    if (data.length - size < length) {
      data = Arrays.copyOf(data, Math.max(2 * data.length, size + length));
    }
  }

  private static final class IntList {
    private int[] items = new int[MAX_ROWS];
    private int size;

    void add(int item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, 2 * size);
      }
      items[size++] = item;
    }

    void clear() {
      size = 0;
    }
  }

  private static final class LongList {
    private long[] items = new long[MAX_ROWS];
    private int size;

    void add(long item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, 2 * size);
      }
      items[size++] = item;
    }

    void clear() {
      size = 0;
    }
  }
}
