package org.tripline.opensearch.schedule;

import java.io.Closeable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.tripline.opensearch.rulesets.Rights;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetStore;

/**
 * The rulesets that this node runs. Looks from time to time, and whenever nodes or rulesets change,
 * which of the started rulesets are this node's, and gives each a chain of steps on threads of the
 * plugin's own. Any thread may use it.
 */
public final class Owners implements ClusterStateListener, Closeable {
  /** The plugin's threads. */
  public static final String EXECUTOR = "tripline";

  private static final Logger LOGGER = LogManager.getLogger(Owners.class);

  private static final TimeValue LOOK_EVERY = TimeValue.timeValueSeconds(10);
  private static final TimeValue STEP_EVERY = TimeValue.timeValueMillis(1000);
  private static final long MAX_PAUSE_MILLIS = 30_000;
  private static final long SWEEP_EVERY_MILLIS = 60_000;

  private final ThreadPool threads;
  private final ClusterService cluster;
  private final RulesetRegistry registry;
  private final RulesetStore store;
  private final OwnerServices services;
  private final Map<String, Chain> chains = new ConcurrentHashMap<>();
  private final AtomicBoolean isLooking = new AtomicBoolean();
  private final AtomicBoolean mustLookAgain = new AtomicBoolean();
  private volatile List<String> whyWaiting = List.of();
  private volatile long sweptAt;
  private volatile boolean isClosed;

  public Owners(
      Client client,
      ThreadPool threads,
      ClusterService cluster,
      RulesetRegistry registry,
      RulesetStore store,
      IndexNameExpressionResolver resolver,
      Rights rights,
      OwnerSettings settings) {
    this.threads = threads;
    this.cluster = cluster;
    this.registry = registry;
    this.store = store;
    this.services = new OwnerServices(client, registry, cluster, resolver, rights, settings);
  }

  /** From now on. */
  public void start() {
    cluster.addListener(this);
    registry.whenForgotten(this::look);
    registry.whenDeleted(this::forgetDeleted);
    lookLater();
  }

  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    if (event.nodesChanged() || event.previousState().nodes().getSize() == 0) {
      look();
    }
  }

  /** What the rulesets that are this node's tell of themselves, by name. */
  Map<String, OwnerStatus> statuses() {
    Map<String, OwnerStatus> statuses = new TreeMap<>();
    chains.forEach((name, chain) -> statuses.put(name, chain.owned.status()));
    return statuses;
  }

  TickStages stagesOf(String ruleset) {
    Chain chain = chains.get(ruleset);
    return chain == null ? new TickStages() : chain.owned.stages();
  }

  /** Why no ruleset is run anywhere now; empty: nothing is in the way. */
  List<String> whyWaiting() {
    return whyWaiting;
  }

  StateIndex state() {
    return services.state();
  }

  OwnerSettings settings() {
    return services.settings();
  }

  private void lookLater() {
    if (!isClosed) {
      schedule(
          () -> {
            look();
            lookLater();
          },
          LOOK_EVERY);
    }
  }

  private void schedule(Runnable work, TimeValue delay) {
    try {
      threads.schedule(work, delay, EXECUTOR);
    } catch (RejectedExecutionException e) {
      LOGGER.debug("the node is stopping", e);
    }
  }

  // One look at a time; what is asked for meanwhile is done once more.
  private void look() {
    mustLookAgain.set(true);
    if (isClosed || !isLooking.compareAndSet(false, true)) {
      return;
    }
    try {
      threads.executor(EXECUTOR).execute(this::lookAround);
    } catch (RejectedExecutionException e) {
      isLooking.set(false);
    }
  }

  private void lookAround() {
    try {
      while (mustLookAgain.getAndSet(false) && !isClosed) {
        share();
      }
    } catch (RuntimeException e) {
      String why = "the rulesets cannot be listed: " + Failure.words(e);
      if (!whyWaiting.contains(why)) {
        LOGGER.warn("{}; those that run go on", why);
      }
      whyWaiting = List.of(why);
      schedule(this::look, STEP_EVERY);
    } finally {
      isLooking.set(false);
    }
    if (mustLookAgain.get()) {
      look();
    }
  }

  private void share() {
    DiscoveryNodes nodes = cluster.state().nodes();
    sweep(nodes);
    whyWaiting = registry.isEnabled() ? Ownership.whyWait(nodes) : List.of("it is off here");
    Map<String, RulesetStore.Stored> mine = new HashMap<>();
    if (whyWaiting.isEmpty() && nodes.getClusterManagerNode() != null) {
      for (RulesetStore.Stored stored : list()) {
        if (stored.runs().isStarted()
            && nodes.getLocalNodeId().equals(Ownership.ownerOf(stored.name(), nodes))) {
          mine.put(stored.name(), stored);
        }
      }
    }
    Set<String> gone = new HashSet<>(chains.keySet());
    gone.removeAll(mine.keySet());
    gone.forEach(name -> chains.remove(name).stop());
    mine.forEach(
        (name, stored) ->
            chains.computeIfAbsent(name, key -> new Chain(name).begin(stored)).listed = stored);
  }

  // What is kept of rulesets that were deleted goes, and alerts of rulesets that were stopped before
  // they could be published follow. Heads are listed first: a ruleset is there before its head.
  private void sweep(DiscoveryNodes nodes) {
    long now = threads.relativeTimeInMillis();
    boolean isMine = Objects.equals(nodes.getLocalNodeId(), Ownership.ownerOf("", nodes));
    boolean isThere = cluster.state().metadata().hasIndex(RulesetStore.INDEX);
    if (!isMine || !isThere || now - sweptAt < SWEEP_EVERY_MILLIS) {
      return;
    }
    sweptAt = now;
    Map<String, StateIndex.Kept> heads = services.state().list();
    PlainActionFuture<RulesetStore.Listing> future = PlainActionFuture.newFuture();
    store.listing(future);
    RulesetStore.Listing listing = future.actionGet();
    listing.unusable().keySet().forEach(heads::remove);
    for (RulesetStore.Stored stored : listing.rulesets()) {
      StateIndex.Kept kept = heads.remove(stored.name());
      if (kept != null && kept.head() != null && !stored.runs().isStarted()) {
        new PendingAlerts(stored.name(), services).publishLate(kept);
      }
    }
    heads.forEach(this::forgetState);
  }

  private void forgetDeleted(String ruleset) {
    try {
      forgetState(ruleset, services.state().read(ruleset));
    } catch (RuntimeException e) {
      LOGGER.debug("the state of [{}] stays for now: {}", ruleset, e.getMessage());
    }
  }

  private void forgetState(String ruleset, StateIndex.Kept kept) {
    try {
      if (kept != null) {
        services.state().forget(ruleset, kept);
      }
    } catch (RuntimeException e) {
      LOGGER.debug("the state of [{}] stays for now: {}", ruleset, e.getMessage());
    }
  }

  private List<RulesetStore.Stored> list() {
    PlainActionFuture<List<RulesetStore.Stored>> future = PlainActionFuture.newFuture();
    store.list(future);
    return future.actionGet();
  }

  @Override
  public void close() {
    isClosed = true;
    cluster.removeListener(this);
    chains.values().forEach(Chain::stop);
    chains.clear();
  }

  /** The steps of one ruleset, one after the other. */
  private final class Chain {
    private final String name;
    private final OwnedRuleset owned;
    private volatile RulesetStore.Stored listed;
    private volatile boolean isOver;
    private long pauseMillis = STEP_EVERY.millis(); // after a failure

    Chain(String name) {
      this.name = name;
      this.owned = new OwnedRuleset(name, services, System::currentTimeMillis);
    }

    Chain begin(RulesetStore.Stored stored) {
      listed = stored;
      schedule(this::step, TimeValue.ZERO);
      return this;
    }

    // What it holds is given back once the step that may be under way is over.
    void stop() {
      isOver = true;
      owned.stop();
      try {
        threads.executor(EXECUTOR).execute(owned::finish);
      } catch (RejectedExecutionException e) {
        owned.close();
      }
    }

    private void step() {
      if (isOver) {
        return;
      }
      long begun = System.nanoTime();
      long pause;
      try {
        boolean hasWorked = owned.step(listed);
        long worked = (System.nanoTime() - begun) / 1_000_000;
        pause = hasWorked ? rest(worked) : STEP_EVERY.millis();
        pauseMillis = STEP_EVERY.millis();
      } catch (FencedException e) {
        LOGGER.info("ruleset [{}]: {}", name, e.getMessage());
        pause = STEP_EVERY.millis();
        look();
      } catch (Exception e) {
        pause = afterFailure(e);
      }
      if (!isOver) {
        schedule(this::step, TimeValue.timeValueMillis(pause));
      }
    }

    // So that steps take no more of the time than they may.
    private long rest(long workedMillis) {
      long rest = (long) (workedMillis * (1 / services.cpuShare() - 1)) + 1;
      return Math.min(MAX_PAUSE_MILLIS, rest);
    }

    private long afterFailure(Exception failure) {
      if (ExceptionsHelper.status(failure) == RestStatus.NOT_FOUND) {
        look(); // the ruleset was deleted
      }
      LOGGER.warn("ruleset [{}]: a run failed and is tried again: {}", name, Failure.words(failure));
      LOGGER.debug("it failed of", failure);
      long pause = pauseMillis;
      pauseMillis = Math.min(MAX_PAUSE_MILLIS, 2 * pauseMillis);
      return pause;
    }
  }
}
