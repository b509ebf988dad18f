package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Values of the fields that detectors read, as the bytes of runtime/term.h: equal values have equal bytes. */
public final class Terms {
  private static final Pattern SPELT =
      Pattern.compile("-?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

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

  /** A text's bytes, a number or a boolean; what dates and addresses look like is not said here. */
  public sealed interface Value {
    record Text(String text) implements Value {}

    record Whole(long number) implements Value {}

    record Floating(double number) implements Value {}

    record Bool(boolean value) implements Value {}

    record Date(long millis) implements Value {}

    /** 16 bytes, IPv4 mapped. */
    record Address(byte[] bytes) implements Value {}
  }

  /** What a term of one value says. */
  public static Value valueOf(byte[] bytes, int offset, int length) {
    ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    byte tag = rest.get();
    return switch (tag) {
      case 's' -> new Value.Text(textOf(rest));
      case 'i' -> new Value.Whole(rest.getLong());
      case 'f' -> new Value.Floating(rest.getDouble());
      case 'b' -> new Value.Bool(rest.get() != 0);
      case 'd' -> new Value.Date(rest.getLong());
      case 'a' -> new Value.Address(Arrays.copyOfRange(bytes, offset + 1, offset + length));
      default -> throw new IllegalArgumentException("a term of the kind " + tag);
    };
  }

  private static String textOf(ByteBuffer rest) {
    byte[] text = new byte[rest.getInt()];
    rest.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** The number that a term of one value is or spells; else {@code other}. */
  public static double numberOr(byte[] term, double other) {
    return switch (valueOf(term, 0, term.length)) {
      case Value.Whole whole -> whole.number();
      case Value.Floating floating -> floating.number();
      case Value.Text spelt when SPELT.matcher(spelt.text()).matches() -> {
        double number = Double.parseDouble(spelt.text());
        yield Double.isFinite(number) ? number : other;
      }
      default -> other;
    };
  }

  private static byte[] eightBytes(char tag, long bits) {
    return ByteBuffer.allocate(1 + Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) tag)
        .putLong(bits)
        .array();
  }
}
