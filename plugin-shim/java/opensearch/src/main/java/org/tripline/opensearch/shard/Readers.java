package org.tripline.opensearch.shard;

import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;

/** Ways into a segment. */
final class Readers {
  /** The server's wrapper of a search that can be cancelled, which changes no value. */
  static final String INTERRUPTIBLE =
      "org.opensearch.search.internal.ExitableDirectoryReader$ExitableLeafReader";

  private Readers() {}

  /**
   * The segment without the outermost wrapper of a search that can be cancelled: that one asks
   * after every few documents, and so has no reading in bulk. Who uses this asks for himself, once
   * a block. Wrappers below it (of a plugin that hides documents or fields) stay: only {@link
   * ReaderTrust} looks behind them, and reads nothing there.
   */
  static LeafReader uninterrupted(LeafReader reader) {
    return reader.getClass().getName().equals(INTERRUPTIBLE)
        ? ((FilterLeafReader) reader).getDelegate()
        : reader;
  }
}
