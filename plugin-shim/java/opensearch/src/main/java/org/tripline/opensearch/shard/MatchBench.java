package org.tripline.opensearch.shard;

import java.io.Closeable;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.MatchEngine;
import org.tripline.engine.Matcher;

/** What one thread needs to match blocks of a ruleset; used again by other searches. */
public final class MatchBench implements Closeable {
  final MatchEngine engine;
  final Matcher matcher;
  final BlockBuffer block = new BlockBuffer();
  final FieldAnswers.Chunk chunk = new FieldAnswers.Chunk();

  public MatchBench(MatchEngine engine) {
    this.engine = engine;
    this.matcher = new Matcher(engine);
  }

  @Override
  public void close() {
    matcher.close();
  }
}
