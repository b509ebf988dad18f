package org.tripline.engine;

import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * A ruleset made ready to match: what all its matchers share. Any thread may use it; it lives on
 * natively as long as something that was made of it is open.
 */
public final class MatchEngine extends NativeObject {
  private final RulesetDescription description;
  private final int[][] leavesOfField;
  private final BitSet relativeLeaves = new BitSet();
  private final BitSet listLeaves = new BitSet();
  private final BitSet guessedLeaves = new BitSet();
  private final Set<String> columnsOfOneType;

  /**
   * An engine on the interpreter, ready at once; {@link #addMachineCode} makes it faster.
   *
   * @throws TriplineException LIMIT, or UNSUPPORTED for a processor that the pattern library does
   *     not know
   */
  public MatchEngine(Ruleset ruleset) {
    super(Native.openEngine(ruleset.handle(), false), Native::closeEngine);
    this.description = ruleset.description();
    this.columnsOfOneType =
        description.columns().stream()
            .filter(column -> column.indexType() != null)
            .map(Column::name)
            .collect(Collectors.toUnmodifiableSet());
    this.leavesOfField = new int[description.numProgramFields()][];
    List<Leaf> leaves = description.leaves();
    for (int field = 0; field < leavesOfField.length; field++) {
      int asked = field;
      leavesOfField[field] =
          IntStream.range(0, leaves.size())
              .filter(leaf -> leaves.get(leaf).field() == asked)
              .toArray();
    }
    for (int leaf = 0; leaf < leaves.size(); leaf++) {
      relativeLeaves.set(leaf, leaves.get(leaf).isRelative());
      guessedLeaves.set(leaf, leaves.get(leaf).guessesNumbers());
      listLeaves.set(
          leaf, leaves.get(leaf).atoms().stream().anyMatch(Atom.ValueList.class::isInstance));
    }
  }

  public RulesetDescription description() {
    return description;
  }

  /** Names of columns that are read of fields of one type only. */
  public Set<String> columnsOfOneType() {
    return columnsOfOneType;
  }

  /** True if a bound of the leaf was taken for a number. */
  public boolean guessesNumbers(int leaf) {
    return guessedLeaves.get(leaf);
  }

  /** The leaves that ask a field, rising. */
  public int[] leavesOf(int field) {
    return leavesOfField[field];
  }

  /** True if what the leaf means changes with the clock. */
  public boolean isRelative(int leaf) {
    return relativeLeaves.get(leaf);
  }

  /** True if the leaf asks for a list of values, which only the engine has. */
  public boolean isValueList(int leaf) {
    return listLeaves.get(leaf);
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
