package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The answers of all values of one field in one segment: decided once, kept as long as the segment.
 * Any thread may use it.
 */
public final class FieldAnswers extends NativeObject {
  private final int field;
  private long memoryBytes; // once they are built

  private FieldAnswers(long handle, int field) {
    super(handle, Native::closeAnswers);
    this.field = field;
  }

  public int field() {
    return field;
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  /** The values that make a leaf true: how many, and the codes of the first ones. */
  public record LeafValues(int numValues, int[] codes) {}

  /** Per leaf of the field, in the order of the ruleset's leaves; at most maxCodes codes each. */
  public LeafValues[] valuesOfLeaves(int numLeaves, int maxCodes) {
    ByteBuffer bytes =
        ByteBuffer.wrap(Native.valuesOfLeaves(handle(), maxCodes)).order(ByteOrder.LITTLE_ENDIAN);
    LeafValues[] leaves = new LeafValues[numLeaves];
    for (int i = 0; i < numLeaves; i++) {
      int numValues = bytes.getInt();
      int[] codes = new int[bytes.getInt()];
      for (int j = 0; j < codes.length; j++) {
        codes[j] = bytes.getInt();
      }
      leaves[i] = new LeafValues(numValues, codes);
    }
    return leaves;
  }

  /** Memory in which values go to the engine; used again and again. One thread's. */
  public static final class Chunk {
    private static final int BYTES = 1 << 16;
    private static final int VALUES = 1 << 12;

    private final int[] ends = new int[VALUES + 1];
    private byte[] text = new byte[BYTES];
    private ByteBuffer buffer = bufferFor(BYTES);
    private int numValues;

    private boolean hasRoomFor(int length) {
      return numValues == 0 || (numValues < VALUES && length <= text.length - ends[numValues]);
    }

    private void add(byte[] bytes, int offset, int length) {
      if (length > text.length) {
        text = new byte[length];
      }
      System.arraycopy(bytes, offset, text, ends[numValues], length);
      ends[numValues + 1] = ends[numValues] + length;
      numValues++;
    }

    private void flushTo(long answers) {
      int size = Integer.BYTES * (numValues + 2) + ends[numValues];
      if (buffer.capacity() < size) {
        buffer = bufferFor(size);
      }
      buffer.clear();
      buffer.putInt(numValues);
      for (int i = 0; i <= numValues; i++) {
        buffer.putInt(ends[i]);
      }
      buffer.put(text, 0, ends[numValues]);
      numValues = 0;
      Native.addValues(answers, buffer, size);
    }

    private static ByteBuffer bufferFor(int textBytes) {
      return ByteBuffer.allocateDirect(textBytes + Integer.BYTES * (VALUES + 2))
          .order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Takes the values of a dictionary in its order. One thread at a time. */
  public static final class Builder implements AutoCloseable {
    private final FieldAnswers answers;
    private final Chunk chunk;
    private boolean isDone;

    public Builder(MatchEngine engine, int field, Chunk chunk) {
      answers = new FieldAnswers(Native.openAnswers(engine.handle(), field), field);
      this.chunk = chunk;
      chunk.numValues = 0;
    }

    /** The next value. Throws TriplineException: LIMIT. */
    public void add(byte[] bytes, int offset, int length) {
      if (!chunk.hasRoomFor(length)) {
        chunk.flushTo(answers.handle());
      }
      chunk.add(bytes, offset, length);
    }

    public FieldAnswers build() {
      if (chunk.numValues > 0) {
        chunk.flushTo(answers.handle());
      }
      answers.memoryBytes = Native.sealAnswers(answers.handle());
      isDone = true;
      return answers;
    }

    /** Drops what was not built. */
    @Override
    public void close() {
      if (!isDone) {
        answers.close();
      }
    }
  }
}
