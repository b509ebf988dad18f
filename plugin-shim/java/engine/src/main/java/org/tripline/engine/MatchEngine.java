package org.tripline.engine;

import java.util.List;
import java.util.stream.IntStream;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * A ruleset made ready to match: what all its matchers share. Any thread may use it; it lives on
 * natively as long as something that was made of it is open.
 */
public final class MatchEngine extends NativeObject {
  private final RulesetDescription description;
  private final int[][] leavesOfField;

  /**
   * An engine on the interpreter, ready at once; {@link #addMachineCode} makes it faster.
   *
   * @throws TriplineException LIMIT, or UNSUPPORTED for a processor that the pattern library does
   *     not know
   */
  public MatchEngine(Ruleset ruleset) {
    super(Native.openEngine(ruleset.handle(), false), Native::closeEngine);
    this.description = ruleset.description();
    this.leavesOfField = new int[description.numProgramFields()][];
    List<Leaf> leaves = description.leaves();
    for (int field = 0; field < leavesOfField.length; field++) {
      int asked = field;
      leavesOfField[field] =
          IntStream.range(0, leaves.size())
              .filter(leaf -> leaves.get(leaf).field() == asked)
              .toArray();
    }
  }

  public RulesetDescription description() {
    return description;
  }

  /** The leaves that ask a field, rising. */
  public int[] leavesOf(int field) {
    return leavesOfField[field];
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
