package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.aggregations.InternalAggregation;
import org.tripline.opensearch.jobs.JobResults;
import org.tripline.opensearch.shard.ShardWork;

/**
 * The aggregation's result: per rule (by its place in the ruleset) what was found. Small, whatever
 * the number of documents. Parts merge in any order and grouping to the same result, and what was
 * merged is a part again. Its own version comes first ({@link WireVersion}).
 */
public final class InternalTripline extends InternalAggregation {
  /** Terms of one rule may take so many times the budget of a shard, once shards are merged. */
  private static final int MERGED_BUDGETS = 8;

  private final String node;
  private final String hash; // of the ruleset
  private final long budget; // bytes of a shard's finds
  private final Map<Integer, RuleResult> rules; // only rules with something to tell
  private final ShardWork work;
  private final JobResults jobs;

  InternalTripline(
      String name,
      String node,
      String hash,
      long budget,
      Map<Integer, RuleResult> rules,
      ShardWork work,
      JobResults jobs,
      Map<String, Object> metadata) {
    super(name, metadata);
    this.node = node;
    this.hash = hash;
    this.budget = budget;
    this.rules = new TreeMap<>(rules);
    this.work = work;
    this.jobs = jobs;
  }

  /** {@code reader}: the name of this node. */
  public InternalTripline(StreamInput in, String reader) throws IOException {
    super(in);
    node = WireVersion.read(in, reader);
    hash = in.readString();
    budget = in.readVLong();
    rules = new TreeMap<>(in.readMap(StreamInput::readVInt, RuleResult::new));
    work = new ShardWork(in);
    jobs = new JobResults(in);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    WireVersion.write(out, node);
    out.writeString(hash);
    out.writeVLong(budget);
    out.writeMap(rules, StreamOutput::writeVInt, (o, result) -> result.writeTo(o));
    work.writeTo(out);
    jobs.writeTo(out);
  }

  @Override
  public String getWriteableName() {
    return TriplineAggregationBuilder.NAME;
  }

  /** By a rule's place in the ruleset; rules that found nothing are not there. */
  public Map<Integer, RuleResult> rules() {
    return rules;
  }

  /** What anomaly jobs counted, where the search asked for it. */
  public JobResults jobs() {
    return jobs;
  }

  @Override
  public InternalAggregation reduce(
      List<InternalAggregation> aggregations, ReduceContext reduceContext) {
    Map<Integer, List<RuleResult>> parts = new TreeMap<>();
    List<JobResults> jobParts = new ArrayList<>();
    long leastBudget = budget;
    ShardWork all = new ShardWork();
    for (InternalAggregation aggregation : aggregations) {
      InternalTripline part = (InternalTripline) aggregation;
      requireSameRules(part);
      part.rules.forEach(
          (rule, result) -> parts.computeIfAbsent(rule, key -> new ArrayList<>()).add(result));
      leastBudget = Math.min(leastBudget, part.budget);
      all.add(part.work);
      jobParts.add(part.jobs);
    }
    long maxBytes = MERGED_BUDGETS * leastBudget;
    Map<Integer, RuleResult> merged = new TreeMap<>();
    parts.forEach((rule, results) -> merged.put(rule, RuleResult.merge(results, maxBytes)));
    return new InternalTripline(
        getName(),
        node,
        hash,
        leastBudget,
        merged,
        all,
        JobResults.merge(jobParts),
        getMetadata());
  }

  // Clusters resolve a name each for themselves.
  private void requireSameRules(InternalTripline part) {
    if (!part.hash.equals(hash)) {
      throw new IllegalArgumentException(
          "the nodes ["
              + node
              + "] and ["
              + part.node
              + "] matched different rulesets of one name; clusters that are searched together"
              + " need the same one");
    }
  }

  @Override
  protected boolean mustReduceOnSingleInternalAgg() {
    return false;
  }

  @Override
  public Object getProperty(List<String> path) {
    if (path.isEmpty()) {
      return this;
    }
    throw new IllegalArgumentException("path not supported for [" + getName() + "]: " + path);
  }

  @Override
  public XContentBuilder doXContentBody(XContentBuilder builder, Params params)
      throws IOException {
    work.toXContent(builder);
    builder.startObject("rules");
    for (RuleResult rule : rules.values()) {
      builder.startObject(rule.ruleId());
      builder.field("count", rule.count());
      if (!rule.errors().isEmpty()) {
        builder.field("errors", rule.errors());
      }
      builder.endObject();
    }
    builder.endObject();
    if (!jobs.jobs().isEmpty()) {
      builder.startObject("jobs");
      jobs.addTo(builder);
      builder.endObject();
    }
    return builder;
  }
}
