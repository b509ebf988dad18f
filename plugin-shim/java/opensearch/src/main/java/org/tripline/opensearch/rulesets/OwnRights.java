package org.tripline.opensearch.rulesets;

import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.OriginSettingClient;

/**
 * The plugin's own steps inside a request: reading and writing the system index, and bringing a
 * ruleset to the nodes. They are done with the node's rights, not the caller's. A caller needs the
 * right to the action that was asked for, and to the indices that are searched; nobody needs, or
 * should have, a right to the plugin's index. Searches over other indices never go this way.
 */
final class OwnRights {
  private static final String ORIGIN = "tripline";

  private OwnRights() {}

  /** A client whose answers arrive with the caller's rights again. */
  static Client of(Client client) {
    return new OriginSettingClient(client, ORIGIN);
  }
}
