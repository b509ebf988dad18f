package org.tripline.opensearch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodeRole;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.common.transport.TransportAddress;

class OwnershipTest {
  private static DiscoveryNode node(String id, String version) {
    return new DiscoveryNode(
        "name-" + id,
        id,
        new TransportAddress(TransportAddress.META_ADDRESS, 9300 + id.charAt(0)),
        version == null ? Map.of() : Map.of(Ownership.ATTRIBUTE, version),
        Set.of(DiscoveryNodeRole.DATA_ROLE),
        Version.CURRENT);
  }

  private static DiscoveryNodes nodes(DiscoveryNode... nodes) {
    DiscoveryNodes.Builder builder = DiscoveryNodes.builder();
    for (DiscoveryNode node : nodes) {
      builder.add(node);
    }
    return builder.build();
  }

  @Test
  void everyRulesetHasOneOwnerAndTheyAreShared() {
    DiscoveryNodes three = nodes(node("a", "1"), node("b", "1"), node("c", "1"));
    Map<String, Integer> shares = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      shares.merge(Ownership.ownerOf("ruleset" + i, three), 1, Integer::sum);
    }
    assertEquals(Set.of("a", "b", "c"), shares.keySet());
    shares.values().forEach(share -> assertTrue(share > 50, shares.toString()));
  }

  @Test
  void onlyTheRulesetsOfANodeThatLeavesMove() {
    DiscoveryNodes three = nodes(node("a", "1"), node("b", "1"), node("c", "1"));
    DiscoveryNodes two = nodes(node("a", "1"), node("c", "1"));
    Set<String> moved = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      String before = Ownership.ownerOf("ruleset" + i, three);
      if (!before.equals(Ownership.ownerOf("ruleset" + i, two))) {
        moved.add(before);
      }
    }
    assertEquals(Set.of("b"), moved);
  }

  @Test
  void nodesWithoutThePluginOwnNothingAndEverybodyWaitsForThem() {
    assertNull(Ownership.ownerOf("x", nodes(node("a", null))));
    DiscoveryNodes mixed = nodes(node("a", null), node("b", "1"));
    assertEquals("b", Ownership.ownerOf("x", mixed));
    assertEquals(1, Ownership.whyWait(mixed).size());
    assertTrue(Ownership.whyWait(mixed).get(0).contains("name-a"));
  }

  @Test
  void theNewestVersionOwnsAndWaitsForTheOlder() {
    DiscoveryNodes mixed = nodes(node("a", "1"), node("b", "2"));
    for (int i = 0; i < 20; i++) {
      assertEquals("b", Ownership.ownerOf("ruleset" + i, mixed));
    }
    assertTrue(Ownership.whyWait(mixed).get(0).contains("name-a"));
    assertTrue(Ownership.whyWait(nodes(node("a", "2"), node("b", "2"))).isEmpty());
  }

  @Test
  void anAttributeThatIsNoVersionIsNone() {
    assertNull(Ownership.ownerOf("x", nodes(node("a", "newest"))));
  }
}
