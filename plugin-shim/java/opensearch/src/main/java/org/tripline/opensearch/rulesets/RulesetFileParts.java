package org.tripline.opensearch.rulesets;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.tripline.engine.Ruleset;

/**
 * What an uploaded ruleset file has beside the rules (docs/ruleset_format.md): who signed it, and
 * parts that may be passed over. Machine code is, unless a trusted key signed the file: nobody
 * brings code into a cluster by uploading a file.
 *
 * @param signedBy the public key; null: nobody, or the signature does not fit
 * @param notes a sentence for each part that is not used
 */
record RulesetFileParts(String signedBy, List<String> notes) {
  static final RulesetFileParts NONE = new RulesetFileParts(null, List.of());

  private static final int NUM_PARTS_AT = 12;
  private static final int FIRST_PART_AT = 16;
  private static final int PART_BYTES = 24;
  private static final int CACHE_KIND = 5;
  private static final int LAST_KNOWN_KIND = 6;

  /** Requires a file that has just been loaded. Throws TriplineException for a broken signature. */
  static RulesetFileParts of(byte[] file, TrustedKeys trusted) {
    List<String> notes = new ArrayList<>();
    Ruleset.Signature signature = Ruleset.signatureOf(file);
    if (signature != null && !signature.fits()) {
      notes.add(
          "the signature of [" + signature.key() + "] does not fit the file, which was changed"
              + " after it was signed; it counts as not signed");
    }
    boolean isSigned = signature != null && signature.fits();
    notes.addAll(unused(file, isSigned && trusted.contains(signature.key())));
    return new RulesetFileParts(isSigned ? signature.key() : null, List.copyOf(notes));
  }

  private static List<String> unused(byte[] file, boolean isTrusted) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<String> notes = new ArrayList<>();
    for (int part = 0; part < bytes.getInt(NUM_PARTS_AT); part++) {
      int at = FIRST_PART_AT + part * PART_BYTES;
      int kind = bytes.getInt(at);
      if (kind == CACHE_KIND && !isTrusted) {
        notes.add(
            "the machine code in the file (" + bytes.getLong(at + 16) + " bytes) is not used, and not"
                + " kept: no key in plugins.tripline.trusted_keys signed the file; each node makes"
                + " its own from the verified rules");
      } else if (kind < 1 || kind > LAST_KNOWN_KIND) {
        notes.add(
            "a part of the file (kind " + Integer.toUnsignedString(kind) + ", "
                + bytes.getLong(at + 16) + " bytes) is not used: this version does not know it");
      }
    }
    return notes;
  }
}
