package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.aggregations.Aggregator;
import org.opensearch.search.aggregations.AggregatorFactories;
import org.opensearch.search.aggregations.AggregatorFactory;
import org.opensearch.search.aggregations.CardinalityUpperBound;
import org.opensearch.search.internal.SearchContext;
import org.tripline.opensearch.jobs.JobTasks;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.IndexSights;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.shard.Reading;

/** One shard's part of the aggregation: makes an aggregator for each slice of it. */
final class TriplineAggregatorFactory extends AggregatorFactory {
  private final RulesetRegistry registry;
  private final String hash;
  private final boolean appliesPatterns;
  private final Reading reading;
  private final List<RuleWindow> windows;
  private final JobsAsked jobs;
  private final ResultBudget budget;

  TriplineAggregatorFactory(
      String name,
      QueryShardContext context,
      AggregatorFactories.Builder subs,
      Map<String, Object> metadata,
      RulesetRegistry registry,
      String hash,
      boolean appliesPatterns,
      Reading reading,
      List<RuleWindow> windows,
      JobsAsked jobs)
      throws IOException {
    super(name, context, null, subs, metadata);
    this.registry = registry;
    this.hash = hash;
    this.appliesPatterns = appliesPatterns;
    this.reading = reading;
    this.windows = windows;
    this.jobs = jobs;
    this.budget = new ResultBudget(registry.resultBudget());
  }

  @Override
  protected Aggregator createInternal(
      SearchContext searchContext,
      Aggregator parent,
      CardinalityUpperBound cardinality,
      Map<String, Object> metadata)
      throws IOException {
    LoadedRuleset loaded = hash == null ? null : registry.acquire(hash);
    if (loaded == null) {
      throw RulesetRegistry.notHeld(hash);
    }
    // From here on the search gives it back, whatever happens.
    searchContext.addReleasable(loaded::release);
    // By the patterns alone, and not by what is due: so that whatever is due, the same is known of
    // a segment.
    IndexSights.Sight sight =
        appliesPatterns
            ? loaded.sights().of(queryShardContext.getIndexSettings().getIndexMetadata())
            : null;
    RuleTasks tasks =
        new RuleTasks(
            loaded.description(),
            windows,
            rule -> sight == null ? Set.of() : sight.rules().get(rule));
    JobTasks jobTasks =
        new JobTasks(
            loaded.description(),
            jobs,
            job -> sight == null ? Set.of() : sight.jobs().get(job));
    return new TriplineAggregator(
        name,
        searchContext,
        metadata,
        loaded,
        tasks,
        jobTasks,
        reading,
        budget,
        sight == null ? null : sight.outputs(),
        whyNot());
  }

  // Such an index has its segments elsewhere; to read whole columns of it is no small matter.
  private String whyNot() {
    IndexSettings index = queryShardContext.getIndexSettings();
    if (index.isRemoteSnapshot()) {
      return "the index is a searchable snapshot, which is not searched";
    }
    return index.isSearchThrottled() ? "the index is frozen, and not searched" : null;
  }

  @Override
  protected boolean supportsConcurrentSegmentSearch() {
    return true;
  }

  // Overrides nothing in servers before 3.6, which do not divide segments.
  protected boolean supportsIntraSegmentSearch() {
    return true;
  }
}
