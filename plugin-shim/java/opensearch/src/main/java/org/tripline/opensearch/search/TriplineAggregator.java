package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdStream;
import org.opensearch.search.aggregations.InternalAggregation;
import org.opensearch.search.aggregations.LeafBucketCollector;
import org.opensearch.search.aggregations.metrics.MetricsAggregator;
import org.opensearch.search.internal.SearchContext;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.Matcher;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.shard.LeafError;
import org.tripline.opensearch.shard.LeafWeights;
import org.tripline.opensearch.shard.Reading;
import org.tripline.opensearch.shard.SegmentCache;
import org.tripline.opensearch.shard.SegmentPass;

/** Matches the documents of one slice of a shard. One thread's. */
final class TriplineAggregator extends MetricsAggregator {
  private final LoadedRuleset loaded;
  private final RuleTasks tasks;
  private final Reading reading;
  private final Matcher matcher;
  private final LeafWeights weights;
  private final BlockBuffer block = new BlockBuffer();
  private final Map<Integer, RuleFinder> finders = new HashMap<>(); // by rule
  private final Set<LeafError> told = new HashSet<>();
  private SegmentPass pass;
  private SegmentCache.Borrowed segment;
  private long valuesRead;

  TriplineAggregator(
      String name,
      SearchContext context,
      Map<String, Object> metadata,
      LoadedRuleset loaded,
      RuleTasks tasks,
      Reading reading)
      throws IOException {
    super(name, context, null, metadata);
    this.loaded = loaded;
    this.tasks = tasks;
    this.reading = reading;
    this.matcher = loaded.borrowMatcher();
    this.weights =
        new LeafWeights(
            loaded.description(), context.searcher(), context.getQueryShardContext());
  }

  @Override
  protected LeafBucketCollector getLeafCollector(
      LeafReaderContext leaf, LeafBucketCollector sub) throws IOException {
    finishSegment();
    finders.values().forEach(RuleFinder::leaveSegment);
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
      segment =
          loaded.segments().get(leaf, weights, context.getQueryShardContext(), reading);
      boolean isOpen = false;
      try {
        pass =
            new SegmentPass(
                leaf,
                weights,
                segment.answers(),
                matcher,
                block,
                loaded.description().numProgramFields(),
                (output, numRows, rows, base) -> take(leaf, output, numRows, rows, base),
                this::checkCancelled);
        isOpen = true;
        tell(segment.answers().errors());
      } finally {
        if (!isOpen) {
          segment.close();
        }
      }
    }
    return pass;
  }

  private void take(LeafReaderContext leaf, int output, int numRows, long[] rows, int base)
      throws IOException {
    for (RuleTasks.Task task : tasks.of(output)) {
      finder(task).take(leaf, numRows, rows, base);
    }
  }

  private RuleFinder finder(RuleTasks.Task task) {
    return finders.computeIfAbsent(
        task.rule(),
        rule ->
            new RuleFinder(
                task,
                loaded.description(),
                context.getQueryShardContext(),
                this::addRequestCircuitBreakerBytes));
  }

  // Every rule that asks the leaf; segments of an index mostly err alike.
  private void tell(List<LeafError> errors) {
    for (LeafError error : errors) {
      if (told.add(error)) {
        for (RuleTasks.Task task : tasks.asking(error.leaf())) {
          finder(task).addError(error.field(), error.reason());
        }
      }
    }
  }

  private void finishSegment() throws IOException {
    if (pass != null) {
      SegmentPass done = pass;
      pass = null;
      try {
        checkCancelled();
        done.finish();
        valuesRead += done.valuesRead();
        tell(done.errors());
      } finally {
        segment.close();
      }
    }
  }

  @Override
  protected void doPostCollection() throws IOException {
    finishSegment();
  }

  @Override
  public InternalAggregation buildAggregation(long bucket) throws IOException {
    Map<Integer, RuleResult> results = new TreeMap<>();
    Map<Integer, String> ids = new TreeMap<>();
    Map<Integer, Integer> caps = new TreeMap<>();
    for (Map.Entry<Integer, RuleFinder> entry : finders.entrySet()) {
      RuleFinder finder = entry.getValue();
      results.put(entry.getKey(), finder.result());
      ids.put(entry.getKey(), finder.task().description().ruleId());
      if (finder.task().window() != null) {
        caps.put(entry.getKey(), finder.task().window().maxFinds());
      }
    }
    return new InternalTripline(name, results, ids, caps, valuesRead, metadata());
  }

  @Override
  public InternalAggregation buildEmptyAggregation() {
    return new InternalTripline(name, Map.of(), Map.of(), Map.of(), 0, metadata());
  }

  @Override
  protected void doClose() {
    if (matcher != null) {
      loaded.giveBack(matcher);
    }
    if (pass != null) {
      segment.close(); // the search failed inside it
      pass = null;
    }
  }
}
