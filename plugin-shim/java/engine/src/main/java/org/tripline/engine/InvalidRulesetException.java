package org.tripline.engine;

/** Rule documents with mistakes: nothing was made of them. */
public final class InvalidRulesetException extends TriplineException {
  private final String diagnostics;

  InvalidRulesetException(String what, String diagnostics) {
    super(Code.INVALID, what + " have errors");
    this.diagnostics = diagnostics;
  }

  /** All mistakes and remarks, a JSON array of objects with code, message, file, line, column. */
  public String diagnostics() {
    return diagnostics;
  }
}
