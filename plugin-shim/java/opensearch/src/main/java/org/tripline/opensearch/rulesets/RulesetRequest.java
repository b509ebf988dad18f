package org.tripline.opensearch.rulesets;

import java.io.IOException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.RestRequest;

/** A request about one ruleset: its name, a word beside it where there is one, and the body. */
public final class RulesetRequest extends ActionRequest {
  /** Bodies that are a few words. */
  public static final int FEW_WORDS = 64 << 10;

  private final String name;
  private final String word;
  private final BytesReference body;

  private RulesetRequest(String name, String word, BytesReference body) {
    this.name = RulesetName.check(name);
    this.word = word;
    this.body = body;
  }

  public RulesetRequest(StreamInput in) throws IOException {
    super(in);
    name = in.readString();
    word = in.readString();
    body = in.readBytesReference();
  }

  /** Of a REST request with the ruleset's name in its path. */
  static RulesetRequest of(RestRequest request, String word, int maxBodyBytes) {
    return new RulesetRequest(
        request.param("name"), word, bodyOf(request, maxBodyBytes));
  }

  static RulesetRequest withoutBody(RestRequest request, String word) {
    if (request.hasContent()) {
      throw new IllegalArgumentException("this request takes no body");
    }
    return new RulesetRequest(request.param("name"), word, BytesArray.EMPTY);
  }

  /** Throws (413) if it is too large. */
  public static BytesReference bodyOf(RestRequest request, int maxBytes) {
    if (!request.hasContent()) {
      return BytesArray.EMPTY;
    }
    BytesReference body = request.content();
    if (body.length() > maxBytes) {
      throw new OpenSearchStatusException(
          "the body has " + body.length() + " bytes; at most " + maxBytes + " are taken here",
          RestStatus.REQUEST_ENTITY_TOO_LARGE);
    }
    return body;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeString(name);
    out.writeString(word);
    out.writeBytesReference(body);
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  String name() {
    return name;
  }

  String word() {
    return word;
  }

  BytesReference body() {
    return body;
  }
}
