package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The scheduled runs of a ruleset: the detectors, fed with what shards have reduced.
 *
 * <pre>
 *   RuleRuns runs = RuleRuns.open(ruleset, begin);
 *   kept.forEach(runs::restore);
 *   Plan plan = runs.plan(now, jobNow, maxSpan, earliest, enabled);
 *   // one search over all its windows; then per rule and job whose answer is whole:
 *   runs.takeCounts(job, counts);
 *   runs.closeJob(job, endBucket);
 *   runs.takeFinds(rule, finds);
 *   List&lt;Found&gt; found = runs.run(rule, lastRun);
 *   byte[] change = runs.save(false);
 *   // commit the change with the alerts; then
 *   runs.kept();
 * </pre>
 *
 * A rule whose answer was not whole is not run: its position stays and the next plan covers it. One
 * thread at a time; a second caller gets an error. The ruleset may be closed before it.
 */
public final class RuleRuns extends NativeObject {
  private RuleRuns(long handle) {
    super(handle, Native::closeRuns);
  }

  /** Rules and jobs without kept state begin behind it: the last run up to it counts as over. */
  public static RuleRuns open(Ruleset ruleset, long beginMillis) {
    return new RuleRuns(Native.openRuns(ruleset.handle(), beginMillis));
  }

  /**
   * The bytes of the last save(true), then those of every save(false) since, in their order; before
   * any other call. Of another version of the ruleset: rules whose meaning has changed begin anew
   * behind their position, new ones behind the beginning, and stats() says so.
   *
   * @throws TriplineException INVALID: damaged; UNSUPPORTED: of a newer version. The object must
   *     not be used afterwards.
   */
  public void restore(byte[] saved) {
    Native.restoreRuns(handle(), saved);
  }

  /**
   * What to ask of the shards.
   *
   * @param rules windows of query and new_terms rules that have runs that are due; rules with
   *     anomaly jobs have none: they are due with their jobs
   * @param dueJobRules rules with anomaly jobs: to be run when their jobs have been closed
   */
  public record Plan(
      List<Ask> rules, List<JobAsk> jobs, List<DueJobRule> dueJobRules, List<Gap> gaps) {}

  /**
   * The window of a rule: {@code from} to {@code to}, both included, for its runs from {@code
   * firstRun} to {@code lastRun}. Of a new_terms rule the terms from {@code historyFrom} up to
   * {@code from} are needed as well; else it is {@code from}. {@code maxFinds}: so many of the first
   * events are enough.
   */
  public record Ask(
      int rule,
      long firstRun,
      long lastRun,
      long from,
      long to,
      long historyFrom,
      int maxFinds) {}

  /** Buckets by number, their beginning over the span; without the end. */
  public record JobAsk(int job, long firstBucket, long endBucket) {}

  /**
   * A rule that looks at the records of anomaly jobs, and its last run that is due once {@code jobs}
   * have been closed up to the end of their JobAsk. A job without one needs nothing.
   */
  public record DueJobRule(int rule, long lastRun, List<Integer> jobs) {}

  /** Event time that no run of the rule has examined or will examine; both ends are included. */
  public record Gap(int rule, long fromMillis, long toMillis) {}

  /**
   * What a run found. {@code term}: of new_terms rules, else empty. {@code source}: the record of an
   * anomaly job as JSON; of other rules empty, for the event stands in its index.
   */
  public record Found(
      int rule,
      long runAtMillis,
      long timeMillis,
      String index,
      String id,
      byte[] term,
      byte[] source) {}

  /**
   * What to ask so that everything that is due can run: rules of events up to {@code now}, anomaly
   * jobs and their rules up to {@code jobNow}. Only gaps and what is given up change anything here;
   * a plan may be made again.
   *
   * @param maxSpanMillis how much event time a plan covers for a rule at most; the first run that
   *     is due is planned whole nevertheless
   * @param earliestMillis runs before it are given up, and are the plan's gaps
   * @param enabled per rule 0: it is not run, its position moves on without looking; empty: all
   */
  public Plan plan(
      long now, long jobNow, long maxSpanMillis, long earliestMillis, byte[] enabled) {
    ByteBuffer bytes =
        reader(Native.planRuns(handle(), now, jobNow, maxSpanMillis, earliestMillis, enabled));
    return new Plan(
        list(bytes, RuleRuns::ask),
        list(bytes, b -> new JobAsk(b.getInt(), b.getLong(), b.getLong())),
        list(bytes, b -> new DueJobRule(b.getInt(), b.getLong(), list(b, ByteBuffer::getInt))),
        list(bytes, b -> new Gap(b.getInt(), b.getLong(), b.getLong())));
  }

  /** All that the shards found in the rule's window ({@link FindsWriter}), perhaps in parts. */
  public void takeFinds(int rule, byte[] finds) {
    Native.takeFinds(handle(), rule, finds);
  }

  /** Whole counts of buckets of the job's JobAsk ({@link CountsWriter}). */
  public void takeCounts(int job, byte[] counts) {
    Native.takeCounts(handle(), job, counts);
  }

  /**
   * Judges the job's buckets before {@code endBucket} and offers the records to its rules.
   * Afterwards the job's rules may run.
   */
  public void closeJob(int job, long endBucket) {
    Native.closeJob(handle(), job, endBucket);
  }

  /** All runs of the rule up to {@code lastRun}, in their order. */
  public List<Found> run(int rule, long lastRun) {
    ByteBuffer bytes = reader(Native.runRule(handle(), rule, lastRun));
    return list(bytes, RuleRuns::found);
  }

  /** What has changed since kept(), or everything: opaque, with a version and a checksum. */
  public byte[] save(boolean everything) {
    return Native.saveRuns(handle(), everything);
  }

  /** What save() answered last is committed. */
  public void kept() {
    Native.keptRuns(handle());
  }

  /**
   * Per rule and job where it stands, as JSON: position, next run, what was cut, postponed or came
   * late, memory, terms, why it does not run, and a note where something is to be said.
   */
  public String stats() {
    return new String(Native.reportRuns(handle()), StandardCharsets.UTF_8);
  }

  private static Ask ask(ByteBuffer bytes) {
    return new Ask(
        bytes.getInt(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getInt());
  }

  private static Found found(ByteBuffer bytes) {
    return new Found(
        bytes.getInt(),
        bytes.getLong(),
        bytes.getLong(),
        new String(string(bytes), StandardCharsets.UTF_8),
        new String(string(bytes), StandardCharsets.UTF_8),
        string(bytes),
        string(bytes));
  }

  private static byte[] string(ByteBuffer bytes) {
    byte[] string = new byte[bytes.getInt()];
    bytes.get(string);
    return string;
  }

  private static <T> List<T> list(
      ByteBuffer bytes, Function<ByteBuffer, T> element) {
    int size = bytes.getInt();
    List<T> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(element.apply(bytes));
    }
    return list;
  }

  private static ByteBuffer reader(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
