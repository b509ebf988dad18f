package org.tripline.opensearch.rulesets;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What an uploaded ruleset file has beside the rules (docs/ruleset_format.md): parts that may be
 * passed over. They are, whatever they hold: machine code is made on each node, from the rules that
 * it has verified, so that nobody brings code into a cluster by uploading a file.
 */
final class RulesetFileParts {
  private static final int NUM_PARTS_AT = 12;
  private static final int FIRST_PART_AT = 16;
  private static final int PART_BYTES = 24;
  private static final int LAST_KNOWN_KIND = 3;

  private RulesetFileParts() {}

  /** A sentence for each part that is not used. Requires a file that has just been loaded. */
  static List<String> notes(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<String> notes = new ArrayList<>();
    for (int part = 0; part < bytes.getInt(NUM_PARTS_AT); part++) {
      int at = FIRST_PART_AT + part * PART_BYTES;
      int kind = bytes.getInt(at);
      if (kind < 1 || kind > LAST_KNOWN_KIND) {
        notes.add(
            "a part of the file (kind " + Integer.toUnsignedString(kind) + ", "
                + bytes.getLong(at + 16) + " bytes) is not used, and not kept: this version does"
                + " not know it, and machine code is made on each node from the verified rules");
      }
    }
    return notes;
  }
}
