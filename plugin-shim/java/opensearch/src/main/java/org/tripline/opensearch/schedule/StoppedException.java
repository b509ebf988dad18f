package org.tripline.opensearch.schedule;

/** The ruleset is not to be run here any more: what was not committed did not happen. */
final class StoppedException extends RuntimeException {
  StoppedException() {
    super("the ruleset was stopped, or is another node's now");
  }
}
