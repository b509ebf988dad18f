package org.tripline.failing;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilterDocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MultiTermQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.SourceValueFetcher;
import org.opensearch.index.mapper.StringFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.lookup.SearchLookup;

/**
 * A field of whole texts, type {@code failing}, whose queries fail at the point that {@code when}
 * names: never, query, stack, breaker, rewrite, weight, scorer, score; or, if it is slow, find each
 * document after a millisecond. Its values are text.
 */
final class FailingField extends ParametrizedFieldMapper {
  static final String NAME = "failing";
  static final TypeParser PARSER = new TypeParser((name, context) -> new Builder(name));

  private final String when;

  private FailingField(String name, String when, CopyTo copyTo, MultiFields fields, Type type) {
    super(name, type, fields, copyTo);
    this.when = when;
  }

  private static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Parameter<String> when =
        Parameter.stringParam("when", false, mapper -> ((FailingField) mapper).when, "never");

    Builder(String name) {
      super(name);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(when);
    }

    @Override
    public FailingField build(BuilderContext context) {
      return new FailingField(
          name,
          when.getValue(),
          copyTo.build(),
          multiFieldsBuilder.build(this, context),
          new Type(buildFullName(context), when.getValue()));
    }
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName()).init((FieldMapper) this);
  }

  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    String value = context.parser().textOrNull();
    if (value != null) {
      context.doc().add(new StringField(fieldType().name(), value, Field.Store.NO));
      createFieldNamesField(context);
    }
  }

  @Override
  protected String contentType() {
    return NAME;
  }

  private static final class Type extends StringFieldType {
    private final String when;

    Type(String name, String when) {
      super(name, true, false, false, TextSearchInfo.SIMPLE_MATCH_ONLY, Map.of());
      this.when = when;
    }

    @Override
    public String typeName() {
      return NAME;
    }

    @Override
    public ValueFetcher valueFetcher(
        QueryShardContext context, SearchLookup lookup, String format) {
      return SourceValueFetcher.toString(name(), context, format);
    }

    @Override
    public Query termQuery(Object value, QueryShardContext context) {
      return failing(super.termQuery(value, context));
    }

    @Override
    public Query wildcardQuery(
        String value,
        MultiTermQuery.RewriteMethod method,
        boolean caseInsensitive,
        QueryShardContext context) {
      return failing(super.wildcardQuery(value, method, caseInsensitive, context));
    }

    private Query failing(Query query) {
      return switch (when) {
        case "never" -> query;
        case "query" -> throw new IllegalStateException("no query of [" + name() + "] today");
        case "stack" -> throw new StackOverflowError();
        case "breaker" ->
            throw new CircuitBreakingException(
                "too much for one request", CircuitBreaker.Durability.TRANSIENT);
        default -> new Failing(when);
      };
    }
  }

  /** Finds every document, until it fails. */
  private static final class Failing extends Query {
    private final String when;

    Failing(String when) {
      this.when = when;
    }

    private void linger() {
      if (when.equals("slow")) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    private void fail(String now) {
      if (when.equals(now)) {
        throw new IllegalStateException("it fails: " + now);
      }
    }

    @Override
    public Query rewrite(IndexSearcher searcher) {
      fail("rewrite");
      return this;
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost)
        throws IOException {
      fail("weight");
      Weight all = new MatchAllDocsQuery().createWeight(searcher, mode, boost);
      return new ConstantScoreWeight(this, boost) {
        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext segment) throws IOException {
          fail("scorer");
          DocIdSetIterator documents =
              new FilterDocIdSetIterator(all.scorer(segment).iterator()) {
                @Override
                public int nextDoc() throws IOException {
                  linger();
                  int doc = super.nextDoc();
                  if (doc == 1) {
                    fail("score");
                  }
                  return doc;
                }
              };
          return new DefaultScorerSupplier(new ConstantScoreScorer(boost, mode, documents));
        }

        @Override
        public boolean isCacheable(LeafReaderContext segment) {
          return false;
        }
      };
    }

    @Override
    public void visit(QueryVisitor visitor) {
      visitor.visitLeaf(this);
    }

    @Override
    public String toString(String field) {
      return "failing when " + when;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Failing that && when.equals(that.when);
    }

    @Override
    public int hashCode() {
      return when.hashCode();
    }
  }
}
