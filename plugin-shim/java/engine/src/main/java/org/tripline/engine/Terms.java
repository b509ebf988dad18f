package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Values of new-terms fields as the bytes of runtime/term.h: equal values have equal bytes. */
public final class Terms {
  private Terms() {}

  public static byte[] string(byte[] utf8) {
    return ByteBuffer.allocate(1 + Integer.BYTES + utf8.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 's')
        .putInt(utf8.length)
        .put(utf8)
        .array();
  }

  public static byte[] string(String text) {
    return string(text.getBytes(StandardCharsets.UTF_8));
  }

  public static byte[] integer(long value) {
    return eightBytes('i', value);
  }

  /** Requires a number; a negative zero is zero. */
  public static byte[] floating(double value) {
    return eightBytes('f', Double.doubleToRawLongBits(value + 0.0));
  }

  public static byte[] bool(boolean value) {
    return new byte[] {'b', (byte) (value ? 1 : 0)};
  }

  public static byte[] date(long millis) {
    return eightBytes('d', millis);
  }

  /** 16 bytes, IPv4 mapped. */
  public static byte[] address(byte[] bytes) {
    byte[] term = new byte[1 + bytes.length];
    term[0] = 'a';
    System.arraycopy(bytes, 0, term, 1, bytes.length);
    return term;
  }

  private static byte[] eightBytes(char tag, long bits) {
    return ByteBuffer.allocate(1 + Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) tag)
        .putLong(bits)
        .array();
  }
}
