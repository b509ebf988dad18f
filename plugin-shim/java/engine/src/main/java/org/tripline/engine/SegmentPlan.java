package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/** How a ruleset is matched over one segment. Immutable; any thread may use it. */
public final class SegmentPlan extends NativeObject {
  /** What is known of a leaf before columns are read, in the order of jit::Knowledge. */
  public enum Knowledge {
    /** Read from its column. */
    UNKNOWN,
    /** Given with each block as a bitmap of rows. */
    KNOWN,
    /** No row has the field. */
    NEVER
  }

  private final long memoryBytes;
  private final int numAlive;
  private final int[] columns;
  private final int[] givenLeaves;
  private final boolean[] isAlive;

  /** A plan for all outputs; {@code knowledge}: an entry per leaf of the ruleset. */
  public SegmentPlan(MatchEngine engine, Knowledge[] knowledge) {
    this(engine, knowledge, null);
  }

  /** {@code wanted}: the outputs that somebody asks for; null: all. */
  public SegmentPlan(MatchEngine engine, Knowledge[] knowledge, BitSet wanted) {
    super(
        Native.openPlan(
            engine.handle(),
            bytesOf(knowledge),
            bytesOf(wanted, engine.description().numOutputs())),
        Native::closePlan);
    ByteBuffer bytes = ByteBuffer.wrap(Native.describePlan(handle()));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    memoryBytes = bytes.getLong();
    numAlive = bytes.getInt();
    columns = numbers(bytes);
    givenLeaves = numbers(bytes);
    isAlive = new boolean[bytes.remaining()];
    for (int i = 0; i < isAlive.length; i++) {
      isAlive[i] = bytes.get() != 0;
    }
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  /** Outputs that are wanted and that some row of the segment may make true. */
  public int numAlive() {
    return numAlive;
  }

  public boolean isAlive(int output) {
    return isAlive[output];
  }

  /** The fields whose columns may be needed, rising. */
  public int[] columns() {
    return columns.clone();
  }

  /** The known leaves that must be given with each block, rising; the others need not be. */
  public int[] givenLeaves() {
    return givenLeaves.clone();
  }

  private static int[] numbers(ByteBuffer bytes) {
    int[] numbers = new int[bytes.getInt()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = bytes.getInt();
    }
    return numbers;
  }

  private static byte[] bytesOf(BitSet wanted, int numOutputs) {
    byte[] bytes = new byte[wanted == null ? 0 : numOutputs];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (wanted.get(i) ? 1 : 0);
    }
    return bytes;
  }

  private static byte[] bytesOf(Knowledge[] knowledge) {
    byte[] bytes = new byte[knowledge.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) knowledge[i].ordinal();
    }
    return bytes;
  }
}
