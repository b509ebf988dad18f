package org.tripline.opensearch.shard;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Rule;

/**
 * When documents happened, for one rule: its timestamp field, else {@code @timestamp}, unless the
 * rule forbids that. Of several values the earliest counts. Documents rise.
 */
public final class EventTimes {
  /** The document has no time. */
  public static final long NONE = Long.MIN_VALUE;

  private static final String TIMESTAMP = "@timestamp";

  private final FieldSource own;
  private final FieldSource fallback;
  private final SortedNumericDocValues ownValues;
  private final SortedNumericDocValues fallbackValues;

  private EventTimes(FieldSource own, FieldSource fallback, LeafReader reader)
      throws IOException {
    this.own = own;
    this.fallback = fallback;
    this.ownValues = own == null ? null : own.numbers(reader);
    this.fallbackValues = fallback == null ? null : fallback.numbers(reader);
  }

  public static EventTimes of(Rule rule, LeafReader reader, QueryShardContext context)
      throws IOException {
    FieldSource own = source(rule.timestampField(), reader, context);
    boolean hasFallback =
        !rule.timestampField().equals(TIMESTAMP) && !rule.isTimestampFallbackDisabled();
    return new EventTimes(own, hasFallback ? source(TIMESTAMP, reader, context) : null, reader);
  }

  private static FieldSource source(String name, LeafReader reader, QueryShardContext context) {
    return FieldSource.ofDetector(
        Column.plain(name, ColumnKind.DATE), reader, context);
  }

  /** False if the index has no such field, or not as a date: then no document has a time. */
  public boolean isReadable() {
    return own != null || fallback != null;
  }

  /** Milliseconds since the epoch, or NONE. */
  public long of(int doc) throws IOException {
    if (ownValues != null && ownValues.advanceExact(doc)) {
      return own.integers().applyAsLong(ownValues.nextValue());
    }
    if (fallbackValues != null && fallbackValues.advanceExact(doc)) {
      return fallback.integers().applyAsLong(fallbackValues.nextValue());
    }
    return NONE;
  }
}
