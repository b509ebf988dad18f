package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.engine.InvalidRulesetException;
import org.tripline.engine.Ruleset;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.Answer;

/**
 * What an upload became: the ruleset's file, the file with the exceptions joined, or the answer that
 * refuses it. Made of bytes alone; takes milliseconds to seconds, so not on a thread that others wait
 * for.
 *
 * <pre>
 *   rule documents, a ruleset file -of-> base file -joined with exceptions-> the file that nodes load
 * </pre>
 */
record CompiledRuleset(
    Answer refusal,
    byte[] baseFile,
    String baseHash,
    byte[] exceptions,
    byte[] file,
    RulesetDescription description,
    String diagnostics,
    String signedBy,
    List<String> notes) {

  private static final String HOW_EXCEPTIONS_GO =
      "; PUT exceptions replaces those that the ruleset has, with an empty body by none";

  /**
   * {@code exceptions}: those that are to hold, or null. {@code name}: what messages say. A file that
   * one of the trusted signed is kept as it came, with its machine code; of others the rules are.
   */
  static CompiledRuleset of(String name, byte[] body, byte[] exceptions, TrustedKeys trusted)
      throws IOException {
    boolean isFile = Ruleset.isRulesetFile(body);
    try (Ruleset ruleset = isFile ? Ruleset.load(body) : Ruleset.compile(name, body, null)) {
      RulesetFileParts parts = isFile ? RulesetFileParts.of(body, trusted) : RulesetFileParts.NONE;
      byte[] baseFile = trusted.contains(parts.signedBy()) ? body : ruleset.save();
      RulesetDescription description = ruleset.description();
      if (description.rules().isEmpty() && description.jobs().isEmpty()) {
        return refused(RestStatus.BAD_REQUEST, "the body has no rule", "[]");
      }
      if (exceptions == null) {
        return new CompiledRuleset(
            null,
            baseFile,
            description.contentHash(),
            null,
            baseFile,
            description,
            ruleset.diagnostics(),
            parts.signedBy(),
            parts.notes());
      }
      return joined(name, ruleset, baseFile, exceptions, parts);
    } catch (InvalidRulesetException e) {
      return refused(RestStatus.BAD_REQUEST, e.getMessage(), e.diagnostics());
    } catch (TriplineException e) {
      return refused(statusOf(e), e.getMessage(), "[]");
    }
  }

  private static CompiledRuleset joined(
      String name, Ruleset base, byte[] baseFile, byte[] exceptions, RulesetFileParts parts)
      throws IOException {
    try (Ruleset joined = base.withExceptions(name + " exceptions", exceptions)) {
      return new CompiledRuleset(
          null,
          baseFile,
          base.description().contentHash(),
          exceptions,
          joined.save(),
          joined.description(),
          both(base.diagnostics(), joined.diagnostics()),
          parts.signedBy(),
          parts.notes());
    } catch (InvalidRulesetException e) {
      return refused(RestStatus.BAD_REQUEST, e.getMessage() + HOW_EXCEPTIONS_GO, e.diagnostics());
    } catch (TriplineException e) {
      return refused(
          statusOf(e),
          "the exceptions do not fit the ruleset: " + e.getMessage() + HOW_EXCEPTIONS_GO,
          "[]");
    }
  }

  private static String both(String list, String more) {
    if (list.equals("[]") || more.equals("[]")) {
      return list.equals("[]") ? more : list;
    }
    return list.substring(0, list.length() - 1) + "," + more.substring(1);
  }

  private static RestStatus statusOf(TriplineException e) {
    return e.code() == TriplineException.Code.LIMIT
        ? RestStatus.REQUEST_ENTITY_TOO_LARGE
        : RestStatus.BAD_REQUEST;
  }

  private static CompiledRuleset refused(RestStatus status, String reason, String diagnostics)
      throws IOException {
    Answer answer =
        Answer.of(
            status,
            json -> {
              json.startObject("error").field("type", "invalid_ruleset").field("reason", reason);
              addDiagnostics(json, diagnostics);
              json.endObject().field("status", status.getStatus());
            });
    return new CompiledRuleset(answer, null, null, null, null, null, null, null, List.of());
  }

  static void addDiagnostics(XContentBuilder json, String diagnostics) throws IOException {
    try (InputStream stream = new BytesArray(diagnostics).streamInput()) {
      json.rawField("diagnostics", stream, MediaTypeRegistry.JSON);
    }
  }

  /** What nodes hold it by. */
  String hash() {
    return description.contentHash();
  }

  private String exceptionsHash() {
    return exceptions == null
        ? null
        : "exceptions-" + MessageDigests.toHexString(MessageDigests.sha256().digest(exceptions));
  }

  /** {@code signer}: of the file that was uploaded, if somebody signed it. */
  RulesetVersion version(Writer writer, String signer, long updatedAtMillis) {
    return new RulesetVersion(
        hash(),
        baseHash,
        exceptionsHash(),
        description.rules().size(),
        file.length,
        updatedAtMillis,
        writer,
        signer);
  }

  /** All that the version refers to. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(baseHash, baseFile);
    files.put(hash(), file);
    if (exceptions != null) {
      files.put(exceptionsHash(), exceptions);
    }
    return files;
  }
}
