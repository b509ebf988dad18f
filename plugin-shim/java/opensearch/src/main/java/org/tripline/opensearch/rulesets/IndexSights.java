package org.tripline.opensearch.rulesets;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Rule;

/**
 * Which rules and jobs of a ruleset look at an index, by their index patterns and what the index is called;
 * found out once, until the index gets other aliases or settings. Any thread may use it.
 */
public final class IndexSights {
  private static final int MAX_INDICES = 10_000;

  private final RulesetDescription ruleset;
  private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

  private record Known(long aliasesVersion, long settingsVersion, Sight sight) {}

  /**
   * @param rules by their place in the ruleset, those that look at the index: with the aliases
   *     whose filters say which documents they see, or none if they see all
   * @param jobs the same of anomaly jobs
   * @param outputs of these rules and jobs
   */
  public record Sight(
      Map<Integer, Set<String>> rules, Map<Integer, Set<String>> jobs, BitSet outputs) {}

  IndexSights(RulesetDescription ruleset) {
    this.ruleset = ruleset;
  }

  /** Not to be changed by the caller. */
  public Sight of(IndexMetadata index) {
    Known found = known.get(index.getIndexUUID());
    if (found == null
        || found.aliasesVersion != index.getAliasesVersion()
        || found.settingsVersion != index.getSettingsVersion()) {
      found = new Known(index.getAliasesVersion(), index.getSettingsVersion(), look(index));
      if (known.size() >= MAX_INDICES) {
        known.clear();
      }
      known.put(index.getIndexUUID(), found);
    }
    return found.sight;
  }

  private Sight look(IndexMetadata index) {
    IndexNames names = new IndexNames(index);
    Map<List<String>, Optional<Set<String>>> byPatterns = new HashMap<>(); // many rules share them
    Function<List<String>, Optional<Set<String>>> seenBy =
        patterns ->
            byPatterns.computeIfAbsent(
                patterns, asked -> Optional.ofNullable(names.seenBy(asked)));
    BitSet outputs = new BitSet();
    return new Sight(
        looking(ruleset.rules(), Rule::indices, Rule::output, seenBy, outputs),
        looking(ruleset.jobs(), Job::indices, Job::output, seenBy, outputs),
        outputs);
  }

  private static <T> Map<Integer, Set<String>> looking(
      List<T> all,
      Function<T, List<String>> patterns,
      ToIntFunction<T> output,
      Function<List<String>, Optional<Set<String>>> seenBy,
      BitSet outputs) {
    Map<Integer, Set<String>> looking = new HashMap<>();
    for (int number = 0; number < all.size(); number++) {
      T one = all.get(number);
      Optional<Set<String>> seen = seenBy.apply(patterns.apply(one));
      if (seen.isPresent()) {
        looking.put(number, seen.get());
        if (output.applyAsInt(one) >= 0) {
          outputs.set(output.applyAsInt(one));
        }
      }
    }
    return looking;
  }
}
