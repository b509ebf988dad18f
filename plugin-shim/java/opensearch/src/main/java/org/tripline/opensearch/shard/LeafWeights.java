package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * The queries of leaves that the engine cannot ask, for one search: made ready when a segment first
 * needs them, and gone with the search. What is kept of them, and for an index, not for each of its
 * segments, are the queries alone ({@link KeptQueries}). One thread's.
 */
public final class LeafWeights implements Closeable {
  /** Reasons that are kept of one leaf, which may have thousands of values. */
  private static final int MAX_ERRORS = 10;

  /** Documents or terms between two looks at whether the search is still wanted. */
  static final int CHECK_EACH = 1024;

  private final MatchEngine engine;
  private final RulesetDescription description;
  private final SegmentCache cache;
  private final IndexSearcher searcher;
  private final QueryShardContext context;
  private final boolean isAlone;
  private final Runnable checkWanted;
  private SegmentCache.Borrowed<KeptQueries> queries; // once one is needed
  private final Map<Integer, Weight> weights = new HashMap<>(); // by leaf
  private final Map<Integer, List<LeafError>> errors = new HashMap<>(); // by leaf

  /** {@code checkWanted} throws if nobody wants the search's answer any more. */
  public LeafWeights(
      MatchEngine engine,
      SegmentCache cache,
      IndexSearcher searcher,
      QueryShardContext context,
      boolean isAlone,
      Runnable checkWanted) {
    this.engine = engine;
    this.description = engine.description();
    this.cache = cache;
    this.searcher = searcher;
    this.context = context;
    this.isAlone = isAlone;
    this.checkWanted = checkWanted;
  }

  /** True if fields mean something else to this search than to others. */
  boolean isAlone() {
    return isAlone;
  }

  /** Throws if nobody wants the search's answer any more: to be asked by all that takes long. */
  void checkWanted() {
    checkWanted.run();
  }

  /** What the field's type would not be asked of the leaf. Requires of(leaf). */
  List<LeafError> errorsOf(int leaf) {
    return errors.getOrDefault(leaf, List.of());
  }

  RulesetDescription description() {
    return description;
  }

  /** The leaf's query; what its field's type refuses matches nothing. */
  Weight of(int leaf) throws IOException {
    Weight made = weights.get(leaf);
    if (made == null) {
      made = make(leaf);
      weights.put(leaf, made);
    }
    return made;
  }

  private Weight make(int leaf) throws IOException {
    if (queries == null) {
      queries = cache.borrowQueries(engine, context, isAlone);
    }
    KeptQueries.Made made = queries.get().get(leaf);
    if (made == null) {
      made = makeQuery(leaf);
    }
    if (!made.errors().isEmpty()) {
      errors.put(leaf, made.errors());
    }
    try {
      return weight(made.query());
    } catch (RuntimeException | StackOverflowError e) {
      return refused(leaf, e);
    }
  }

  private KeptQueries.Made makeQuery(int leaf) throws IOException {
    Leaf asked = description.leaves().get(leaf);
    Column column = description.columns().get(asked.field());
    List<LeafError> refusals = new ArrayList<>();
    try {
      Query query =
          LeafQueries.of(
              column,
              asked,
              context,
              (field, failure) -> add(refusals, LeafError.of(leaf, field, failure)));
      KeptQueries.Made made = new KeptQueries.Made(query, List.copyOf(refusals));
      if (refusals.isEmpty() && KeptQueries.isTimeless(column, asked, context)) {
        queries.get().put(leaf, made);
      }
      return made;
    } catch (RuntimeException | StackOverflowError e) {
      LeafError.requireOfLeaf(e);
      add(refusals, LeafError.of(leaf, column.name(), e));
      return new KeptQueries.Made(nothing(column), refusals);
    }
  }

  private Weight refused(int leaf, Throwable failure) throws IOException {
    LeafError.requireOfLeaf(failure);
    Column column = description.columns().get(description.leaves().get(leaf).field());
    List<LeafError> known = new ArrayList<>(errorsOf(leaf));
    add(known, LeafError.of(leaf, column.name(), failure));
    errors.put(leaf, known);
    return weight(nothing(column));
  }

  private static Query nothing(Column column) {
    return new MatchNoDocsQuery("refused by " + column.name());
  }

  private Weight weight(Query query) throws IOException {
    return searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
  }

  private static void add(List<LeafError> known, LeafError error) {
    if (known.size() < MAX_ERRORS && !known.contains(error)) {
      known.add(error);
    }
  }

  @Override
  public void close() {
    if (queries != null) {
      queries.close();
      queries = null;
    }
  }
}
