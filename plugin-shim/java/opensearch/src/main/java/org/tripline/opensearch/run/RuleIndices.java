package org.tripline.opensearch.run;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.common.regex.Regex;
import org.opensearch.core.common.Strings;
import org.tripline.engine.RulesetDescription.Rule;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.search.RuleErrors;

/**
 * Which indices a search for rules asks: those that the caller names, or else the union of the
 * rules' own patterns. What is missing or closed is skipped with a warning.
 */
final class RuleIndices {
  private static final int MAX_WARNINGS = 100;
  private static final IndicesOptions OPEN_AND_CLOSED =
      IndicesOptions.fromOptions(true, true, true, true);

  private final ClusterState state;
  private final IndexNameExpressionResolver resolver;
  private final Set<String> patterns = new LinkedHashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private boolean findsAny;

  private RuleIndices(ClusterState state, IndexNameExpressionResolver resolver) {
    this.state = state;
    this.resolver = resolver;
  }

  static RuleIndices named(
      String index, ClusterState state, IndexNameExpressionResolver resolver) {
    RuleIndices indices = new RuleIndices(state, resolver);
    for (String pattern : Strings.splitStringByCommaToArray(index)) {
      if (isRemote(pattern)) {
        throw new IllegalArgumentException(
            "[" + pattern + "] is of another cluster: only indices of this one are searched");
      }
      indices.patterns.add(pattern);
      indices.look(pattern);
    }
    return indices;
  }

  /** {@code patterns}: those of all rules; each decides on the shards what they leave of it. */
  static RuleIndices ofPatterns(
      List<String> patterns, ClusterState state, IndexNameExpressionResolver resolver) {
    RuleIndices indices = new RuleIndices(state, resolver);
    for (String pattern : patterns) {
      boolean isAsked = !pattern.startsWith("-") && !isRemote(pattern) && !isDateMath(pattern);
      if (isAsked && indices.patterns.add(pattern)) {
        indices.look(pattern);
      }
    }
    return indices;
  }

  /** Those of a rule's own patterns that cannot be followed. */
  static RuleErrors errorsOf(Rule rule) {
    RuleErrors errors = new RuleErrors();
    for (String pattern : rule.indices()) {
      if (isDateMath(pattern)) {
        errors.add(new RuleError(pattern, "", "dates in index patterns are not followed"));
      } else if (isRemote(pattern)) {
        errors.add(new RuleError(pattern, "", "indices of other clusters are not searched"));
      }
    }
    return errors;
  }

  private static boolean isRemote(String pattern) {
    return pattern.contains(":") && !isDateMath(pattern);
  }

  private static boolean isDateMath(String pattern) {
    return pattern.startsWith("<") && pattern.endsWith(">");
  }

  private void look(String pattern) {
    if (pattern.startsWith("-") || isDateMath(pattern)) {
      findsAny = true; // the server says what is wrong with it
      return;
    }
    String[] found = resolver.concreteIndexNames(state, OPEN_AND_CLOSED, true, pattern);
    if (found.length == 0) {
      warnings.add("no index matches [" + pattern + "]: skipped");
      findsAny |= Regex.isSimpleMatchPattern(pattern);
    }
    for (String index : found) {
      if (state.metadata().index(index).getState() == IndexMetadata.State.CLOSE) {
        warnings.add("index [" + index + "] is closed: skipped");
      } else {
        findsAny = true;
      }
    }
  }

  String[] patterns() {
    return patterns.toArray(new String[0]);
  }

  /** False if each name is of an index that cannot be searched, which the server then refuses. */
  boolean findsAny() {
    return findsAny;
  }

  /** Each once, in order; of very many the first ones. */
  List<String> warnings() {
    List<String> each = warnings.stream().distinct().sorted().toList();
    if (each.size() <= MAX_WARNINGS) {
      return each;
    }
    List<String> first = new ArrayList<>(each.subList(0, MAX_WARNINGS));
    first.add("and " + (each.size() - MAX_WARNINGS) + " more");
    return first;
  }
}
