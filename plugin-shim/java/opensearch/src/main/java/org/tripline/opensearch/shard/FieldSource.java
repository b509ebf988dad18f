package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.opensearch.common.lucene.Lucene;
import org.opensearch.index.fielddata.IndexNumericFieldData.NumericType;
import org.opensearch.index.mapper.DateFieldMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.NumberFieldMapper;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.NumberForm;

/**
 * Where the values of one field of a ruleset stand in one segment. Doc values are read where their
 * type is the one that the ruleset was compiled for; everything else is the business of the field
 * type's own queries.
 *
 * @param name the field's name in the segment (an alias is followed)
 * @param answers of its dictionary, once they are decided; null before, and for numbers
 * @param integers how a stored number becomes the engine's integer
 * @param floats how a stored number becomes the engine's double; null for integers
 * @param hasPostings true if the inverted index holds the same terms as the dictionary, or of a
 *     boolean both values
 */
record FieldSource(
    Way way,
    String name,
    ColumnKind kind,
    FieldAnswers answers,
    LongUnaryOperator integers,
    LongToDoubleFunction floats,
    boolean hasPostings) {

  enum Way {
    /** No document of the segment has it. */
    ABSENT,
    /** Codes into a sorted dictionary. */
    CODES,
    /** Numbers. */
    NUMBERS,
    /** Each leaf is asked by a query. */
    QUERIES
  }

  private static final long NANOS_PER_MILLI = 1_000_000;

  static FieldSource of(Column column, LeafReader reader, QueryShardContext context) {
    if (column.isPattern() || column.kind() == ColumnKind.OBJECT) {
      return plain(Way.QUERIES, column.name(), column.kind());
    }
    MappedFieldType type = context.fieldMapper(column.name());
    if (type == null) {
      return plain(Way.ABSENT, column.name(), column.kind());
    }
    FieldInfo info = reader.getFieldInfos().fieldInfo(type.name());
    FieldSource source =
        isReadAs(column.form()) ? ofDocValues(column, type, info) : null;
    return source != null ? source : plain(Way.QUERIES, type.name(), column.kind());
  }

  /** A field whose leaves change with the clock, so that only its type's own queries tell. */
  static FieldSource asked(Column column) {
    return plain(Way.QUERIES, column.name(), column.kind());
  }

  /** A field that a detector reads: null if it has no doc values here. */
  static FieldSource ofDetector(Column column, LeafReader reader, QueryShardContext context) {
    FieldSource source = of(column, reader, context);
    return source.way == Way.CODES || source.way == Way.NUMBERS ? source : null;
  }

  private static FieldSource plain(Way way, String name, ColumnKind kind) {
    return new FieldSource(way, name, kind, null, null, null, false);
  }

  private static boolean hasNormalizer(MappedFieldType type) {
    return type.indexAnalyzer() != null
        && !type.indexAnalyzer().name().equals(Lucene.KEYWORD_ANALYZER.name());
  }

  // Other forms are rare: the field type's own queries answer them.
  private static boolean isReadAs(NumberForm form) {
    return form == NumberForm.PLAIN || form == NumberForm.SINGLE || form == NumberForm.NANOS;
  }

  private static FieldSource ofDocValues(Column column, MappedFieldType type, FieldInfo info) {
    ColumnKind kind = column.kind();
    boolean isLowercased = column.lowercases();
    if (!type.hasDocValues() || !isReadAs(kind, type)) {
      return null;
    }
    if (kind == ColumnKind.STRING && hasNormalizer(type) && !isLowercased) {
      return null; // what the index holds is not what the rule was compiled to compare with
    }
    if (info == null || info.getDocValuesType() == DocValuesType.NONE) {
      return plain(Way.ABSENT, type.name(), kind);
    }
    if (kind == ColumnKind.STRING || kind == ColumnKind.ADDRESS) {
      boolean hasPostings =
          type.typeName().equals("keyword") && info.getIndexOptions() != IndexOptions.NONE;
      return new FieldSource(Way.CODES, type.name(), kind, null, null, null, hasPostings);
    }
    LongUnaryOperator integers = LongUnaryOperator.identity();
    if (type instanceof DateFieldMapper.DateFieldType date
        && date.resolution() == DateFieldMapper.Resolution.NANOSECONDS) {
      integers =
          column.form() == NumberForm.NANOS
              ? LongUnaryOperator.identity()
              : nanos -> Math.floorDiv(nanos, NANOS_PER_MILLI);
    } else if (column.form() == NumberForm.NANOS) {
      integers = FieldSource::nanosOf;
    }
    LongToDoubleFunction floats =
        kind == ColumnKind.FLOAT && type instanceof NumberFieldMapper.NumberFieldType number
            ? floatsOf(number, column.form())
            : null;
    boolean hasPostings = kind == ColumnKind.BOOLEAN && info.getIndexOptions() != IndexOptions.NONE;
    return new FieldSource(Way.NUMBERS, type.name(), kind, null, integers, floats, hasPostings);
  }

  // 6.1 in single precision is 6.0999999; a search engine rounds what it is asked for in the same
  // way. Here the value goes back to the shortest decimal that names it.
  private static LongToDoubleFunction floatsOf(
      NumberFieldMapper.NumberFieldType type, NumberForm form) {
    if (form == NumberForm.SINGLE) {
      return stored -> (float) type.toDoubleValue(stored); // as what it is compared with
    }
    if (type.numericType() != NumericType.FLOAT) {
      return type::toDoubleValue;
    }
    return stored -> Double.parseDouble(Float.toString((float) type.toDoubleValue(stored)));
  }

  // Beyond 1677 and 2262 there are no nanoseconds.
  private static long nanosOf(long millis) {
    long most = Long.MAX_VALUE / NANOS_PER_MILLI;
    return Math.max(-most, Math.min(most, millis)) * NANOS_PER_MILLI;
  }

  private static boolean isReadAs(ColumnKind kind, MappedFieldType type) {
    return switch (kind) {
      case STRING -> type.typeName().equals("keyword") || type.typeName().equals("wildcard");
      case ADDRESS -> type.typeName().equals("ip");
      case DATE -> type instanceof DateFieldMapper.DateFieldType;
      case BOOLEAN -> type.typeName().equals("boolean");
      case INTEGER -> isInteger(type);
      case FLOAT -> isFloat(type);
      case TEXT, DELEGATED, OBJECT -> false;
    };
  }

  private static boolean isInteger(MappedFieldType type) {
    return type instanceof NumberFieldMapper.NumberFieldType number
        && switch (number.numericType()) {
          case BYTE, SHORT, INT, LONG -> true;
          default -> false;
        };
  }

  private static boolean isFloat(MappedFieldType type) {
    return type instanceof NumberFieldMapper.NumberFieldType number
        && (number.numericType() == NumericType.DOUBLE
            || number.numericType() == NumericType.FLOAT);
  }

  FieldSource with(FieldAnswers decided) {
    return new FieldSource(way, name, kind, decided, integers, floats, hasPostings);
  }

  SortedSetDocValues codes(LeafReader reader) throws IOException {
    return DocValues.getSortedSet(reader, name);
  }

  SortedNumericDocValues numbers(LeafReader reader) throws IOException {
    return DocValues.getSortedNumeric(reader, name);
  }

  /** The documents that have a value. */
  DocIdSetIterator existing(LeafReader reader) throws IOException {
    return way == Way.CODES ? codes(reader) : numbers(reader);
  }
}
