package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.index.Terms;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.SegmentPlan;
import org.tripline.engine.SegmentPlan.Knowledge;

/**
 * What a ruleset knows of one segment before it looks at a document: for every dictionary the
 * answers of its values, for every leaf where its rows come from, and the plan that follows.
 *
 * <p>A leaf whose answer is a handful of terms is read from their postings; one that every value
 * satisfies, from the field's existence; one that the engine cannot ask (a field without doc
 * values, or of another type than the ruleset thought), by the field type's own query. What is left
 * is read from columns, for the documents that still matter. Immutable; any thread may use it.
 */
public final class SegmentAnswers implements Closeable {
  /** Terms of a leaf at most, for it to be read from postings. */
  private static final int MAX_POSTINGS_TERMS = 64;

  private final FieldSource[] fields; // by field of the program
  private final LeafSource[] leaves; // by leaf; null: not given
  private final SegmentPlan plan;

  private SegmentAnswers(FieldSource[] fields, LeafSource[] leaves, SegmentPlan plan) {
    this.fields = fields;
    this.leaves = leaves;
    this.plan = plan;
  }

  public FieldSource field(int field) {
    return fields[field];
  }

  /** Requires a leaf that the plan wants to be given. */
  LeafSource leaf(int leaf) {
    return leaves[leaf];
  }

  public SegmentPlan plan() {
    return plan;
  }

  @Override
  public void close() {
    plan.close();
    closeAll(fields);
  }

  private static void closeAll(FieldSource[] fields) {
    for (FieldSource field : fields) {
      if (field != null && field.answers() != null) {
        field.answers().close();
      }
    }
  }

  static SegmentAnswers decide(
      MatchEngine engine, LeafReader reader, QueryShardContext context, Reading reading)
      throws IOException {
    return new Decider(engine, reader, context, reading).run();
  }

  private static final class Decider {
    private final MatchEngine engine;
    private final RulesetDescription description;
    private final LeafReader reader;
    private final QueryShardContext context;
    private final Reading reading;
    private final FieldSource[] fields;
    private final LeafSource[] leaves;
    private final Knowledge[] knowledge;
    private final Map<Integer, List<Integer>> leavesOfField = new HashMap<>();

    Decider(MatchEngine engine, LeafReader reader, QueryShardContext context, Reading reading) {
      this.engine = engine;
      this.description = engine.description();
      this.reader = reader;
      this.context = context;
      this.reading = reading;
      this.fields = new FieldSource[description.numProgramFields()];
      this.leaves = new LeafSource[description.leaves().size()];
      this.knowledge = new Knowledge[leaves.length];
      Arrays.fill(knowledge, Knowledge.UNKNOWN);
      for (int leaf = 0; leaf < leaves.length; leaf++) {
        leavesOfField
            .computeIfAbsent(description.leaves().get(leaf).field(), key -> new ArrayList<>())
            .add(leaf);
      }
    }

    SegmentAnswers run() throws IOException {
      boolean isDone = false;
      try {
        for (int field = 0; field < fields.length; field++) {
          fields[field] = FieldSource.of(description.columns().get(field), reader, context);
          switch (fields[field].way()) {
            case ABSENT -> setAll(field, Knowledge.NEVER);
            case CODES -> decideCodes(field);
            case NUMBERS -> findExists(field);
            case QUERIES -> askQueries(field);
          }
        }
        SegmentAnswers answers =
            new SegmentAnswers(fields, leaves, new SegmentPlan(engine, knowledge));
        isDone = true;
        return answers;
      } finally {
        if (!isDone) {
          closeAll(fields);
        }
      }
    }

    private List<Integer> leavesOf(int field) {
      return leavesOfField.getOrDefault(field, List.of());
    }

    private void setAll(int field, Knowledge value) {
      for (int leaf : leavesOf(field)) {
        knowledge[leaf] = value;
      }
    }

    // The whole dictionary once, in its order: cheaper than values one by one as soon as a tenth
    // of them occurs.
    private void decideCodes(int field) throws IOException {
      if (leavesOf(field).isEmpty()) {
        return;
      }
      String name = fields[field].name();
      SortedSetDocValues values = fields[field].codes(reader);
      try (FieldAnswers.Builder builder = new FieldAnswers.Builder(engine, field)) {
        var terms = values.termsEnum();
        for (BytesRef term = terms.next(); term != null; term = terms.next()) {
          builder.add(term.bytes, term.offset, term.length);
        }
        fields[field] = fields[field].with(builder.build());
      }
      if (reading == Reading.COLUMNS) {
        return;
      }
      List<Integer> fieldLeaves = leavesOf(field);
      FieldAnswers.LeafValues[] found =
          fields[field].answers().valuesOfLeaves(fieldLeaves.size(), MAX_POSTINGS_TERMS);
      Terms postings = fields[field].hasPostings() ? reader.terms(name) : null;
      for (int i = 0; i < found.length; i++) {
        int leaf = fieldLeaves.get(i);
        if (found[i].numValues() == 0) {
          knowledge[leaf] = Knowledge.NEVER;
        } else if (found[i].numValues() == values.getValueCount()) {
          give(leaf, new LeafSource.Existing(fields[field]));
        } else if (postings != null && found[i].numValues() <= MAX_POSTINGS_TERMS) {
          give(leaf, new LeafSource.Postings(name, termsOf(values, found[i].codes())));
        }
      }
    }

    private static BytesRef[] termsOf(SortedSetDocValues values, int[] codes) throws IOException {
      BytesRef[] terms = new BytesRef[codes.length];
      for (int i = 0; i < codes.length; i++) {
        terms[i] = BytesRef.deepCopyOf(values.lookupOrd(codes[i]));
      }
      return terms;
    }

    private void findExists(int field) {
      if (reading == Reading.COLUMNS) {
        return;
      }
      for (int leaf : leavesOf(field)) {
        Leaf asked = description.leaves().get(leaf);
        if (asked.atoms().stream().anyMatch(RulesetDescription.Atom.Exists.class::isInstance)) {
          give(leaf, new LeafSource.Existing(fields[field]));
        }
      }
    }

    private void askQueries(int field) {
      for (int leaf : leavesOf(field)) {
        give(leaf, new LeafSource.Queried(leaf));
      }
    }

    private void give(int leaf, LeafSource source) {
      leaves[leaf] = source;
      knowledge[leaf] = Knowledge.KNOWN;
    }
  }
}
