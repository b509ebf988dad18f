package org.tripline.opensearch.schedule;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.StringHelper;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;

/**
 * Which node runs a ruleset: the one that its name and the node's id hash highest for, of the nodes
 * that say by an attribute that they can. Every node answers the same from the same cluster state;
 * while states differ, two nodes may think that they own a ruleset, and the commits tell them apart
 * (docs/decisions/011-owners.md).
 */
public final class Ownership {
  /** What a node that can run rulesets is marked with: the version of what owners keep. */
  public static final String ATTRIBUTE = "tripline_state";

  private Ownership() {}

  /** The id of the node, a data node if there is one; null if no node can. */
  static String ownerOf(String ruleset, DiscoveryNodes nodes) {
    String owner = ownerOf(ruleset, nodes.getDataNodes().values(), newest(nodes));
    return owner != null ? owner : ownerOf(ruleset, nodes, newest(nodes));
  }

  private static String ownerOf(String ruleset, Iterable<DiscoveryNode> nodes, int newest) {
    String owner = null;
    long highest = Long.MIN_VALUE;
    for (DiscoveryNode node : nodes) {
      if (versionOf(node) == newest && newest > 0) {
        long weight = weight(ruleset, node.getId());
        if (owner == null
            || weight > highest
            || (weight == highest && node.getId().compareTo(owner) < 0)) {
          owner = node.getId();
          highest = weight;
        }
      }
    }
    return owner;
  }

  /** Why no ruleset can be run now: the data nodes that would not understand; empty if it can. */
  static List<String> whyWait(DiscoveryNodes nodes) {
    int newest = newest(nodes);
    List<String> reasons = new ArrayList<>();
    for (DiscoveryNode node : nodes.getDataNodes().values()) {
      int version = versionOf(node);
      if (version == 0) {
        reasons.add("data node [" + node.getName() + "] has no Tripline, or it is off there");
      } else if (version < newest) {
        reasons.add(
            "data node [" + node.getName() + "] has an older Tripline; it waits to be upgraded");
      }
    }
    reasons.sort(null);
    return reasons;
  }

  private static int newest(DiscoveryNodes nodes) {
    int newest = 0;
    for (DiscoveryNode node : nodes) {
      newest = Math.max(newest, versionOf(node));
    }
    return newest;
  }

  // 0: the node cannot.
  private static int versionOf(DiscoveryNode node) {
    String version = node.getAttributes().get(ATTRIBUTE);
    try {
      return version == null ? 0 : Integer.parseInt(version);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long weight(String ruleset, String node) {
    byte[] key = (ruleset + '\0' + node).getBytes(StandardCharsets.UTF_8);
    return StringHelper.murmurhash3_x86_32(key, 0, key.length, 0x7472_6970);
  }
}
