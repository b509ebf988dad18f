package org.tripline.opensearch.alerts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** How many events are asked for at once. */
class EventFetcherTest {
  @Test
  void batchesGrowWhileEventsAreSmall() {
    assertEquals(16, EventFetcher.sizeAfter(8, 1_000));
    assertEquals(EventFetcher.MOST, EventFetcher.sizeAfter(30, 1_000));
    assertEquals(EventFetcher.MOST, EventFetcher.sizeAfter(EventFetcher.MOST, 0));
  }

  @Test
  void batchesShrinkToWhatFitsOfLargeEvents() {
    assertEquals(8, EventFetcher.sizeAfter(32, 2 << 20));
    assertEquals(1, EventFetcher.sizeAfter(32, 100 << 20), "one must come");
  }
}
