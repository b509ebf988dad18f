package org.tripline.engine;

import java.util.List;

/**
 * What a host must know of a ruleset to feed it. Immutable. The first {@code numProgramFields}
 * columns are the fields that leaves ask; the others only detectors read.
 */
public record RulesetDescription(
    String contentHash,
    List<Column> columns,
    int numProgramFields,
    List<Leaf> leaves,
    List<Rule> rules,
    int numOutputs) {

  /** How values reach the engine, in the order of jit::ColumnKind. */
  public enum ColumnKind {
    STRING,
    TEXT,
    ADDRESS,
    INTEGER,
    FLOAT,
    DATE,
    BOOLEAN,
    DELEGATED;

    /** True if values come as codes into a dictionary. */
    public boolean isCoded() {
      return this == STRING || this == TEXT || this == ADDRESS;
    }
  }

  /** {@code source}: the field that holds the values in an event; usually {@code name}. */
  public record Column(
      String name,
      String source,
      ColumnKind kind,
      boolean isPattern,
      boolean lowercases,
      int ignoreAbove) {}

  /** A question about one field: true if some value satisfies one of the atoms. */
  public record Leaf(int field, List<Atom> atoms) {}

  /** A rule; {@code output} is -1 if it has no query of its own. */
  public record Rule(
      String ruleId,
      String name,
      String type,
      List<String> indices,
      int output,
      long intervalMillis,
      long lookBackMillis,
      long historyWindowMillis,
      int maxSignals,
      String timestampOverride,
      boolean isTimestampFallbackDisabled,
      List<String> newTermsFields,
      List<String> whyNotRun) {

    /** The field that says when an event happened, for this rule. */
    public String timestampField() {
      return timestampOverride.isEmpty() ? "@timestamp" : timestampOverride;
    }
  }

  /** What a leaf asks of a value; for hosts that answer a leaf by a query of their own. */
  public sealed interface Atom {
    record Exists() implements Atom {}

    record Term(String value) implements Atom {}

    /** Literal pieces with a star between each two. */
    record Glob(List<String> pieces, boolean ignoresCase, boolean hasQuestion) implements Atom {}

    /** {@code low}, {@code high}: null where there is no bound. */
    record StringRange(
        String low, String high, boolean includesLow, boolean includesHigh, boolean isNumeric)
        implements Atom {}

    record AddressPrefix(byte[] network, int length) implements Atom {}

    record AddressRange(byte[] first, byte[] last) implements Atom {}

    record IntegerRange(long first, long last) implements Atom {}

    record FloatRange(double low, double high, boolean includesLow, boolean includesHigh)
        implements Atom {}

    record AnyToken(List<String> tokens) implements Atom {}

    record Phrase(List<String> tokens) implements Atom {}

    record TokenGlob(Glob glob) implements Atom {}
  }
}
