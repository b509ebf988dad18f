package org.tripline.opensearch.run;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ObjectParser;
import org.opensearch.core.xcontent.XContentParseException;
import org.opensearch.core.xcontent.XContentParser;
import org.tripline.opensearch.TimeRange;
import org.tripline.opensearch.rulesets.RulesetName;

/** What _match and _run are asked: which ruleset, over which indices, from when to when. */
public final class RunRequest extends ActionRequest {
  private static final class Body {
    private String ruleset;
    private String index;
    private String from;
    private String to;
    private boolean isDry;
    private boolean countsJobs;
  }

  private static final ObjectParser<Body, Void> PARSER = new ObjectParser<>("tripline", Body::new);

  static {
    PARSER.declareString((body, text) -> body.ruleset = text, new ParseField("ruleset"));
    PARSER.declareString((body, text) -> body.index = text, new ParseField("index"));
    PARSER.declareField(
        (body, text) -> body.from = text,
        XContentParser::text,
        new ParseField("from"),
        ObjectParser.ValueType.VALUE);
    PARSER.declareField(
        (body, text) -> body.to = text,
        XContentParser::text,
        new ParseField("to"),
        ObjectParser.ValueType.VALUE);
    PARSER.declareBoolean((body, isDry) -> body.isDry = isDry, new ParseField("dry_run"));
    PARSER.declareBoolean((body, counts) -> body.countsJobs = counts, new ParseField("jobs"));
  }

  private final String ruleset;
  private final String index;
  private final String from;
  private final String to;
  private final boolean isDry;
  private final boolean countsJobs;

  private RunRequest(Body body) {
    ruleset = RulesetName.check(body.ruleset);
    if (body.index != null && body.index.isBlank()) {
      throw new IllegalArgumentException(
          "[index] is empty; name indices, or leave it out to follow the rules' own patterns");
    }
    index = body.index;
    from = body.from;
    to = body.to;
    isDry = body.isDry;
    countsJobs = body.countsJobs;
  }

  public RunRequest(StreamInput in) throws IOException {
    super(in);
    ruleset = in.readString();
    index = in.readOptionalString();
    from = in.readOptionalString();
    to = in.readOptionalString();
    isDry = in.readBoolean();
    countsJobs = in.readBoolean();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeString(ruleset);
    out.writeOptionalString(index);
    out.writeOptionalString(from);
    out.writeOptionalString(to);
    out.writeBoolean(isDry);
    out.writeBoolean(countsJobs);
  }

  /** {@code ruleset}: from the path, or null if the body names it. {@code parser}: null: no body. */
  static RunRequest parse(String ruleset, XContentParser parser) throws IOException {
    Body body = parser == null ? new Body() : read(parser);
    if (ruleset != null) {
      body.ruleset = ruleset;
    }
    return new RunRequest(body);
  }

  private static Body read(XContentParser parser) throws IOException {
    try {
      return PARSER.parse(parser, null);
    } catch (XContentParseException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; the body may have [ruleset], [index], [from], [to], [dry_run] and [jobs]",
          e);
    }
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  String ruleset() {
    return ruleset;
  }

  /** Indices, aliases and patterns with commas between; null: the rules' own patterns. */
  String index() {
    return index;
  }

  TimeRange range() {
    return TimeRange.parse(from, to);
  }

  boolean isDry() {
    return isDry;
  }

  /** Whether anomaly jobs are counted for, too. */
  boolean countsJobs() {
    return countsJobs;
  }
}
