package org.tripline.opensearch.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.tripline.engine.RuleRuns;
import org.tripline.engine.RuleRuns.Ask;
import org.tripline.engine.RuleRuns.DueJobRule;
import org.tripline.engine.RuleRuns.JobAsk;
import org.tripline.engine.RuleRuns.Plan;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.TimeRange;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.jobs.JobCounts;
import org.tripline.opensearch.jobs.JobCountsBytes;
import org.tripline.opensearch.jobs.JobWindow;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.run.NodeServices;
import org.tripline.opensearch.run.RulesetSearch;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;
import org.tripline.opensearch.search.RuleResult;
import org.tripline.opensearch.search.RuleWindow;

/**
 * One tick of a ruleset: everything that a plan asks for goes to the shards in one search, its
 * answer to the detectors, and what they find comes out. Histories that are longer than a plan's
 * span are read before it, a stretch at a time.
 *
 * <p>A rule whose answer is not whole does not run; what it would have run over is planned again.
 */
final class Tick {
  private static final long SHORTEST_STRETCH = 3_600_000;

  private final RulesetStore.Stored stored;
  private final RulesetDescription ruleset;
  private final RuleRuns runs;
  private final NodeServices node; // with the rights of the ruleset's writer
  private final TickStages stages;
  private final long span;
  private final BooleanSupplier isOver;

  private final List<AlertMaker.Finding> findings = new ArrayList<>();
  private final Map<Integer, RuleErrors> errors = new LinkedHashMap<>();
  private final Map<Integer, Ran> ran = new LinkedHashMap<>();
  private final Map<Integer, List<Integer>> jobsOfRules = new LinkedHashMap<>();
  private final Set<Integer> unfinishedJobs = new HashSet<>();
  private boolean hasClosedJobs;
  private boolean hasMoved;
  private boolean wasTooMuch;

  /** What a rule's runs came to; {@code firstRun}: 0: it goes on behind its last one. */
  record Ran(long firstRun, long lastRun, long matches, int found) {}

  Tick(
      RulesetStore.Stored stored,
      RulesetDescription ruleset,
      RuleRuns runs,
      NodeServices node,
      TickStages stages,
      long span,
      BooleanSupplier isOver) {
    this.stored = stored;
    this.ruleset = ruleset;
    this.runs = runs;
    this.node = node;
    this.stages = stages;
    this.span = span;
    this.isOver = isOver;
  }

  /**
   * Throws what the search throws if nothing could run.
   *
   * @param suspects rules and jobs that are asked apart from the others, each with those of the same
   *     indices, because something failed lately
   */
  void run(Plan plan, Suspects suspects) {
    plan.dueJobRules().forEach(due -> jobsOfRules.put(due.rule(), due.jobs()));
    List<Ask> asks = searchable(plan.rules());
    runTogether(
        asks.stream().filter(ask -> !suspects.rules().test(ask.rule())).toList(),
        plan.jobs().stream().filter(ask -> !suspects.jobs().test(ask.job())).toList());
    RuntimeException failure =
        runApart(
            asks.stream().filter(ask -> suspects.rules().test(ask.rule())).toList(),
            plan.jobs().stream().filter(ask -> suspects.jobs().test(ask.job())).toList());
    long begun = System.nanoTime();
    plan.dueJobRules().forEach(this::runOfJobs);
    stages.took(TickStages.Stage.DETECT, begun);
    if (failure != null && ran.isEmpty() && !hasClosedJobs) {
      throw failure;
    }
  }

  /** By number, whom to ask apart. */
  record Suspects(IntPredicate rules, IntPredicate jobs) {
    static final Suspects ALL = new Suspects(rule -> true, job -> true);
  }

  private void runTogether(List<Ask> all, List<JobAsk> jobs) {
    List<Ask> asks = readHistories(all);
    if (asks.isEmpty() && jobs.isEmpty()) {
      return;
    }
    RulesetSearch.Found found = search(windows(asks), jobs);
    long begun = System.nanoTime();
    jobs.forEach(ask -> count(ask, found));
    asks.forEach(ask -> run(ask, found));
    stages.took(TickStages.Stage.DETECT, begun);
  }

  // Answers why the first of those failed that did.
  private RuntimeException runApart(List<Ask> asks, List<JobAsk> jobs) {
    Map<List<String>, List<Ask>> byIndices = new LinkedHashMap<>();
    for (Ask ask : asks) {
      byIndices
          .computeIfAbsent(
              ruleset.rules().get(ask.rule()).indices(), key -> new ArrayList<>())
          .add(ask);
    }
    RuntimeException first = null;
    for (List<Ask> group : byIndices.values()) {
      try {
        runTogether(group, List.of());
      } catch (StoppedException e) {
        throw e;
      } catch (RuntimeException e) {
        first = first == null ? e : first;
        group.forEach(ask -> fail(ask.rule(), Failure.words(e)));
      }
    }
    for (JobAsk job : jobs) {
      try {
        runTogether(List.of(), List.of(job));
      } catch (StoppedException e) {
        throw e;
      } catch (RuntimeException e) {
        first = first == null ? e : first;
        unfinishedJobs.add(job.job());
        failRulesOf(job.job(), "", Failure.words(e));
      }
    }
    return first;
  }

  List<AlertMaker.Finding> findings() {
    return findings;
  }

  Map<Integer, RuleErrors> errors() {
    return errors;
  }

  /** By rule, those that ran. */
  Map<Integer, Ran> ran() {
    return ran;
  }

  boolean hasClosedJobs() {
    return hasClosedJobs;
  }

  /** True once detectors have gone on, even if not all of them: they are to be committed or reset. */
  boolean hasMoved() {
    return hasMoved;
  }

  /** By job, those whose answer was not whole. */
  Set<Integer> unfinishedJobs() {
    return unfinishedJobs;
  }

  /** True if some rule did not run because its answer was too large: a shorter span helps. */
  boolean wasTooMuch() {
    return wasTooMuch;
  }

  private List<Ask> searchable(List<Ask> asks) {
    List<Ask> searchable = new ArrayList<>();
    for (Ask ask : asks) {
      if (ruleset.rules().get(ask.rule()).indices().isEmpty()) {
        fail(ask.rule(), "the rule names no index");
      } else {
        searchable.add(ask);
      }
    }
    return searchable;
  }

  // What comes before the windows, a span at a time; answers the asks that are left with a history
  // that the search of the windows may read, too.
  private List<Ask> readHistories(List<Ask> asks) {
    List<Ask> left = asks;
    while (left.stream().anyMatch(this::isLong)) {
      List<RuleWindow> windows = new ArrayList<>();
      Map<Integer, Long> read = new LinkedHashMap<>();
      for (Ask ask : left) {
        if (isLong(ask)) {
          long end = Math.min(ask.from(), ask.historyFrom() + stretch());
          windows.add(new RuleWindow(ask.rule(), end, end, ask.historyFrom(), 1));
          read.put(ask.rule(), end);
        }
      }
      RulesetSearch.Found found = search(windows, List.of());
      List<Ask> next = new ArrayList<>();
      for (Ask ask : left) {
        Long end = read.get(ask.rule());
        if (end == null) {
          next.add(ask);
        } else if (feed(ask.rule(), found)) {
          next.add(withHistoryFrom(ask, end));
        }
      }
      left = next;
    }
    return left;
  }

  private boolean isLong(Ask ask) {
    return ask.historyFrom() < ask.from() && ask.from() - ask.historyFrom() > stretch();
  }

  // Of a history at once; shorter ones would be very many.
  private long stretch() {
    return Math.max(span, SHORTEST_STRETCH);
  }

  private static Ask withHistoryFrom(Ask ask, long historyFrom) {
    return new Ask(
        ask.rule(),
        ask.firstRun(),
        ask.lastRun(),
        ask.from(),
        ask.to(),
        historyFrom,
        ask.maxFinds());
  }

  private static List<RuleWindow> windows(List<Ask> asks) {
    List<RuleWindow> windows = new ArrayList<>();
    for (Ask ask : asks) {
      windows.add(
          new RuleWindow(ask.rule(), ask.from(), ask.to(), ask.historyFrom(), ask.maxFinds()));
    }
    return windows;
  }

  private RulesetSearch.Found search(List<RuleWindow> windows, List<JobAsk> jobs) {
    if (isOver.getAsBoolean()) {
      throw new StoppedException();
    }
    long begun = System.nanoTime();
    List<Rule> rules = new ArrayList<>();
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (RuleWindow window : windows) {
      rules.add(ruleset.rules().get(window.rule()));
      from = Math.min(from, window.historyFrom());
      to = Math.max(to, window.to());
    }
    List<JobWindow> buckets = new ArrayList<>();
    for (JobAsk ask : jobs) {
      Job job = ruleset.jobs().get(ask.job());
      JobWindow window = new JobWindow(ask.job(), ask.firstBucket(), ask.endBucket());
      buckets.add(window);
      if (windows.isEmpty()) {
        from = Math.min(from, window.firstMillis(job));
        to = Math.max(to, window.lastMillis(job));
      }
    }
    RulesetSearch.Found found =
        new RulesetSearch(null, rules, windows, new TimeRange(from, to), node)
            .alsoFor(ruleset.jobs(), new JobsAsked(false, buckets))
            .run(stored);
    stages.took(TickStages.Stage.SEARCH, begun);
    return found;
  }

  private void count(JobAsk ask, RulesetSearch.Found found) {
    JobCounts counts = found.result() == null ? null : found.result().jobs().jobs().get(ask.job());
    if (counts != null && counts.cut() != null) {
      unfinishedJobs.add(ask.job());
      wasTooMuch = true;
      failRulesOf(ask.job(), "", counts.cut());
      return;
    }
    if (counts != null) {
      counts
          .errors()
          .list()
          .forEach(error -> failRulesOf(ask.job(), error.index(), error.reason()));
    }
    hasMoved = true;
    runs.takeCounts(
        ask.job(), JobCountsBytes.of(counts, ask.firstBucket(), ask.endBucket()));
    runs.closeJob(ask.job(), ask.endBucket());
    hasClosedJobs = true;
  }

  private void run(Ask ask, RulesetSearch.Found found) {
    Rule rule = ruleset.rules().get(ask.rule());
    RuleResult result = found.of(ask.rule());
    boolean isTooMuch =
        result != null
            && rule.newTermsFields().isEmpty()
            && result.count() > result.finds().size()
            && ask.firstRun() < ask.lastRun();
    if (isTooMuch) {
      wasTooMuch = true; // run by run, the first finds of each are enough
      return;
    }
    if (feed(ask.rule(), found)) {
      runUpTo(ask.rule(), ask.firstRun(), ask.lastRun(), result == null ? 0 : result.count());
    }
  }

  // False if the answer is not whole.
  private boolean feed(int rule, RulesetSearch.Found found) {
    RuleErrors seen = found.errorsOf(rule, ruleset.rules().get(rule));
    if (!seen.isEmpty()) {
      errors.computeIfAbsent(rule, key -> new RuleErrors()).addAll(seen);
    }
    RuleResult result = found.of(rule);
    if (result == null) {
      return true;
    }
    if (result.hasHoles()) {
      wasTooMuch = true; // asked for less, or apart from the others, it may fit
      return false;
    }
    ShardAnswers.finds(result, ruleset.rules().get(rule))
        .forEach(finds -> runs.takeFinds(rule, finds));
    return true;
  }

  private void runOfJobs(DueJobRule due) {
    if (due.jobs().stream().noneMatch(unfinishedJobs::contains)) {
      runUpTo(due.rule(), 0, due.lastRun(), 0);
    }
  }

  private void runUpTo(int rule, long firstRun, long lastRun, long matches) {
    hasMoved = true;
    List<RuleRuns.Found> found = runs.run(rule, lastRun);
    for (RuleRuns.Found one : found) {
      findings.add(
          new AlertMaker.Finding(
              one.rule(),
              one.runAtMillis(),
              one.timeMillis(),
              one.index(),
              one.id(),
              one.term(),
              one.source()));
    }
    ran.put(rule, new Ran(firstRun, lastRun, matches, found.size()));
  }

  private void failRulesOf(int job, String index, String reason) {
    String jobId = ruleset.jobs().get(job).jobId();
    jobsOfRules.forEach(
        (rule, jobs) -> {
          if (jobs.contains(job)) {
            errors
                .computeIfAbsent(rule, key -> new RuleErrors())
                .add(new RuleError(index, "", "job [" + jobId + "]: " + reason));
          }
        });
  }

  private void fail(int rule, String reason) {
    fail(rule, "", reason);
  }

  /** Something is wrong with an index, for a rule; empty: with no index. */
  void fail(int rule, String index, String reason) {
    errors.computeIfAbsent(rule, key -> new RuleErrors()).add(new RuleError(index, "", reason));
  }
}
