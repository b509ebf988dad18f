package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.RamUsageEstimator;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * The queries of a ruleset's leaves in one index under one mapping. To make them (analysing texts,
 * compiling automata, finding the fields that a name with stars means) costs more than to ask them
 * of a small segment. Only queries that know nothing of the search that made them are kept. Any
 * thread may use it.
 */
final class KeptQueries implements Closeable {
  /** A query, and what the field's type would not be asked. */
  record Made(Query query, List<LeafError> errors) {}

  /** Types whose queries hold nothing but what they look for. */
  private static final Set<String> TIMELESS =
      Set.of(
          "boolean",
          "byte",
          "constant_keyword",
          "date",
          "date_nanos",
          "double",
          "float",
          "half_float",
          "integer",
          "ip",
          "keyword",
          "long",
          "scaled_float",
          "short",
          "text",
          "unsigned_long");

  private static final long BYTES_AROUND = 100;

  private final KeptMemory memory;
  private final AtomicLong held = new AtomicLong();
  private final ConcurrentHashMap<Integer, Made> queries = new ConcurrentHashMap<>(); // by leaf

  KeptQueries(KeptMemory memory) {
    this.memory = memory;
  }

  /** Null if it is not kept. */
  Made get(int leaf) {
    return queries.get(leaf);
  }

  /** Keeps a query, if there is room. */
  void put(int leaf, Made made) {
    long bytes = BYTES_AROUND + RamUsageEstimator.sizeOf(made.query);
    if (memory.tryTake(bytes)) {
      if (queries.putIfAbsent(leaf, made) == null) {
        held.addAndGet(bytes);
      } else {
        memory.give(bytes); // another slice was first
      }
    }
  }

  /** True if a leaf's query is the same for every search. */
  static boolean isTimeless(Column column, Leaf leaf, QueryShardContext context) {
    if (leaf.isRelative() || column.kind() == ColumnKind.OBJECT) {
      return false;
    }
    Set<String> names =
        column.isPattern()
            ? context.simpleMatchToIndexNames(column.source())
            : Set.of(column.indexName());
    for (String name : names) {
      MappedFieldType type = context.fieldMapper(name);
      if (type != null && !context.isMetadataField(name) && !TIMELESS.contains(type.typeName())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    queries.clear();
    memory.give(held.getAndSet(0));
  }
}
