package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * The queries of leaves that the engine cannot ask, for one search: made when a segment first needs
 * them, and gone with the search. They are not kept with the segments, because an automaton of each
 * pattern for each segment would be a hundred megabytes where an index is mapped otherwise than the
 * rules expect. One thread's.
 */
public final class LeafWeights {
  private final RulesetDescription description;
  private final IndexSearcher searcher;
  private final QueryShardContext context;
  private final Map<Integer, Weight> weights = new HashMap<>(); // by leaf
  private final Set<Integer> refused = new HashSet<>();

  public LeafWeights(
      RulesetDescription description, IndexSearcher searcher, QueryShardContext context) {
    this.description = description;
    this.searcher = searcher;
    this.context = context;
  }

  /** True if the field's type would not be asked a part of the leaf. Requires of(leaf). */
  boolean isRefused(int leaf) {
    return refused.contains(leaf);
  }

  Weight of(int leaf) throws IOException {
    Weight made = weights.get(leaf);
    if (made == null) {
      Leaf asked = description.leaves().get(leaf);
      var query = LeafQueries.of(description.columns().get(asked.field()), asked, context);
      if (LeafQueries.isRefused(query)) {
        refused.add(leaf);
      }
      made = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
      weights.put(leaf, made);
    }
    return made;
  }
}
