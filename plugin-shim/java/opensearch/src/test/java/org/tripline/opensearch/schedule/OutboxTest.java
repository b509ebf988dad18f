package org.tripline.opensearch.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tripline.opensearch.alerts.PendingAlert;

class OutboxTest {
  private static final List<PendingAlert> ALERTS =
      List.of(
          new PendingAlert("tripline-alerts-2026.05", "a", bytes("{\"x\":1}")),
          new PendingAlert("tripline-alerts-2026.06", "b", bytes("{\"y\":\"ä\"}")));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void alertsComeBackAsTheyWent() throws IOException {
    List<PendingAlert> read = Outbox.read(Outbox.write(ALERTS));
    assertEquals(2, read.size());
    for (int i = 0; i < 2; i++) {
      assertEquals(ALERTS.get(i).index(), read.get(i).index());
      assertEquals(ALERTS.get(i).id(), read.get(i).id());
      assertArrayEquals(ALERTS.get(i).json(), read.get(i).json());
    }
    assertEquals(List.of(), Outbox.read(Outbox.write(List.of())));
  }

  @Test
  void bytesThatAreCutOffOrDamagedAreRefused() throws IOException {
    byte[] whole = Outbox.write(ALERTS);
    int refused = 0;
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(IOException.class, () -> Outbox.read(cut));
    }
    // A bit that nothing depends on may be turned; what comes is what was written, or an error.
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x20;
      try {
        assertArrayEquals(ALERTS.get(1).json(), Outbox.read(damaged).get(1).json());
      } catch (IOException e) {
        refused++;
      }
    }
    assertTrue(refused > whole.length / 2, refused + " of " + whole.length);
  }
}
