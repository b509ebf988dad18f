package org.tripline.opensearch.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.RangeQueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.TimeRange;
import org.tripline.opensearch.jobs.JobWindow;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.search.InternalTripline;
import org.tripline.opensearch.search.RuleErrors;
import org.tripline.opensearch.search.RuleResult;
import org.tripline.opensearch.search.RuleWindow;
import org.tripline.opensearch.search.TriplineAggregationBuilder;

/**
 * The one search that matches a ruleset: over the indices that the caller names, whatever the rules
 * say, or else over the union of the rules' index patterns, each rule looking at its own. It fails
 * rather than answer for a part of the shards.
 */
public final class RulesetSearch {
  private static final String AGGREGATION = "tripline";
  private static final String TIMESTAMP = "@timestamp";
  private static final String BOUND_FORMAT = "epoch_millis||strict_date_optional_time";
  private static final long YEAR_1 = -62_135_596_800_000L;

  /** Parts of shards that wait for each other: their sum is what the coordinating node holds. */
  private static final int BATCHED_SHARDS = 32;

  /** Names of indices that are missing or closed are left out; stars mean open indices. */
  private static final IndicesOptions SKIPPING =
      IndicesOptions.fromOptions(true, true, true, false, true, true, false, false);

  private final NodeServices node;
  private final boolean usesOwnPatterns;
  private final String index; // null: the rules' own patterns
  private final List<Rule> rules;
  private final List<RuleWindow> windows; // empty: every document
  private final TimeRange range; // that holds every window
  private List<Job> jobs = List.of();
  private JobsAsked jobsAsked = JobsAsked.NONE;

  /** {@code index}: null for the rules' own patterns. */
  public RulesetSearch(
      String index,
      List<Rule> rules,
      List<RuleWindow> windows,
      TimeRange range,
      NodeServices node) {
    this.node = node;
    this.usesOwnPatterns = index == null;
    this.index = index;
    this.rules = rules;
    this.windows = windows;
    this.range = range;
  }

  /** Counts for anomaly jobs too. {@code described}: all jobs of the ruleset. */
  public RulesetSearch alsoFor(List<Job> described, JobsAsked asked) {
    jobs = described;
    jobsAsked = asked;
    return this;
  }

  /**
   * The answer, and what was looked at.
   *
   * @param result null if no shard was asked
   * @param skipped shards that have no document of the time range
   * @param warnings of indices that were left out
   */
  public record Found(
      InternalTripline result,
      long documents,
      int shards,
      int skipped,
      List<String> warnings,
      boolean usesOwnPatterns) {

    /** {@code rule}: its place in the ruleset. Null if nothing is known of it. */
    public RuleResult of(int rule) {
      return result == null ? null : result.rules().get(rule);
    }

    public RuleErrors errorsOf(int rule, Rule description) {
      RuleErrors errors = usesOwnPatterns ? RuleIndices.errorsOf(description) : new RuleErrors();
      if (of(rule) != null) {
        errors.addAll(of(rule).errors());
      }
      return errors;
    }
  }

  public Found run(RulesetStore.Stored ruleset) {
    RuleIndices indices = indices();
    if (indices.patterns().length == 0) {
      if (patterns().isEmpty()) {
        throw new IllegalArgumentException("no rule names an index; say [index]");
      }
      return new Found(null, 0, 0, 0, indices.warnings(), usesOwnPatterns);
    }
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .size(0)
            .trackTotalHits(true)
            .query(query())
            .aggregation(
                TriplineAggregationBuilder.resolved(
                    AGGREGATION,
                    node.registry(),
                    ruleset.name(),
                    ruleset.hash(),
                    usesOwnPatterns,
                    windows,
                    jobsAsked));
    SearchRequest request =
        new SearchRequest(indices.patterns())
            .indicesOptions(
                usesOwnPatterns || indices.findsAny()
                    ? SKIPPING
                    : IndicesOptions.strictExpandOpenAndForbidClosed())
            .allowPartialSearchResults(false)
            .requestCache(false)
            .source(source);
    request.setBatchedReduceSize(BATCHED_SHARDS);
    if (range.isGiven()) {
      request.setPreFilterShardSize(1); // a shard without such documents is not asked
    }
    SearchResponse response = node.client().search(request).actionGet();
    if (response.isTimedOut() || response.getFailedShards() > 0) {
      throw new IllegalStateException(
          "the search did not see every shard: "
              + response.getFailedShards()
              + " of "
              + response.getTotalShards()
              + " failed");
    }
    InternalTripline result =
        response.getAggregations() == null ? null : response.getAggregations().get(AGGREGATION);
    return new Found(
        result,
        response.getHits().getTotalHits().value(),
        response.getTotalShards(),
        response.getSkippedShards(),
        indices.warnings(),
        usesOwnPatterns);
  }

  private RuleIndices indices() {
    return usesOwnPatterns
        ? RuleIndices.ofPatterns(patterns(), node.state(), node.resolver())
        : RuleIndices.named(index, node.state(), node.resolver());
  }

  private List<String> patterns() {
    List<String> patterns = new ArrayList<>();
    rules.forEach(rule -> patterns.addAll(rule.indices()));
    jobsAsked.windows().forEach(window -> patterns.addAll(jobs.get(window.job()).indices()));
    return patterns;
  }

  // Each rule has its own timestamp and judges it on the shard; a document matters if any of the
  // timestamps in use is inside.
  private QueryBuilder query() {
    if (!range.isGiven()) {
      return QueryBuilders.matchAllQuery();
    }
    Set<String> fields = new TreeSet<>();
    for (Rule rule : rules) {
      fields.add(rule.timestampField());
      if (!rule.isTimestampFallbackDisabled()) {
        fields.add(TIMESTAMP);
      }
    }
    BoolQueryBuilder any = QueryBuilders.boolQuery().minimumShouldMatch(1);
    for (String field : fields) {
      any.should(inside(field, range.from(), range.to()));
    }
    jobBuckets().forEach(any::should);
    return QueryBuilders.boolQuery().filter(any);
  }

  // Whole buckets, which may begin before the range and end after it.
  private Set<QueryBuilder> jobBuckets() {
    Set<QueryBuilder> buckets = new LinkedHashSet<>();
    for (JobWindow window : jobsAsked.windows()) {
      Job job = jobs.get(window.job());
      buckets.add(inside(job.timeField(), window.firstMillis(job), window.lastMillis(job)));
    }
    return buckets;
  }

  private static QueryBuilder inside(String field, Long from, Long to) {
    RangeQueryBuilder inside = QueryBuilders.rangeQuery(field).format(BOUND_FORMAT);
    if (from != null && from > YEAR_1) {
      inside.gte(bound(from));
    }
    if (to != null) {
      inside.lte(bound(Math.max(to, YEAR_1)));
    }
    return inside;
  }

  // As a number, what is before 1970 would be read as a year.
  private static Object bound(long millis) {
    return millis >= 0 ? millis : Instant.ofEpochMilli(millis).toString();
  }
}
