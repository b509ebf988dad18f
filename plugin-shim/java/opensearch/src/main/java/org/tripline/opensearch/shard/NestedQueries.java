package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.search.join.ToParentBlockJoinQuery;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.RulesetDescription.Node;

/**
 * A group over the objects of a nested field as a Lucene query: the objects are documents of their
 * own, in front of the document that they belong to.
 */
final class NestedQueries {
  /** A leaf on a field of objects of {@code mapper}. */
  interface InnerLeaf {
    Query query(Column column, Leaf leaf, ObjectMapper mapper) throws IOException;
  }

  private NestedQueries() {}

  static Query of(
      Column column,
      Leaf leaf,
      QueryShardContext context,
      LeafQueries.Refusals refusals,
      ObjectMapper around,
      InnerLeaf inner)
      throws IOException {
    ObjectMapper mapper = context.getObjectMapper(column.source());
    if (mapper == null || !mapper.nested().isNested()) {
      if (mapper != null || context.fieldMapper(column.source()) != null) {
        refusals.add(
            column.source(), new IllegalArgumentException("the field is not of type [nested]"));
      }
      return new MatchNoDocsQuery(column.source() + " is not nested here");
    }
    Query parents = around == null ? Queries.newNonNestedFilter() : around.nestedTypeFilter();
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Atom atom : leaf.atoms()) {
      Query asked =
          atom instanceof Atom.ObjectMatch match
              ? formula(match, mapper, inner)
              : Queries.newMatchAllQuery();
      Query objects =
          new BooleanQuery.Builder()
              .add(asked, Occur.FILTER)
              .add(mapper.nestedTypeFilter(), Occur.FILTER)
              .build();
      any.add(
          new ToParentBlockJoinQuery(objects, context.bitsetFilter(parents), ScoreMode.None),
          Occur.SHOULD);
    }
    return any.build();
  }

  private static Query formula(Atom.ObjectMatch match, ObjectMapper mapper, InnerLeaf inner)
      throws IOException {
    List<Query> made = new ArrayList<>(match.nodes().size());
    for (Node node : match.nodes()) {
      made.add(
          switch (node.op()) {
            case FALSE -> new MatchNoDocsQuery("never");
            case TRUE -> Queries.newMatchAllQuery();
            case LEAF -> {
              Leaf leaf = match.leaves().get(node.leaf());
              yield inner.query(match.fields().get(leaf.field()), leaf, mapper);
            }
            case NOT ->
                new BooleanQuery.Builder()
                    .add(Queries.newMatchAllQuery(), Occur.FILTER)
                    .add(made.get(node.operands().get(0)), Occur.MUST_NOT)
                    .build();
            case AND -> joined(node, made, Occur.FILTER);
            case OR -> joined(node, made, Occur.SHOULD);
          });
    }
    return made.get(match.root());
  }

  private static Query joined(Node node, List<Query> made, Occur occur) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    for (int operand : node.operands()) {
      all.add(made.get(operand), occur);
    }
    return all.build();
  }
}
