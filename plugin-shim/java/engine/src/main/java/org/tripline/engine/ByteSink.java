package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes on their way to native code, as base/bytes.h reads them: little-endian, no gaps. */
final class ByteSink {
  private ByteBuffer bytes = ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);

  void number(byte value) {
    room(Byte.BYTES).put(value);
  }

  void number(int value) {
    room(Integer.BYTES).putInt(value);
  }

  void number(long value) {
    room(Long.BYTES).putLong(value);
  }

  void number(double value) {
    room(Double.BYTES).putDouble(value);
  }

  /** A length, then the bytes. */
  void string(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length = Math.addExact(length, part.length);
    }
    number(length);
    for (byte[] part : parts) {
      room(part.length).put(part);
    }
  }

  void string(String text) {
    string(text.getBytes(StandardCharsets.UTF_8));
  }

  void append(ByteSink other) {
    room(other.size()).put(other.bytes.array(), 0, other.size());
  }

  int size() {
    return bytes.position();
  }

  /** A number that was written before becomes another one. */
  void set(int at, int value) {
    bytes.putInt(at, value);
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes.array(), size());
  }

  private ByteBuffer room(int more) {
    if (bytes.remaining() < more) {
      long needed = (long) bytes.position() + more;
      long capacity = Math.min(Math.max(2L * bytes.capacity(), needed), Integer.MAX_VALUE - 8);
      if (capacity < needed) {
        throw new TriplineException(
            TriplineException.Code.LIMIT, "more than 2 GB at once for the native engine");
      }
      ByteBuffer larger = ByteBuffer.allocate((int) capacity).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(bytes.array(), 0, bytes.position());
      bytes = larger;
    }
    return bytes;
  }
}
