package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Compiled rules. Immutable; any thread may use it until it is closed. */
public final class Ruleset extends NativeObject {
  private final RulesetDescription description;
  private final String diagnostics;

  private Ruleset(long handle, String diagnostics) {
    super(handle, Native::closeRuleset);
    this.diagnostics = diagnostics;
    this.description = DescriptionReader.read(Native.describeRuleset(handle));
  }

  /**
   * Compiles rule documents in any form that rules travel in (detection-rules TOML, Kibana's
   * export, JSON).
   *
   * @param name what messages call the documents; its ending decides on their form in doubt
   * @param mapping an index mapping that types the fields, or null: the Elastic Common Schema
   * @throws InvalidRulesetException if a rule has a mistake
   * @throws TriplineException LIMIT, or INVALID for a mapping that cannot be read
   */
  public static Ruleset compile(String name, byte[] documents, byte[] mapping) {
    return of(
        "the rules",
        Native.compileRuleset(name.getBytes(StandardCharsets.UTF_8), documents, mapping));
  }

  private static Ruleset of(String what, byte[] answer) {
    long handle = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String diagnostics =
        new String(answer, Long.BYTES, answer.length - Long.BYTES, StandardCharsets.UTF_8);
    if (handle == 0) {
      throw new InvalidRulesetException(what, diagnostics);
    }
    return new Ruleset(handle, diagnostics);
  }

  /**
   * This ruleset without the events that exceptions take out; it stays as it is, and open.
   *
   * @param name what messages call the documents
   * @param documents exception lists and items in Kibana's export form, and lines of value lists
   * @throws InvalidRulesetException if one of them has a mistake
   * @throws TriplineException LIMIT, or USAGE for a field that has another type in the ruleset
   */
  public Ruleset withExceptions(String name, byte[] documents) {
    return of(
        "the exceptions",
        Native.joinExceptions(handle(), name.getBytes(StandardCharsets.UTF_8), documents));
  }

  /** Loads a ruleset file (.trl). Throws TriplineException: INVALID, UNSUPPORTED, LIMIT. */
  public static Ruleset load(byte[] file) {
    return load(file, List.of());
  }

  /**
   * The same, believing those who have these public keys (base64): machine code in a file that one
   * of them signed, made for this processor, is what engines get as machine code.
   */
  public static Ruleset load(byte[] file, Collection<String> trustedKeys) {
    byte[] keys = String.join("\n", trustedKeys).getBytes(StandardCharsets.US_ASCII);
    return new Ruleset(Native.loadRuleset(file, keys), "[]");
  }

  /** Who signed a file: the public key as base64, and whether the signature fits the file. */
  public record Signature(String key, boolean fits) {}

  /** Null if the file is not signed. Throws as {@link #load}. */
  public static Signature signatureOf(byte[] file) {
    byte[] answer = Native.signatureOf(file);
    return answer.length == 0
        ? null
        : new Signature(
            new String(answer, 1, answer.length - 1, StandardCharsets.US_ASCII), answer[0] == 1);
  }

  /** True if the bytes begin as every ruleset file does. */
  public static boolean isRulesetFile(byte[] bytes) {
    byte[] magic = {(byte) 0x89, 'T', 'R', 'L', '\r', '\n', 0x1A, '\n'};
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  /** The ruleset file: the same bytes for equal rules. */
  public byte[] save() {
    return Native.saveRuleset(handle());
  }

  public RulesetDescription description() {
    return description;
  }

  /** Warnings and notes of the compilation, a JSON array; empty for a loaded file. */
  public String diagnostics() {
    return diagnostics;
  }

  /** An event that a rule found. {@code term} is empty for rules that are not new_terms. */
  public record Finding(
      int rule,
      long runAtMillis,
      long eventTimeMillis,
      String index,
      String id,
      byte[] source,
      byte[] term) {}

  /** The alert document, and the id that the same finding always has. */
  public record Alert(String id, byte[] json) {}

  public Alert buildAlert(Finding finding) {
    byte[] answer =
        Native.buildAlert(
            handle(),
            finding.rule(),
            finding.runAtMillis(),
            finding.eventTimeMillis(),
            finding.index().getBytes(StandardCharsets.UTF_8),
            finding.id().getBytes(StandardCharsets.UTF_8),
            finding.source(),
            finding.term());
    int length = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return new Alert(
        new String(answer, Integer.BYTES, length, StandardCharsets.UTF_8),
        Arrays.copyOfRange(answer, Integer.BYTES + length, answer.length));
  }
}
