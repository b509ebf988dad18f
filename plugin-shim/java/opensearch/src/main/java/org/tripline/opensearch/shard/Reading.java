package org.tripline.opensearch.shard;

/** How a segment's documents are read. The answers are the same; benchmarks compare the cost. */
public enum Reading {
  /** Leaves of few terms from their postings, then columns for the documents that still matter. */
  POSTINGS_FIRST,
  /** Every column that a rule may need, of every document. */
  COLUMNS
}
