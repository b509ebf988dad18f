package org.tripline.opensearch.schedule;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.BytesRef;
import org.tripline.engine.FindsWriter;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.search.Find;
import org.tripline.opensearch.search.RuleResult;

/** What the shards answered, as the engine takes it. */
final class ShardAnswers {
  private static final int PART_BYTES = 16 << 20;

  private ShardAnswers() {}

  /**
   * In parts of a size that is easily held twice. Who calls has seen to it that the finds are enough,
   * or that more of them cannot be had (the rule's errors say so).
   */
  static List<byte[]> finds(RuleResult result, Rule rule) {
    List<byte[]> parts = new ArrayList<>();
    FindsWriter writer = new FindsWriter();
    writer.matches(rule.newTermsFields().isEmpty() ? result.finds().size() : 0);
    for (Find find : result.finds()) {
      if (rule.newTermsFields().isEmpty()) {
        writer.event(find.time(), find.index(), find.id());
      } else {
        BytesRef term = BytesRef.deepCopyOf(find.term());
        writer.term(
            term.bytes, find.before(), find.time(), find.index(), find.id(), find.last());
      }
      if (writer.size() >= PART_BYTES) {
        parts.add(writer.toBytes());
        writer = new FindsWriter();
      }
    }
    parts.add(writer.toBytes());
    return parts;
  }
}
