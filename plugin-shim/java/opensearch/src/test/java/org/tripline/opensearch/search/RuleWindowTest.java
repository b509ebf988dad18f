package org.tripline.opensearch.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;

class RuleWindowTest {
  private static BytesReference bytes(List<RuleWindow> windows) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      RuleWindow.writeAll(out, windows);
      return out.bytes();
    }
  }

  private static void assertTravels(List<RuleWindow> windows) throws IOException {
    try (StreamInput in = bytes(windows).streamInput()) {
      assertEquals(windows, RuleWindow.readAll(in));
      assertEquals(-1, in.read());
    }
  }

  @Test
  void windowsTravelWhateverTheyShare() throws IOException {
    Random random = new Random(3);
    assertTravels(List.of());
    for (int round = 0; round < 100; round++) {
      List<RuleWindow> windows = new ArrayList<>();
      for (int left = random.nextInt(20); left > 0; left--) {
        long from = random.nextInt(3) - 1;
        windows.add(
            new RuleWindow(random.nextInt(700), from, from + 5, from - 2, random.nextInt(2)));
      }
      assertTravels(windows);
    }
    assertTravels(List.of(new RuleWindow(0, Long.MIN_VALUE + 1, Long.MAX_VALUE, 0, 100)));
  }

  @Test
  void aWindowThatManyRulesShareIsToldOnce() throws IOException {
    List<RuleWindow> windows = new ArrayList<>();
    for (int rule = 0; rule < 5_000; rule++) {
      windows.add(new RuleWindow(rule, 1_000_000, 2_000_000, 1_000_000, 100));
    }
    int size = bytes(windows).length();
    assertTrue(size < 2 * 5_000 + 100, "bytes: " + size);
  }
}
