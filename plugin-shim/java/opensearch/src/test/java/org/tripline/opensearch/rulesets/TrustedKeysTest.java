package org.tripline.opensearch.rulesets;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.Settings;

/** The setting that lists them. */
class TrustedKeysTest {
  private static final String KEY = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

  private static TrustedKeys of(String... keys) {
    return new TrustedKeys(
        Settings.builder().putList(TrustedKeys.SETTING.getKey(), keys).build());
  }

  @Test
  void trustsThoseThatAreListed() {
    assertTrue(of(KEY).contains(KEY));
    assertFalse(of().contains(KEY));
  }

  @Test
  void refusesWhatIsNoKeyWithWords() {
    String shortened = KEY.substring(4);
    String inAnotherForm = KEY.replace("gw=", "gx=");
    for (String wrong : new String[] {"", "my key", shortened, KEY + KEY, inAnotherForm}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> of(KEY, wrong)).getMessage();
      assertTrue(message.contains("trusted_keys") && message.contains("keygen"), message);
    }
  }
}
