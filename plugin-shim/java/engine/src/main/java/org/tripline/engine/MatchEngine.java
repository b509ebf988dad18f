package org.tripline.engine;

/**
 * A ruleset made ready to match: what all its matchers share. Any thread may use it; it lives on
 * natively as long as something that was made of it is open.
 */
public final class MatchEngine extends NativeObject {
  private final RulesetDescription description;

  /**
   * An engine on the interpreter, ready at once; {@link #addMachineCode} makes it faster.
   *
   * @throws TriplineException LIMIT, or UNSUPPORTED for a processor that the pattern library does
   *     not know
   */
  public MatchEngine(Ruleset ruleset) {
    super(Native.openEngine(ruleset.handle(), false), Native::closeEngine);
    this.description = ruleset.description();
  }

  public RulesetDescription description() {
    return description;
  }

  /**
   * Compiles machine code, which takes milliseconds to seconds; matchers take it from their next
   * block on. Call it on a thread that may wait.
   *
   * @throws TriplineException LIMIT or UNAVAILABLE: the interpreter stays
   */
  public void addMachineCode() {
    Native.addMachineCode(handle());
  }
}
