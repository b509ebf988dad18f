package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefBuilder;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.engine.Terms;

/**
 * The terms of documents, for one new_terms rule: every combination of the values of its fields. A
 * document that lacks a field has none. Documents rise.
 */
public final class TermReader {
  /** Combinations of one document at most; what is left out is said as the rule's error. */
  private static final int MAX_COMBINATIONS = 10_000;

  private static final int ADDRESS_BYTES = 16;

  /** Takes a term; the bytes are valid during the call. */
  public interface Taker {
    void take(BytesRef term) throws IOException;
  }

  private interface ValueReader {
    Set<BytesRef> read(int doc) throws IOException;
  }

  private final List<ValueReader> fields = new ArrayList<>();
  private final BytesRefBuilder builder = new BytesRefBuilder();
  private boolean isAbsent;
  private String error;

  private TermReader() {}

  public static TermReader of(
      Rule rule, RulesetDescription ruleset, LeafReader reader, QueryShardContext context)
      throws IOException {
    TermReader terms = new TermReader();
    for (String name : rule.newTermsFields()) {
      Column column =
          ruleset.columns().stream()
              .filter(candidate -> candidate.name().equals(name))
              .findFirst()
              .orElse(Column.plain(name, ColumnKind.STRING));
      FieldSource source = FieldSource.shown(column, reader, context);
      switch (source.way()) {
        case ABSENT -> terms.isAbsent = true;
        case CODES -> terms.fields.add(texts(source, source.codes(reader)));
        case NUMBERS -> terms.fields.add(numbers(source, source.numbers(reader)));
        case QUERIES -> {
          terms.isAbsent = true;
          terms.error =
              "the new-terms field ["
                  + name
                  + "] of index ["
                  + context.index().getName()
                  + "] has no doc values of the type that the rule was compiled for";
        }
      }
    }
    return terms;
  }

  /** Why no term can be read; null if they can. */
  public String error() {
    return error;
  }

  public void read(int doc, Taker taker) throws IOException {
    if (isAbsent) {
      return;
    }
    List<List<BytesRef>> values = new ArrayList<>(fields.size());
    for (ValueReader field : fields) {
      Set<BytesRef> read = field.read(doc);
      if (read.isEmpty()) {
        return;
      }
      values.add(List.copyOf(read));
    }
    int[] at = new int[values.size()];
    for (int taken = 0; taken < MAX_COMBINATIONS; taken++) {
      builder.clear();
      for (int i = 0; i < at.length; i++) {
        builder.append(values.get(i).get(at[i]));
      }
      taker.take(builder.get());
      int last = at.length - 1;
      while (last >= 0 && ++at[last] == values.get(last).size()) {
        at[last--] = 0;
      }
      if (last < 0) {
        return;
      }
    }
    error = "a document has more than " + MAX_COMBINATIONS + " combinations of new-terms values";
  }

  // What stands in for an address that is masked is no address, and read as the text that it is.
  private static ValueReader texts(FieldSource source, SortedSetDocValues values) {
    boolean isAddress = source.kind() == ColumnKind.ADDRESS;
    return doc -> {
      if (!values.advanceExact(doc)) {
        return Set.of();
      }
      Set<BytesRef> read = new LinkedHashSet<>();
      int count = values.docValueCount();
      for (int i = 0; i < count; i++) {
        BytesRef value = values.lookupOrd(values.nextOrd());
        byte[] bytes = BytesRef.deepCopyOf(value).bytes;
        read.add(
            new BytesRef(
                isAddress && bytes.length == ADDRESS_BYTES
                    ? Terms.address(bytes)
                    : Terms.string(bytes)));
      }
      return read;
    };
  }

  private static ValueReader numbers(FieldSource source, SortedNumericDocValues values) {
    return doc -> {
      if (!values.advanceExact(doc)) {
        return Set.of();
      }
      Set<BytesRef> read = new LinkedHashSet<>();
      int count = values.docValueCount();
      for (int i = 0; i < count; i++) {
        read.add(new BytesRef(term(source, values.nextValue())));
      }
      return read;
    };
  }

  private static byte[] term(FieldSource source, long stored) {
    if (source.floats() != null) {
      return Terms.floating(source.floats().applyAsDouble(stored));
    }
    long value = source.integers().applyAsLong(stored);
    return switch (source.kind()) {
      case BOOLEAN -> Terms.bool(value != 0);
      case DATE -> Terms.date(value);
      default -> Terms.integer(value);
    };
  }
}
