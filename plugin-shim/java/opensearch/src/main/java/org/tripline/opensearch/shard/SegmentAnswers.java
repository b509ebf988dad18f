package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.RoaringDocIdSet;
import org.opensearch.index.mapper.BooleanFieldMapper;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.SegmentPlan;
import org.tripline.engine.SegmentPlan.Knowledge;

/**
 * What a ruleset knows of one segment before it looks at a document: for every dictionary the
 * answers of its values, for every leaf where its rows come from, and the plan that follows.
 *
 * <p>A leaf of few documents is looked up at once, and its documents are kept ({@link
 * LeafDocuments}). Of the others, one whose answer is a handful of terms is read from their
 * postings; one that every value satisfies, from the field's existence; one that the engine cannot
 * ask (a field without doc values, or of another type than the ruleset thought), by the field
 * type's own query. What is left is read from columns, for the documents that still matter. Through
 * a reader that hides or changes values ({@link ReaderTrust}) every leaf is asked by queries, so
 * that it finds what its searcher's own searches find; only value lists are columns there too.
 * Immutable; any thread may use it.
 */
public final class SegmentAnswers implements Closeable {
  /** Terms of a leaf at most, for it to be read from postings by every search. */
  private static final int MAX_POSTINGS_TERMS = 64;

  /** And for its documents to be looked up once and kept. */
  private static final int MAX_KEPT_TERMS = 256;

  private final FieldSource[] fields; // by field of the program
  private final LeafSource[] leaves; // by leaf; null: not given
  private final SegmentPlan plan;
  private final List<LeafError> errors;

  private SegmentAnswers(
      FieldSource[] fields, LeafSource[] leaves, SegmentPlan plan, List<LeafError> errors) {
    this.fields = fields;
    this.leaves = leaves;
    this.plan = plan;
    this.errors = List.copyOf(errors);
  }

  /** Leaves that are false here because they could not be asked. */
  public List<LeafError> errors() {
    return errors;
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
      MatchEngine engine,
      LeafReaderContext segment,
      LeafWeights weights,
      QueryShardContext context,
      Reading reading)
      throws IOException {
    return new Decider(engine, segment, weights, context, reading).run();
  }

  private static final class Decider {
    private final MatchEngine engine;
    private final RulesetDescription description;
    private final LeafReaderContext segment;
    private final LeafReader reader;
    private final boolean showsAllValues;
    private final LeafWeights weights;
    private final LeafDocuments documents;
    private final QueryShardContext context;
    private final Reading reading;
    private final FieldSource[] fields;
    private final LeafSource[] leaves;
    private final Knowledge[] knowledge;
    private final List<LeafError> errors = new ArrayList<>();
    private final Map<Integer, List<Integer>> leavesOfField = new HashMap<>();

    Decider(
        MatchEngine engine,
        LeafReaderContext segment,
        LeafWeights weights,
        QueryShardContext context,
        Reading reading) {
      this.engine = engine;
      this.description = engine.description();
      this.segment = segment;
      this.reader = segment.reader();
      this.showsAllValues = ReaderTrust.showsAllValues(reader);
      this.weights = weights;
      this.documents = new LeafDocuments(reader.maxDoc());
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
          try {
            decide(field);
          } catch (RuntimeException | StackOverflowError e) {
            LeafError.requireOfLeaf(e);
            giveUp(field, e);
          }
        }
        SegmentAnswers answers =
            new SegmentAnswers(fields, leaves, new SegmentPlan(engine, knowledge), errors);
        isDone = true;
        return answers;
      } finally {
        if (!isDone) {
          closeAll(fields);
        }
      }
    }

    private FieldSource source(int field) {
      var column = description.columns().get(field);
      List<Integer> asked = leavesOf(field);
      boolean isAsked =
          asked.stream().anyMatch(leaf -> description.leaves().get(leaf).isRelative())
              || (!showsAllValues && asked.stream().noneMatch(this::isValueList));
      return isAsked ? FieldSource.asked(column) : FieldSource.of(column, reader, context);
    }

    private boolean isValueList(int leaf) {
      return description.leaves().get(leaf).atoms().stream()
          .anyMatch(Atom.ValueList.class::isInstance);
    }

    private void decide(int field) throws IOException {
      weights.checkWanted();
      fields[field] = source(field);
      switch (fields[field].way()) {
        case ABSENT -> setAll(field, Knowledge.NEVER);
        case CODES -> decideCodes(field);
        case NUMBERS -> lookUpNumbers(field);
        case QUERIES -> askQueries(field);
      }
    }

    private void giveUp(int field, Throwable failure) {
      if (fields[field] != null && fields[field].answers() != null) {
        fields[field].answers().close();
      }
      String name = description.columns().get(field).name();
      fields[field] = FieldSource.asked(description.columns().get(field));
      setAll(field, Knowledge.NEVER);
      leavesOf(field).forEach(leaf -> errors.add(LeafError.of(leaf, name, failure)));
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
        int seen = 0;
        for (BytesRef term = terms.next(); term != null; term = terms.next()) {
          builder.add(term.bytes, term.offset, term.length);
          if (++seen % LeafWeights.CHECK_EACH == 0) {
            weights.checkWanted();
          }
        }
        fields[field] = fields[field].with(builder.build());
      }
      if (!showsAllValues) {
        askQueries(field);
        return;
      }
      if (reading == Reading.COLUMNS) {
        return;
      }
      List<Integer> fieldLeaves = leavesOf(field);
      FieldAnswers.LeafValues[] found =
          fields[field].answers().valuesOfLeaves(fieldLeaves.size(), MAX_KEPT_TERMS);
      boolean hasPostings = fields[field].hasPostings() && reader.terms(name) != null;
      for (int i = 0; i < found.length; i++) {
        int leaf = fieldLeaves.get(i);
        if (found[i].numValues() == 0) {
          knowledge[leaf] = Knowledge.NEVER;
        } else if (found[i].numValues() == values.getValueCount()) {
          giveOrKeep(leaf, new LeafSource.Existing(fields[field]));
        } else if (hasPostings && found[i].numValues() <= MAX_KEPT_TERMS) {
          lookUpTerms(
              leaf, LeafSource.Postings.of(reader, name, termsOf(values, found[i].codes())));
        } else if (fields[field].kind() == ColumnKind.ADDRESS) {
          lookUpPoints(leaf);
        }
      }
    }

    private void lookUpTerms(int leaf, LeafSource.Postings source) throws IOException {
      if (source.terms().size() <= MAX_POSTINGS_TERMS) {
        giveOrKeep(leaf, source);
      } else {
        keep(leaf, documents.ofFew(source.open(segment, weights)));
      }
    }

    // Points know at once about how many documents are in a range. To keep larger sets was tried:
    // small windows cost twice as much with them (docs/decisions/004-reading-on-a-shard.md).
    private void lookUpPoints(int leaf) throws IOException {
      var weight = weights.of(leaf);
      if (!weights.errorsOf(leaf).isEmpty()) {
        return; // the column decides
      }
      ScorerSupplier supplier = weight.scorerSupplier(segment);
      if (supplier == null) {
        knowledge[leaf] = Knowledge.NEVER;
      } else if (documents.isFew(supplier.cost())) {
        keep(leaf, documents.ofFew(List.of(supplier.get(Long.MAX_VALUE).iterator())));
      }
    }

    private static List<BytesRef> termsOf(SortedSetDocValues values, int[] codes)
        throws IOException {
      List<BytesRef> terms = new ArrayList<>(codes.length);
      for (int code : codes) {
        terms.add(BytesRef.deepCopyOf(values.lookupOrd(code)));
      }
      return terms;
    }

    private void lookUpNumbers(int field) throws IOException {
      if (!showsAllValues) {
        askQueries(field);
        return;
      }
      if (reading == Reading.COLUMNS) {
        return;
      }
      for (int leaf : leavesOf(field)) {
        List<Atom> atoms = description.leaves().get(leaf).atoms();
        if (atoms.stream().anyMatch(Atom.Exists.class::isInstance)) {
          giveOrKeep(leaf, new LeafSource.Existing(fields[field]));
        } else if (isValueList(leaf)) {
          continue; // the column decides
        } else if (fields[field].hasPostings()) {
          lookUpBooleans(leaf, fields[field], atoms);
        } else if (fields[field].kind() == ColumnKind.INTEGER) {
          lookUpPoints(leaf);
        }
      }
    }

    private void lookUpBooleans(int leaf, FieldSource field, List<Atom> atoms) throws IOException {
      List<BytesRef> terms = new ArrayList<>();
      for (int value = 0; value <= 1; value++) {
        int asked = value;
        if (atoms.stream()
            .anyMatch(
                atom ->
                    atom instanceof Atom.IntegerRange range
                        && range.first() <= asked
                        && asked <= range.last())) {
          terms.add(value == 0 ? BooleanFieldMapper.Values.FALSE : BooleanFieldMapper.Values.TRUE);
        }
      }
      giveOrKeep(leaf, LeafSource.Postings.of(reader, field.name(), terms));
    }

    private void askQueries(int field) throws IOException {
      for (int leaf : leavesOf(field)) {
        if (isValueList(leaf) && fields[field].way() != FieldSource.Way.QUERIES) {
          continue; // the column decides
        }
        try {
          askQuery(leaf);
        } catch (RuntimeException | StackOverflowError e) {
          LeafError.requireOfLeaf(e);
          knowledge[leaf] = Knowledge.NEVER;
          errors.add(LeafError.of(leaf, description.columns().get(field).name(), e));
        }
        errors.addAll(weights.errorsOf(leaf));
      }
    }

    private void askQuery(int leaf) throws IOException {
      weights.checkWanted();
      LeafSource source = new LeafSource.Queried(leaf);
      if (description.leaves().get(leaf).isRelative()) {
        weights.of(leaf); // for its errors
        give(leaf, source); // what it finds now is not what it finds in an hour
        return;
      }
      List<DocIdSetIterator> found = source.open(segment, weights);
      if (found.isEmpty()) {
        knowledge[leaf] = Knowledge.NEVER;
      } else if (!showsAllValues) {
        give(leaf, source); // no other search is to use what this one finds
      } else if (!keep(leaf, documents.ofAll(weights.watched(found.get(0))))) {
        give(leaf, source);
      }
    }

    private void giveOrKeep(int leaf, LeafSource source) throws IOException {
      if (!keep(leaf, documents.ofFew(source.open(segment, weights)))) {
        give(leaf, source);
      }
    }

    /** False if there is nothing to keep. */
    private boolean keep(int leaf, RoaringDocIdSet found) {
      if (found == null) {
        return false;
      }
      if (found.cardinality() == 0) {
        knowledge[leaf] = Knowledge.NEVER;
      } else {
        give(leaf, new LeafSource.Kept(found));
      }
      return true;
    }

    private void give(int leaf, LeafSource source) {
      leaves[leaf] = source;
      knowledge[leaf] = Knowledge.KNOWN;
    }
  }
}
