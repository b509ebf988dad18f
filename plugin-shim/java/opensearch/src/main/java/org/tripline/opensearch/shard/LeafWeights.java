package org.tripline.opensearch.shard;

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
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * The queries of leaves that the engine cannot ask, for one search: made when a segment first needs
 * them, and gone with the search. They are not kept with the segments, because an automaton of each
 * pattern for each segment would be a hundred megabytes where an index is mapped otherwise than the
 * rules expect. One thread's.
 */
public final class LeafWeights {
  /** Reasons that are kept of one leaf, which may have thousands of values. */
  private static final int MAX_ERRORS = 10;

  /** Documents or terms between two looks at whether the search is still wanted. */
  static final int CHECK_EACH = 4096;

  private final RulesetDescription description;
  private final IndexSearcher searcher;
  private final QueryShardContext context;
  private final Runnable checkWanted;
  private final Map<Integer, Weight> weights = new HashMap<>(); // by leaf
  private final Map<Integer, List<LeafError>> errors = new HashMap<>(); // by leaf

  /** {@code checkWanted} throws if nobody wants the search's answer any more. */
  public LeafWeights(
      RulesetDescription description,
      IndexSearcher searcher,
      QueryShardContext context,
      Runnable checkWanted) {
    this.description = description;
    this.searcher = searcher;
    this.context = context;
    this.checkWanted = checkWanted;
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
    Leaf asked = description.leaves().get(leaf);
    Column column = description.columns().get(asked.field());
    try {
      return weight(
          LeafQueries.of(
              column, asked, context, (field, failure) -> refuse(leaf, field, failure)));
    } catch (RuntimeException | StackOverflowError e) {
      LeafError.requireOfLeaf(e);
      refuse(leaf, column.name(), e);
      return weight(new MatchNoDocsQuery("refused by " + column.name()));
    }
  }

  private Weight weight(Query query) throws IOException {
    return searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
  }

  private void refuse(int leaf, String field, Throwable failure) {
    List<LeafError> known = errors.computeIfAbsent(leaf, key -> new ArrayList<>());
    LeafError error = LeafError.of(leaf, field, failure);
    if (known.size() < MAX_ERRORS && !known.contains(error)) {
      known.add(error);
    }
  }
}
