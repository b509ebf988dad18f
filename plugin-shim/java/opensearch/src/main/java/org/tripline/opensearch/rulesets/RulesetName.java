package org.tripline.opensearch.rulesets;

import java.util.regex.Pattern;

/** What a ruleset may be called. */
public final class RulesetName {
  private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,127}");

  private RulesetName() {}

  /** Throws IllegalArgumentException, which REST clients see as 400. */
  public static String check(String name) {
    if (name == null || !VALID.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a ruleset's name has 1 to 128 lower-case letters, digits, '_', '-' and '.', and begins"
              + " with a letter or digit; found ["
              + name
              + "]");
    }
    return name;
  }
}
