package org.tripline.opensearch.shard;

import java.util.Iterator;
import java.util.List;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;

/** The tokens of a phrase as they are; an empty one is the place of a word that was dropped. */
final class PhraseTokens extends TokenStream {
  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final PositionIncrementAttribute increment =
      addAttribute(PositionIncrementAttribute.class);
  private final List<String> tokens;
  private Iterator<String> next;

  PhraseTokens(List<String> tokens) {
    this.tokens = tokens;
    this.next = tokens.iterator();
  }

  @Override
  public boolean incrementToken() {
    clearAttributes();
    int steps = 1;
    while (next.hasNext()) {
      String token = next.next();
      if (!token.isEmpty()) {
        term.append(token);
        increment.setPositionIncrement(steps);
        return true;
      }
      steps++;
    }
    return false;
  }

  @Override
  public void reset() {
    next = tokens.iterator();
  }
}
