package org.tripline.opensearch.schedule;

/** Another node owns the ruleset now: what this one wanted to commit was not. */
final class FencedException extends RuntimeException {
  FencedException(String ruleset) {
    super("another node has taken the ruleset [" + ruleset + "] over");
  }
}
