package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.query.QueryShardContext;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.Terms;
import org.tripline.opensearch.search.RuleError;
import org.tripline.opensearch.shard.FieldValues;

/**
 * What a job reads of one segment, and what it has counted there, in the segment's own numbers. One
 * thread's.
 */
final class JobSegment {
  private static final double MAX_WEIGHT = 1e15;
  private static final String NOT_READ =
      "has no doc values of the type that the job was compiled for";

  /** The numbers of a document's values of one field. */
  static final class Values {
    private final FieldValues field; // null: the one value of what does not split
    private final CountTable numbers; // by value
    private int[] ofDocument = new int[4];
    private int size;

    private Values(FieldValues field, Memory memory) {
      this.field = field;
      this.numbers = new CountTable(memory);
    }

    private void read(int doc) throws IOException {
      size = field.read(doc);
      ofDocument = size > ofDocument.length ? Arrays.copyOf(ofDocument, 2 * size) : ofDocument;
      for (int i = 0; i < size; i++) {
        ofDocument[i] = numbers.add(field.value(i), 0.0);
      }
    }

    int size() {
      return size;
    }

    int get(int i) {
      return ofDocument[i];
    }

    // In the order of values, as their terms lie in the segment.
    private Translation translation(TermIds target) throws IOException {
      BytesRef[] terms = new BytesRef[numbers.size()];
      long[] order = new long[numbers.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = numbers.key(i);
      }
      Arrays.sort(order);
      for (long value : order) {
        terms[numbers.add(value, 0.0)] = field.term(value);
      }
      return new Translation(terms.length, id -> terms[id], target);
    }
  }

  private final JobLayout layout;
  private final Memory memory;
  private final String index;
  private final FieldValues times;
  private final FieldValues summary; // null: every event is one
  private final Values[] values; // by field of the layout
  private final Values[] partitions; // by detector
  private final Values[] bys; // by detector
  private final Values[] influencers;
  private final BucketCounts counts;
  private final List<RuleError> errors = new ArrayList<>();
  private boolean isCountable;

  JobSegment(
      Job job,
      JobLayout layout,
      LeafReader reader,
      RulesetDescription ruleset,
      QueryShardContext context,
      Memory ofJob)
      throws IOException {
    this.layout = layout;
    memory = ofJob.part();
    index = context.index().getName();
    times = FieldValues.ofTimes(job.timeField(), reader, context);
    isCountable = true;
    if (!times.isReadable()) {
      refuse(job.timeField(), "nothing is counted here: the time is no date with doc values");
    }
    summary =
        job.summaryCountField().isEmpty()
            ? null
            : FieldValues.of(job.summaryCountField(), ruleset, reader, context);
    if (summary != null && !summary.isReadable()) {
      refuse(job.summaryCountField(), "nothing is counted here: the summary count " + NOT_READ);
    }
    values = new Values[layout.fields().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          new Values(FieldValues.of(layout.fields().get(i), ruleset, reader, context), memory);
    }
    Values whole = new Values(null, memory);
    whole.size = 1;
    partitions = of(layout.detectors().stream().map(Detector::partitionField).toList(), whole);
    bys = of(layout.detectors().stream().map(Detector::byField).toList(), whole);
    influencers = of(layout.influencers(), whole);
    for (int i = 0; i < values.length; i++) {
      checkReadable(values[i], layout.fields().get(i));
    }
    counts = new BucketCounts(layout, memory);
  }

  private Values[] of(List<String> fields, Values whole) {
    return fields.stream()
        .map(field -> field.isEmpty() ? whole : values[layout.field(field)])
        .toArray(Values[]::new);
  }

  // Without an influencer the counts are what they are.
  private void checkReadable(Values read, String field) {
    if (read.field.isReadable()) {
      return;
    }
    if (List.of(partitions).contains(read) || List.of(bys).contains(read)) {
      refuse(field, "nothing is counted here: the field " + NOT_READ);
    } else {
      errors.add(new RuleError(index, field, "influences nothing here: it " + NOT_READ));
    }
  }

  private void refuse(String field, String why) {
    errors.add(new RuleError(index, field, why));
    isCountable = false;
  }

  /** False if nothing of the segment can be counted; the errors say why. */
  boolean isCountable() {
    return isCountable;
  }

  List<RuleError> errors() {
    return errors;
  }

  FieldValues times() {
    return times;
  }

  BucketCounts counts() {
    return counts;
  }

  /** For how many events the document stands; 0 if it says nothing usable. */
  double weightOf(int doc) throws IOException {
    if (summary == null) {
      return 1.0;
    }
    double weight = 0.0;
    int count = summary.read(doc);
    for (int i = 0; i < count; i++) {
      weight += Terms.numberOr(summary.term(summary.value(i)).bytes, 0.0);
    }
    return weight > 0.0 ? Math.min(weight, MAX_WEIGHT) : 0.0;
  }

  /** Reads what the detectors split by and what influences. */
  void read(int doc) throws IOException {
    for (Values field : values) {
      field.read(doc);
    }
  }

  Values partitions(int detector) {
    return partitions[detector];
  }

  Values bys(int detector) {
    return bys[detector];
  }

  Values influencer(int i) {
    return influencers[i];
  }

  /** Adds what was counted, and begins again. */
  void moveTo(JobCounts total) throws IOException {
    Translation[] translations = new Translation[values.length];
    for (int i = 0; i < values.length; i++) {
      translations[i] = values[i].translation(total.terms(i));
    }
    total.counts().addAll(counts, field -> translations[field], null);
    counts.clear();
    for (Values field : values) {
      field.numbers.clear();
    }
  }

  void close() {
    memory.giveBack();
  }
}
