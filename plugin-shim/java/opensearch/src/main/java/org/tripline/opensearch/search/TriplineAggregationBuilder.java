package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.util.SetOnce;
import org.opensearch.core.ParseField;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ObjectParser;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.aggregations.AbstractAggregationBuilder;
import org.opensearch.search.aggregations.AggregationBuilder;
import org.opensearch.search.aggregations.AggregatorFactories;
import org.opensearch.search.aggregations.AggregatorFactory;
import org.tripline.opensearch.jobs.JobsAsked;
import org.tripline.opensearch.rulesets.RulesetName;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetResolver;
import org.tripline.opensearch.shard.Reading;

/**
 * The aggregation {@code {"tripline": {"ruleset": "name"}}}: matches a ruleset over the search's
 * documents. The coordinating node resolves the name to a content hash and sees to it that every
 * node holds that ruleset; shards only know the hash.
 */
public final class TriplineAggregationBuilder
    extends AbstractAggregationBuilder<TriplineAggregationBuilder> {
  public static final String NAME = "tripline";

  private static final class Body {
    private String ruleset;
    private boolean appliesPatterns;
    private boolean countsJobs;
    private Reading reading = Reading.VERDICTS;
  }

  private static final ObjectParser<Body, Void> PARSER = new ObjectParser<>(NAME, Body::new);

  static {
    PARSER.declareString((body, name) -> body.ruleset = name, new ParseField("ruleset"));
    PARSER.declareBoolean(
        (body, applies) -> body.appliesPatterns = applies, new ParseField("index_patterns"));
    PARSER.declareBoolean((body, counts) -> body.countsJobs = counts, new ParseField("jobs"));
    PARSER.declareString(
        (body, reading) -> body.reading = Reading.valueOf(reading.toUpperCase(Locale.ROOT)),
        new ParseField("reading"));
  }

  private final RulesetRegistry registry;
  private final String ruleset;
  private final String hash; // null until it is resolved
  private final boolean appliesPatterns;
  private final Reading reading;
  private final List<RuleWindow> windows; // empty: all rules, all documents
  private final JobsAsked jobs;

  private TriplineAggregationBuilder(
      String name,
      RulesetRegistry registry,
      String ruleset,
      String hash,
      boolean appliesPatterns,
      Reading reading,
      List<RuleWindow> windows,
      JobsAsked jobs) {
    super(name);
    this.registry = registry;
    this.ruleset = ruleset;
    this.hash = hash;
    this.appliesPatterns = appliesPatterns;
    this.reading = reading;
    this.windows = windows;
    this.jobs = jobs;
  }

  /**
   * With what {@link RulesetResolver} found.
   *
   * @param registry this node's: a shard on the same node is asked without a copy on the wire
   * @param appliesPatterns whether a rule looks at indices of its own patterns only
   */
  public static TriplineAggregationBuilder resolved(
      String name,
      RulesetRegistry registry,
      String ruleset,
      String hash,
      boolean appliesPatterns,
      List<RuleWindow> windows,
      JobsAsked jobs) {
    return new TriplineAggregationBuilder(
        name, registry, ruleset, hash, appliesPatterns, Reading.VERDICTS, windows, jobs);
  }

  public TriplineAggregationBuilder(StreamInput in, RulesetRegistry registry) throws IOException {
    super(in);
    this.registry = registry;
    WireVersion.read(in, registry.nodeName());
    ruleset = in.readString();
    hash = in.readOptionalString();
    appliesPatterns = in.readBoolean();
    reading = in.readEnum(Reading.class);
    windows = RuleWindow.readAll(in);
    jobs = new JobsAsked(in);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    WireVersion.write(out, registry.nodeName());
    out.writeString(ruleset);
    out.writeOptionalString(hash);
    out.writeBoolean(appliesPatterns);
    out.writeEnum(reading);
    RuleWindow.writeAll(out, windows);
    jobs.writeTo(out);
  }

  public static TriplineAggregationBuilder parse(
      String name, XContentParser parser, RulesetRegistry registry) throws IOException {
    Body body = PARSER.parse(parser, null);
    return new TriplineAggregationBuilder(
        name,
        registry,
        RulesetName.check(body.ruleset),
        null,
        body.appliesPatterns,
        body.reading,
        List.of(),
        body.countsJobs ? JobsAsked.ALL : JobsAsked.NONE);
  }

  private TriplineAggregationBuilder(
      TriplineAggregationBuilder clone,
      AggregatorFactories.Builder factories,
      Map<String, Object> metadata) {
    super(clone, factories, metadata);
    this.registry = clone.registry;
    this.ruleset = clone.ruleset;
    this.hash = clone.hash;
    this.appliesPatterns = clone.appliesPatterns;
    this.reading = clone.reading;
    this.windows = clone.windows;
    this.jobs = clone.jobs;
  }

  @Override
  protected AggregationBuilder shallowCopy(
      AggregatorFactories.Builder factories, Map<String, Object> metadata) {
    return new TriplineAggregationBuilder(this, factories, metadata);
  }

  @Override
  protected AggregationBuilder doRewrite(QueryRewriteContext context) {
    if (hash != null || context.convertToShardContext() != null) {
      return this;
    }
    SetOnce<String> resolved = new SetOnce<>();
    context.registerAsyncAction(
        (client, listener) ->
            new RulesetResolver(client, registry)
                .resolve(
                    ruleset,
                    ActionListener.wrap(
                        stored -> {
                          resolved.set(stored.hash());
                          listener.onResponse(null);
                        },
                        listener::onFailure)));
    return new Resolving(this, resolved);
  }

  /** Stands in while the name is being resolved. */
  private static final class Resolving extends AbstractAggregationBuilder<Resolving> {
    private final TriplineAggregationBuilder waiting;
    private final SetOnce<String> hash;

    Resolving(TriplineAggregationBuilder waiting, SetOnce<String> hash) {
      super(waiting.getName());
      this.waiting = waiting;
      this.hash = hash;
    }

    @Override
    protected AggregationBuilder doRewrite(QueryRewriteContext context) {
      if (hash.get() == null) {
        return this;
      }
      return new TriplineAggregationBuilder(
          getName(),
          waiting.registry,
          waiting.ruleset,
          hash.get(),
          waiting.appliesPatterns,
          waiting.reading,
          waiting.windows,
          waiting.jobs);
    }

    @Override
    protected void doWriteTo(StreamOutput out) {
      throw new IllegalStateException("a ruleset's name is resolved before the search leaves");
    }

    @Override
    protected AggregatorFactory doBuild(
        QueryShardContext context, AggregatorFactory parent, AggregatorFactories.Builder subs) {
      throw new IllegalStateException("a ruleset's name is resolved before the search is built");
    }

    @Override
    protected AggregationBuilder shallowCopy(
        AggregatorFactories.Builder factories, Map<String, Object> metadata) {
      return this;
    }

    @Override
    protected XContentBuilder internalXContent(XContentBuilder builder, Params params)
        throws IOException {
      return waiting.internalXContent(builder, params);
    }

    @Override
    public BucketCardinality bucketCardinality() {
      return BucketCardinality.NONE;
    }

    @Override
    public String getType() {
      return NAME;
    }
  }

  @Override
  protected AggregatorFactory doBuild(
      QueryShardContext context, AggregatorFactory parent, AggregatorFactories.Builder subs)
      throws IOException {
    if (parent != null || !subs.getAggregatorFactories().isEmpty()) {
      throw new IllegalArgumentException(
          "[" + NAME + "] stands at the top of the aggregations and has none below it");
    }
    // Rules may ask for the time, and leaves that could not be asked may be some time later.
    context.setIsCacheable(false);
    return new TriplineAggregatorFactory(
        name, context, subs, metadata, registry, hash, appliesPatterns, reading, windows, jobs);
  }

  @Override
  protected XContentBuilder internalXContent(XContentBuilder builder, Params params)
      throws IOException {
    return builder
        .startObject()
        .field("ruleset", ruleset)
        .field("index_patterns", appliesPatterns)
        .field("jobs", jobs.isAll())
        .field("reading", reading.name().toLowerCase(Locale.ROOT))
        .endObject();
  }

  @Override
  public BucketCardinality bucketCardinality() {
    return BucketCardinality.NONE;
  }

  @Override
  public String getType() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && other instanceof TriplineAggregationBuilder that
        && Objects.equals(ruleset, that.ruleset)
        && Objects.equals(hash, that.hash)
        && appliesPatterns == that.appliesPatterns
        && reading == that.reading
        && windows.equals(that.windows)
        && jobs.equals(that.jobs);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), ruleset, hash, appliesPatterns, reading, windows, jobs);
  }
}
