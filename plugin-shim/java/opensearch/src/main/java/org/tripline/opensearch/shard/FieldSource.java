package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.List;
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
import org.opensearch.common.settings.Settings;
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
  private static final String KEYWORD = Lucene.KEYWORD_ANALYZER.name(); // of no normalizer
  private static final String LOWERCASE = "lowercase";

  static FieldSource of(Column column, LeafReader reader, QueryShardContext context) {
    if (column.isPattern() || column.kind() == ColumnKind.OBJECT) {
      return plain(Way.QUERIES, column.name(), column.kind());
    }
    MappedFieldType type = context.fieldMapper(column.indexName());
    if (type == null) {
      // Of an object it can be asked whether it has any value.
      Way way = context.getObjectMapper(column.indexName()) == null ? Way.ABSENT : Way.QUERIES;
      return plain(way, column.indexName(), column.kind());
    }
    FieldInfo info = reader.getFieldInfos().fieldInfo(type.name());
    FieldSource source =
        isReadAs(column.form()) ? ofDocValues(column, type, info, context) : null;
    return source != null ? source : plain(Way.QUERIES, type.name(), column.kind());
  }

  /** A field whose leaves change with the clock, so that only its type's own queries tell. */
  static FieldSource asked(Column column) {
    return plain(Way.QUERIES, column.name(), column.kind());
  }

  /** A field that the segment's index has of another type than the column is for. */
  static FieldSource absent(Column column) {
    return plain(Way.ABSENT, column.name(), column.kind());
  }

  /** A field that a detector reads: null if it has no doc values here. */
  static FieldSource ofDetector(Column column, LeafReader reader, QueryShardContext context) {
    FieldSource source = of(column, reader, context);
    return source.way == Way.CODES || source.way == Way.NUMBERS ? source : null;
  }

  /**
   * A field whose values are shown: a number in single precision as the shortest decimal that names
   * it, 6.1 and not 6.0999999.
   */
  static FieldSource shown(Column column, LeafReader reader, QueryShardContext context) {
    Column plain = column.plainly();
    if (plain.kind() != ColumnKind.FLOAT
        || !(context.fieldMapper(plain.indexName()) instanceof NumberFieldMapper.NumberFieldType type)
        || type.numericType() != NumericType.FLOAT
        || !type.hasDocValues()) {
      return of(plain, reader, context);
    }
    FieldInfo info = reader.getFieldInfos().fieldInfo(type.name());
    if (info == null || info.getDocValuesType() == DocValuesType.NONE) {
      return plain(Way.ABSENT, type.name(), plain.kind());
    }
    return new FieldSource(
        Way.NUMBERS,
        type.name(),
        plain.kind(),
        null,
        LongUnaryOperator.identity(),
        stored -> Double.parseDouble(Float.toString((float) type.toDoubleValue(stored))),
        false);
  }

  private static FieldSource plain(Way way, String name, ColumnKind kind) {
    return new FieldSource(way, name, kind, null, null, null, false);
  }

  // Whether what the index holds, and what it would make of the text that a rule asks for, is what
  // the rule was compiled to compare with.
  private static boolean isNormalizedAs(
      Column column, MappedFieldType type, QueryShardContext context) {
    String normalizer =
        type.indexAnalyzer() == null ? KEYWORD : type.indexAnalyzer().name();
    return column.lowercases()
        ? lowercasesOnly(normalizer, context.getIndexSettings().getSettings())
        : normalizer.equals(KEYWORD);
  }

  private static boolean lowercasesOnly(String normalizer, Settings index) {
    Settings own = index.getByPrefix("index.analysis.normalizer." + normalizer + ".");
    boolean isLowercase =
        own.isEmpty()
            ? normalizer.equals(LOWERCASE)
            : own.getAsList("char_filter").isEmpty()
                && own.getAsList("filter").equals(List.of(LOWERCASE));
    return isLowercase
        && index.getByPrefix("index.analysis.filter." + LOWERCASE + ".").isEmpty();
  }

  // Other forms are rare: the field type's own queries answer them.
  private static boolean isReadAs(NumberForm form) {
    return form == NumberForm.PLAIN || form == NumberForm.SINGLE || form == NumberForm.NANOS;
  }

  private static FieldSource ofDocValues(
      Column column, MappedFieldType type, FieldInfo info, QueryShardContext context) {
    ColumnKind kind = column.kind();
    if (!type.hasDocValues() || !isReadAs(column, type)) {
      return null;
    }
    if (kind == ColumnKind.STRING && !isNormalizedAs(column, type, context)) {
      return null;
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

  // In single precision 6.1 is 6.0999999, as is what it is compared with.
  private static LongToDoubleFunction floatsOf(
      NumberFieldMapper.NumberFieldType type, NumberForm form) {
    return form == NumberForm.SINGLE
        ? stored -> (float) type.toDoubleValue(stored)
        : type::toDoubleValue;
  }

  // Beyond 1677 and 2262 there are no nanoseconds.
  private static long nanosOf(long millis) {
    long most = Long.MAX_VALUE / NANOS_PER_MILLI;
    return Math.max(-most, Math.min(most, millis)) * NANOS_PER_MILLI;
  }

  private static boolean isReadAs(Column column, MappedFieldType type) {
    return switch (column.kind()) {
      case STRING -> type.typeName().equals("keyword") || type.typeName().equals("wildcard");
      case ADDRESS -> type.typeName().equals("ip");
      case DATE -> type instanceof DateFieldMapper.DateFieldType;
      case BOOLEAN -> type.typeName().equals("boolean");
      case INTEGER -> isInteger(type);
      case FLOAT -> isFloat(column.form(), type);
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

  // A rule's number is rounded as its own type rounds; the index's type may round otherwise.
  private static boolean isFloat(NumberForm form, MappedFieldType type) {
    NumericType asked = form == NumberForm.SINGLE ? NumericType.FLOAT : NumericType.DOUBLE;
    return type instanceof NumberFieldMapper.NumberFieldType number
        && number.numericType() == asked;
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
