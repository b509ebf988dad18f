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
    List<Job> jobs,
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
    DELEGATED,
    OBJECT;

    /** True if values come as codes into a dictionary. */
    public boolean isCoded() {
      return this == STRING || this == TEXT || this == ADDRESS;
    }
  }

  /** What numbers of a field are kept as, in atoms too; in the order of jit::NumberForm. */
  public enum NumberForm {
    PLAIN,
    SINGLE,
    HALF,
    SCALED,
    UNSIGNED,
    NANOS
  }

  /**
   * {@code source}: the field that holds the values in an event, or of a name with stars the
   * pattern, or of objects the path of the nested field; usually {@code name}.
   */
  public record Column(
      String name,
      String source,
      ColumnKind kind,
      boolean isPattern,
      boolean lowercases,
      int ignoreAbove,
      NumberForm form,
      double scale) {
    /** A field that no rule asks for, of plain values. */
    public static Column plain(String name, ColumnKind kind) {
      return new Column(name, name, kind, false, false, 0, NumberForm.PLAIN, 0);
    }

    /** The field's name in an index, or of a name with stars the pattern. */
    public String indexName() {
      if (isPattern || kind == ColumnKind.OBJECT) {
        return source;
      }
      return indexType() == null ? name : name.substring(0, name.lastIndexOf('<'));
    }

    /**
     * Of a field that has different types in different indices: the one that this column is for,
     * {@code long} of {@code port<long>}; null if the column is for any.
     */
    public String indexType() {
      int begin = name.lastIndexOf('<');
      return kind != ColumnKind.OBJECT && begin > 0 && name.endsWith(">")
          ? name.substring(begin + 1, name.length() - 1)
          : null;
    }

    /** The same field with its numbers as they are, for who shows them. */
    public Column plainly() {
      return new Column(
          name, source, kind, isPattern, lowercases, ignoreAbove, NumberForm.PLAIN, 0);
    }
  }

  /**
   * A question about one field: true if some value satisfies one of the atoms.
   *
   * @param isRelative true if what it means changes with the clock
   * @param guessesNumbers true if a bound is compared as a number because nobody knew the field: in
   *     an index its type says whether it holds numbers
   */
  public record Leaf(int field, List<Atom> atoms, boolean isRelative, boolean guessesNumbers) {
    public Leaf(int field, List<Atom> atoms) {
      this(
          field,
          atoms,
          atoms.stream().anyMatch(Leaf::isRelative),
          atoms.stream()
              .anyMatch(atom -> atom instanceof Atom.StringRange range && range.isNumeric()));
    }

    private static boolean isRelative(Atom atom) {
      return atom instanceof Atom.RelativeDates
          || (atom instanceof Atom.Term term && term.isAroundNow())
          || (atom instanceof Atom.StringRange range && range.isAroundNow())
          || (atom instanceof Atom.ObjectMatch match
              && match.leaves().stream().anyMatch(Leaf::isRelative));
    }
  }

  /** A step of a formula, in the order of jit::Op; {@code operands} are earlier nodes. */
  public record Node(Op op, int leaf, List<Integer> operands) {
    public enum Op {
      FALSE,
      TRUE,
      LEAF,
      NOT,
      AND,
      OR
    }
  }

  /**
   * A rule; {@code output} is -1 if it has no query of its own. A run examines the events from
   * {@code lookBackMillis} to {@code delayMillis} before it, both included; its history begins
   * {@code historyWindowMillis} before it. {@code leaves}: those that its query asks, rising.
   */
  public record Rule(
      String ruleId,
      String name,
      String type,
      List<String> indices,
      int output,
      long intervalMillis,
      long lookBackMillis,
      long delayMillis,
      long historyWindowMillis,
      int maxSignals,
      String timestampOverride,
      boolean isTimestampFallbackDisabled,
      List<String> newTermsFields,
      List<String> whyNotRun,
      List<Integer> leaves) {

    /** The field that says when an event happened, for this rule. */
    public String timestampField() {
      return timestampOverride.isEmpty() ? "@timestamp" : timestampOverride;
    }
  }

  /**
   * An anomaly job, as far as counting goes; {@code output} (-1: none) is its datafeed's query,
   * {@code leaves} are those that the query asks, rising.
   * Buckets begin at multiples of the span since 1970. Where there is a summary count field, an
   * event stands for so many.
   */
  public record Job(
      String jobId,
      List<String> indices,
      int output,
      long bucketSpanMillis,
      String timeField,
      String summaryCountField,
      List<String> influencers,
      List<Detector> detectors,
      List<String> whyNotRun,
      List<Integer> leaves) {}

  /** Which influencer values of a series may be named as those who made an anomaly. */
  public enum Candidates {
    NONE,
    /** Those who brought much of the count. */
    COUNTED,
    /** Those that all events of the series share. */
    SHARED
  }

  /** One way of splitting a job's events into series; a field that does not split is empty. */
  public record Detector(
      String function, String partitionField, String byField, Candidates candidates) {}

  /** What a leaf asks of a value; for hosts that answer a leaf by a query of their own. */
  public sealed interface Atom {
    record Exists() implements Atom {}

    record Term(String value) implements Atom {
      /** True if it would change with the clock where the field holds dates. */
      public boolean isAroundNow() {
        return isDateAroundNow(value);
      }
    }

    private static boolean isDateAroundNow(String text) {
      return text != null
          && text.startsWith("now")
          && (text.length() == 3 || "+-/|".indexOf(text.charAt(3)) >= 0);
    }

    /** Literal pieces with a star between each two. */
    record Glob(List<String> pieces, boolean ignoresCase, boolean hasQuestion) implements Atom {}

    /** {@code low}, {@code high}: null where there is no bound. */
    record StringRange(
        String low, String high, boolean includesLow, boolean includesHigh, boolean isNumeric)
        implements Atom {
      boolean isAroundNow() {
        return isDateAroundNow(low) || isDateAroundNow(high);
      }
    }

    record AddressPrefix(byte[] network, int length) implements Atom {}

    record AddressRange(byte[] first, byte[] last) implements Atom {}

    record IntegerRange(long first, long last) implements Atom {}

    record FloatRange(double low, double high, boolean includesLow, boolean includesHigh)
        implements Atom {}

    record AnyToken(List<String> tokens) implements Atom {}

    record Phrase(List<String> tokens) implements Atom {}

    record TokenGlob(Glob glob) implements Atom {}

    /** Some token lies in the range. */
    record TokenRange(StringRange range) implements Atom {}

    /** Date math around the time of the search; null where there is no bound. */
    record RelativeDates(String low, String high, boolean includesLow, boolean includesHigh)
        implements Atom {}

    /** An object of a nested field makes the node {@code root} true. */
    record ObjectMatch(List<Column> fields, List<Leaf> leaves, List<Node> nodes, int root)
        implements Atom {}
    /** A list of values that only the engine has: the field's column answers it. */
    record ValueList() implements Atom {}
  }
}
