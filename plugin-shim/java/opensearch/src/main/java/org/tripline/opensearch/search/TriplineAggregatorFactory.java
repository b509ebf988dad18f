package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.common.regex.Regex;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.aggregations.Aggregator;
import org.opensearch.search.aggregations.AggregatorFactories;
import org.opensearch.search.aggregations.AggregatorFactory;
import org.opensearch.search.aggregations.CardinalityUpperBound;
import org.opensearch.search.internal.SearchContext;
import org.tripline.engine.RulesetDescription;
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
      List<RuleWindow> windows)
      throws IOException {
    super(name, context, null, subs, metadata);
    this.registry = registry;
    this.hash = hash;
    this.appliesPatterns = appliesPatterns;
    this.reading = reading;
    this.windows = windows;
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
    BitSet looking = rulesLooking(loaded.description());
    RuleTasks tasks = new RuleTasks(loaded.description(), windows, looking::get);
    return new TriplineAggregator(
        name, searchContext, metadata, loaded, tasks, reading, budget, outputsOf(loaded, looking));
  }

  private BitSet rulesLooking(RulesetDescription description) {
    BitSet looking = new BitSet();
    Set<String> names = names();
    for (int rule = 0; rule < description.rules().size(); rule++) {
      looking.set(rule, !appliesPatterns || looksAt(description.rules().get(rule).indices(), names));
    }
    return looking;
  }

  // By the patterns alone, and not by the rules that are due: so that whatever is due, the same is
  // known of a segment.
  private BitSet outputsOf(LoadedRuleset loaded, BitSet looking) {
    if (!appliesPatterns) {
      return null;
    }
    BitSet outputs = new BitSet();
    looking.stream()
        .map(rule -> loaded.description().rules().get(rule).output())
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
