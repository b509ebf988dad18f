package org.tripline.opensearch.search;

import java.io.IOException;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.FixedBitSet;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.Rewriteable;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.internal.ShardSearchRequest;
import org.tripline.engine.BlockBuffer;

/**
 * The documents that the filters of some aliases let through, block by block. A search over several
 * rules' indices may see more of an index than a rule that names only an alias of it. One thread's;
 * blocks of a segment rise.
 */
final class AliasRows {
  private final Weight weight;
  private final FixedBitSet bits = new FixedBitSet(BlockBuffer.MAX_ROWS);
  private LeafReaderContext segment;
  private DocIdSetIterator documents;
  private int base;

  AliasRows(Set<String> aliases, SearchContext context) throws IOException {
    QueryShardContext shard = context.getQueryShardContext();
    QueryBuilder filter =
        ShardSearchRequest.parseAliasFilter(
            bytes -> {
              try (XContentParser parser =
                  XContentHelper.createParser(
                      shard.getXContentRegistry(),
                      LoggingDeprecationHandler.INSTANCE,
                      bytes,
                      MediaTypeRegistry.JSON)) { // as aliases keep their filters
                return shard.parseInnerQueryBuilder(parser);
              }
            },
            shard.getIndexSettings().getIndexMetadata(),
            aliases.toArray(new String[0]));
    Query query = Rewriteable.rewrite(filter, shard, true).toQuery(shard);
    weight =
        context
            .searcher()
            .createWeight(context.searcher().rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
  }

  /** Leaves those of a block's rows that are let through. */
  void keep(LeafReaderContext in, int begin, long[] rows) throws IOException {
    if (in != segment) {
      segment = in;
      Scorer scorer = weight.scorer(in);
      documents = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
      base = -1;
    }
    if (begin != base) {
      base = begin;
      bits.clear();
      if (documents.docID() < begin) {
        documents.advance(begin);
      }
      int end = Math.min(begin + BlockBuffer.MAX_ROWS, in.reader().maxDoc());
      if (documents.docID() < end) {
        documents.intoBitSet(end, bits, begin);
      }
    }
    for (int word = 0; word < rows.length; word++) {
      rows[word] &= bits.getBits()[word];
    }
  }
}
