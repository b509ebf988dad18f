package org.tripline.opensearch.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.util.BigArrays;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.aggregations.InternalAggregation;
import org.tripline.opensearch.shard.ShardWork;
import org.opensearch.search.aggregations.InternalAggregation.ReduceContext;
import org.opensearch.search.aggregations.pipeline.PipelineAggregator.PipelineTree;
import org.tripline.opensearch.jobs.JobResults;

/** Partial results merge in any order and grouping to the same; and travel as they are. */
class InternalTriplineTest {
  private static final String HASH = "the-hash";
  private static final int ROUNDS = 300;
  private static final int QUERY_RULE = 0;
  private static final int CAP = 5;
  private static final ReduceContext PARTIAL =
      ReduceContext.forPartialReduction(
          BigArrays.NON_RECYCLING_INSTANCE, null, () -> PipelineTree.EMPTY);
  private static final ReduceContext FINAL =
      ReduceContext.forFinalReduction(
          BigArrays.NON_RECYCLING_INSTANCE, null, count -> {}, PipelineTree.EMPTY);

  private final Random random = new Random(8);

  private static InternalTripline result(Map<Integer, RuleResult> rules, long budget) {
    ShardWork work = new ShardWork();
    work.readValues(3);
    return new InternalTripline("t", "node-a", HASH, budget, rules, work, JobResults.NONE, Map.of());
  }

  private Find find(boolean hasTerm) {
    String index = "i" + random.nextInt(3);
    String id = "d" + random.nextInt(40);
    int time = random.nextInt(6);
    if (!hasTerm) {
      return Find.document(time, index, id);
    }
    BytesRef term = new BytesRef("term" + random.nextInt(8));
    long before = random.nextBoolean() ? Find.NONE : -1 - random.nextInt(5);
    return before != Find.NONE && random.nextBoolean()
        ? new Find(term, before, Find.NONE, Find.NONE, "", "")
        : new Find(term, before, time, time + random.nextInt(3), index, id);
  }

  // As a shard makes it: each term once, of documents no more than the cap.
  private RuleResult rule(int rule) {
    boolean hasTerms = rule != QUERY_RULE;
    List<Find> finds = new ArrayList<>();
    HashSet<BytesRef> terms = new HashSet<>();
    for (int left = random.nextInt(CAP + 1); left > 0; left--) {
      Find find = find(hasTerms);
      if (!hasTerms || terms.add(find.term())) {
        finds.add(find);
      }
    }
    RuleErrors errors = new RuleErrors();
    for (int left = random.nextInt(4); left > 0; left--) {
      errors.add(new RuleError("i" + random.nextInt(3), "f" + random.nextInt(9), "no"));
    }
    boolean isCut = hasTerms && random.nextInt(25) == 0;
    return new RuleResult(
        "rule-" + rule,
        hasTerms ? 0 : CAP,
        finds.size() + random.nextInt(9),
        isCut ? List.of() : finds,
        isCut,
        errors);
  }

  private InternalAggregation part() {
    Map<Integer, RuleResult> rules = new TreeMap<>();
    for (int rule = 0; rule < 3; rule++) {
      if (random.nextInt(4) > 0) {
        rules.put(rule, rule(rule));
      }
    }
    // In one round of two the merged terms of a rule may pass eight times this.
    return result(rules, random.nextBoolean() ? 1_000 : 80);
  }

  private static InternalAggregation reduced(List<InternalAggregation> parts, boolean isLast) {
    return parts.get(0).reduce(parts, isLast ? FINAL : PARTIAL);
  }

  private InternalAggregation grouped(List<InternalAggregation> parts) throws IOException {
    List<InternalAggregation> left = new ArrayList<>(parts);
    while (left.size() > 1) {
      Collections.shuffle(left, random);
      List<InternalAggregation> group = left.subList(0, 1 + random.nextInt(left.size()));
      InternalAggregation merged = reduced(List.copyOf(group), group.size() == left.size());
      group.clear();
      left.add(random.nextBoolean() ? merged : travelled((InternalTripline) merged));
    }
    return left.get(0);
  }

  private static InternalTripline travelled(InternalTripline result) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      result.writeTo(out);
      try (StreamInput in = out.bytes().streamInput()) {
        InternalTripline read = new InternalTripline(in, "node-b");
        assertEquals(-1, in.read(), "nothing is left over");
        return read;
      }
    }
  }

  // Everything that it says, in an order of its own.
  private static String told(InternalAggregation aggregation) throws IOException {
    InternalTripline result = (InternalTripline) aggregation;
    StringBuilder told = new StringBuilder();
    result
        .rules()
        .forEach(
            (number, rule) -> {
              List<Find> finds = new ArrayList<>(rule.finds());
              finds.sort(Find.ORDER);
              told.append(number).append(' ').append(rule.ruleId()).append(' ');
              told.append(rule.count()).append(' ').append(rule.maxFinds()).append(' ');
              told.append(rule.isCut()).append(' ').append(finds).append('\n');
            });
    return told + body(result);
  }

  private static String body(InternalTripline result) throws IOException {
    XContentBuilder json = XContentFactory.jsonBuilder().startObject();
    result.doXContentBody(json, ToXContent.EMPTY_PARAMS);
    return json.endObject().toString();
  }

  @Test
  void partsMergeToTheSameInAnyOrderAndGrouping() throws IOException {
    int cut = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<InternalAggregation> parts = new ArrayList<>();
      for (int left = 1 + random.nextInt(12); left > 0; left--) {
        parts.add(part());
      }
      InternalAggregation atOnce = reduced(parts, true);
      // One part alone need not be reduced; the others may have been cut by their sum.
      String wanted = told(parts.size() == 1 ? parts.get(0) : atOnce);
      assertEquals(wanted, told(grouped(parts)), "round " + round);
      cut += wanted.contains(" true ") ? 1 : 0;
    }
    assertTrue(cut > ROUNDS / 20 && cut < ROUNDS, "some rounds are cut: " + cut);
  }

  @Test
  void aMergeKeepsWhatIsSaidOfATermAndTheFirstDocuments() {
    Find late = new Find(new BytesRef("x"), Find.NONE, 7, 9, "a", "1");
    Find early = new Find(new BytesRef("x"), Find.NONE, 5, 6, "b", "2");
    Find known = new Find(new BytesRef("x"), 2, Find.NONE, Find.NONE, "", "");
    Find other = new Find(new BytesRef("y"), Find.NONE, 6, 6, "a", "3");
    assertTrue(late.isNewTerm() && !late.with(known).isNewTerm() && !known.isNewTerm());
    List<Find> documents = new ArrayList<>();
    for (int time = 0; time < 2 * CAP; time++) {
      documents.add(Find.document(time, "a", "d" + time));
    }
    RuleErrors none = new RuleErrors();
    RuleResult one = new RuleResult("r", CAP, 9, List.of(late, documents.get(9)), false, none);
    RuleResult two = new RuleResult("r", CAP, 2, documents, false, none);
    RuleResult three = new RuleResult("r", CAP, 1, List.of(early, other), false, none);
    RuleResult four = new RuleResult("r", CAP, 0, List.of(known), false, none);
    RuleResult merged = RuleResult.merge(List.of(one, two, three, four), Long.MAX_VALUE);
    assertEquals(12, merged.count());
    List<Find> wanted = new ArrayList<>(documents.subList(0, CAP));
    wanted.add(new Find(new BytesRef("x"), 2, 5, 9, "b", "2"));
    wanted.add(other);
    List<Find> found = new ArrayList<>(merged.finds());
    found.sort(Find.ORDER);
    wanted.sort(Find.ORDER);
    assertEquals(wanted, found);
  }

  @Test
  void aTermThatMightHaveBeenSeenBeforeIsNotKept() {
    Find find = new Find(new BytesRef("x"), Find.NONE, 7, 7, "a", "1");
    RuleResult whole = new RuleResult("r", 0, 1, List.of(find), false, new RuleErrors());
    RuleResult cut = new RuleResult("r", 0, 5, List.of(), true, new RuleErrors());
    for (List<RuleResult> parts : List.of(List.of(whole, cut), List.of(cut, whole))) {
      RuleResult merged = RuleResult.merge(parts, Long.MAX_VALUE);
      assertTrue(merged.isCut() && merged.errors().list().stream().anyMatch(RuleError::isCut));
      assertEquals(6, merged.count());
      assertEquals(List.of(), merged.finds());
      assertTrue(merged.errors().list().get(0).reason().startsWith("cut: new terms"));
    }
    RuleResult tooMuch = RuleResult.merge(List.of(whole, whole), 100);
    assertTrue(tooMuch.isCut());
    assertFalse(tooMuch.errors().isEmpty());
  }

  @Test
  void errorsAreBoundedAndSayThatThereWereMore() {
    RuleErrors errors = new RuleErrors();
    for (int i = 30; i > 0; i--) {
      errors.add(new RuleError("i", "f" + (i % 20 + 10), "x".repeat(1_000)));
    }
    assertEquals(RuleErrors.MAX, errors.list().size());
    assertTrue(errors.hasMore());
    assertEquals("f10", errors.list().get(0).field());
    assertEquals(200, errors.list().get(0).reason().length());
  }

  @Test
  void aMessageOfAnotherVersionIsRefusedAndSaysWhichNodeIsOlder() throws IOException {
    for (int version : new int[] {WireVersion.CURRENT - 1, WireVersion.CURRENT + 1}) {
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        out.writeVInt(version);
        out.writeString("node-a");
        try (StreamInput in = out.bytes().streamInput()) {
          IllegalStateException refused =
              assertThrows(IllegalStateException.class, () -> WireVersion.read(in, "node-b"));
          String older = version < WireVersion.CURRENT ? "node-a" : "node-b";
          assertTrue(
              refused.getMessage().contains("the plugin of [" + older + "] is older"),
              refused.getMessage());
        }
      }
    }
  }

  @Test
  void partsOfDifferentRulesAreNotMerged() {
    InternalAggregation ours = result(Map.of(), 100);
    InternalAggregation theirs =
        new InternalTripline(
            "t", "node-c", "another-hash", 100, Map.of(), new ShardWork(), JobResults.NONE, Map.of());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> reduced(List.of(ours, theirs), true));
    assertTrue(refused.getMessage().contains("[node-c]"), refused.getMessage());
  }
}
