package org.tripline.opensearch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.engine.RuleRuns;

class HeadTest {
  private static Map<String, Object> document(Head head) throws IOException {
    try (XContentBuilder json = XContentFactory.jsonBuilder()) {
      head.addTo(json);
      return XContentHelper.convertToMap(
              BytesReference.bytes(json), true, MediaTypeRegistry.JSON)
          .v2();
    }
  }

  private static Head some() {
    Head head =
        Head.first("mine", 1_000)
            .takenOver("node", "name", 2_000)
            .after(
                "hash",
                3_000,
                List.of(new Blob("a", 2, 5_000_000), new Blob("b", 1, 7)),
                List.of(new Blob("c", 1, 9)),
                4,
                1_500,
                true);
    RuleStats stats = new RuleStats();
    stats.ran(2_300, 2_500, 100);
    stats.matched(10);
    stats.cut(1);
    stats.failed("no such field", 2_600);
    stats.gap(new RuleRuns.Gap(0, 100, 199));
    stats.gap(new RuleRuns.Gap(0, 200, 299));
    head.rules().put("rule", stats);
    return head;
  }

  @Test
  void aHeadIsReadAsItWasWritten() throws IOException {
    Head head = some();
    Map<String, Object> document = document(head);
    Head read = Head.read("mine", document);
    assertEquals(document, document(read));
    assertEquals(head.withRules(Map.of()), read.withRules(Map.of()));
  }

  @Test
  void whoTakesOverKeepsEverythingUnderANewEpoch() {
    Head next = some().takenOver("other", "b", 9_000);
    assertEquals(2, next.epoch());
    assertEquals(some().state(), next.state());
    assertEquals(some().pending(), next.pending());
  }

  @Test
  void aDamagedHeadIsRefusedWhateverIsMissing() throws IOException {
    for (String field : document(some()).keySet()) {
      if (List.of("kind", "ruleset", "has_caught_up", "rules").contains(field)) {
        continue; // for searches, or for people
      }
      Map<String, Object> without = new HashMap<>(document(some()));
      without.remove(field);
      assertThrows(IllegalArgumentException.class, () -> Head.read("mine", without), field);
      Map<String, Object> foreign = new HashMap<>(document(some()));
      foreign.put(field, Map.of("x", 1));
      assertThrows(IllegalArgumentException.class, () -> Head.read("mine", foreign), field);
    }
  }

  @Test
  void aNewerHeadIsToldApartFromADamagedOne() throws IOException {
    Map<String, Object> newer = new HashMap<>(document(some()));
    newer.put("format", Head.FORMAT + 1);
    assertThrows(UnsupportedOperationException.class, () -> Head.read("mine", newer));
  }
}
