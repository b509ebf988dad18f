package org.tripline.opensearch.rulesets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchStatusException;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/** Rulesets as documents of the index, whole and damaged. */
class RulesetDocumentTest {
  private static final RulesetVersion OLD = new RulesetVersion("h1", "h1", null, 3, 10, 5, null, null);
  private static final RulesetVersion NEW =
      new RulesetVersion("h3", "h2", "x", 4, 20, 6, new Writer("ann", List.of("a", "b")), "key");
  private static final Runs RUNS = new Runs(true, 1L, null, 7, Set.of("r"));

  private static Stored read(Map<String, Object> source) {
    return RulesetDocument.read("mine", source, 8, 9);
  }

  @Test
  void readsWhatItWrites() {
    assertEquals(
        new Stored("mine", NEW, OLD, RUNS, 8, 9),
        read(RulesetDocument.source("mine", NEW, OLD, RUNS)));
    assertEquals(
        new Stored("mine", OLD, null, Runs.NEVER, 8, 9),
        read(RulesetDocument.source("mine", OLD, null, Runs.NEVER)));
  }

  @Test
  void readsTheFirstForm() {
    Stored stored =
        read(Map.of("name", "mine", "content_hash", "h", "num_rules", 3, "updated_at", 5L));

    assertEquals("h", stored.baseHash());
    assertFalse(stored.hasExceptions() || stored.runs().isStarted());
  }

  @Test
  void refusesNewerFormats() {
    Map<String, Object> source = new HashMap<>(RulesetDocument.source("mine", NEW, OLD, RUNS));
    source.put("format", 3);

    String message =
        assertThrows(OpenSearchStatusException.class, () -> read(source)).getMessage();

    assertTrue(message.contains("format 3") && message.contains("upgrade the node"), message);
  }

  @Test
  void refusesDamage() {
    Map<String, Object> whole = RulesetDocument.source("mine", NEW, OLD, RUNS);
    int numDamaged = 0;
    for (Object damage : new Object[] {null, 7.5, "", List.of(1), "word"}) {
      numDamaged += damageEach(whole, whole, damage);
    }
    assertTrue(numDamaged > 80);
  }

  /** With each value inside {@code at} exchanged for the damage; answers how many that were. */
  @SuppressWarnings("unchecked")
  private static int damageEach(Map<String, Object> whole, Map<String, Object> at, Object damage) {
    int num = 0;
    for (String key : Set.copyOf(at.keySet())) {
      Object value = at.get(key);
      if (value instanceof Map<?, ?> inner && !inner.isEmpty()) {
        num += damageEach(whole, (Map<String, Object>) value, damage);
      }
      boolean isText = value instanceof String && damage instanceof String word && !word.isEmpty();
      boolean isUnread = at == whole && !key.equals("format") && !key.equals("ruleset");
      if (isText || isUnread) {
        continue;
      }
      Map<String, Object> copy = copy(whole, at, key, damage);
      assertThrows(OpenSearchStatusException.class, () -> read(copy), key + " " + damage);
      num++;
    }
    return num;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> copy(
      Map<String, Object> map, Map<String, Object> at, String key, Object damage) {
    Map<String, Object> copy = new HashMap<>();
    for (Map.Entry<String, Object> entry : map.entrySet()) {
      boolean isHere = map == at && entry.getKey().equals(key);
      Object value = entry.getValue();
      copy.put(
          entry.getKey(),
          isHere
              ? damage
              : value instanceof Map<?, ?> ? copy((Map<String, Object>) value, at, key, damage) : value);
    }
    return copy;
  }
}
