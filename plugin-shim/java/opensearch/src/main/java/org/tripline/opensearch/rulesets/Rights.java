package org.tripline.opensearch.rulesets;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.opensearch.OpenSearchSecurityException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.FilterClient;

/**
 * With whose rights the plugin asks: the writer's of a ruleset when it runs by schedule, the node's
 * own for its state and its alerts. Any thread may use it.
 *
 * <pre>
 *   Client reading = rights.asWriter(client, stored.writer());   // events
 *   Client writing = rights.asNode(client);                      // state, alerts
 * </pre>
 */
public final class Rights {
  private static final String SECURITY_PLUGIN = "opensearch-security";
  // "user|role,role", which the security plugin takes in place of an authenticated user.
  private static final String INJECTED_ROLES = "opendistro_security_injected_roles";

  private final boolean isGuarded;

  private Rights(boolean isGuarded) {
    this.isGuarded = isGuarded;
  }

  /**
   * {@code plugins}: the node's folder of plugins; whether the security plugin is among them, and
   * not switched off.
   */
  public static Rights of(Path plugins, Settings settings) {
    boolean isOff =
        settings.getAsBoolean("plugins.security.disabled", false)
            || settings.getAsBoolean("plugins.security.ssl_only", false);
    return new Rights(!isOff && Files.isDirectory(plugins.resolve(SECURITY_PLUGIN)));
  }

  /**
   * A client whose requests may do what the writer's roles may, whoever called, and whose answers
   * arrive with the caller's rights again. Throws (403) where that cannot be said: the ruleset was
   * written before there was a security plugin, or by a user without roles.
   */
  public Client asWriter(Client client, Writer writer) {
    if (!isGuarded) {
      return new InContext(client, null);
    }
    if (writer == null) {
      throw cannotRun("it was written while nobody guarded this cluster");
    }
    if (writer.roles().isEmpty()) {
      throw cannotRun("its writer [" + writer.user() + "] had no roles");
    }
    return new InContext(client, writer.user() + "|" + String.join(",", writer.roles()));
  }

  /** A client with the node's own rights. */
  public Client asNode(Client client) {
    return OwnRights.of(client);
  }

  private static OpenSearchSecurityException cannotRun(String why) {
    return new OpenSearchSecurityException(
        "the ruleset cannot run: " + why + "; upload it again as a user who may read the events",
        RestStatus.FORBIDDEN);
  }

  /** Sends each request in a context of its own, with nothing of the caller's but these roles. */
  private static final class InContext extends FilterClient {
    private final String roles;

    InContext(Client client, String roles) {
      super(client);
      this.roles = roles;
    }

    @Override
    protected <Q extends ActionRequest, A extends ActionResponse> void doExecute(
        ActionType<A> action, Q request, ActionListener<A> listener) {
      ThreadContext context = threadPool().getThreadContext();
      Supplier<ThreadContext.StoredContext> callers = context.newRestorableContext(false);
      ThreadContext.StoredContext before = context.stashContext();
      try {
        if (roles != null) {
          context.putTransient(INJECTED_ROLES, roles);
        }
        super.doExecute(action, request, new ContextPreservingActionListener<>(callers, listener));
      } finally {
        before.restore();
      }
    }
  }
}
