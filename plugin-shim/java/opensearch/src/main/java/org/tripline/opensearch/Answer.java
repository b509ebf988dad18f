package org.tripline.opensearch;

import java.io.IOException;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.action.RestResponseListener;

/** An answer of the plugin: a status and a JSON object, made where the work was done. */
public final class Answer extends ActionResponse {
  private final RestStatus status;
  private final BytesReference json;

  public Answer(RestStatus status, BytesReference json) {
    this.status = status;
    this.json = json;
  }

  public Answer(StreamInput in) throws IOException {
    super(in);
    status = RestStatus.readFrom(in);
    json = in.readBytesReference();
  }

  /** A JSON object of the fields that {@code fill} writes. */
  public static Answer of(RestStatus status, CheckedConsumer<XContentBuilder, IOException> fill)
      throws IOException {
    XContentBuilder builder = XContentFactory.jsonBuilder().startObject();
    fill.accept(builder);
    return new Answer(status, BytesReference.bytes(builder.endObject()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    RestStatus.writeTo(out, status);
    out.writeBytesReference(json);
  }

  public RestStatus status() {
    return status;
  }

  public BytesReference json() {
    return json;
  }

  /** Sends answers to a REST client as they are. */
  public static RestResponseListener<Answer> sendTo(RestChannel channel) {
    return new RestResponseListener<>(channel) {
      @Override
      public BytesRestResponse buildResponse(Answer answer) {
        return new BytesRestResponse(answer.status, "application/json; charset=UTF-8", answer.json);
      }
    };
  }
}
