package org.tripline.opensearch.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermState;
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

  /** Documents with one of a few terms; {@code places} say where their postings begin. */
  record Postings(String field, List<BytesRef> terms, List<TermState> places)
      implements LeafSource {
    /** Terms that the index lacks are left out. */
    static Postings of(LeafReader reader, String field, Iterable<BytesRef> terms)
        throws IOException {
      List<BytesRef> found = new ArrayList<>();
      List<TermState> places = new ArrayList<>();
      Terms index = Readers.uninterrupted(reader).terms(field);
      if (index != null) {
        TermsEnum seeker = index.iterator();
        for (BytesRef term : terms) {
          if (seeker.seekExact(term)) {
            found.add(term);
            places.add(seeker.termState());
          }
        }
      }
      return new Postings(field, found, places);
    }

    @Override
    public List<DocIdSetIterator> open(LeafReaderContext segment, LeafWeights weights)
        throws IOException {
      List<DocIdSetIterator> iterators = new ArrayList<>(terms.size());
      if (!terms.isEmpty()) {
        TermsEnum seeker = Readers.uninterrupted(segment.reader()).terms(field).iterator();
        for (int i = 0; i < terms.size(); i++) {
          seeker.seekExact(terms.get(i), places.get(i));
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
