package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.DocIdStream;
import org.opensearch.search.aggregations.InternalAggregation;
import org.opensearch.search.aggregations.LeafBucketCollector;
import org.opensearch.search.aggregations.metrics.MetricsAggregator;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.query.QueryPhase;
import org.tripline.opensearch.jobs.JobCounters;
import org.tripline.opensearch.jobs.JobResults;
import org.tripline.opensearch.jobs.JobTasks;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.shard.LeafError;
import org.tripline.opensearch.shard.LeafWeights;
import org.tripline.opensearch.shard.MatchBench;
import org.tripline.opensearch.shard.Reading;
import org.tripline.opensearch.shard.SegmentAnswers;
import org.tripline.opensearch.shard.SegmentCache;
import org.tripline.opensearch.shard.SegmentPass;
import org.tripline.opensearch.shard.ShardWork;

/** Matches the documents of one slice of a shard. One thread's. */
final class TriplineAggregator extends MetricsAggregator {
  /** A block on its way to the engine, and the verdicts on their way back. */
  private static final long BLOCK_BYTES = 1 << 18;

  private final LoadedRuleset loaded;
  private final RuleTasks tasks;
  private final JobCounters jobs;
  private final Reading reading;
  private final LeafWeights weights;
  private final ResultBudget budget; // of all slices of the shard
  private final BitSet wanted;
  private final String whyNot; // the index is searched; null if it is
  private final Map<Set<String>, AliasRows> aliases = new HashMap<>();
  private final Map<Integer, RuleFinder> finders = new HashMap<>(); // by rule
  private final Set<LeafError> told = new HashSet<>();
  private SegmentPass pass;
  private SegmentCache.Borrowed<SegmentAnswers> segment;
  private MatchBench bench; // once it is needed
  private final ShardWork work = new ShardWork();
  private boolean isTimedOut;

  TriplineAggregator(
      String name,
      SearchContext context,
      Map<String, Object> metadata,
      LoadedRuleset loaded,
      RuleTasks tasks,
      JobTasks jobTasks,
      Reading reading,
      ResultBudget budget,
      BitSet wanted,
      String whyNot)
      throws IOException {
    super(name, context, null, metadata);
    this.loaded = loaded;
    this.tasks = tasks;
    this.jobs =
        new JobCounters(
            jobTasks,
            loaded.description(),
            context.getQueryShardContext(),
            budget.limit(),
            this::addRequestCircuitBreakerBytes,
            this::seen);
    this.reading = reading;
    this.budget = budget;
    this.wanted = wanted;
    this.whyNot = whyNot;
    this.weights =
        new LeafWeights(
            loaded.engine(),
            loaded.segments(),
            context.searcher(),
            context.getQueryShardContext(),
            bringsFields(context),
            this::checkWanted);
  }

  // Fields that are derived for this search alone.
  private static boolean bringsFields(SearchContext context) {
    SearchSourceBuilder source = context.request().source();
    return source != null
        && (isAny(source.getDerivedFieldsObject()) || isAny(source.getDerivedFields()));
  }

  private static boolean isAny(Map<?, ?> fields) {
    return fields != null && !fields.isEmpty();
  }

  private static boolean isAny(List<?> fields) {
    return fields != null && !fields.isEmpty();
  }

  @Override
  protected LeafBucketCollector getLeafCollector(
      LeafReaderContext leaf, LeafBucketCollector sub) throws IOException {
    finishSegment();
    finders.values().forEach(RuleFinder::leaveSegment);
    jobs.leaveSegment();
    if (whyNot != null) {
      return LeafBucketCollector.NO_OP_COLLECTOR;
    }
    return new LeafBucketCollector() {
      @Override
      public void collect(int doc, long bucket) throws IOException {
        passOver(leaf).collect(doc);
      }

      @Override
      public void collectRange(int begin, int end) throws IOException {
        passOver(leaf).collectRange(begin, end);
      }

      @Override
      public void collect(DocIdStream documents, long bucket) throws IOException {
        documents.forEach(passOver(leaf)::collect);
      }
    };
  }

  // Opened by the first document: of segments that the search's query rules out nothing is asked.
  private SegmentPass passOver(LeafReaderContext leaf) throws IOException {
    if (pass == null) {
      long begin = System.nanoTime();
      segment =
          loaded
              .segments()
              .borrow(
                  loaded.engine(),
                  new SegmentCache.Question(
                      leaf,
                      weights,
                      context.getQueryShardContext(),
                      reading,
                      wanted));
      work.took(ShardWork.Stage.DECISIONS, begin);
      boolean isOpen = false;
      try {
        pass =
            new SegmentPass(
                leaf,
                weights,
                segment.get(),
                this::bench,
                work,
                (output, numRows, rows, base) -> take(leaf, output, numRows, rows, base),
                this::checkWanted);
        isOpen = true;
        tell(segment.get().errors());
      } finally {
        if (!isOpen) {
          segment.close();
        }
      }
    }
    return pass;
  }

  private MatchBench bench() {
    if (bench == null) {
      addRequestCircuitBreakerBytes(BLOCK_BYTES);
      bench = loaded.borrowBench();
    }
    return bench;
  }

  private void take(LeafReaderContext leaf, int output, int numRows, long[] rows, int base)
      throws IOException {
    for (RuleTasks.Task task : tasks.of(output)) {
      if (task.aliases().isEmpty()) {
        finder(task).take(leaf, numRows, rows, base);
        continue;
      }
      long[] kept = seen(task.aliases(), leaf, rows, base);
      int numKept = 0;
      for (long word : kept) {
        numKept += Long.bitCount(word);
      }
      if (numKept > 0) {
        finder(task).take(leaf, numKept, kept, base);
      }
    }
    jobs.take(leaf, output, rows, base);
  }

  // Of a block's rows those that aliases let through.
  private long[] seen(Set<String> through, LeafReaderContext leaf, long[] rows, int base)
      throws IOException {
    AliasRows filter = aliases.get(through);
    if (filter == null) {
      filter = new AliasRows(through, context);
      aliases.put(through, filter);
    }
    long[] kept = rows.clone();
    filter.keep(leaf, base, kept);
    return kept;
  }

  private RuleFinder finder(RuleTasks.Task task) {
    return finders.computeIfAbsent(
        task.rule(),
        rule ->
            new RuleFinder(
                task,
                loaded.description(),
                context.getQueryShardContext(),
                this::hold));
  }

  // Whatever passes the budget costs the rule that holds most of it.
  private void hold(long bytes) {
    addRequestCircuitBreakerBytes(bytes);
    budget.add(bytes);
    while (bytes > 0 && budget.isPassed()) {
      RuleFinder largest =
          Collections.max(finders.values(), Comparator.comparingLong(RuleFinder::bytes));
      if (largest.bytes() == 0) {
        return; // other slices hold it, and will notice
      }
      largest.cut();
    }
  }

  /** Ends the search as the server itself does, if it was cancelled or has no time left. */
  private void checkWanted() {
    checkCancelled();
    QueryTimeout timeout = context.searcher().getTimeout();
    if (timeout != null && timeout.shouldExit()) {
      checkCancelled();
      isTimedOut = true;
      throw new QueryPhase.TimeExceededException();
    }
  }

  // Every rule that asks the leaf; segments of an index mostly err alike.
  private void tell(List<LeafError> errors) {
    for (LeafError error : errors) {
      if (told.add(error)) {
        for (RuleTasks.Task task : tasks.asking(error.leaf())) {
          finder(task).addError(error.field(), error.reason());
        }
        jobs.addError(error);
      }
    }
  }

  private void finishSegment() throws IOException {
    if (pass != null) {
      SegmentPass done = pass;
      pass = null;
      try {
        if (!isTimedOut) {
          done.finish();
        }
        tell(done.errors());
      } finally {
        segment.close();
      }
    }
  }

  @Override
  protected void doPostCollection() throws IOException {
    try {
      finishSegment();
    } catch (QueryPhase.TimeExceededException e) {
      context.setSearchTimedOut(true); // as the server does while it collects
    }
  }

  @Override
  public InternalAggregation buildAggregation(long bucket) throws IOException {
    if (whyNot != null) {
      tasks.all().forEach(task -> finder(task).addError("", whyNot));
      jobs.refuse(whyNot);
    }
    Map<Integer, RuleResult> results = new TreeMap<>();
    for (Map.Entry<Integer, RuleFinder> entry : finders.entrySet()) {
      results.put(entry.getKey(), entry.getValue().result());
    }
    return result(results, jobs.results());
  }

  @Override
  public InternalAggregation buildEmptyAggregation() {
    return result(Map.of(), JobResults.NONE);
  }

  private InternalTripline result(Map<Integer, RuleResult> results, JobResults counts) {
    String node = context.getQueryShardContext().getIndexSettings().getNodeName();
    String hash = loaded.description().contentHash();
    return new InternalTripline(
        name, node, hash, budget.limit(), results, work, counts, metadata());
  }

  @Override
  protected void doClose() {
    if (weights != null) {
      weights.close();
    }
    if (bench != null) {
      loaded.giveBack(bench);
    }
    if (pass != null) {
      segment.close(); // the search failed inside it
      pass = null;
    }
  }
}
