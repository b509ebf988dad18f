package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.lucene.util.BytesRef;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What one rule found in a part of the documents. Parts merge in any order to the same result.
 *
 * @param count documents that match
 * @param finds per term the earliest document, or the first documents; in no order
 * @param errors what could not be asked of some index, or was left out
 */
public record RuleResult(long count, List<Find> finds, RuleErrors errors) implements Writeable {
  public RuleResult(StreamInput in) throws IOException {
    this(in.readVLong(), in.readList(Find::new), new RuleErrors(in));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVLong(count);
    out.writeList(finds);
    errors.writeTo(out);
  }

  /** {@code maxFinds}: how many documents without a term are kept. */
  static RuleResult merge(List<RuleResult> parts, int maxFinds) {
    long count = 0;
    RuleErrors errors = new RuleErrors();
    Map<BytesRef, Find> earliest = new HashMap<>();
    PriorityQueue<Find> first = new PriorityQueue<>(Find.ORDER.reversed());
    for (RuleResult part : parts) {
      count += part.count;
      errors.addAll(part.errors);
      for (Find find : part.finds) {
        if (find.term().length > 0) {
          earliest.merge(
              find.term(), find, (a, b) -> Find.ORDER.compare(a, b) <= 0 ? a : b);
        } else {
          first.add(find);
          if (first.size() > maxFinds) {
            first.poll();
          }
        }
      }
    }
    List<Find> finds = new ArrayList<>(earliest.values());
    finds.addAll(first);
    return new RuleResult(count, finds, errors);
  }
}
