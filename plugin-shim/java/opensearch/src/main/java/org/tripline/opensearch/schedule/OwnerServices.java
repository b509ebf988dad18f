package org.tripline.opensearch.schedule;

import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.transport.client.Client;
import org.tripline.opensearch.rulesets.LoadedRuleset;
import org.tripline.opensearch.rulesets.Rights;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetResolver;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.rulesets.Writer;
import org.tripline.opensearch.run.NodeServices;

/** What owners of rulesets need of their node. Calls block. */
final class OwnerServices {
  private final Client client;
  private final Client ownClient;
  private final RulesetRegistry registry;
  private final ClusterService cluster;
  private final IndexNameExpressionResolver resolver;
  private final Rights rights;
  private final OwnerSettings settings;
  private final StateIndex state;

  OwnerServices(
      Client client,
      RulesetRegistry registry,
      ClusterService cluster,
      IndexNameExpressionResolver resolver,
      Rights rights,
      OwnerSettings settings) {
    this.client = client;
    this.rights = rights;
    this.ownClient = rights.asNode(client);
    this.registry = registry;
    this.cluster = cluster;
    this.resolver = resolver;
    this.settings = settings;
    this.state = new StateIndex(ownClient);
  }

  /** The ruleset as it is now, with every node holding it. */
  RulesetStore.Stored resolve(RulesetStore.Stored listed) {
    PlainActionFuture<RulesetStore.Stored> future = PlainActionFuture.newFuture();
    new RulesetResolver(client, registry).resolve(listed.name(), future);
    return future.actionGet();
  }

  /** To be released by the caller. */
  LoadedRuleset acquire(RulesetStore.Stored stored) {
    LoadedRuleset loaded = registry.acquire(stored.hash());
    if (loaded == null) {
      registry.forgetResolved();
      throw RulesetRegistry.notHeld(stored.hash());
    }
    return loaded;
  }

  /** Searches and reads with the rights of the ruleset's writer. */
  NodeServices nodeAs(Writer writer) {
    return new NodeServices(rights.asWriter(client, writer), registry, cluster, resolver);
  }

  /** With the node's own rights: alerts and state. */
  Client ownClient() {
    return ownClient;
  }

  StateIndex state() {
    return state;
  }

  OwnerSettings settings() {
    return settings;
  }

  double cpuShare() {
    return registry.cpuShare();
  }

  String nodeId() {
    return cluster.localNode().getId();
  }

  String nodeName() {
    return cluster.localNode().getName();
  }
}
