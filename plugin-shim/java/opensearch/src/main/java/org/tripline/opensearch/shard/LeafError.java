package org.tripline.opensearch.shard;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.store.AlreadyClosedException;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.index.shard.IllegalIndexShardStateException;
import org.opensearch.node.NodeClosedException;
import org.opensearch.search.query.QueryPhase;
import org.tripline.engine.TriplineException;

/**
 * Why a leaf could not be asked of a segment. The leaf, or the part of it that was refused, is
 * false there; the rules that ask it say so; nobody else notices.
 */
public record LeafError(int leaf, String field, String reason) {
  /** Letters of a reason at most, and of the name of a field. */
  public static final int MAX_LENGTH = 200;

  public LeafError {
    field = cut(field);
    reason = cut(reason);
  }

  static LeafError of(int leaf, String field, Throwable failure) {
    String message = failure.getMessage();
    String reason =
        message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    return new LeafError(leaf, field, reason);
  }

  /**
   * Goes on only if a failure is the leaf's own affair; throws it again if the search or the node
   * is what failed: memory, a disk, a closed shard, or somebody who does not want the answer any
   * more.
   */
  static void requireOfLeaf(Throwable failure) throws IOException {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (isOfSearch(cause)) {
        throwAgain(failure);
      }
    }
  }

  /** The text, or as much of it as may be shown. */
  public static String cut(String text) {
    if (text.length() <= MAX_LENGTH) {
      return text;
    }
    boolean splitsPair = Character.isHighSurrogate(text.charAt(MAX_LENGTH - 1));
    return text.substring(0, splitsPair ? MAX_LENGTH - 1 : MAX_LENGTH);
  }

  // A query that is nested too deeply overflows its own stack, which is whole again once it is
  // left. Other errors are the machine's.
  private static boolean isOfSearch(Throwable failure) {
    if (failure instanceof Error) {
      return !(failure instanceof StackOverflowError);
    }
    return failure instanceof IOException
        || failure instanceof UncheckedIOException
        || failure instanceof InterruptedException
        || failure instanceof AlreadyClosedException
        || failure instanceof CircuitBreakingException
        || failure instanceof IllegalIndexShardStateException
        || failure instanceof NodeClosedException
        || failure instanceof OpenSearchRejectedExecutionException
        || failure instanceof QueryPhase.TimeExceededException
        || failure instanceof TaskCancelledException
        || failure instanceof TriplineException;
  }

  private static void throwAgain(Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    throw new IllegalStateException(failure);
  }
}
