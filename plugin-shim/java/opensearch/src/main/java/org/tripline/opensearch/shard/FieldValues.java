package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.Terms;

/**
 * The distinct values of one field in the documents of one segment, as numbers: equal values of the
 * segment have equal numbers, and numbers rise as values do in the segment. What term a number
 * stands for is asked for when it matters. Documents rise. One thread's.
 */
public final class FieldValues {
  private final FieldSource source;
  private final SortedSetDocValues codes; // null where values are numbers
  private final SortedNumericDocValues numbers; // null where they are codes
  private long[] values = new long[4];

  private FieldValues(
      FieldSource source, SortedSetDocValues codes, SortedNumericDocValues numbers) {
    this.source = source;
    this.codes = codes;
    this.numbers = numbers;
  }

  /** A field by its name, as the ruleset reads it. */
  public static FieldValues of(
      String field, RulesetDescription ruleset, LeafReader reader, QueryShardContext context)
      throws IOException {
    Column column =
        ruleset.columns().stream()
            .filter(candidate -> candidate.name().equals(field))
            .findFirst()
            .orElse(Column.plain(field, ColumnKind.STRING));
    return of(column, reader, context);
  }

  /** A field that says when events happened: its numbers are milliseconds since 1970. */
  public static FieldValues ofTimes(String field, LeafReader reader, QueryShardContext context)
      throws IOException {
    return of(Column.plain(field, ColumnKind.DATE), reader, context);
  }

  private static FieldValues of(Column column, LeafReader reader, QueryShardContext context)
      throws IOException {
    FieldSource source = FieldSource.shown(column, reader, context);
    return switch (source.way()) {
      case CODES -> new FieldValues(source, source.codes(reader), null);
      case NUMBERS -> new FieldValues(source, null, source.numbers(reader));
      case ABSENT, QUERIES -> new FieldValues(source, null, null);
    };
  }

  /** False if the index has the field, but no values of the type that the ruleset reads. */
  public boolean isReadable() {
    return source.way() != FieldSource.Way.QUERIES;
  }

  /** Reads a document's values; answers how many there are. */
  public int read(int doc) throws IOException {
    if (codes != null) {
      return codes.advanceExact(doc) ? readCodes() : 0;
    }
    return numbers != null && numbers.advanceExact(doc) ? readNumbers() : 0;
  }

  private int readCodes() throws IOException {
    int count = codes.docValueCount();
    reserve(count);
    for (int i = 0; i < count; i++) {
      values[i] = codes.nextOrd();
    }
    return count;
  }

  // What differs in the index may be one value here: nanoseconds of one millisecond.
  private int readNumbers() throws IOException {
    int count = numbers.docValueCount();
    reserve(count);
    int distinct = 0;
    for (int i = 0; i < count; i++) {
      long value = valueOf(numbers.nextValue());
      if (distinct == 0 || values[distinct - 1] != value) {
        values[distinct++] = value;
      }
    }
    return distinct;
  }

  private long valueOf(long stored) {
    return source.floats() == null
        ? source.integers().applyAsLong(stored)
        : Double.doubleToRawLongBits(source.floats().applyAsDouble(stored) + 0.0);
  }

  private void reserve(int count) {
    if (count > values.length) {
      values = Arrays.copyOf(values, Math.max(count, 2 * values.length));
    }
  }

  /** A value of the document that was read last. */
  public long value(int i) {
    return values[i];
  }

  /** The term of a value (runtime/term.h); cheapest in the order of values. */
  public BytesRef term(long value) throws IOException {
    if (codes != null) {
      byte[] bytes = BytesRef.deepCopyOf(codes.lookupOrd(value)).bytes;
      return new BytesRef(
          source.kind() == ColumnKind.ADDRESS ? Terms.address(bytes) : Terms.string(bytes));
    }
    return new BytesRef(
        source.floats() != null
            ? Terms.floating(Double.longBitsToDouble(value))
            : switch (source.kind()) {
              case BOOLEAN -> Terms.bool(value != 0);
              case DATE -> Terms.date(value);
              default -> Terms.integer(value);
            });
  }
}
