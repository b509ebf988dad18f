package org.tripline.opensearch.rulesets;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.regex.Regex;

/**
 * What one index is called (its own name, the data stream that it belongs to, its aliases), and
 * whether a rule's index patterns mean it: as the server itself reads the same patterns. Immutable.
 */
final class IndexNames {
  private static final Pattern BACKING_INDEX = Pattern.compile("\\.ds-(.+)-\\d{6,}");

  private record Name(boolean isHidden, boolean isFiltered) {}

  private final String index;
  private final Map<String, Name> names = new HashMap<>();

  IndexNames(IndexMetadata index) {
    index
        .getAliases()
        .forEach(
            (name, alias) ->
                names.put(
                    name,
                    new Name(Boolean.TRUE.equals(alias.isHidden()), alias.filteringRequired())));
    this.index = index.getIndex().getName();
    boolean isHidden = IndexMetadata.INDEX_HIDDEN_SETTING.get(index.getSettings());
    names.put(this.index, new Name(isHidden, false));
    Matcher backing = BACKING_INDEX.matcher(this.index);
    if (backing.matches()) {
      names.put(backing.group(1), new Name(false, false));
    }
  }

  /**
   * How a rule with these patterns sees the index: null if it does not; an empty set if it sees all
   * documents; else the aliases of which it sees the documents that some filter lets through.
   */
  Set<String> seenBy(List<String> patterns) {
    if (resolved(patterns, false).isEmpty()) {
      return null;
    }
    Set<String> called = resolved(patterns, true);
    boolean isWhole = called.stream().anyMatch(name -> !names.get(name).isFiltered);
    return isWhole ? Set.of() : called;
  }

  // What is left of the index's names once the patterns are followed from left to right. A name
  // that is written out stands for itself until it is taken back by itself; a star means the
  // indices behind the names that it finds, except where aliases are to be kept for their filters.
  private Set<String> resolved(List<String> patterns, boolean keepsAliases) {
    Set<String> resolved = new HashSet<>();
    boolean hadStar = false;
    for (String pattern : patterns) {
      boolean takesBack = pattern.startsWith("-") && hadStar;
      String plain = takesBack ? pattern.substring(1) : pattern;
      Set<String> meant = matching(plain);
      if (Regex.isSimpleMatchPattern(plain)) {
        hadStar = true;
        meant = keepsAliases ? meant : meant.isEmpty() ? Set.of() : Set.of(index);
      }
      if (takesBack) {
        resolved.removeAll(meant);
      } else {
        resolved.addAll(meant);
      }
    }
    return resolved;
  }

  private Set<String> matching(String pattern) {
    boolean hasStar = Regex.isSimpleMatchPattern(pattern);
    Set<String> matching = new HashSet<>();
    names.forEach(
        (name, kind) -> {
          boolean isMeant = hasStar ? Regex.simpleMatch(pattern, name) : pattern.equals(name);
          if (isMeant && (!hasStar || !kind.isHidden || isDotted(pattern, name))) {
            matching.add(name);
          }
        });
    return matching;
  }

  // A star finds what is hidden if the pattern begins with a dot as the name does.
  private static boolean isDotted(String pattern, String name) {
    return pattern.startsWith(".") && name.startsWith(".");
  }
}
