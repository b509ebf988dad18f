package org.tripline.opensearch.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.mapper.IdFieldMapper;
import org.opensearch.index.mapper.Uid;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.shard.EventTimes;
import org.tripline.opensearch.shard.TermReader;

/**
 * One rule's finds in one slice of a shard. Documents are remembered by their numbers; only those
 * that are still wanted in the end are named, as names cost a stored field each.
 */
final class RuleFinder {
  /** Is told of bytes that are held from now on, or given back; may cut whom it likes. */
  interface Account {
    void add(long bytes);
  }

  private final RuleTasks.Task task;
  private final RulesetDescription ruleset;
  private final QueryShardContext context;
  private final Account account;
  private final Map<BytesRef, SeenTerm> seenTerms = new HashMap<>();
  private final PriorityQueue<Seen> first = new PriorityQueue<>(Seen.ORDER.reversed());
  private int most; // documents that are kept
  private long bytes; // that the account knows of
  private boolean isCut;
  private long count;
  private final RuleErrors errors = new RuleErrors();
  private EventTimes times; // of the segment
  private TermReader terms; // of the segment

  /** A document of a segment, at its time. Its id is read when it is asked for, and kept. */
  private static final class Seen {
    // By id, and not by the document's number, which merges and replicas change.
    static final Comparator<Seen> ORDER =
        Comparator.comparingLong((Seen seen) -> seen.time).thenComparing(Seen::id);

    private final long time;
    private final LeafReaderContext segment;
    private final int doc;
    private String id;

    Seen(long time, LeafReaderContext segment, int doc) {
      this.time = time;
      this.segment = segment;
      this.doc = doc;
    }

    String id() {
      if (id == null) {
        try {
          BytesRef bytes =
              segment
                  .reader()
                  .storedFields()
                  .document(doc, Set.of(IdFieldMapper.NAME))
                  .getBinaryValue(IdFieldMapper.NAME);
          id = Uid.decodeId(bytes.bytes, bytes.offset, bytes.length);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return id;
    }
  }

  /** What the documents so far say of a term; times as in {@link Find}. */
  private static final class SeenTerm {
    private long before = Find.NONE;
    private Seen first;
    private long last = Find.NONE;
  }

  RuleFinder(
      RuleTasks.Task task,
      RulesetDescription ruleset,
      QueryShardContext context,
      Account account) {
    this.task = task;
    this.ruleset = ruleset;
    this.context = context;
    this.account = account;
    this.most = task.needsTime() ? task.window().maxFinds() : 0;
  }

  RuleTasks.Task task() {
    return task;
  }

  void leaveSegment() {
    if (terms != null && terms.error() != null) {
      addError("", terms.error());
    }
    times = null;
    terms = null;
  }

  /** What is wrong with this index for the rule. */
  void addError(String field, String reason) {
    errors.add(new RuleError(context.index().getName(), field, reason));
  }

  /** {@code rows}: the documents from {@code base} that match the rule's query. */
  void take(LeafReaderContext segment, int numRows, long[] rows, int base) throws IOException {
    if (!task.needsTime()) {
      count += numRows;
      return;
    }
    openSegment(segment);
    for (int word = 0; word < rows.length; word++) {
      for (long left = rows[word]; left != 0; left &= left - 1) {
        takeDocument(segment, base + word * 64 + Long.numberOfTrailingZeros(left));
      }
    }
  }

  private void openSegment(LeafReaderContext segment) throws IOException {
    if (times != null) {
      return;
    }
    Rule rule = task.description();
    times = EventTimes.of(rule, segment.reader(), context);
    if (!times.isReadable()) {
      addError(rule.timestampField(), "the timestamp is no date with doc values");
    }
    if (task.isNewTerms() && task.window().maxFinds() > 0) {
      terms = TermReader.of(rule, ruleset, segment.reader(), context);
    }
  }

  private void takeDocument(LeafReaderContext segment, int doc) throws IOException {
    long time = times.of(doc);
    RuleWindow window = task.window();
    if (time == EventTimes.NONE) {
      return;
    }
    if (window.counts(time)) {
      count++;
    }
    if (window.maxFinds() == 0) {
      return;
    }
    if (terms != null) {
      if (window.remembers(time)) {
        Seen seen = new Seen(time, segment, doc);
        terms.read(doc, term -> remember(term, seen));
      }
    } else if (window.counts(time) && !isBehindAll(time)) {
      first.add(new Seen(time, segment, doc));
      if (first.size() > most) {
        first.poll();
      } else {
        hold(RuleResult.BYTES_PER_FIND);
      }
    }
  }

  // Of many documents most come too late, and need no look at their ids.
  private boolean isBehindAll(long time) {
    return most == 0 || (first.size() == most && time > first.peek().time);
  }

  private void hold(long more) {
    bytes += more;
    account.add(more);
  }

  /** What is held, by the account. */
  long bytes() {
    return bytes;
  }

  /** Gives back what the budget has no room for, and says so in the result. */
  void cut() {
    isCut = true;
    long before = bytes;
    if (task.isNewTerms()) {
      seenTerms.clear();
      bytes = 0;
    } else {
      most = first.size() / 2;
      while (first.size() > most) {
        first.poll();
      }
      addError(
          "",
          "cut: finds took more than plugins.tripline.result_budget allows; of each shard the first"
              + " are here");
      bytes = RuleResult.BYTES_PER_FIND * most;
    }
    account.add(bytes - before);
  }

  private void remember(BytesRef term, Seen seen) {
    if (isCut) {
      return;
    }
    SeenTerm known = seenTerms.get(term);
    if (known == null) {
      known = new SeenTerm();
      seenTerms.put(BytesRef.deepCopyOf(term), known);
      hold(RuleResult.BYTES_PER_FIND + term.length);
    }
    if (seen.time <= task.window().from()) {
      known.before = Math.max(known.before, seen.time);
      return;
    }
    known.last = Math.max(known.last, seen.time);
    // Of documents of the same time the one with the smallest id stands, as everywhere.
    if (known.first == null
        || seen.time < known.first.time
        || (seen.time == known.first.time && seen.id().compareTo(known.first.id()) < 0)) {
      known.first = seen;
    }
  }

  RuleResult result() {
    leaveSegment();
    List<Find> finds = new ArrayList<>(seenTerms.size() + first.size());
    seenTerms.forEach((term, seen) -> finds.add(find(term, seen)));
    for (Seen seen : first) {
      finds.add(Find.document(seen.time, context.index().getName(), seen.id()));
    }
    return new RuleResult(
        task.description().ruleId(),
        task.needsTime() ? task.window().maxFinds() : 0,
        count,
        finds,
        isCut && task.isNewTerms(),
        errors);
  }

  private Find find(BytesRef term, SeenTerm seen) {
    return seen.first == null
        ? new Find(term, seen.before, Find.NONE, seen.last, "", "")
        : new Find(
            term,
            seen.before,
            seen.first.time,
            seen.last,
            context.index().getName(),
            seen.first.id());
  }
}
