package org.tripline.opensearch.shard;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.lucene.index.LeafReader;
import org.tripline.engine.BlockBuffer;
import org.tripline.engine.FieldAnswers;
import org.tripline.engine.SegmentPlan;

/**
 * What a ruleset knows of one segment: where each leaf's documents come from, the answers of
 * dictionaries' values, the plan that follows ({@link SegmentDecider} finds them before the first
 * document is looked at), and, as searches go over it, which documents of whole blocks match.
 *
 * <p>Nothing of it ever changes but to become more. Any thread may use it; its memory is on the
 * account of all segments.
 */
public final class SegmentAnswers implements Closeable {
  /** Of the objects around, by leaf and by field. */
  private static final long BYTES_PER_LEAF = 8;

  private static final long BYTES_PER_FIELD = 64;

  /** Documents of a block that are asked, as a share of it, before all of them are. */
  private static final int WHOLE_FROM = 4;

  private final FieldSource[] fields; // by field of the program
  private final LeafSource[] leaves; // by leaf; null: not given
  private final SegmentPlan plan;
  private final List<LeafError> errors;
  private final boolean keepsVerdicts;
  private final LateAnswers late;
  private final AtomicReferenceArray<BlockVerdicts> verdicts; // by block; null: not known yet
  private final AtomicIntegerArray asked; // by block: documents that were asked for so far
  private final KeptMemory memory;
  private final AtomicLong held = new AtomicLong();

  /** {@code keepsVerdicts}: whether a document's verdict is the same for every search. */
  SegmentAnswers(
      FieldSource[] fields,
      LeafSource[] leaves,
      SegmentPlan plan,
      List<LeafError> errors,
      LateAnswers late,
      int maxDoc,
      boolean keepsVerdicts,
      KeptMemory memory,
      long heldAlready) {
    this.fields = fields;
    this.leaves = leaves;
    this.plan = plan;
    this.errors = List.copyOf(errors);
    this.late = late;
    this.keepsVerdicts = keepsVerdicts;
    int numBlocks = keepsVerdicts ? (maxDoc - 1) / BlockBuffer.MAX_ROWS + 1 : 0;
    this.verdicts = new AtomicReferenceArray<>(numBlocks);
    this.asked = new AtomicIntegerArray(numBlocks);
    this.memory = memory;
    long objects =
        BYTES_PER_FIELD * fields.length
            + BYTES_PER_LEAF * leaves.length
            + (long) (Long.BYTES + Integer.BYTES) * numBlocks
            + plan.memoryBytes();
    memory.take(objects);
    held.set(heldAlready + objects);
  }

  /** Leaves that are false here because they could not be asked. */
  public List<LeafError> errors() {
    return errors;
  }

  public FieldSource field(int field) {
    return fields[field];
  }

  /** Requires a leaf that the plan wants to be given. */
  LeafSource leaf(int leaf) {
    return leaves[leaf];
  }

  public SegmentPlan plan() {
    return plan;
  }

  /**
   * The answers of a field's dictionary; null if they are not decided, and looking up so many values
   * by themselves is cheaper still.
   */
  FieldAnswers answersFor(int field, int numValues, LeafReader reader, LeafWeights weights)
      throws IOException {
    FieldAnswers decided = fields[field].answers();
    return decided != null ? decided : late.of(field, numValues, fields[field].codes(reader), weights);
  }

  /** What matches in a block, if it is known. */
  BlockVerdicts verdictsOf(int block) {
    return keepsVerdicts ? verdicts.get(block) : null;
  }

  /** Whether to look at all of a block's documents, as it was asked for {@code numEligible} more. */
  boolean isWorthDeciding(int block, int numEligible, int numRows) {
    return keepsVerdicts
        && asked.addAndGet(block, Math.min(numEligible, BlockBuffer.MAX_ROWS))
            >= numRows / WHOLE_FROM;
  }

  /** Keeps a block's verdicts, if there is room. */
  void keep(int block, BlockVerdicts found) {
    long bytes = found.memoryBytes();
    if (memory.tryTake(bytes)) {
      if (verdicts.compareAndSet(block, null, found)) {
        held.addAndGet(bytes);
      } else {
        memory.give(bytes); // another slice was first
      }
    } else {
      asked.set(block, 0); // to look at all of it again would be in vain as well
    }
  }

  @Override
  public void close() {
    plan.close();
    closeAll(fields);
    late.close();
    memory.give(held.getAndSet(0));
  }

  static void closeAll(FieldSource[] fields) {
    for (FieldSource field : fields) {
      if (field != null && field.answers() != null) {
        field.answers().close();
      }
    }
  }
}
