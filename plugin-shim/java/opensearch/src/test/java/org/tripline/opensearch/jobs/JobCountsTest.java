package org.tripline.opensearch.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.Terms;
import org.tripline.opensearch.jobs.JobCounts.Size;
import org.tripline.opensearch.jobs.JobCountsView.Series;
import org.tripline.opensearch.search.RuleError;

/** Counts of parts add up to those of the whole, and are cut only with a word of it. */
class JobCountsTest {
  private static final JobLayout LAYOUT =
      new JobLayout(
          "j",
          1000,
          List.of("ip", "user"),
          List.of(
              new Detector("high_count", "host", "user", Candidates.COUNTED),
              new Detector("rare", "", "user", Candidates.SHARED),
              new Detector("low_count", "", "", Candidates.NONE)));

  /** An event as the counter takes it. */
  private record Event(long bucket, String host, String user, List<String> ips, double weight) {}

  private final Random random = new Random(4);

  private Event event() {
    List<String> ips = new ArrayList<>();
    for (int left = random.nextInt(3); left > 0; left--) {
      String ip = "ip" + random.nextInt(4);
      if (!ips.contains(ip)) {
        ips.add(ip);
      }
    }
    return new Event(
        random.nextInt(5) - 2,
        "h" + random.nextInt(2),
        "u" + random.nextInt(3),
        ips,
        1 + random.nextInt(3));
  }

  private List<Event> events(int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event());
    }
    return events;
  }

  private static BytesRef term(String text) {
    return new BytesRef(Terms.string(text));
  }

  private static int id(JobCounts counts, String field, String text) {
    return counts.terms(LAYOUT.field(field)).idOf(term(text));
  }

  private static JobCounts countsOf(List<Event> events) {
    JobCounts counts = new JobCounts(LAYOUT, Memory.untold());
    for (Event event : events) {
      int bucket = counts.counts().events().add(event.bucket, event.weight);
      int host = id(counts, "host", event.host);
      int user = id(counts, "user", event.user);
      int[] cells = {
        counts.counts().split(0).countCell(bucket, host, user, event.weight),
        counts.counts().split(1).countCell(bucket, 0, user, event.weight)
      };
      counts.counts().split(2).countCell(bucket, 0, 0, event.weight);
      for (int i = 0; i < cells.length; i++) {
        CountTable[] influencers = counts.counts().split(i).influencers();
        for (String ip : event.ips) {
          influencers[0].add(CountTable.pair(cells[i], id(counts, "ip", ip)), event.weight);
        }
        influencers[1].add(CountTable.pair(cells[i], user), event.weight);
      }
    }
    return counts;
  }

  private static JobCounts whole(List<Event> events) {
    return JobCounts.merge(List.of(countsOf(events)));
  }

  /** All of it as text, in order. */
  private static Map<String, String> shown(JobCounts counts) {
    Map<String, String> shown = new TreeMap<>();
    JobCountsView view = new JobCountsView(counts);
    for (int bucket = 0; bucket < view.numBuckets(); bucket++) {
      String begins = String.valueOf(view.beginsMillis(bucket));
      shown.put(begins, String.valueOf(view.numEvents(bucket)));
      for (int detector = 0; detector < LAYOUT.detectors().size(); detector++) {
        for (Series series : view.series(bucket, detector)) {
          String name = begins + "/" + detector + "/" + series.partition() + "/" + series.by();
          assertNull(shown.put(name, series.count() + " " + series.influencers()), name);
        }
      }
    }
    return shown;
  }

  private static JobCounts sent(JobCounts counts) throws IOException {
    BytesStreamOutput out = new BytesStreamOutput();
    counts.writeTo(out);
    try (var in = out.bytes().streamInput()) {
      JobCounts read = new JobCounts(in);
      assertEquals(-1, in.read(), "everything is read");
      return read;
    }
  }

  @Test
  void partsInAnyOrderAndGroupingAddUpToTheWhole() throws IOException {
    for (int round = 0; round < 200; round++) {
      List<Event> events = events(random.nextInt(60));
      List<JobCounts> parts = new ArrayList<>();
      for (int from = 0; from < events.size(); ) {
        int to = Math.min(events.size(), from + 1 + random.nextInt(20));
        parts.add(countsOf(events.subList(from, to)));
        from = to;
      }
      parts.add(countsOf(List.of()));
      while (parts.size() > 1) {
        Collections.shuffle(parts, random);
        List<JobCounts> some = parts.subList(0, 1 + random.nextInt(parts.size()));
        JobCounts merged = sent(JobCounts.merge(some));
        some.clear();
        parts.add(merged);
      }
      assertEquals(shown(whole(events)), shown(JobCounts.merge(parts)));
    }
  }

  @Test
  void onlyWhatAllEventsOfARareValueShareIsKept() {
    JobCounts counts =
        whole(
            List.of(
                new Event(0, "h", "u", List.of("a", "b"), 1),
                new Event(0, "h", "u", List.of("b", "c"), 2)));
    Series rare = new JobCountsView(counts).series(0, 1).get(0);
    assertEquals(3.0, rare.count());
    assertEquals(
        List.of(new JobCountsView.Share(term("b"), 3.0)), rare.influencers().get(0));
    Series counted = new JobCountsView(counts).series(0, 0).get(0);
    assertEquals(
        List.of(
            new JobCountsView.Share(term("b"), 3.0),
            new JobCountsView.Share(term("c"), 2.0),
            new JobCountsView.Share(term("a"), 1.0)),
        counted.influencers().get(0));
    assertEquals(List.of(), new JobCountsView(counts).series(0, 2).get(0).influencers());
  }

  @Test
  void countsThatAreNoWholeNumbersTravelAsTheyAre() throws IOException {
    JobCounts counts =
        sent(
            whole(
                List.of(
                    new Event(-7, "h", "u", List.of(), 0.25),
                    new Event(3_000_000_000L, "h", "u", List.of(), 1e15))));
    JobCountsView view = new JobCountsView(counts);
    assertEquals(-7000, view.beginsMillis(0));
    assertEquals(0.25, view.numEvents(0));
    assertEquals(1e15, view.numEvents(1));
  }

  @Test
  void influencersThatBroughtLittleGoFirstAndAreCounted() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      events.add(new Event(0, "h", "u", List.of("ip" + i), i < 2 ? 50 : 1));
    }
    long all = Size.SENT.of(whole(events));

    JobCounts less = countsOf(events).within(Size.SENT, all - 1, Memory.untold());

    assertNull(less.cut());
    Series series = new JobCountsView(less).series(0, 0).get(0);
    assertEquals(398.0, series.count(), "what is counted stays whole");
    assertEquals(200, series.influencers().get(0).size());
    assertEquals(List.of(50.0, 50.0), List.of(
        series.influencers().get(0).get(0).count(), series.influencers().get(0).get(1).count()));
    assertEquals(100, less.influencersCut());
    assertTrue(Size.SENT.of(less) < all);
  }

  @Test
  void seriesAreNeverLeftOutOneByOne() throws IOException {
    JobCounts counts = countsOf(events(100));
    JobCounts cut = counts.within(Size.SENT, 100, Memory.untold());
    assertNotNull(cut.cut());
    assertEquals(Map.of(), shown(cut));
    List<Event> others = events(10);
    for (List<JobCounts> parts :
        List.of(List.of(sent(cut), countsOf(others)), List.of(countsOf(others), cut))) {
      JobCounts merged = JobCounts.merge(parts);
      assertEquals(cut.cut(), merged.cut(), "it says so in whatever company");
      assertEquals(shown(whole(others)), shown(merged));
    }
  }

  @Test
  void whatIsHeldIsToldAndGivenBack() {
    long[] held = {0, 0};
    Memory memory =
        new Memory(
            bytes -> {
              held[0] += bytes;
              held[1] = Math.max(held[0], held[1]);
            });
    JobCounts counts = new JobCounts(LAYOUT, memory.part());
    for (int i = 0; i < 10_000; i++) {
      counts.terms(0).idOf(term("t" + i));
      counts.counts().events().add(i, 1);
    }
    assertTrue(held[0] > 10_000 * 40, "of " + held[0]);
    counts.emptied("why", memory);
    assertTrue(held[0] < 10_000, "of " + held[0]);
    assertEquals(held[0], memory.used());
  }

  @Test
  void errorsOfAllPartsAreTold() throws IOException {
    JobCounts one = countsOf(events(3));
    one.addError(new RuleError("i-1", "f", "why"));
    JobCounts other = countsOf(events(3));
    other.addError(new RuleError("i-2", "f", "why"));
    JobCounts merged = JobCounts.merge(List.of(sent(one), other));
    assertEquals(2, merged.errors().list().size());
    assertNotEquals(merged.errors(), one.errors());
  }
}
