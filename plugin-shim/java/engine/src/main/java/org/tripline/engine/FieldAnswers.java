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

  /** Takes the values of a dictionary in its order. One thread at a time. */
  public static final class Builder implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int CHUNK_VALUES = 1 << 12;

    private final FieldAnswers answers;
    private final int[] ends = new int[CHUNK_VALUES + 1];
    private byte[] text = new byte[CHUNK_BYTES];
    private ByteBuffer chunk = newChunk(CHUNK_BYTES);
    private int numValues;
    private boolean isDone;

    public Builder(MatchEngine engine, int field) {
      answers = new FieldAnswers(Native.openAnswers(engine.handle(), field), field);
    }

    /** The next value. Throws TriplineException: LIMIT. */
    public void add(byte[] bytes, int offset, int length) {
      if (numValues == CHUNK_VALUES || (numValues > 0 && length > text.length - ends[numValues])) {
        flush();
      }
      if (length > text.length) {
        text = new byte[length];
      }
      System.arraycopy(bytes, offset, text, ends[numValues], length);
      ends[numValues + 1] = ends[numValues] + length;
      numValues++;
    }

    public FieldAnswers build() {
      flush();
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

    private void flush() {
      if (numValues == 0) {
        return;
      }
      int size = Integer.BYTES * (numValues + 2) + ends[numValues];
      if (chunk.capacity() < size) {
        chunk = newChunk(size);
      }
      chunk.clear();
      chunk.putInt(numValues);
      for (int i = 0; i <= numValues; i++) {
        chunk.putInt(ends[i]);
      }
      chunk.put(text, 0, ends[numValues]);
      Native.addValues(answers.handle(), chunk, size);
      numValues = 0;
    }

    private static ByteBuffer newChunk(int textBytes) {
      return ByteBuffer.allocateDirect(textBytes + Integer.BYTES * (CHUNK_VALUES + 2))
          .order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
