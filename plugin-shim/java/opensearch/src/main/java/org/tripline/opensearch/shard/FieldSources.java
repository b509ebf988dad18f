package org.tripline.opensearch.shard;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.lucene.index.LeafReader;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.Leaf;

/**
 * Decides for every field of a ruleset who answers its leaves in one segment: the engine, from doc
 * values, or the field type's own queries. When it is not sure that both would say the same, the
 * field type is asked. One thread's.
 */
final class FieldSources {
  private final RulesetDescription description;
  private final LeafReader reader;
  private final QueryShardContext context;
  private final boolean showsAllValues;
  private final Set<String> columnsOfOneType;

  FieldSources(RulesetDescription description, LeafReader reader, QueryShardContext context) {
    this.description = description;
    this.reader = reader;
    this.context = context;
    this.showsAllValues = ReaderTrust.showsAllValues(reader);
    this.columnsOfOneType =
        description.columns().stream()
            .filter(column -> column.indexType() != null)
            .map(Column::name)
            .collect(Collectors.toSet());
  }

  /** {@code leaves}: the field's. */
  FieldSource of(int field, List<Leaf> leaves) {
    Column column = description.columns().get(field);
    if (isForOtherIndices(column)) {
      return FieldSource.absent(column);
    }
    return leaves.stream().anyMatch(Leaf::isRelative)
            || (isQueried(leaves) && leaves.stream().noneMatch(FieldSources::hasValueList))
        ? FieldSource.asked(column)
        : FieldSource.of(column, reader, context);
  }

  // A bound that was taken for a number means a text where the field holds texts.
  private boolean isQueried(List<Leaf> leaves) {
    return !showsAllValues || leaves.stream().anyMatch(Leaf::guessesNumbers);
  }

  static boolean hasValueList(Leaf leaf) {
    return leaf.atoms().stream().anyMatch(Atom.ValueList.class::isInstance);
  }

  // Of a field that has different types in different indices every type has a column.
  private boolean isForOtherIndices(Column column) {
    if (columnsOfOneType.isEmpty() || column.isPattern()) {
      return false;
    }
    MappedFieldType type = context.fieldMapper(column.indexName());
    if (type == null) {
      return false;
    }
    return column.indexType() != null
        ? !column.indexType().equals(type.typeName())
        : columnsOfOneType.contains(column.name() + "<" + type.typeName() + ">");
  }
}
