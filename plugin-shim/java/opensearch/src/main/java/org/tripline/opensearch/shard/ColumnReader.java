package org.tripline.opensearch.shard;

import java.io.IOException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.tripline.engine.BlockBuffer;

/** The values of one field in one segment, on their way into blocks. Documents rise. One thread's. */
final class ColumnReader {
  /** Of a field that failed: nothing more is read of it. */
  static final ColumnReader EMPTY = new ColumnReader((row, doc, block) -> 0, null);

  /** The values of one document into a block's open column. */
  private interface Values {
    int read(int row, int doc, BlockBuffer block) throws IOException;
  }

  private final Values values;
  private final DocIdSetIterator existing; // of a sparse field the documents that have one

  private ColumnReader(Values values, DocIdSetIterator existing) {
    this.values = values;
    this.existing = existing;
  }

  static ColumnReader of(FieldSource source, LeafReader reader) throws IOException {
    DocIdSetIterator existing = source.existing(reader);
    boolean isSparse = existing.cost() < reader.maxDoc();
    return new ColumnReader(valuesOf(source, reader), isSparse ? existing : null);
  }

  /** How many values the document had. */
  int read(int row, int doc, BlockBuffer block) throws IOException {
    return values.read(row, doc, block);
  }

  /**
   * Of a field that few documents have, most reads would find nothing; existence comes in bulk.
   * Takes the others out of {@code wanted}; {@code bits} is empty, and is left so.
   */
  void keepExisting(int base, int numRows, long[] wanted, FixedBitSet bits) throws IOException {
    if (existing == null) {
      return;
    }
    int end = base + numRows;
    if (existing.docID() < base) {
      existing.advance(base);
    }
    if (existing.docID() < end) {
      existing.intoBitSet(end, bits, base);
    }
    long[] words = bits.getBits();
    for (int word = 0; word < wanted.length; word++) {
      wanted[word] &= words[word];
    }
    bits.clear();
  }

  private static Values valuesOf(FieldSource source, LeafReader reader) throws IOException {
    if (source.way() == FieldSource.Way.CODES) {
      SortedSetDocValues values = source.codes(reader);
      SortedDocValues single = DocValues.unwrapSingleton(values);
      return single != null ? codeOf(single) : codesOf(values);
    }
    SortedNumericDocValues values = source.numbers(reader);
    NumericDocValues single = DocValues.unwrapSingleton(values);
    return single != null && source.floats() == null
        ? integerOf(source, single)
        : numbersOf(source, values);
  }

  private static Values integerOf(FieldSource source, NumericDocValues values) {
    return (row, doc, block) -> {
      if (!values.advanceExact(doc)) {
        return 0;
      }
      block.addInteger(row, source.integers().applyAsLong(values.longValue()));
      return 1;
    };
  }

  private static Values codeOf(SortedDocValues values) {
    return (row, doc, block) -> {
      if (!values.advanceExact(doc)) {
        return 0;
      }
      block.addCode(row, values.ordValue());
      return 1;
    };
  }

  private static Values codesOf(SortedSetDocValues values) {
    return (row, doc, block) -> {
      if (!values.advanceExact(doc)) {
        return 0;
      }
      int count = values.docValueCount();
      for (int i = 0; i < count; i++) {
        block.addCode(row, (int) values.nextOrd());
      }
      return count;
    };
  }

  private static Values numbersOf(FieldSource source, SortedNumericDocValues values) {
    return (row, doc, block) -> {
      if (!values.advanceExact(doc)) {
        return 0;
      }
      int count = values.docValueCount();
      for (int i = 0; i < count; i++) {
        long value = values.nextValue();
        if (source.floats() != null) {
          block.addFloat(row, source.floats().applyAsDouble(value));
        } else {
          block.addInteger(row, source.integers().applyAsLong(value));
        }
      }
      return count;
    };
  }
}
