package org.tripline.opensearch.rulesets;

/**
 * One version of a ruleset. {@code hash}: of the content that nodes load; {@code baseHash}: of what
 * was uploaded, the same unless exceptions were joined to it ({@code exceptionsHash}, else null).
 * {@code writer}: null if nobody guarded the node; {@code signedBy}: the public key of who signed the
 * uploaded file, null if that was nobody.
 */
record RulesetVersion(
    String hash,
    String baseHash,
    String exceptionsHash,
    int numRules,
    int numBytes,
    long updatedAtMillis,
    Writer writer,
    String signedBy) {}
