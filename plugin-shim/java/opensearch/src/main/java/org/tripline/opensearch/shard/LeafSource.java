package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.util.BytesRef;

/** Where the rows of a leaf come from that is given to the engine. Immutable. */
sealed interface LeafSource {
  /** Fresh iterators over the documents that make the leaf true; one search's, one thread's. */
  List<DocIdSetIterator> open(LeafReaderContext segment, LeafWeights weights)
      throws IOException;

  /** Documents with one of a few terms. */
  record Postings(String field, BytesRef[] terms) implements LeafSource {
    @Override
    public List<DocIdSetIterator> open(LeafReaderContext segment, LeafWeights weights)
        throws IOException {
      List<DocIdSetIterator> iterators = new ArrayList<>(terms.length);
      Terms index = segment.reader().terms(field);
      if (index == null) {
        return iterators;
      }
      TermsEnum seeker = index.iterator();
      for (BytesRef term : terms) {
        if (seeker.seekExact(term)) {
          iterators.add(seeker.postings(null, PostingsEnum.NONE));
        }
      }
      return iterators;
    }
  }

  /** Documents that have the field. */
  record Existing(FieldSource field) implements LeafSource {
    @Override
    public List<DocIdSetIterator> open(LeafReaderContext segment, LeafWeights weights)
        throws IOException {
      return List.of(field.existing(segment.reader()));
    }
  }

  /** Documents that the field type's own query finds. */
  record Queried(int leaf) implements LeafSource {
    @Override
    public List<DocIdSetIterator> open(LeafReaderContext segment, LeafWeights weights)
        throws IOException {
      Scorer scorer = weights.of(leaf).scorer(segment);
      return scorer == null ? List.of() : List.of(scorer.iterator());
    }
  }
}
