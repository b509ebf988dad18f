package org.tripline.opensearch;

import java.time.Instant;
import java.time.ZoneOffset;
import org.opensearch.common.time.DateFormatter;
import org.opensearch.common.time.DateMathParser;

/** A stretch of event time, both ends included; an end that was not given is null. */
public record TimeRange(Long from, Long to) {
  private static final DateMathParser PARSER =
      DateFormatter.forPattern("strict_date_optional_time||epoch_millis").toDateMathParser();

  /** Dates (their first millisecond), epoch milliseconds, or date math relative to now. */
  public static TimeRange parse(String from, String to) {
    long now = System.currentTimeMillis();
    TimeRange range = new TimeRange(millis(from, now), millis(to, now));
    if (range.from != null && range.to != null && range.from > range.to) {
      throw new IllegalArgumentException("[from] is after [to]: " + from + ", " + to);
    }
    return range;
  }

  public boolean isGiven() {
    return from != null || to != null;
  }

  private static Long millis(String text, long now) {
    if (text == null) {
      return null;
    }
    Instant instant = PARSER.parse(text, () -> now, false, ZoneOffset.UTC);
    return instant.toEpochMilli();
  }
}
