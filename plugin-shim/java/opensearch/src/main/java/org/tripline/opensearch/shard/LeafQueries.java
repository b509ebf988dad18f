package org.tripline.opensearch.shard;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.network.InetAddresses;
import org.opensearch.index.mapper.DateFieldMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.NumberFieldMapper;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.MatchPhraseQueryBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.RulesetDescription.NumberForm;

/**
 * A leaf as a Lucene query, by the field type's own verbs: for fields that the engine does not read
 * itself, so that the index's own analysis and types decide.
 */
final class LeafQueries {
  private static final int WHOLE_ADDRESS = 128; // bits
  private static final String BELOW = ".*";
  private static final String FLAT_OBJECT = "flat_object";

  /** Is told what a field's type would not be asked. */
  interface Refusals {
    void add(String field, Throwable failure);
  }

  private LeafQueries() {}

  static Query of(Column column, Leaf leaf, QueryShardContext context, Refusals refusals)
      throws IOException {
    return of(column, leaf, context, refusals, null);
  }

  // `around`: the nested field whose objects are asked; null for whole documents.
  private static Query of(
      Column column,
      Leaf leaf,
      QueryShardContext context,
      Refusals refusals,
      ObjectMapper around)
      throws IOException {
    if (column.kind() == ColumnKind.OBJECT) {
      return NestedQueries.of(
          column,
          leaf,
          context,
          refusals,
          around,
          (field, asked, mapper) -> of(field, asked, context, refusals, mapper));
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    if (!column.isPattern() && context.getObjectMapper(column.indexName()) != null) {
      for (Atom atom : leaf.atoms()) {
        if (atom instanceof Atom.Exists) {
          any.add(
              ExistsQueryBuilder.newFilter(context, column.indexName(), false),
              BooleanClause.Occur.SHOULD);
        }
      }
    }
    for (String name : namesOf(column, context)) {
      MappedFieldType type = context.fieldMapper(name);
      // A name with stars means an event's own fields; one that is written out means what it says.
      if (type != null && !(column.isPattern() && context.isMetadataField(name))) {
        for (Atom atom : leaf.atoms()) {
          any.add(ask(type, column, atom, context, refusals), BooleanClause.Occur.SHOULD);
        }
      }
    }
    return any.build();
  }

  // A flat_object, asked as a whole, answers for all of its keys by itself.
  private static Set<String> namesOf(Column column, QueryShardContext context) {
    String source = column.indexName();
    if (!column.isPattern()) {
      return Set.of(source);
    }
    if (source.endsWith(BELOW)) {
      String whole = source.substring(0, source.length() - BELOW.length());
      MappedFieldType type = context.fieldMapper(whole);
      if (type != null && type.typeName().equals(FLAT_OBJECT)) {
        return Set.of(whole);
      }
    }
    return context.simpleMatchToIndexNames(source);
  }

  // What the type cannot hold (letters in a number or a date) or cannot be asked (a pattern of a
  // number, anything of a field without index and doc values) matches nothing, and is told.
  private static Query ask(
      MappedFieldType type, Column column, Atom atom, QueryShardContext context, Refusals refusals)
      throws IOException {
    try {
      return query(type, column, atom, context);
    } catch (RuntimeException | StackOverflowError e) {
      LeafError.requireOfLeaf(e);
      refusals.add(type.name(), e);
      return new MatchNoDocsQuery("refused by " + type.name());
    }
  }

  private static Query query(
      MappedFieldType type, Column column, Atom atom, QueryShardContext context)
      throws IOException {
    return switch (atom) {
      case Atom.Exists exists -> type.existsQuery(context);
      case Atom.Term term ->
          term.isAroundNow() && type instanceof DateFieldMapper.DateFieldType date
              ? DateQueries.texts(date, term.value(), term.value(), true, true, context)
              : term(type, term.value(), context);
      case Atom.Glob glob ->
          isAnalyzed(type)
              ? type.normalizedWildcardQuery(pattern(glob), null, context)
              : type.wildcardQuery(pattern(glob), null, glob.ignoresCase(), context);
      case Atom.TokenGlob glob ->
          isAnalyzed(type)
              ? type.normalizedWildcardQuery(pattern(glob.glob()), null, context)
              : type.wildcardQuery(pattern(glob.glob()), null, glob.glob().ignoresCase(), context);
      case Atom.StringRange range -> strings(type, range, context);
      case Atom.AddressPrefix prefix -> term(type, cidr(prefix), context);
      case Atom.AddressRange range ->
          range(type, address(range.first()), address(range.last()), true, true, context);
      case Atom.IntegerRange range ->
          switch (column.form()) {
            case SCALED -> scaled(type, range, column.scale(), context);
            case UNSIGNED -> unsigned(type, range, context);
            case NANOS -> nanos(type, range, context);
            case PLAIN, SINGLE, HALF -> integers(type, range, context);
          };
      case Atom.FloatRange range -> floats(type, range, column.form(), context);
      case Atom.TokenRange tokens -> query(type, column, tokens.range(), context);
      case Atom.RelativeDates dates -> relative(type, dates, context);
      case Atom.ObjectMatch match ->
          throw new IllegalArgumentException("an object is no value of " + type.typeName());
      case Atom.AnyToken any -> anyToken(type, any.tokens(), context);
      case Atom.Phrase phrase -> phrase(type, phrase.tokens(), context);
      case Atom.ValueList list ->
          throw new IllegalArgumentException("value lists are not asked of the index");
    };
  }

  private static Query term(MappedFieldType type, String value, QueryShardContext context)
      throws IOException {
    return isAnalyzed(type) ? phrase(type, value, context) : type.termQuery(value, context);
  }

  // Bounds that the type cannot hold are no bounds, or leave nothing.
  private static Query integers(
      MappedFieldType type, Atom.IntegerRange range, QueryShardContext context)
      throws IOException {
    if (type.typeName().equals("boolean") || isTextOfBoolean(type, range)) {
      return booleans(type, range, context);
    }
    if (type instanceof DateFieldMapper.DateFieldType date) {
      return DateQueries.millis(date, range.first(), range.last());
    }
    long least = leastOf(type);
    long most = mostOf(type);
    if (range.last() < least || range.first() > most) {
      return new MatchNoDocsQuery("outside of " + type.typeName());
    }
    if (range.first() == range.last()) {
      return term(type, Long.toString(range.first()), context);
    }
    Long low = range.first() <= least ? null : range.first();
    Long high = range.last() >= most ? null : range.last();
    return low == null && high == null
        ? type.existsQuery(context)
        : range(type, low, high, true, true, context);
  }

  private static boolean isTextOfBoolean(MappedFieldType type, Atom.IntegerRange range) {
    return !(type instanceof NumberFieldMapper.NumberFieldType)
        && !(type instanceof DateFieldMapper.DateFieldType)
        && range.first() == range.last()
        && (range.first() == 0 || range.first() == 1)
        && type.getTextSearchInfo().isTokenized();
  }

  private static Query booleans(
      MappedFieldType type, Atom.IntegerRange range, QueryShardContext context)
      throws IOException {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (long value = 0; value <= 1; value++) {
      if (range.first() <= value && value <= range.last()) {
        any.add(term(type, value == 1 ? "true" : "false", context), BooleanClause.Occur.SHOULD);
      }
    }
    return any.build();
  }

  private static Query floats(
      MappedFieldType type, Atom.FloatRange range, NumberForm form, QueryShardContext context)
      throws IOException {
    if (range.low() == range.high()) {
      return term(type, decimal(range.low(), form), context);
    }
    String low = range.low() == Double.NEGATIVE_INFINITY ? null : decimal(range.low(), form);
    String high = range.high() == Double.POSITIVE_INFINITY ? null : decimal(range.high(), form);
    return low == null && high == null
        ? type.existsQuery(context)
        : range(type, low, high, range.includesLow(), range.includesHigh(), context);
  }

  // The shortest decimal that names the number, so that a type that holds more finds what was meant.
  private static String decimal(double value, NumberForm form) {
    return form == NumberForm.PLAIN ? Double.toString(value) : Float.toString((float) value);
  }

  // Bounds a little outside: whether the type rounds them inwards or to the nearest step (it does the
  // one for lower, the other for upper bounds), it finds the whole steps that are meant.
  private static Query scaled(
      MappedFieldType type, Atom.IntegerRange range, double scale, QueryShardContext context) {
    Double low = range.first() == Long.MIN_VALUE ? null : (range.first() - 0.25) / scale;
    Double high = range.last() == Long.MAX_VALUE ? null : (range.last() + 0.25) / scale;
    return low == null && high == null
        ? type.existsQuery(context)
        : range(type, low, high, true, true, context);
  }

  // The numbers from 0 to 2^64 - 1 come with 2^63 taken away.
  private static Query unsigned(
      MappedFieldType type, Atom.IntegerRange range, QueryShardContext context)
      throws IOException {
    String first = Long.toUnsignedString(range.first() ^ Long.MIN_VALUE);
    String last = Long.toUnsignedString(range.last() ^ Long.MIN_VALUE);
    if (range.first() == range.last()) {
      return term(type, first, context);
    }
    String low = range.first() == Long.MIN_VALUE ? null : first;
    String high = range.last() == Long.MAX_VALUE ? null : last;
    return low == null && high == null
        ? type.existsQuery(context)
        : range(type, low, high, true, true, context);
  }

  private static Query nanos(
      MappedFieldType type, Atom.IntegerRange range, QueryShardContext context) {
    if (type instanceof DateFieldMapper.DateFieldType date) {
      return DateQueries.nanos(date, range.first(), range.last());
    }
    return range(
        type,
        range.first() == Long.MIN_VALUE ? null : nanosText(range.first()),
        range.last() == Long.MAX_VALUE ? null : nanosText(range.last()),
        true,
        true,
        context);
  }

  private static Query relative(
      MappedFieldType type, Atom.RelativeDates dates, QueryShardContext context) {
    if (!(type instanceof DateFieldMapper.DateFieldType date)) {
      throw new IllegalArgumentException("a date is no value of " + type.typeName());
    }
    return DateQueries.texts(
        date, dates.low(), dates.high(), dates.includesLow(), dates.includesHigh(), context);
  }

  // Of a field that was not known to be a date, around now, too.
  private static Query strings(
      MappedFieldType type, Atom.StringRange range, QueryShardContext context) {
    if (type instanceof DateFieldMapper.DateFieldType date) {
      return DateQueries.texts(
          date, range.low(), range.high(), range.includesLow(), range.includesHigh(), context);
    }
    return range(
        type, range.low(), range.high(), range.includesLow(), range.includesHigh(), context);
  }

  private static String nanosText(long nanos) {
    return Instant.EPOCH.plusNanos(nanos).toString();
  }

  private static long leastOf(MappedFieldType type) {
    return switch (type.typeName()) {
      case "byte" -> Byte.MIN_VALUE;
      case "short" -> Short.MIN_VALUE;
      case "integer" -> Integer.MIN_VALUE;
      case "unsigned_long" -> 0;
      default -> Long.MIN_VALUE;
    };
  }

  private static long mostOf(MappedFieldType type) {
    return switch (type.typeName()) {
      case "byte" -> Byte.MAX_VALUE;
      case "short" -> Short.MAX_VALUE;
      case "integer" -> Integer.MAX_VALUE;
      default -> Long.MAX_VALUE;
    };
  }

  // A rule that was compiled for a keyword may meet a text: its value is a phrase of it, and its
  // pattern one of a token, as the index's analyzer writes tokens.
  private static boolean isAnalyzed(MappedFieldType type) {
    return type.getTextSearchInfo().isTokenized();
  }

  private static Query phrase(MappedFieldType type, String text, QueryShardContext context)
      throws IOException {
    return new MatchPhraseQueryBuilder(type.name(), text).toQuery(context);
  }

  private static Query phrase(MappedFieldType type, List<String> tokens, QueryShardContext context)
      throws IOException {
    long words = tokens.stream().filter(token -> !token.isEmpty()).count();
    return words == tokens.size() || words < 2 || !isAnalyzed(type)
        ? phrase(type, String.join(" ", tokens), context)
        : type.phraseQuery(new PhraseTokens(tokens), 0, true, context);
  }

  private static Query anyToken(
      MappedFieldType type, List<String> tokens, QueryShardContext context)
      throws IOException {
    return new MatchQueryBuilder(
            type.name(), String.join(" ", tokens))
        .toQuery(context);
  }

  private static Query range(
      MappedFieldType type,
      Object low,
      Object high,
      boolean includesLow,
      boolean includesHigh,
      QueryShardContext context) {
    return type.rangeQuery(low, high, includesLow, includesHigh, null, null, null, context);
  }

  private static String pattern(Atom.Glob glob) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < glob.pieces().size(); i++) {
      if (i > 0) {
        pattern.append('*');
      }
      String piece = glob.pieces().get(i);
      for (int at = 0; at < piece.length(); at++) {
        char letter = piece.charAt(at);
        if (letter == '*' || letter == '\\' || (letter == '?' && !glob.hasQuestion())) {
          pattern.append('\\');
        }
        pattern.append(letter);
      }
    }
    return pattern.toString();
  }

  private static String address(byte[] bytes) {
    try {
      return InetAddresses.toAddrString(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // 16 bytes are always an address
    }
  }

  // The engine counts the bits of an IPv4 prefix in its mapped form.
  private static String cidr(Atom.AddressPrefix prefix) {
    String address = address(prefix.network());
    int length = address.contains(":") ? prefix.length() : prefix.length() - 96;
    return prefix.length() == WHOLE_ADDRESS ? address : address + "/" + length;
  }
}
