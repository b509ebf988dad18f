package org.tripline.opensearch.schedule;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.tripline.engine.RuleRuns;
import org.tripline.engine.RuleRuns.Plan;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.alerts.AlertPublisher;
import org.tripline.opensearch.alerts.PendingAlert;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.run.NodeServices;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;

/**
 * A ruleset that this node runs: what is kept of it in native memory, and the steps that take it
 * from one commit to the next.
 *
 * <pre>
 *   take over (epoch + 1), restore, publish what is pending
 *   plan -> search -> detect -> alerts -> COMMIT (state, positions, alerts) -> publish -> ...
 * </pre>
 *
 * Whatever fails before the commit did not happen; whatever fails behind it is done again by the
 * next step, here or on another node. One step at a time.
 */
final class OwnedRuleset implements Closeable {
  private static final Logger LOGGER = LogManager.getLogger(OwnedRuleset.class);

  private static final long DAY = 86_400_000L;
  private static final long SHORT_SPAN = 60_000L;
  private static final int MAX_DELTAS = 64;
  private static final long MIN_DELTA_BYTES = 1L << 20; // before a checkpoint is worth it
  private static final long OUTBOX_BYTES = 8L << 20; // of alerts in one part, about

  private final String name;
  private final OwnerServices services;
  private final LongSupplier clock;
  private final TickStages stages = new TickStages();

  private StateIndex.Kept kept; // null: not taken over
  private RuleRuns runs;
  private String hash = ""; // of what runs are of
  private RulesetDescription ruleset;
  private Pauses pauses = new Pauses();
  private CutCounts cuts = new CutCounts();
  private Set<String> told = new HashSet<>(); // errors in the log
  private List<PendingAlert> unpublished; // of the last commit; null: in the index
  private long span = DAY;
  private volatile OwnerStatus status;

  OwnedRuleset(String name, OwnerServices services, LongSupplier clock) {
    this.name = name;
    this.services = services;
    this.clock = clock;
    this.status = OwnerStatus.of(name);
  }

  OwnerStatus status() {
    return status;
  }

  TickStages stages() {
    return stages;
  }

  /**
   * Does what is due; true if there may be more to do at once. Throws FencedException if another
   * node has taken the ruleset over; whatever else is thrown, a later step goes on.
   */
  synchronized boolean step(RulesetStore.Stored listed) throws IOException {
    try {
      if (runs == null || !listed.hash().equals(hash) || beginsElsewhere(listed)) {
        withRuleset(listed, this::open);
        tellStatus("");
      }
      publish();
      Plan plan = plan(listed);
      boolean isDue =
          !plan.rules().isEmpty() || !plan.jobs().isEmpty() || !plan.dueJobRules().isEmpty();
      if (isDue) {
        withRuleset(listed, (stored, loaded) -> tick(stored, loaded, plan));
        tellStatus("");
      } else if (!status.error().isEmpty()) {
        tellStatus("");
      }
      return isDue;
    } catch (FencedException e) {
      reset();
      throw e;
    } catch (RuntimeException | IOException e) {
      tellStatus(e.getMessage() == null ? e.toString() : e.getMessage());
      throw e;
    }
  }

  private interface Work {
    void run(RulesetStore.Stored stored, LoadedRuleset loaded) throws IOException;
  }

  // With the ruleset as it is now, held by every node.
  private void withRuleset(RulesetStore.Stored listed, Work work) throws IOException {
    RulesetStore.Stored stored = services.resolve(listed);
    LoadedRuleset loaded = services.acquire(stored);
    try {
      work.run(stored, loaded);
    } finally {
      loaded.release();
    }
  }

  @Override
  public synchronized void close() {
    reset();
  }

  private void reset() {
    if (runs != null) {
      runs.close();
      runs = null;
    }
    kept = null;
    unpublished = null;
  }

  private boolean beginsElsewhere(RulesetStore.Stored stored) {
    Long from = stored.runs().from();
    return kept != null && from != null && from != kept.head().begin();
  }

  // Takes over, or goes on with another version of the ruleset: always from what was committed.
  private void open(RulesetStore.Stored stored, LoadedRuleset loaded) throws IOException {
    boolean isTaken = kept != null;
    reset();
    StateIndex.Kept before = services.state().read(name);
    Head head = before == null ? Head.first(name, beginOf(stored)) : before.head();
    if (stored.runs().from() != null && stored.runs().from() != head.begin()) {
      head = head.anew(stored.runs().from());
    }
    Head mine = head.takenOver(services.nodeId(), services.nodeName(), clock.getAsLong());
    kept = services.state().put(mine, before);
    deleteQuietly(services.state().orphans(mine));
    runs = restored(loaded, mine);
    hash = stored.hash();
    ruleset = loaded.description();
    mine.rules().keySet().retainAll(ruleset.rules().stream().map(Rule::ruleId).toList());
    pauses = new Pauses();
    cuts = new CutCounts();
    span = DAY;
    if (!isTaken) {
      LOGGER.info(
          "ruleset [{}]: this node runs it now (epoch {}, {} rules)",
          name,
          mine.epoch(),
          ruleset.rules().size());
    }
  }

  private long beginOf(RulesetStore.Stored stored) {
    Long from = stored.runs().from();
    return from != null ? from : stored.runs().startedAt();
  }

  // What is missing or damaged is rebuilt from the events.
  private RuleRuns restored(LoadedRuleset loaded, Head head) {
    RuleRuns fresh = RuleRuns.open(loaded.ruleset(), head.begin());
    try {
      for (Blob blob : head.state()) {
        fresh.restore(services.state().read(blob));
      }
      return fresh;
    } catch (IllegalArgumentException e) {
      fresh.close();
      return rebuilt(loaded, head, e.getMessage());
    } catch (TriplineException e) {
      fresh.close();
      if (e.code() == TriplineException.Code.INVALID) {
        return rebuilt(loaded, head, e.getMessage());
      }
      throw e;
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private RuleRuns rebuilt(LoadedRuleset loaded, Head head, String why) {
    long last =
        head.rules().values().stream()
            .mapToLong(RuleStats::lastRun)
            .filter(run -> run > 0)
            .min()
            .orElse(head.begin());
    LOGGER.warn(
        "ruleset [{}]: its kept state cannot be used ({}); histories and models are rebuilt from"
            + " the events",
        name,
        why);
    kept = new StateIndex.Kept(head.anew(head.begin()), kept.seqNo(), kept.primaryTerm());
    return RuleRuns.open(loaded.ruleset(), last);
  }

  private Plan plan(RulesetStore.Stored stored) {
    long begun = System.nanoTime();
    long now = clock.getAsLong();
    Long until = stored.runs().to();
    long runNow = bounded(now - services.settings().runDelayMillis(), until);
    long jobNow = bounded(now - services.settings().jobDelayMillis(), until);
    long earliest =
        kept.head().hasCaughtUp()
            ? runNow - services.settings().maxBackfillMillis()
            : Long.MIN_VALUE;
    Plan plan = runs.plan(runNow, jobNow, span, earliest, enabled(stored));
    noteGaps(plan);
    stages.took(TickStages.Stage.PLAN, begun);
    return pauses.leaveOut(plan, now);
  }

  private void tick(RulesetStore.Stored stored, LoadedRuleset loaded, Plan plan)
      throws IOException {
    if (!stored.hash().equals(hash)) {
      return; // it was replaced just now: the next step opens the new one
    }
    NodeServices asWriter = services.nodeAs(stored.writer());
    Tick tick = new Tick(stored, ruleset, runs, asWriter, stages, span);
    AlertMaker maker = new AlertMaker(asWriter.client(), loaded.ruleset());
    List<StateIndex.Part> outbox;
    long begun;
    try {
      tick.run(plan);
      begun = System.nanoTime();
      tick.findings().forEach(maker::add);
      outbox = outbox(maker);
    } catch (RuntimeException | IOException e) {
      if (tick.hasMoved()) {
        reset(); // detectors are ahead of what is committed: go on from there
      }
      throw e;
    }
    note(tick, maker);
    pauses.note(plan, tick, clock.getAsLong());
    stages.took(TickStages.Stage.ALERTS, begun);
    span = tick.wasTooMuch() ? span / 8 : Math.min(DAY, Math.max(span * 2, SHORT_SPAN));
    if (tick.ran().isEmpty() && !tick.hasClosedJobs()) {
      return; // nothing to commit
    }
    boolean caughtUp =
        kept.head().hasCaughtUp() || (!tick.wasTooMuch() && isPresent(plan, stored));
    try {
      commit(outbox, maker.size(), caughtUp);
    } catch (FencedException e) {
      throw e;
    } catch (RuntimeException | IOException e) {
      reset(); // whether it was written or not shows when the head is read again
      throw e;
    }
    publish();
  }

  private static long bounded(long now, Long until) {
    return until == null ? now : Math.min(now, until);
  }

  // All that was planned reaches to the present.
  private boolean isPresent(Plan plan, RulesetStore.Stored stored) {
    long now = bounded(clock.getAsLong(), stored.runs().to());
    return plan.rules().stream().allMatch(ask -> now - ask.lastRun() < DAY)
        && plan.dueJobRules().stream().allMatch(due -> now - due.lastRun() < DAY);
  }

  private byte[] enabled(RulesetStore.Stored stored) {
    Set<String> disabled = stored.runs().disabledRules();
    byte[] enabled = new byte[disabled.isEmpty() ? 0 : ruleset.rules().size()];
    for (int rule = 0; rule < enabled.length; rule++) {
      enabled[rule] = (byte) (disabled.contains(ruleset.rules().get(rule).ruleId()) ? 0 : 1);
    }
    return enabled;
  }

  // The alerts of the tick in parts that are written as they come, so that few are held at once.
  private List<StateIndex.Part> outbox(AlertMaker maker) throws IOException {
    List<StateIndex.Part> parts = new ArrayList<>();
    List<PendingAlert> all = new ArrayList<>();
    long[] bytes = {0};
    boolean[] isWhole = {true};
    maker.make(
        (finding, alert) -> {
          all.add(alert);
          bytes[0] += alert.json().length;
          if (bytes[0] >= OUTBOX_BYTES) {
            StateIndex.Part part = part("alerts-" + parts.size(), Outbox.write(all));
            services.state().write(name, List.of(part));
            parts.add(new StateIndex.Part(part.blob(), null));
            all.clear();
            bytes[0] = 0;
            isWhole[0] = false;
          }
        });
    if (!all.isEmpty()) {
      parts.add(part("alerts-" + parts.size(), Outbox.write(all)));
    }
    unpublished = isWhole[0] ? all : null;
    return parts;
  }

  private StateIndex.Part part(String what, byte[] bytes) {
    Head head = kept.head();
    String id = StateIndex.partPrefix(name, head.epoch()) + (head.commits() + 1) + "-" + what;
    return new StateIndex.Part(Blob.of(id, bytes.length), bytes);
  }

  private void commit(List<StateIndex.Part> outbox, int numAlerts, boolean caughtUp)
      throws IOException {
    long begun = System.nanoTime();
    Head head = kept.head();
    boolean isCheckpoint = needsCheckpoint(head.state());
    StateIndex.Part change = part("state", runs.save(isCheckpoint));
    List<StateIndex.Part> written = new ArrayList<>(List.of(change));
    outbox.stream().filter(part -> part.bytes() != null).forEach(written::add);
    services.state().write(name, written);
    List<Blob> state = new ArrayList<>(isCheckpoint ? List.of() : head.state());
    state.add(change.blob());
    List<Blob> pending = outbox.stream().map(StateIndex.Part::blob).toList();
    put(head.after(hash, clock.getAsLong(), state, pending, numAlerts, caughtUp));
    runs.kept();
    stages.took(TickStages.Stage.COMMIT, begun);
  }

  private static boolean needsCheckpoint(List<Blob> state) {
    if (state.isEmpty() || state.size() > MAX_DELTAS) {
      return true;
    }
    long deltas = state.stream().skip(1).mapToLong(Blob::bytes).sum();
    return deltas > MIN_DELTA_BYTES + state.get(0).bytes();
  }

  // The commit itself; what the new head needs no more is deleted.
  private void put(Head next) throws IOException {
    List<String> dropped = new ArrayList<>();
    kept.head().parts().stream()
        .filter(blob -> !next.parts().contains(blob))
        .forEach(blob -> dropped.addAll(blob.documents()));
    kept = services.state().put(next, kept);
    deleteQuietly(dropped);
  }

  private void deleteQuietly(List<String> documents) {
    try {
      services.state().delete(documents);
    } catch (RuntimeException e) {
      LOGGER.debug("parts of [{}] stay until it is taken over: {}", name, e.getMessage());
    }
  }

  private void publish() throws IOException {
    if (kept.head().pending().isEmpty()) {
      return;
    }
    long begun = System.nanoTime();
    AlertPublisher publisher = new AlertPublisher(services.ownClient(), RefreshPolicy.NONE);
    if (unpublished != null) {
      for (PendingAlert alert : unpublished) {
        publisher.add(alert);
      }
    } else {
      for (Blob blob : kept.head().pending()) {
        for (PendingAlert alert : Outbox.read(services.state().read(blob))) {
          publisher.add(alert);
        }
      }
    }
    publisher.flush();
    publisher.unindexed().forEach(reason -> tell("an alert's event is not indexed: " + reason));
    try {
      put(kept.head().published(clock.getAsLong()));
    } catch (FencedException e) {
      throw e;
    } catch (RuntimeException | IOException e) {
      reset();
      throw e;
    }
    unpublished = null;
    stages.took(TickStages.Stage.PUBLISH, begun);
  }

  private RuleStats statsOf(int rule) {
    return kept.head()
        .rules()
        .computeIfAbsent(ruleset.rules().get(rule).ruleId(), id -> new RuleStats());
  }

  private void noteGaps(Plan plan) {
    for (RuleRuns.Gap gap : plan.gaps()) {
      statsOf(gap.rule()).gap(gap);
      LOGGER.warn(
          "ruleset [{}] rule [{}]: no run examined {} to {} (milliseconds); _run fills the gap",
          name,
          ruleset.rules().get(gap.rule()).ruleId(),
          gap.fromMillis(),
          gap.toMillis());
    }
  }

  private void note(Tick tick, AlertMaker maker) {
    long now = clock.getAsLong();
    Map<Integer, Integer> alerts = new LinkedHashMap<>();
    tick.findings().forEach(finding -> alerts.merge(finding.rule(), 1, Integer::sum));
    maker.gone().forEach(gone -> alerts.merge(gone.rule(), -1, Integer::sum));
    tick.ran()
        .forEach(
            (rule, ran) -> {
              long interval = ruleset.rules().get(rule).intervalMillis();
              RuleStats stats = statsOf(rule);
              stats.ran(ran.firstRun(), ran.lastRun(), interval);
              stats.matched(ran.matches());
              stats.alerted(alerts.getOrDefault(rule, 0));
            });
    Map<String, RuleStats> all = kept.head().rules();
    cuts.since(runs.stats())
        .forEach((id, cut) -> all.computeIfAbsent(id, key -> new RuleStats()).cut(cut));
    Map<Integer, RuleErrors> errors = tick.errors();
    maker
        .gone()
        .forEach(
            gone ->
                errors
                    .computeIfAbsent(gone.rule(), key -> new RuleErrors())
                    .add(new RuleError(gone.index(), "", gone.reason())));
    errors.forEach(
        (rule, found) ->
            found
                .list()
                .forEach(
                    error -> {
                      String id = ruleset.rules().get(rule).ruleId();
                      String where = error.index().isEmpty() ? "" : "[" + error.index() + "] ";
                      statsOf(rule).failed(where + error.reason(), now);
                      tell("rule [" + id + "] index [" + error.index() + "]: " + error.reason());
                    }));
  }

  // Each thing once, as ticks repeat.
  private void tell(String what) {
    if (told.size() > 1000) {
      told = new HashSet<>();
    }
    if (told.add(what)) {
      LOGGER.warn("ruleset [{}] {}", name, what);
    }
  }

  private void tellStatus(String error) {
    status = kept == null ? status.failing(error) : OwnerStatus.of(kept.head(), error, nativeStats());
  }

  private String nativeStats() {
    return runs == null ? "{}" : runs.stats();
  }
}
