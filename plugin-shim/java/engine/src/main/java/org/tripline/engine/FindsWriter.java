package org.tripline.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * What the shards found for one rule, as {@link RuleRuns#takeFinds} takes it: events of a query
 * rule, or terms of a new_terms rule, in any order. One thread's.
 *
 * <pre>
 *   finds = i64 matches, u32 number, u32 number of indices, their names, entry*
 *   event = i64 time, u32 index, string id
 *   term  = string term, i64 before, i64 first, i64 last, u32 index, string id
 * </pre>
 */
public final class FindsWriter {
  /** In the place of a time: there is none. */
  public static final long NONE = Long.MIN_VALUE;

  private final ByteSink entries = new ByteSink();
  private final ByteSink names = new ByteSink();
  private final Map<String, Integer> indices = new HashMap<>();
  private int number;
  private long numMatches;

  /**
   * Of a query rule: how many events of the window satisfied it. If they are more than the events
   * that are written, these are the first of them by (time, index, id), and the runs behind them
   * wait for another plan.
   */
  public void matches(long count) {
    numMatches = count;
  }

  /** An event that satisfied the rule's query. */
  public void event(long timeMillis, String index, String id) {
    entries.number(timeMillis);
    document(index, id);
    number++;
  }

  /**
   * A term of a new_terms rule.
   *
   * @param term the values of the rule's fields one behind the other ({@link Terms})
   * @param beforeMillis its last event at or before the beginning of the window, or NONE
   * @param firstMillis its first event behind that, or NONE (then index and id are empty)
   * @param lastMillis its last event in the window, or NONE
   */
  public void term(
      byte[] term, long beforeMillis, long firstMillis, String index, String id, long lastMillis) {
    entries.string(term);
    entries.number(beforeMillis);
    entries.number(firstMillis);
    entries.number(lastMillis);
    document(index, id);
    number++;
  }

  private void document(String index, String id) {
    Integer known = indices.putIfAbsent(index, indices.size());
    if (known == null) {
      names.string(index);
    }
    entries.number(known == null ? indices.size() - 1 : (int) known);
    entries.string(id);
  }

  /** How large the bytes have become: who has more than fit takes them in several calls. */
  public int size() {
    return names.size() + entries.size();
  }

  public byte[] toBytes() {
    ByteSink bytes = new ByteSink();
    bytes.number(numMatches);
    bytes.number(number);
    bytes.number(indices.size());
    bytes.append(names);
    bytes.append(entries);
    return bytes.toArray();
  }
}
