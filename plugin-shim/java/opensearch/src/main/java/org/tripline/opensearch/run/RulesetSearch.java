package org.tripline.opensearch.run;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.core.common.Strings;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.RangeQueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.jobs.JobWindow;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.search.InternalTripline;
import org.tripline.opensearch.search.RuleWindow;
import org.tripline.opensearch.search.TriplineAggregationBuilder;

/**
 * The one search that matches a ruleset: over the indices that the caller names, whatever the rules
 * say, or else over the union of the rules' index patterns, each rule looking at its own. It fails
 * rather than answer for a part of the shards.
 */
final class RulesetSearch {
  private static final String AGGREGATION = "tripline";
  private static final String TIMESTAMP = "@timestamp";
  private static final String BOUND_FORMAT = "epoch_millis||strict_date_optional_time";
  private static final long YEAR_1 = -62_135_596_800_000L;

  private final String index; // null: the rules' own patterns
  private final List<Rule> rules;
  private final List<RuleWindow> windows; // empty: every document
  private final TimeRange range; // that holds every window
  private List<Job> jobs = List.of();
  private JobsAsked jobsAsked = JobsAsked.NONE;

  RulesetSearch(String index, List<Rule> rules, List<RuleWindow> windows, TimeRange range) {
    this.index = index;
    this.rules = rules;
    this.windows = windows;
    this.range = range;
  }

  /** Counts for anomaly jobs too. {@code described}: all jobs of the ruleset. */
  RulesetSearch alsoFor(List<Job> described, JobsAsked asked) {
    jobs = described;
    jobsAsked = asked;
    return this;
  }

  /** The answer, and how many documents were looked at. */
  record Found(InternalTripline result, long documents, int shards) {}

  Found run(Client client, RulesetRegistry registry, RulesetStore.Stored ruleset) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .size(0)
            .trackTotalHits(true)
            .query(query())
            .aggregation(
                TriplineAggregationBuilder.resolved(
                    AGGREGATION,
                    registry,
                    ruleset.name(),
                    ruleset.hash(),
                    index == null,
                    windows,
                    jobsAsked));
    SearchRequest request =
        new SearchRequest(indices())
            .indicesOptions(
                index == null
                    ? IndicesOptions.lenientExpandOpen()
                    : IndicesOptions.strictExpandOpen())
            .allowPartialSearchResults(false)
            .requestCache(false)
            .source(source);
    SearchResponse response = client.search(request).actionGet();
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
        result, response.getHits().getTotalHits().value(), response.getTotalShards());
  }

  private String[] indices() {
    if (index != null) {
      return Strings.splitStringByCommaToArray(index);
    }
    Set<String> patterns = new LinkedHashSet<>();
    rules.forEach(rule -> patterns.addAll(rule.indices()));
    jobsAsked.windows().forEach(window -> patterns.addAll(jobs.get(window.job()).indices()));
    patterns.removeIf(pattern -> pattern.startsWith("-") || pattern.contains(":"));
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException("no rule names an index; say [index]");
    }
    return patterns.toArray(new String[0]);
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
