package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.opensearch.common.regex.Regex;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.aggregations.Aggregator;
import org.opensearch.search.aggregations.AggregatorFactories;
import org.opensearch.search.aggregations.AggregatorFactory;
import org.opensearch.search.aggregations.CardinalityUpperBound;
import org.opensearch.search.internal.SearchContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.jobs.JobTasks;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.shard.Reading;

/** One shard's part of the aggregation: makes an aggregator for each slice of it. */
final class TriplineAggregatorFactory extends AggregatorFactory {
  private static final String BACKING_INDEX = ".ds-";

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
    RulesetDescription ruleset = loaded.description();
    BitSet looking = looking(ruleset.rules(), Rule::indices);
    BitSet jobsLooking = looking(ruleset.jobs(), Job::indices);
    RuleTasks tasks = new RuleTasks(ruleset, windows, looking::get);
    JobTasks jobTasks = new JobTasks(ruleset, jobs, jobsLooking::get);
    BitSet outputs = outputsOf(ruleset, looking, jobsLooking);
    return new TriplineAggregator(
        name, searchContext, metadata, loaded, tasks, jobTasks, reading, budget, outputs);
  }

  private <T> BitSet looking(List<T> all, Function<T, List<String>> patterns) {
    BitSet looking = new BitSet();
    Set<String> names = names();
    for (int i = 0; i < all.size(); i++) {
      looking.set(i, !appliesPatterns || looksAt(patterns.apply(all.get(i)), names));
    }
    return looking;
  }

  // By the patterns alone, and not by what is due: so that whatever is due, the same is known of a
  // segment.
  private BitSet outputsOf(RulesetDescription ruleset, BitSet rules, BitSet jobsLooking) {
    if (!appliesPatterns) {
      return null;
    }
    BitSet outputs = new BitSet();
    IntStream.concat(
            rules.stream().map(rule -> ruleset.rules().get(rule).output()),
            jobsLooking.stream().map(job -> ruleset.jobs().get(job).output()))
        .filter(output -> output >= 0)
        .forEach(outputs::set);
    return outputs;
  }

  // Patterns apply from left to right; one with a minus takes back what those before it took.
  private static boolean looksAt(List<String> patterns, Set<String> names) {
    boolean looks = false;
    for (String pattern : patterns) {
      boolean excludes = pattern.startsWith("-");
      String plain = excludes ? pattern.substring(1) : pattern;
      if (names.stream().anyMatch(name -> Regex.simpleMatch(plain, name))) {
        looks = !excludes;
      }
    }
    return looks;
  }

  // What the index is called: its own name, its aliases, and the data stream that it belongs to.
  private Set<String> names() {
    String index = queryShardContext.index().getName();
    Set<String> names = new HashSet<>();
    names.add(index);
    names.addAll(
        queryShardContext.getIndexSettings().getIndexMetadata().getAliases().keySet());
    int generation = index.lastIndexOf('-');
    if (index.startsWith(BACKING_INDEX) && generation > BACKING_INDEX.length()) {
      names.add(index.substring(BACKING_INDEX.length(), generation));
    }
    return names;
  }

  @Override
  protected boolean supportsConcurrentSegmentSearch() {
    return true;
  }
}
