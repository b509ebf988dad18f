package org.tripline.opensearch.rulesets;

import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;

/**
 * The keys whose signatures of ruleset files this node trusts: it runs the machine code in a file
 * that one of them signed. The rules in a file are verified by every load, signed or not.
 */
public final class TrustedKeys {
  /** Public keys as {@code tripline keygen} prints them. A node with a wrong one does not start. */
  public static final Setting<List<String>> SETTING =
      Setting.listSetting(
          "plugins.tripline.trusted_keys",
          List.of(),
          Function.identity(),
          TrustedKeys::check,
          Setting.Property.NodeScope);

  private static final int KEY_BYTES = 32;

  private final Set<String> keys;

  public TrustedKeys(Settings settings) {
    keys = Set.copyOf(SETTING.get(settings));
  }

  public Set<String> all() {
    return keys;
  }

  public boolean contains(String key) {
    return key != null && keys.contains(key);
  }

  private static void check(List<String> keys) {
    for (String key : keys) {
      if (!isKey(key)) {
        throw new IllegalArgumentException(
            "[plugins.tripline.trusted_keys] has [" + key + "], which is no Ed25519 public key:"
                + " expected 32 bytes as base64, as `tripline keygen` prints them");
      }
    }
  }

  // Also in the one form that signatures are compared in.
  private static boolean isKey(String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      return bytes.length == KEY_BYTES && Base64.getEncoder().encodeToString(bytes).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
