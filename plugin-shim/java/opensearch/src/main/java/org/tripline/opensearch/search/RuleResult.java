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
 * What one rule found in a part of the documents. Parts merge in any order and grouping to the same
 * result.
 *
 * @param maxFinds how many finds without a term are kept
 * @param count documents that match
 * @param finds per term what its documents say, or the first documents; in no order
 * @param isCut true if terms were left out: then none is there, as any of those that are left might
 *     have been seen before
 * @param errors what could not be asked of some index, or was left out
 */
public record RuleResult(
    String ruleId, int maxFinds, long count, List<Find> finds, boolean isCut, RuleErrors errors)
    implements Writeable {
  /** What a term takes beside its own bytes, with the document that has it. */
  static final long BYTES_PER_FIND = 120;

  // The same words whoever cut it, so that parts merge to the same.
  private static final RuleError CUT =
      new RuleError(
          "",
          "",
          "cut: new terms took more than plugins.tripline.result_budget allows, none is judged");

  public RuleResult {
    if (isCut) {
      errors.add(CUT);
    }
  }

  public RuleResult(StreamInput in) throws IOException {
    this(
        in.readString(),
        in.readVInt(),
        in.readVLong(),
        in.readList(Find::new),
        in.readBoolean(),
        new RuleErrors(in));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(ruleId);
    out.writeVInt(maxFinds);
    out.writeVLong(count);
    out.writeList(finds);
    out.writeBoolean(isCut);
    errors.writeTo(out);
  }

  /**
   * True if finds that are not there may come before some that are: then they are not the first of
   * all.
   */
  public boolean hasHoles() {
    return isCut
        || (count > finds.size()
            && (errors.hasMore()
                || errors.list().stream().anyMatch(RuleError::isCut)));
  }

  /**
   * Requires parts of one rule. {@code maxBytes}: what its terms may take; with more the rule is
   * cut. As terms only become more, it makes no difference when that is seen.
   */
  static RuleResult merge(List<RuleResult> parts, long maxBytes) {
    RuleErrors errors = new RuleErrors();
    long count = 0;
    boolean isCut = false;
    for (RuleResult part : parts) {
      count += part.count;
      errors.addAll(part.errors);
      isCut |= part.isCut;
    }
    Map<BytesRef, Find> terms = isCut ? null : terms(parts, maxBytes);
    int maxFinds = parts.get(0).maxFinds;
    List<Find> finds = first(parts, maxFinds);
    if (terms != null) {
      finds.addAll(terms.values());
    }
    return new RuleResult(
        parts.get(0).ruleId, maxFinds, count, finds, terms == null, errors);
  }

  // Null if they take too much.
  private static Map<BytesRef, Find> terms(List<RuleResult> parts, long maxBytes) {
    Map<BytesRef, Find> terms = new HashMap<>();
    long bytes = 0;
    for (RuleResult part : parts) {
      for (Find find : part.finds) {
        if (find.term().length == 0) {
          continue;
        }
        Find known = terms.put(find.term(), find);
        if (known == null) {
          bytes += BYTES_PER_FIND + find.term().length;
          if (bytes > maxBytes) {
            return null;
          }
        } else {
          terms.put(find.term(), known.with(find));
        }
      }
    }
    return terms;
  }

  private static List<Find> first(List<RuleResult> parts, int maxFinds) {
    PriorityQueue<Find> first = new PriorityQueue<>(Find.ORDER.reversed());
    for (RuleResult part : parts) {
      for (Find find : part.finds) {
        if (find.term().length == 0) {
          first.add(find);
          if (first.size() > maxFinds) {
            first.poll();
          }
        }
      }
    }
    return new ArrayList<>(first);
  }
}
