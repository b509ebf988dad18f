package org.tripline.opensearch.shard;

import java.util.Arrays;
import org.apache.lucene.index.LeafReader;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.RulesetDescription.Column;

/**
 * Decides for every field of a ruleset who answers its leaves in one segment: the engine, from doc
 * values, or the field type's own queries. When it is not sure that both would say the same, the
 * field type is asked. One thread's.
 */
final class FieldSources {
  private final MatchEngine engine;
  private final LeafReader reader;
  private final QueryShardContext context;
  private final boolean showsAllValues;

  FieldSources(MatchEngine engine, LeafReader reader, QueryShardContext context) {
    this.engine = engine;
    this.reader = reader;
    this.context = context;
    this.showsAllValues = ReaderTrust.showsAllValues(reader);
  }

  /** {@code leaves}: the field's; {@code isRelative}: whether one of them changes with the clock. */
  FieldSource of(int field, int[] leaves, boolean isRelative) {
    Column column = engine.description().columns().get(field);
    if (isForOtherIndices(column)) {
      return FieldSource.absent(column);
    }
    return isRelative || (isQueried(leaves) && noneIsList(leaves))
        ? FieldSource.asked(column)
        : FieldSource.of(column, reader, context);
  }

  // A bound that was taken for a number means a text where the field holds texts.
  private boolean isQueried(int[] leaves) {
    return !showsAllValues || Arrays.stream(leaves).anyMatch(engine::guessesNumbers);
  }

  private boolean noneIsList(int[] leaves) {
    return Arrays.stream(leaves).noneMatch(engine::isValueList);
  }

  // Of a field that has different types in different indices every type has a column.
  private boolean isForOtherIndices(Column column) {
    if (engine.columnsOfOneType().isEmpty() || column.isPattern()) {
      return false;
    }
    MappedFieldType type = context.fieldMapper(column.indexName());
    if (type == null) {
      return false;
    }
    return column.indexType() != null
        ? !column.indexType().equals(type.typeName())
        : engine.columnsOfOneType().contains(column.name() + "<" + type.typeName() + ">");
  }
}
