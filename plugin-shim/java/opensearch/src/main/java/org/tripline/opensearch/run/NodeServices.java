package org.tripline.opensearch.run;

import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.transport.client.Client;
import org.tripline.opensearch.rulesets.RulesetRegistry;

/** What runs need of the node that they run on. */
public record NodeServices(
    Client client,
    RulesetRegistry registry,
    ClusterService cluster,
    IndexNameExpressionResolver resolver) {

  public ClusterState state() {
    return cluster.state();
  }
}
