package org.tripline.engine;

import java.nio.charset.StandardCharsets;

/** What the engine could not do, in words, and of which kind it is. */
public class TriplineException extends RuntimeException {
  /** Kinds of errors, in the order of base/result.h. */
  public enum Code {
    /** No such file or entry. */
    NOT_FOUND,
    /** Damaged, foreign or contradictory data. */
    INVALID,
    /** Well formed, but of another version or not available here. */
    UNSUPPORTED,
    /** A bound on size, depth or memory was reached. */
    LIMIT,
    /** The operating system or a library said no. */
    UNAVAILABLE,
    /** The caller's options contradict each other, or an object is closed or in use. */
    USAGE
  }

  private final transient Code code;

  public TriplineException(Code code, String message) {
    super(message);
    this.code = code;
  }

  /** Called by native code. */
  TriplineException(int code, byte[] message) {
    this(Code.values()[code], new String(message, StandardCharsets.UTF_8));
  }

  public Code code() {
    return code;
  }
}
