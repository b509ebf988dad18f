package org.tripline.engine;

import java.nio.file.Files;
import java.nio.file.Path;

/** The only place that loads the shared library. Once loaded it stays; any thread may ask. */
public final class NativeLibrary {
  /** The file's name in the folder that a host names. */
  public static final String FILE_NAME = "libtripline.so";

  private static boolean isLoaded;

  private NativeLibrary() {}

  /**
   * Loads the library from {@code folder}; a second call does nothing.
   *
   * @throws TriplineException UNSUPPORTED on another system than Linux on x86-64 with SSE4.2, or if
   *     the file is not there or does not load; the message says which
   */
  public static synchronized void load(Path folder) {
    if (isLoaded) {
      return;
    }
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    if (!system.equals("Linux on amd64")) {
      throw unsupported("the rule engine runs on Linux on amd64, not on " + system, null);
    }
    Path file = folder.toAbsolutePath().resolve(FILE_NAME);
    if (!Files.isRegularFile(file)) {
      throw unsupported("the rule engine's library is not at " + file, null);
    }
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw unsupported(
          "the rule engine's library does not load; it needs glibc 2.34 and a processor with SSE4.2: "
              + e.getMessage(),
          e);
    }
    isLoaded = true;
  }

  /** Objects that are open in the library, and what they hold. */
  public static Counts counts() {
    long[] n = Native.counts();
    return new Counts(n[0], n[1], n[2], n[3], n[4], n[5]);
  }

  /** See {@link #counts}; {@code answersBytes} is memory of field answers. */
  public record Counts(
      long rulesets, long engines, long answers, long answersBytes, long plans, long matchers) {}

  /** Ways to fail, for tests of hosts that must live on. */
  public enum Failure {
    NATIVE_EXCEPTION,
    NO_MEMORY,
    ERROR,
    CODE_GENERATOR
  }

  /** Fails in the native code as {@code failure} says; always throws. */
  public static void failOnPurpose(Failure failure) {
    Native.failOnPurpose(failure.ordinal());
  }

  private static TriplineException unsupported(String message, Throwable cause) {
    TriplineException e = new TriplineException(TriplineException.Code.UNSUPPORTED, message);
    e.initCause(cause);
    return e;
  }
}
