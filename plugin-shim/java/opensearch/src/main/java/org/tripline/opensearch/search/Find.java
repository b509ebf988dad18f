package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.Comparator;
import org.apache.lucene.util.BytesRef;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What a rule found: a document, and then the term is empty; or a term of a new_terms rule, with
 * what its documents say of it. A term without a document before the window's beginning is new.
 *
 * @param before when the last document up to the window's beginning had the term; NONE: no one had
 * @param time when the document happened; of a term the first one behind the window's beginning;
 *     NONE: there is none, and index and id are empty
 * @param last when the last document in the window had the term; NONE: no one had
 */
public record Find(BytesRef term, long before, long time, long last, String index, String id)
    implements Writeable {
  /** In the place of a time: there is none. */
  public static final long NONE = Long.MIN_VALUE;

  /** The order in which alerts come: by time, index and id. */
  public static final Comparator<Find> ORDER =
      Comparator.comparingLong(Find::time)
          .thenComparing(Find::index)
          .thenComparing(Find::id)
          .thenComparing(Find::term);

  /** A document that satisfies a query. */
  public static Find document(long time, String index, String id) {
    return new Find(new BytesRef(), NONE, time, time, index, id);
  }

  public Find(StreamInput in) throws IOException {
    this(
        in.readBytesRef(),
        in.readZLong(),
        in.readZLong(),
        in.readZLong(),
        in.readString(),
        in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeBytesRef(term);
    out.writeZLong(before);
    out.writeZLong(time);
    out.writeZLong(last);
    out.writeString(index);
    out.writeString(id);
  }

  /** True of a term that no document before the window had, but one in it. */
  public boolean isNewTerm() {
    return term.length > 0 && before == NONE && time != NONE;
  }

  /** What two parts of the documents say together of one term. */
  Find with(Find other) {
    boolean isOthers =
        other.time != NONE && (time == NONE || ORDER.compare(other, this) < 0);
    Find first = isOthers ? other : this;
    return new Find(
        term,
        Math.max(before, other.before),
        first.time,
        Math.max(last, other.last),
        first.index,
        first.id);
  }
}
