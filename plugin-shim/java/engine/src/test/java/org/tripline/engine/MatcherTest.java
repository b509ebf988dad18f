package org.tripline.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tripline.engine.SegmentPlan.Knowledge;

/** Blocks of events through the native engine; plain Java (Events) is the judge. */
class MatcherTest {
  @BeforeAll
  static void load() {
    Rules.loadLibrary();
  }

  /** An engine over Rules, and per field its answers over some events. */
  private record World(
      Ruleset ruleset, MatchEngine engine, Events events, List<FieldAnswers> answers)
      implements AutoCloseable {
    static World over(Events events) {
      Ruleset ruleset = Rules.compile();
      MatchEngine engine = new MatchEngine(ruleset);
      List<FieldAnswers> answers = new ArrayList<>();
      for (int field = 0; field < engine.description().numProgramFields(); field++) {
        boolean isCoded = engine.description().columns().get(field).kind().isCoded();
        answers.add(isCoded ? events.answers(engine, field) : null);
      }
      return new World(ruleset, engine, events, answers);
    }

    /** Adds all values of some rows of a field. */
    void addColumn(BlockBuffer block, int field, BitSet rows) {
      events.addColumn(block, engine.description(), field, answers.get(field), rows);
    }

    void fill(BlockBuffer block) {
      block.begin(events.size());
      for (int field = 0; field < answers.size(); field++) {
        addColumn(block, field, events.all());
      }
    }

    /** Rows by rule, out of rows by output. */
    List<BitSet> byRule(Matcher.RowSets sets) {
      List<BitSet> byRule = new ArrayList<>();
      for (RulesetDescription.Rule rule : engine.description().rules()) {
        BitSet rows = new BitSet();
        for (int i = 0; i < sets.size(); i++) {
          if (sets.number(i) == rule.output()) {
            rows = rowsOf(sets, i, events.size());
          }
        }
        byRule.add(rows);
      }
      return byRule;
    }

    @Override
    public void close() {
      answers.stream().filter(a -> a != null).forEach(FieldAnswers::close);
      engine.close();
      ruleset.close();
    }
  }

  private static BitSet rowsOf(Matcher.RowSets sets, int i, int numRows) {
    long[] words = new long[BlockBuffer.wordsFor(numRows)];
    sets.copyRows(i, words);
    BitSet rows = BitSet.valueOf(words);
    assertEquals(rows.cardinality(), sets.numRows(i));
    return rows;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 511, 512, 513, 3000, 4096})
  void findsTheRowsThatPlainJavaFinds(int numRows) {
    Events events = new Events(numRows, numRows);
    try (World world = World.over(events);
        Matcher matcher = new Matcher(world.engine())) {
      BlockBuffer block = new BlockBuffer();
      world.fill(block);

      assertEquals(events.expected(), world.byRule(matcher.match(block, numRows)));
    }
  }

  @Test
  void findsTheSameWithMachineCode() {
    Events events = new Events(3, 1000);
    try (World world = World.over(events);
        Matcher matcher = new Matcher(world.engine())) {
      BlockBuffer block = new BlockBuffer();
      world.fill(block);
      List<BitSet> before = world.byRule(matcher.match(block, events.size()));
      world.engine().addMachineCode();

      List<BitSet> after = world.byRule(matcher.match(block, events.size()));

      assertEquals(events.expected(), before);
      assertEquals(before, after);
    }
  }

  @Test
  void looksOnlyAtEligibleRows() {
    Events events = new Events(5, 700);
    try (World world = World.over(events);
        Matcher matcher = new Matcher(world.engine())) {
      BitSet eligible = new BitSet();
      for (int row = 0; row < events.size(); row += 3) {
        eligible.set(row);
      }
      long[] words = new long[BlockBuffer.wordsFor(events.size())];
      System.arraycopy(eligible.toLongArray(), 0, words, 0, eligible.toLongArray().length);
      BlockBuffer block = new BlockBuffer();
      world.fill(block);
      block.setEligible(words);
      List<BitSet> expected = events.expected();
      expected.forEach(rows -> rows.and(eligible));

      assertEquals(expected, world.byRule(matcher.match(block, events.size())));
    }
  }

  @Test
  void matchesNothingWhereThereAreNoValuesButWhatIsNegated() {
    try (Ruleset ruleset = Rules.compile(List.of("name : a", "not name : a"));
        MatchEngine engine = new MatchEngine(ruleset);
        Matcher matcher = new Matcher(engine)) {
      BlockBuffer block = new BlockBuffer();
      block.begin(70);

      Matcher.RowSets sets = matcher.match(block, 70);

      assertEquals(1, sets.size());
      assertEquals(ruleset.description().rules().get(1).output(), sets.number(0));
      assertEquals(70, sets.numRows(0));
    }
  }

  /**
   * The way of a search index: leaves of strings as bitmaps of rows, made of the values that make
   * them true; columns only for the rows that are needed.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void findsTheSameWithPostingsFirst(long seed) {
    Events events = new Events(seed, 1500);
    try (World world = World.over(events);
        Matcher matcher = new Matcher(world.engine())) {
      RulesetDescription description = world.engine().description();
      Knowledge[] knowledge = knowledgeOf(description);
      try (SegmentPlan plan = new SegmentPlan(world.engine(), knowledge)) {
        BlockBuffer block = new BlockBuffer();
        block.begin(events.size());
        for (int leaf = 0; leaf < knowledge.length; leaf++) {
          if (knowledge[leaf] == Knowledge.KNOWN) {
            block.addLeaf(leaf, rowsOfLeaf(world, leaf), 0);
          }
        }
        Matcher.RowSets needed = matcher.findRows(plan, block, events.size());
        assertTrue(needed.isAny());
        List<Integer> fields = new ArrayList<>();
        List<BitSet> rows = new ArrayList<>();
        for (int i = 0; i < needed.size(); i++) {
          fields.add(needed.number(i));
          rows.add(rowsOf(needed, i, events.size()));
        }
        for (int i = 0; i < fields.size(); i++) {
          world.addColumn(block, fields.get(i), rows.get(i));
        }

        assertEquals(events.expected(), world.byRule(matcher.match(block, events.size())));
        int name = fieldOf(description, "name");
        assertFalse(fields.contains(name), "all leaves of name were given");
        assertEquals(fields, intList(plan.columns()));
        assertEquals(Rules.QUERIES.size(), plan.numAlive());
      }
    }
  }

  private static Knowledge[] knowledgeOf(RulesetDescription description) {
    int name = fieldOf(description, "name");
    return description.leaves().stream()
        .map(leaf -> leaf.field() == name ? Knowledge.KNOWN : Knowledge.UNKNOWN)
        .toArray(Knowledge[]::new);
  }

  private static List<Integer> intList(int[] numbers) {
    List<Integer> list = new ArrayList<>();
    for (int number : numbers) {
      list.add(number);
    }
    return list;
  }

  private static int fieldOf(RulesetDescription description, String name) {
    for (int field = 0; field < description.numProgramFields(); field++) {
      if (description.columns().get(field).name().equals(name)) {
        return field;
      }
    }
    throw new AssertionError("no field " + name);
  }

  private static long[] rowsOfLeaf(World world, int leaf) {
    RulesetDescription description = world.engine().description();
    int field = description.leaves().get(leaf).field();
    List<Integer> leavesOfField = new ArrayList<>();
    for (int other = 0; other < description.leaves().size(); other++) {
      if (description.leaves().get(other).field() == field) {
        leavesOfField.add(other);
      }
    }
    FieldAnswers.LeafValues[] values =
        world.answers().get(field).valuesOfLeaves(leavesOfField.size(), 1000);
    List<Integer> codes = intList(values[leavesOfField.indexOf(leaf)].codes());
    long[] words = new long[BlockBuffer.wordsFor(world.events().size())];
    for (int row = 0; row < world.events().size(); row++) {
      List<Integer> of = world.events().codes(description.columns().get(field), row);
      if (of.stream().anyMatch(codes::contains)) {
        words[row / 64] |= 1L << row;
      }
    }
    return words;
  }

  @Test
  void plansKnowWhatIsDead() {
    try (Ruleset ruleset = Rules.compile(List.of("name : a and port : 7", "port : 8"));
        MatchEngine engine = new MatchEngine(ruleset)) {
      RulesetDescription description = engine.description();
      int name = fieldOf(description, "name");
      Knowledge[] knowledge =
          description.leaves().stream()
              .map(leaf -> leaf.field() == name ? Knowledge.NEVER : Knowledge.UNKNOWN)
              .toArray(Knowledge[]::new);
      try (SegmentPlan plan = new SegmentPlan(engine, knowledge)) {
        assertEquals(1, plan.numAlive());
        assertFalse(plan.isAlive(description.rules().get(0).output()));
        assertTrue(plan.isAlive(description.rules().get(1).output()));
        assertArrayEquals(new int[] {fieldOf(description, "port")}, plan.columns());
      }
    }
  }

  @Test
  void answersTakeDictionariesLargerThanAChunk() {
    try (Ruleset ruleset = Rules.compile(List.of("name : (*77 or x*)"));
        MatchEngine engine = new MatchEngine(ruleset);
        FieldAnswers.Builder builder = new FieldAnswers.Builder(engine, 0, new FieldAnswers.Chunk())) {
      int numExpected = 0;
      for (int i = 0; i < 20_000; i++) {
        byte[] value = Rules.bytes((i % 1000 == 0 ? "x".repeat(100_000) : "") + i);
        numExpected += i % 100 == 77 || i % 1000 == 0 ? 1 : 0;
        builder.add(value, 0, value.length);
      }
      try (FieldAnswers answers = builder.build()) {
        FieldAnswers.LeafValues[] leaves = answers.valuesOfLeaves(1, 3);
        assertEquals(numExpected, leaves[0].numValues());
        assertArrayEquals(new int[] {0, 77, 177}, leaves[0].codes());
      }
    }
  }

  @Test
  void eightThreadsWithAMatcherEachFindTheSame() throws Exception {
    Events events = new Events(11, 2000);
    List<BitSet> expected = events.expected();
    try (World world = World.over(events);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Callable<Integer> work =
          () -> {
            int numEqual = 0;
            try (Matcher matcher = new Matcher(world.engine())) {
              BlockBuffer block = new BlockBuffer();
              for (int i = 0; i < 20; i++) {
                world.fill(block);
                boolean isEqual =
                    expected.equals(world.byRule(matcher.match(block, events.size())));
                numEqual += isEqual ? 1 : 0;
              }
            }
            return numEqual;
          };
      List<Future<Integer>> results = threads.invokeAll(Collections.nCopies(8, work));
      world.engine().addMachineCode();
      for (Future<Integer> result : results) {
        assertEquals(20, result.get());
      }
    }
  }
}
