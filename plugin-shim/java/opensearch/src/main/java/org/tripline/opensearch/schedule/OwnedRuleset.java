package org.tripline.opensearch.schedule;

import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.common.UUIDs;
import org.tripline.engine.RuleRuns;
import org.tripline.engine.RuleRuns.Plan;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.alerts.AlertMaker;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.run.NodeServices;

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
  private static final long SHORTER = 8; // a span after it was too long
  private static final int MANY_FAILURES = 2; // of ticks: then everybody is asked apart
  private static final long PUBLISH_AGAIN_MILLIS = 10_000;
  private static final int MAX_PENDING = 50; // parts
  private static final long FRESH_MILLIS = 600_000; // after a start nothing need be kept yet

  private final String name;
  private final OwnerServices services;
  private final LongSupplier clock;
  private final TickStages stages = new TickStages();

  private StateIndex.Kept kept; // null: not taken over
  private String life = ""; // of this takeover: no other one, of whatever ruleset, is named so
  private RuleRuns runs;
  private String hash = ""; // of what runs are of
  private RulesetDescription ruleset;
  private Plan everything; // that is due, whoever is paused
  private Pauses pauses = new Pauses();
  private final TickNotes notes;
  private final PendingAlerts pending;
  private String whyPending; // alerts could not be published the last time; null: they could
  private long publishAt; // not before
  private int failures; // of ticks, since one got through
  private long span = DAY;
  private volatile boolean isOver;
  private volatile OwnerStatus status;

  OwnedRuleset(String name, OwnerServices services, LongSupplier clock) {
    this.name = name;
    this.services = services;
    this.clock = clock;
    this.pending = new PendingAlerts(name, services);
    this.notes = new TickNotes(name);
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
      }
      String error = whyPending == null ? "" : whyPending;
      if (isDue || !status.error().equals(error)) {
        tellStatus(error);
      }
      return isDue;
    } catch (FencedException e) {
      reset();
      throw e;
    } catch (RuntimeException | IOException e) {
      tellStatus(Failure.words(e));
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

  /** Between two steps, and inside of long ones: nothing more is begun. */
  void stop() {
    isOver = true;
  }

  /** What was committed is published, if it can be; then everything is given back. */
  synchronized void finish() {
    try {
      if (kept != null) {
        publishAt = 0;
        publish();
      }
    } catch (RuntimeException | IOException e) {
      LOGGER.debug("alerts of [{}] stay pending: {}", name, e.getMessage());
    } finally {
      reset();
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
    pending.forget();
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
    Head head = before == null ? null : before.head();
    if (head == null) {
      head = Head.first(name, beginOf(stored));
      if (before != null) {
        LOGGER.warn("ruleset [{}]: its head is damaged; it begins anew", name);
      }
    }
    if (stored.runs().from() != null && stored.runs().from() != head.begin()) {
      head = head.anew(stored.runs().from());
    }
    Head mine = head.takenOver(services.nodeId(), services.nodeName(), clock.getAsLong());
    kept = services.state().put(mine, before);
    life = UUIDs.randomBase64UUID();
    deleteQuietly(services.state().orphans(mine));
    runs = restored(stored, loaded, mine);
    hash = stored.hash();
    ruleset = loaded.description();
    mine.rules().keySet().retainAll(ruleset.rules().stream().map(Rule::ruleId).toList());
    pauses = new Pauses();
    notes.begin();
    span = DAY;
    if (!isTaken) {
      LOGGER.info(
          "ruleset [{}]: this node runs it now (epoch {}, {} rules)",
          name,
          mine.epoch(),
          ruleset.rules().size());
    }
  }

  private static long beginOf(RulesetStore.Stored stored) {
    Long from = stored.runs().from();
    return from != null ? from : stored.runs().startedAt();
  }

  // Of a ruleset that was started long ago and of which nothing is kept, only so much is run again as
  // of one that was not run for a while.
  private long beginWithout(RulesetStore.Stored stored, Head head) {
    long begin = head.lastRun();
    long now = clock.getAsLong();
    long earliest =
        bounded(now, stored.runs().to()) - services.settings().maxBackfillMillis();
    if (now - stored.runs().startedAt() < FRESH_MILLIS || begin >= earliest) {
      return begin;
    }
    notes.tell(
        "nothing is kept of its runs: they begin again at "
            + Instant.ofEpochMilli(earliest)
            + " (plugins.tripline.max_backfill)");
    return earliest;
  }

  // What is missing or damaged is rebuilt from the events.
  private RuleRuns restored(RulesetStore.Stored stored, LoadedRuleset loaded, Head head) {
    RuleRuns fresh =
        RuleRuns.open(
            loaded.ruleset(),
            head.state().isEmpty() ? beginWithout(stored, head) : head.newestRun());
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
    long last = head.lastRun();
    LOGGER.warn(
        "ruleset [{}]: its kept state cannot be used ({}); histories and models are rebuilt from"
            + " the events",
        name,
        why);
    kept = new StateIndex.Kept(head.rewound(last), kept.seqNo(), kept.primaryTerm());
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
    everything = runs.plan(runNow, jobNow, span, earliest, enabled(stored));
    notes.gaps(kept.head(), ruleset, everything);
    stages.took(TickStages.Stage.PLAN, begun);
    return pauses.leaveOut(everything, now);
  }

  private void tick(RulesetStore.Stored stored, LoadedRuleset loaded, Plan plan)
      throws IOException {
    if (!stored.hash().equals(hash)) {
      return; // it was replaced just now: the next step opens the new one
    }
    Head head = kept.head();
    NodeServices asWriter = services.nodeAs(stored.writer());
    Tick tick = new Tick(stored, ruleset, runs, asWriter, stages, span, () -> isOver);
    AlertMaker maker = new AlertMaker(asWriter.client(), loaded.ruleset());
    List<StateIndex.Part> outbox;
    long begun;
    try {
      tick.run(plan, failures < MANY_FAILURES ? pauses.suspects() : Tick.Suspects.ALL);
      begun = System.nanoTime();
      tick.findings().forEach(maker::add);
      outbox = pending.collect(maker, this::part);
    } catch (RuntimeException | IOException e) {
      failures++;
      span /= SHORTER;
      if (tick.hasMoved()) {
        reset(); // detectors are ahead of what is committed: go on from there
      }
      throw e;
    }
    failures = 0;
    long before = head.pending().isEmpty() ? head.lastRun() : head.pendingSince();
    notes.tick(head, ruleset, tick, maker, runs.stats(), clock.getAsLong());
    pauses.note(plan, tick, clock.getAsLong());
    stages.took(TickStages.Stage.ALERTS, begun);
    span = tick.wasTooMuch() ? span / SHORTER : Math.min(DAY, Math.max(span * 2, SHORT_SPAN));
    if (tick.ran().isEmpty() && !tick.hasClosedJobs()) {
      return; // nothing to commit
    }
    boolean caughtUp = head.hasCaughtUp() || hasCaughtUp(tick, stored);
    try {
      commit(outbox, maker.size(), before, caughtUp);
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

  // Everything that was due has run, up to the present.
  private boolean hasCaughtUp(Tick tick, RulesetStore.Stored stored) {
    long recently = bounded(clock.getAsLong(), stored.runs().to()) - DAY;
    return everything.rules().stream()
            .allMatch(ask -> tick.ran().containsKey(ask.rule()) && ask.lastRun() > recently)
        && everything.dueJobRules().stream()
            .allMatch(due -> tick.ran().containsKey(due.rule()) && due.lastRun() > recently);
  }

  private byte[] enabled(RulesetStore.Stored stored) {
    Set<String> disabled = stored.runs().disabledRules();
    byte[] enabled = new byte[disabled.isEmpty() ? 0 : ruleset.rules().size()];
    for (int rule = 0; rule < enabled.length; rule++) {
      enabled[rule] = (byte) (disabled.contains(ruleset.rules().get(rule).ruleId()) ? 0 : 1);
    }
    return enabled;
  }

  private StateIndex.Part part(String what, byte[] bytes) {
    Head head = kept.head();
    String id =
        StateIndex.partPrefix(name, head.epoch()) + life + "-" + (head.commits() + 1) + "-" + what;
    return new StateIndex.Part(Blob.of(id, bytes.length), bytes);
  }

  private void commit(
      List<StateIndex.Part> outbox, int numAlerts, long pendingSince, boolean caughtUp)
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
    List<Blob> alerts = new ArrayList<>(head.pending());
    outbox.forEach(part -> alerts.add(part.blob()));
    int numPending = head.numPending() + numAlerts;
    put(head.after(hash, clock.getAsLong(), state, alerts, numPending, pendingSince, caughtUp));
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

  // What cannot be published now is tried again from time to time, and the runs go on meanwhile; not
  // for ever, though.
  private void publish() throws IOException {
    Head head = kept.head();
    if (head.pending().isEmpty() || clock.getAsLong() < publishAt) {
      return;
    }
    long begun = System.nanoTime();
    PendingAlerts.Outcome outcome = pending.publish(head);
    whyPending = outcome.whyWaiting();
    outcome.unindexed().forEach(reason -> notes.tell("an alert is not indexed: " + reason));
    if (whyPending != null) {
      publishAt = clock.getAsLong() + PUBLISH_AGAIN_MILLIS;
      notes.tell(whyPending);
      if (head.pending().size() >= MAX_PENDING) {
        throw new IllegalStateException(whyPending);
      }
      return;
    }
    if (!outcome.lost().isEmpty()) {
      runAgain(head);
      return;
    }
    try {
      put(head.published(clock.getAsLong()));
    } catch (FencedException e) {
      throw e;
    } catch (RuntimeException | IOException e) {
      reset();
      throw e;
    }
    pending.forget();
    stages.took(TickStages.Stage.PUBLISH, begun);
  }

  // Pending alerts are missing or damaged: the runs that gave them give them again, under the same
  // ids.
  private void runAgain(Head head) throws IOException {
    notes.tell(
        "committed alerts cannot be read; its rules run again from "
            + Instant.ofEpochMilli(head.pendingSince()));
    Head rewound = head.rewound(head.pendingSince());
    kept = services.state().put(rewound.published(clock.getAsLong()), kept);
    reset();
  }

  private void tellStatus(String error) {
    status = kept == null ? status.failing(error) : OwnerStatus.of(kept.head(), error, nativeStats());
  }

  private String nativeStats() {
    return runs == null ? "{}" : runs.stats();
  }
}
