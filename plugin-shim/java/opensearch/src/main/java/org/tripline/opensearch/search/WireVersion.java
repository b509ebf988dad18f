package org.tripline.opensearch.search;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/**
 * What requests and partial results of the aggregation begin with: the version of their form, and
 * the node that wrote them. Nodes whose plugins differ in it refuse each other's, and say which of
 * them is the older one; this beginning never changes.
 */
final class WireVersion {
  static final int CURRENT = 3;

  private WireVersion() {}

  static void write(StreamOutput out, String node) throws IOException {
    out.writeVInt(CURRENT);
    out.writeString(node);
  }

  /** Answers the node that wrote it. {@code reader}: the node that reads it, for the message. */
  static String read(StreamInput in, String reader) throws IOException {
    int version = in.readVInt();
    String writer = in.readString();
    if (version != CURRENT) {
      throw new IllegalStateException(
          "the node ["
              + writer
              + "] writes version "
              + version
              + " of Tripline's searches, the node ["
              + reader
              + "] reads version "
              + CURRENT
              + ": the plugin of ["
              + (version < CURRENT ? writer : reader)
              + "] is older; searches with rulesets work again once both nodes have the same one");
    }
    return writer;
  }
}
