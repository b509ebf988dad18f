package org.tripline.opensearch.shard;

import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.search.IndexOrDocValuesQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.DateFieldMapper.DateFieldType;
import org.opensearch.index.mapper.DateFieldMapper.Resolution;
import org.opensearch.index.query.QueryShardContext;

/**
 * Ranges of dates as Lucene queries, by instants. A bound that went through a text would be read
 * back by the field's own format, which may be coarser than the bound, and be rounded as texts are.
 */
final class DateQueries {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private DateQueries() {}

  /** Milliseconds since the epoch, both included; the extremes of a long are no bounds. */
  static Query millis(DateFieldType type, long first, long last) {
    return type.resolution() == Resolution.NANOSECONDS
        ? between(type, nanosOf(first, 0), nanosOf(last, NANOS_PER_MILLI - 1))
        : between(type, first, last);
  }

  /** The same with nanoseconds. */
  static Query nanos(DateFieldType type, long first, long last) {
    if (type.resolution() == Resolution.NANOSECONDS) {
      return between(type, first, last);
    }
    return between(
        type,
        first == Long.MIN_VALUE ? first : Math.ceilDiv(first, NANOS_PER_MILLI),
        last == Long.MAX_VALUE ? last : Math.floorDiv(last, NANOS_PER_MILLI));
  }

  /** Bounds as texts that the field's format reads, or around now; null where there is none. */
  static Query texts(
      DateFieldType type,
      String low,
      String high,
      boolean includesLow,
      boolean includesHigh,
      QueryShardContext context) {
    long first = Long.MIN_VALUE;
    if (low != null) {
      long at = read(type, low, !includesLow, context);
      if (!includesLow && at == Long.MAX_VALUE) {
        return nothing();
      }
      first = includesLow ? at : at + 1;
    }
    long last = Long.MAX_VALUE;
    if (high != null) {
      long at = read(type, high, includesHigh, context);
      if (!includesHigh && at == Long.MIN_VALUE) {
        return nothing();
      }
      last = includesHigh ? at : at - 1;
    }
    return between(type, first, last);
  }

  private static long read(
      DateFieldType type, String text, boolean roundsUp, QueryShardContext context) {
    return type.parseToLong(text, roundsUp, null, null, () -> now(context));
  }

  // A search that may be kept does not tell the time any more once it has begun.
  private static long now(QueryShardContext context) {
    try {
      return context.nowInMillis();
    } catch (IllegalArgumentException e) {
      return System.currentTimeMillis();
    }
  }

  // Beyond 1677 and 2262 there are no nanoseconds.
  private static long nanosOf(long millis, long more) {
    if (millis > Long.MAX_VALUE / NANOS_PER_MILLI - 1) {
      return Long.MAX_VALUE;
    }
    if (millis < Long.MIN_VALUE / NANOS_PER_MILLI + 1) {
      return Long.MIN_VALUE;
    }
    return millis * NANOS_PER_MILLI + more;
  }

  // In the field's own resolution.
  private static Query between(DateFieldType type, long first, long last) {
    if (first > last) {
      return nothing();
    }
    String name = type.name();
    if (!type.isSearchable() && !type.hasDocValues()) {
      throw new IllegalArgumentException(
          "Cannot search on field [" + name + "] since it is not indexed and has no doc values");
    }
    if (!type.isSearchable()) {
      return SortedNumericDocValuesField.newSlowRangeQuery(name, first, last);
    }
    Query points = LongPoint.newRangeQuery(name, first, last);
    return type.hasDocValues()
        ? new IndexOrDocValuesQuery(
            points, SortedNumericDocValuesField.newSlowRangeQuery(name, first, last))
        : points;
  }

  private static Query nothing() {
    return new MatchNoDocsQuery("no date lies between the bounds");
  }
}
