package org.tripline.opensearch.schedule;

import java.util.LinkedHashSet;
import java.util.Set;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.ShardSearchFailure;

/** What failed, in words that name the indices; never empty. */
final class Failure {
  private static final int MAX_CAUSES = 3;

  private Failure() {}

  static String words(Throwable failure) {
    Throwable cause = ExceptionsHelper.unwrapCause(failure);
    if (cause instanceof SearchPhaseExecutionException search) {
      return wordsOf(search);
    }
    String message = cause.getMessage();
    return message == null || message.isBlank() ? cause.toString() : message;
  }

  private static String wordsOf(SearchPhaseExecutionException search) {
    Set<String> causes = new LinkedHashSet<>();
    for (ShardSearchFailure shard : search.shardFailures()) {
      String index = shard.index() == null ? "" : "[" + shard.index() + "] ";
      causes.add(index + shard.getCause().getMessage());
    }
    for (OpenSearchException root : OpenSearchException.guessRootCauses(search)) {
      if (causes.isEmpty() && root != search) {
        causes.add(root.getMessage());
      }
    }
    String why =
        causes.isEmpty()
            ? "shards are missing; _cluster/health and _cat/shards tell which"
            : String.join("; ", causes.stream().limit(MAX_CAUSES).toList());
    return "the search did not see every shard: " + why;
  }
}
