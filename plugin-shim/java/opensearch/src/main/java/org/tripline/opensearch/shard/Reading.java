package org.tripline.opensearch.shard;

/** How a segment is read. All answers are the same; the others are for measurements and judges. */
public enum Reading {
  /** As POSTINGS_FIRST, and what matches in whole blocks is kept with the segment. */
  VERDICTS,
  /** Leaves that a few terms answer come first, columns are read where a rule still wants them. */
  POSTINGS_FIRST,
  /** Every column that a rule asks is read. */
  COLUMNS
}
