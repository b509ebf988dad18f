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

/**
 * The aggregation's result: per rule (by its place in the ruleset) what was found. Small, whatever
 * the number of documents. Its own version comes first, so that nodes of different versions tell
 * each other apart.
 */
public final class InternalTripline extends InternalAggregation {
  private static final int VERSION = 1;

  private final Map<Integer, RuleResult> rules; // only rules with something to tell
  private final Map<Integer, String> ruleIds;
  private final Map<Integer, Integer> maxFinds;
  private final long valuesRead;

  InternalTripline(
      String name,
      Map<Integer, RuleResult> rules,
      Map<Integer, String> ruleIds,
      Map<Integer, Integer> maxFinds,
      long valuesRead,
      Map<String, Object> metadata) {
    super(name, metadata);
    this.rules = new TreeMap<>(rules);
    this.ruleIds = ruleIds;
    this.maxFinds = maxFinds;
    this.valuesRead = valuesRead;
  }

  public InternalTripline(StreamInput in) throws IOException {
    super(in);
    int version = in.readVInt();
    if (version != VERSION) {
      throw new IllegalStateException(
          "a partial result of version " + version + "; this node understands " + VERSION);
    }
    rules = new TreeMap<>(in.readMap(StreamInput::readVInt, RuleResult::new));
    ruleIds = in.readMap(StreamInput::readVInt, StreamInput::readString);
    maxFinds = in.readMap(StreamInput::readVInt, StreamInput::readVInt);
    valuesRead = in.readVLong();
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    out.writeVInt(VERSION);
    out.writeMap(rules, StreamOutput::writeVInt, (o, result) -> result.writeTo(o));
    out.writeMap(ruleIds, StreamOutput::writeVInt, StreamOutput::writeString);
    out.writeMap(maxFinds, StreamOutput::writeVInt, StreamOutput::writeVInt);
    out.writeVLong(valuesRead);
  }

  @Override
  public String getWriteableName() {
    return TriplineAggregationBuilder.NAME;
  }

  /** By a rule's place in the ruleset; rules that found nothing are not there. */
  public Map<Integer, RuleResult> rules() {
    return rules;
  }

  @Override
  public InternalAggregation reduce(
      List<InternalAggregation> aggregations, ReduceContext reduceContext) {
    Map<Integer, List<RuleResult>> parts = new TreeMap<>();
    Map<Integer, String> ids = new TreeMap<>();
    Map<Integer, Integer> caps = new TreeMap<>();
    long read = 0;
    for (InternalAggregation aggregation : aggregations) {
      InternalTripline part = (InternalTripline) aggregation;
      part.rules.forEach(
          (rule, result) -> parts.computeIfAbsent(rule, key -> new ArrayList<>()).add(result));
      ids.putAll(part.ruleIds);
      caps.putAll(part.maxFinds);
      read += part.valuesRead;
    }
    Map<Integer, RuleResult> merged = new TreeMap<>();
    parts.forEach(
        (rule, results) ->
            merged.put(rule, RuleResult.merge(results, caps.getOrDefault(rule, 0))));
    return new InternalTripline(getName(), merged, ids, caps, read, getMetadata());
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
    builder.field("values_read", valuesRead).startObject("rules");
    for (Map.Entry<Integer, RuleResult> rule : rules.entrySet()) {
      builder.startObject(ruleIds.get(rule.getKey()));
      builder.field("count", rule.getValue().count());
      if (!rule.getValue().errors().isEmpty()) {
        builder.field("errors", rule.getValue().errors());
      }
      builder.endObject();
    }
    return builder.endObject();
  }
}
