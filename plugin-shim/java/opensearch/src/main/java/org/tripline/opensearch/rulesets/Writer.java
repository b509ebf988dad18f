package org.tripline.opensearch.rulesets;

import java.util.List;
import org.opensearch.OpenSearchSecurityException;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;

/**
 * Who last wrote a ruleset, as the security plugin named the user of that request: the scheduled
 * runs of the ruleset have the rights of these roles ({@link Rights}). What the roles allow is
 * looked up at each run; which roles the user has is what it was when the ruleset was written.
 */
public record Writer(String user, List<String> roles) {
  // Where the security plugin says who asks: user|backend roles|roles|tenant|...
  private static final String USER_INFO = "_opendistro_security_user_info";
  private static final String USER = "_opendistro_security_user";

  public Writer {
    roles = List.copyOf(roles);
  }

  /** Of the request that this thread works on; null if nobody guards this node. */
  static Writer of(ThreadContext context) {
    if (context.getTransient(USER_INFO) instanceof String info) {
      return parse(info);
    }
    if (context.getTransient(USER) != null) {
      // The owner of an administrator's certificate: above all roles, so that none can be kept.
      throw refused("whose roles are not known; ask as a user with roles");
    }
    return null;
  }

  static Writer parse(String info) {
    // The security plugin writes a bar inside a name as \|, but leaves a name's last backslash as it
    // is: which is which cannot be told, and bars cannot be handed back to it either.
    if (info.contains("\\|")) {
      throw refused("whose name, roles or tenant have a '|', or end with a '\\'");
    }
    String[] parts = info.split("\\|", -1);
    if (parts.length < 3 || parts[0].isBlank()) {
      throw refused("whom the security plugin does not name as expected");
    }
    List<String> roles = List.of(parts[2].split(",")).stream().filter(r -> !r.isBlank()).toList();
    return new Writer(parts[0], roles);
  }

  private static OpenSearchSecurityException refused(String whom) {
    return new OpenSearchSecurityException(
        "a ruleset runs with the rights of the user who wrote it, so it cannot be written by one "
            + whom,
        RestStatus.FORBIDDEN);
  }
}
