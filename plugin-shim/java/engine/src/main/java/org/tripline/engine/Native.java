package org.tripline.engine;

import java.nio.ByteBuffer;

/**
 * The exports of the shared library, one to one. What they mean, and the layout of every buffer,
 * stands in plugin-shim/native/face.h; the classes beside this one are how to use them.
 */
final class Native {
  private Native() {}

  static native byte[] compileRuleset(byte[] name, byte[] documents, byte[] mapping);

  static native byte[] joinExceptions(long ruleset, byte[] name, byte[] documents);

  static native long loadRuleset(byte[] file, byte[] trustedKeys);

  static native byte[] signatureOf(byte[] file);

  static native byte[] saveRuleset(long ruleset);

  static native byte[] describeRuleset(long ruleset);

  static native byte[] buildAlert(
      long ruleset,
      int rule,
      long runAtMs,
      long eventTimeMs,
      byte[] index,
      byte[] id,
      byte[] source,
      byte[] term);

  static native void closeRuleset(long ruleset);

  static native long openEngine(long ruleset, boolean hasMachineCode);

  static native void addMachineCode(long engine);

  static native void closeEngine(long engine);

  static native long openAnswers(long engine, int field);

  static native void addValues(long answers, ByteBuffer chunk, int length);

  static native long sealAnswers(long answers);

  static native byte[] valuesOfLeaves(long answers, int maxCodes);

  static native void closeAnswers(long answers);

  static native long openPlan(long engine, byte[] knowledge, byte[] wanted);

  static native byte[] describePlan(long plan);

  static native void closePlan(long plan);

  static native long openMatcher(long engine);

  static native int findRows(long matcher, long plan, ByteBuffer block, int length, ByteBuffer out);

  static native int match(long matcher, ByteBuffer block, int length, ByteBuffer out);

  static native void closeMatcher(long matcher);

  static native long openRuns(long ruleset, long beginMs);

  static native void restoreRuns(long runs, byte[] saved);

  static native byte[] planRuns(
      long runs, long nowMs, long jobNowMs, long maxSpanMs, long earliestMs, byte[] enabled);

  static native void takeFinds(long runs, int rule, byte[] finds);

  static native void takeCounts(long runs, int job, byte[] counts);

  static native void closeJob(long runs, int job, long endBucket);

  static native byte[] runRule(long runs, int rule, long lastRunMs);

  static native byte[] saveRuns(long runs, boolean everything);

  static native void keptRuns(long runs);

  static native byte[] reportRuns(long runs);

  static native void closeRuns(long runs);

  static native long[] counts();

  static native void failOnPurpose(int kind);
}
