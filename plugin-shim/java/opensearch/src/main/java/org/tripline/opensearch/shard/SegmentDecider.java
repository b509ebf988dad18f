package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.mapper.BooleanFieldMapper;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.SegmentPlan;
import org.tripline.engine.SegmentPlan.Knowledge;

/**
 * Finds out where the documents of each leaf come from, in one segment. Small dictionaries are
 * decided at once. Then a leaf that no value satisfies is dead; one that a handful of terms answers
 * is read from their postings; one that every value satisfies, from the field's existence; one that
 * the engine cannot ask (a field without doc values, or of another type than the ruleset thought),
 * by the field type's own query. What is left is read from columns, for the documents that still
 * matter, and large dictionaries only for those ({@link LateAnswers}).
 *
 * <p>Through a reader that hides or changes values ({@link ReaderTrust}) every leaf is asked by
 * queries, so that it finds what its searcher's own searches find; only value lists are columns
 * there too. One thread's, used once.
 */
final class SegmentDecider {
  /** Terms of a leaf at most, for it to be read from postings. */
  private static final int MAX_POSTINGS_TERMS = 64;

  /** Values of a dictionary that is decided at once, however few documents may be asked for. */
  private static final long SMALL_DICTIONARY = 1 << 13;

  /** A leaf of more than one document in this many is read from its column, not from points. */
  private static final int RARITY = 64;

  private static final int ALWAYS_FEW = 512;

  /** To ask points costs as much as to read this many values of a column. */
  private static final long VALUES_PER_POINTS = 600;

  private final MatchEngine engine;
  private final RulesetDescription description;
  private final LeafReaderContext segment;
  private final LeafReader reader;
  private final boolean showsAllValues;
  private final FieldSources sources;
  private final LeafWeights weights;
  private final QueryShardContext context;
  private final Reading reading;
  private final BitSet wanted;
  private final KeptMemory memory;
  private final FieldSource[] fields;
  private final LeafSource[] leaves;
  private final Knowledge[] knowledge;
  private final List<LeafError> errors = new ArrayList<>();
  private final LateAnswers late;
  private FieldAnswers.Chunk chunk; // once it is needed
  private long held;

  /**
   * {@code wanted}: the outputs that somebody asks for; null: all.
   */
  SegmentDecider(
      MatchEngine engine,
      LeafReaderContext segment,
      LeafWeights weights,
      QueryShardContext context,
      Reading reading,
      BitSet wanted,
      KeptMemory memory) {
    this.engine = engine;
    this.description = engine.description();
    this.segment = segment;
    this.reader = segment.reader();
    this.showsAllValues = ReaderTrust.showsAllValues(reader);
    this.sources = new FieldSources(engine, reader, context);
    this.weights = weights;
    this.context = context;
    this.reading = reading;
    this.wanted = wanted;
    this.memory = memory;
    this.late = new LateAnswers(engine, memory);
    this.fields = new FieldSource[description.numProgramFields()];
    this.leaves = new LeafSource[description.leaves().size()];
    this.knowledge = new Knowledge[leaves.length];
    Arrays.fill(knowledge, Knowledge.UNKNOWN);
  }

  SegmentAnswers run() throws IOException {
    boolean isDone = false;
    SegmentPlan plan = null;
    try {
      for (int field = 0; field < fields.length; field++) {
        weights.checkWanted();
        try {
          decide(field);
        } catch (RuntimeException | StackOverflowError e) {
          LeafError.requireOfLeaf(e);
          giveUp(field, e);
        }
      }
      plan = new SegmentPlan(engine, knowledge, wanted);
      SegmentAnswers answers =
          new SegmentAnswers(
              fields,
              leaves,
              plan,
              errors,
              late,
              reader.maxDoc(),
              keepsVerdicts(plan),
              memory,
              held);
      isDone = true;
      return answers;
    } finally {
      if (!isDone) {
        if (plan != null) {
          plan.close();
        }
        SegmentAnswers.closeAll(fields);
        memory.give(held);
      }
    }
  }

  private boolean keepsVerdicts(SegmentPlan plan) {
    return reading == Reading.VERDICTS
        && showsAllValues
        && Arrays.stream(plan.givenLeaves()).noneMatch(engine::isRelative);
  }

  private void decide(int field) throws IOException {
    fields[field] = source(field);
    switch (fields[field].way()) {
      case ABSENT -> setAll(field, Knowledge.NEVER);
      case CODES -> decideCodes(field);
      case NUMBERS -> lookUpNumbers(field);
      case QUERIES -> askQueries(field);
    }
  }

  private FieldSource source(int field) {
    int[] asked = engine.leavesOf(field);
    boolean isRelative = Arrays.stream(asked).anyMatch(engine::isRelative);
    return sources.of(field, asked, isRelative);
  }

  private RulesetDescription.Leaf leafAt(int leaf) {
    return description.leaves().get(leaf);
  }

  private void giveUp(int field, Throwable failure) {
    if (fields[field] != null && fields[field].answers() != null) {
      fields[field].answers().close();
    }
    String name = description.columns().get(field).name();
    fields[field] = FieldSource.asked(description.columns().get(field));
    setAll(field, Knowledge.NEVER);
    for (int leaf : engine.leavesOf(field)) {
      errors.add(LeafError.of(leaf, name, failure));
    }
  }

  private void setAll(int field, Knowledge value) {
    for (int leaf : engine.leavesOf(field)) {
      knowledge[leaf] = value;
    }
  }

  private void decideCodes(int field) throws IOException {
    int[] asked = engine.leavesOf(field);
    if (asked.length == 0) {
      return;
    }
    SortedSetDocValues values = fields[field].codes(reader);
    long numValues = values.getValueCount();
    boolean isSmall = numValues <= SMALL_DICTIONARY || reading == Reading.COLUMNS;
    if (isSmall && memory.tryTake(LateAnswers.bytesFor(numValues))) {
      held += LateAnswers.bytesFor(numValues);
      if (chunk == null) {
        chunk = new FieldAnswers.Chunk();
      }
      fields[field] = fields[field].with(LateAnswers.walk(engine, field, values, chunk, weights));
      long spare = LateAnswers.bytesFor(numValues) - fields[field].answers().memoryBytes();
      held -= spare;
      memory.give(spare);
    } else {
      late.add(field, numValues);
    }
    if (!showsAllValues) {
      askQueries(field);
    } else if (reading != Reading.COLUMNS && fields[field].answers() != null) {
      lookUpDecided(field, values);
    } else if (reading != Reading.COLUMNS) {
      lookUpTerms(field);
    }
  }

  private void lookUpDecided(int field, SortedSetDocValues values) throws IOException {
    int[] asked = engine.leavesOf(field);
    FieldAnswers.LeafValues[] found =
        fields[field].answers().valuesOfLeaves(asked.length, MAX_POSTINGS_TERMS);
    boolean hasPostings = fields[field].hasPostings() && reader.terms(fields[field].name()) != null;
    for (int i = 0; i < found.length; i++) {
      int leaf = asked[i];
      if (found[i].numValues() == 0) {
        knowledge[leaf] = Knowledge.NEVER;
      } else if (found[i].numValues() == values.getValueCount()) {
        give(leaf, new LeafSource.Existing(fields[field]));
      } else if (hasPostings && found[i].numValues() <= MAX_POSTINGS_TERMS) {
        give(leaf, LeafSource.Postings.of(reader, fields[field].name(), termsOf(values, found[i])));
      } else if (fields[field].kind() == ColumnKind.ADDRESS) {
        lookUpPoints(leaf, asked.length);
      }
    }
  }

  // Of a dictionary that was not decided: what whole terms answer needs no decision.
  private void lookUpTerms(int field) throws IOException {
    boolean hasPostings =
        fields[field].hasPostings()
            && !description.columns().get(field).lowercases()
            && reader.terms(fields[field].name()) != null;
    int[] asked = engine.leavesOf(field);
    for (int leaf : asked) {
      List<Atom> atoms = leafAt(leaf).atoms();
      if (atoms.stream().anyMatch(Atom.Exists.class::isInstance)) {
        give(leaf, new LeafSource.Existing(fields[field]));
      } else if (hasPostings
          && atoms.size() <= MAX_POSTINGS_TERMS
          && atoms.stream().allMatch(Atom.Term.class::isInstance)) {
        List<BytesRef> terms =
            atoms.stream().map(atom -> new BytesRef(((Atom.Term) atom).value())).toList();
        giveTerms(leaf, LeafSource.Postings.of(reader, fields[field].name(), terms));
      } else if (fields[field].kind() == ColumnKind.ADDRESS) {
        lookUpPoints(leaf, asked.length);
      }
    }
  }

  private void giveTerms(int leaf, LeafSource.Postings source) {
    if (source.terms().isEmpty()) {
      knowledge[leaf] = Knowledge.NEVER;
    } else {
      give(leaf, source);
    }
  }

  private static List<BytesRef> termsOf(SortedSetDocValues values, FieldAnswers.LeafValues found)
      throws IOException {
    List<BytesRef> terms = new ArrayList<>(found.codes().length);
    for (int code : found.codes()) {
      terms.add(BytesRef.deepCopyOf(values.lookupOrd(code)));
    }
    return terms;
  }

  // Points know at once about how many documents are in a range. To take more of them was tried:
  // small windows cost twice as much (docs/decisions/004-reading-on-a-shard.md).
  private void lookUpPoints(int leaf, int numLeaves) throws IOException {
    if (reader.maxDoc() < VALUES_PER_POINTS * numLeaves) {
      return; // the column is cheaper than to ask for every leaf
    }
    var weight = weights.of(leaf);
    if (!weights.errorsOf(leaf).isEmpty()) {
      return; // the column decides
    }
    ScorerSupplier supplier = weight.scorerSupplier(segment);
    if (supplier == null) {
      knowledge[leaf] = Knowledge.NEVER;
    } else if (supplier.cost() <= Math.max(ALWAYS_FEW, reader.maxDoc() / RARITY)) {
      give(leaf, new LeafSource.Queried(leaf));
    }
  }

  private void lookUpNumbers(int field) throws IOException {
    if (!showsAllValues) {
      askQueries(field);
      return;
    }
    if (reading == Reading.COLUMNS) {
      return;
    }
    int[] asked = engine.leavesOf(field);
    for (int leaf : asked) {
      List<Atom> atoms = leafAt(leaf).atoms();
      if (atoms.stream().anyMatch(Atom.Exists.class::isInstance)) {
        give(leaf, new LeafSource.Existing(fields[field]));
      } else if (engine.isValueList(leaf)) {
        continue; // the column decides
      } else if (fields[field].hasPostings()) {
        lookUpBooleans(leaf, fields[field], atoms);
      } else if (fields[field].kind() == ColumnKind.INTEGER) {
        lookUpPoints(leaf, asked.length);
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
    giveTerms(leaf, LeafSource.Postings.of(reader, field.name(), terms));
  }

  private void askQueries(int field) throws IOException {
    for (int leaf : engine.leavesOf(field)) {
      if (engine.isValueList(leaf) && fields[field].way() != FieldSource.Way.QUERIES) {
        continue; // the column decides
      }
      weights.checkWanted();
      try {
        // What finds nothing now may find something in an hour, if it asks for the time.
        if (weights.of(leaf).scorerSupplier(segment) == null && !engine.isRelative(leaf)) {
          knowledge[leaf] = Knowledge.NEVER;
        } else {
          give(leaf, new LeafSource.Queried(leaf));
        }
      } catch (RuntimeException | StackOverflowError e) {
        LeafError.requireOfLeaf(e);
        knowledge[leaf] = Knowledge.NEVER;
        errors.add(LeafError.of(leaf, description.columns().get(field).name(), e));
      }
      errors.addAll(weights.errorsOf(leaf));
    }
  }

  private void give(int leaf, LeafSource source) {
    leaves[leaf] = source;
    knowledge[leaf] = Knowledge.KNOWN;
  }
}
