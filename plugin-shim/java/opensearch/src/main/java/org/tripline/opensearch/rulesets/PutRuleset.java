package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.InvalidRulesetException;
import org.tripline.engine.Ruleset;
import org.tripline.engine.RulesetDescription;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.Answer;

/**
 * {@code PUT /_plugins/_tripline/rulesets/{name}}: a ruleset file, or rule documents that are
 * compiled here. Mistakes of the author are 400 with diagnostics, and change nothing.
 */
public final class PutRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/put", Answer::new);

  private PutRuleset() {}

  public static final class Request extends ActionRequest {
    private final String name;
    private final BytesReference body;

    Request(String name, BytesReference body) {
      this.name = RulesetName.check(name);
      this.body = body;
    }

    Request(StreamInput in) throws IOException {
      super(in);
      name = in.readString();
      body = in.readBytesReference();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeString(name);
      out.writeBytesReference(body);
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }
  }

  public static final class Transport extends HandledTransportAction<Request, Answer> {
    private final Client client;
    private final RulesetStore store;
    private final RulesetRegistry registry;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        RulesetStore store,
        RulesetRegistry registry) {
      // Compiling takes milliseconds to seconds: not on the thread that took the request.
      super(TYPE.name(), transportService, filters, Request::new, ThreadPool.Names.GENERIC);
      this.client = client;
      this.store = store;
      this.registry = registry;
    }

    @Override
    protected void doExecute(Task task, Request request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      Writer writer = Writer.of(client.threadPool().getThreadContext());
      // What is replaced is what was there when the work began.
      store.get(
          request.name,
          ActionListener.wrap(
              before ->
                  client
                      .threadPool()
                      .executor(ThreadPool.Names.GENERIC)
                      .execute(() -> compileAndSave(request, before, writer, listener)),
              listener::onFailure));
    }

    private void compileAndSave(
        Request request,
        RulesetStore.Stored before,
        Writer writer,
        ActionListener<Answer> listener) {
      ActionListener.completeWith(
          ActionListener.wrap(
              compiled -> {
                if (compiled.refusal != null) {
                  listener.onResponse(compiled.refusal);
                } else {
                  save(request.name, before, compiled, writer, listener);
                }
              },
              listener::onFailure),
          () -> compile(request));
    }

    private record Compiled(
        Answer refusal, byte[] file, RulesetDescription description, String diagnostics) {}

    private static Compiled compile(Request request) throws IOException {
      byte[] body = BytesReference.toBytes(request.body);
      try (Ruleset ruleset =
          Ruleset.isRulesetFile(body)
              ? Ruleset.load(body)
              : Ruleset.compile(request.name, body, null)) {
        RulesetDescription description = ruleset.description();
        if (description.rules().isEmpty() && description.jobs().isEmpty()) {
          return refused(RestStatus.BAD_REQUEST, "the body has no rule", "[]");
        }
        return new Compiled(
            null, ruleset.save(), description, ruleset.diagnostics());
      } catch (InvalidRulesetException e) {
        return refused(RestStatus.BAD_REQUEST, e.getMessage(), e.diagnostics());
      } catch (TriplineException e) {
        RestStatus status =
            e.code() == TriplineException.Code.LIMIT
                ? RestStatus.REQUEST_ENTITY_TOO_LARGE
                : RestStatus.BAD_REQUEST;
        return refused(status, e.getMessage(), "[]");
      }
    }

    private static Compiled refused(RestStatus status, String reason, String diagnostics)
        throws IOException {
      Answer answer =
          Answer.of(
              status,
              json -> {
                json.startObject("error").field("type", "invalid_ruleset").field("reason", reason);
                addDiagnostics(json, diagnostics);
                json.endObject().field("status", status.getStatus());
              });
      return new Compiled(answer, null, null, null);
    }

    private void save(
        String name,
        RulesetStore.Stored before,
        Compiled compiled,
        Writer writer,
        ActionListener<Answer> listener) {
      RulesetDescription description = compiled.description;
      RulesetVersion version =
          new RulesetVersion(
              description.contentHash(),
              description.contentHash(),
              null,
              description.rules().size(),
              compiled.file.length,
              System.currentTimeMillis(),
              writer);
      RulesetStore.Stored stored = replacing(before, name, version);
      store.putFile(
          version.hash(),
          compiled.file,
          ActionListener.wrap(
              ignored ->
                  store.replace(
                      stored,
                      ActionListener.wrap(
                          replaced -> spread(stored, before, compiled, listener),
                          listener::onFailure)),
              listener::onFailure));
    }

    // The same content again does not push out what can be gone back to.
    private static RulesetStore.Stored replacing(
        RulesetStore.Stored before, String name, RulesetVersion version) {
      if (before == null) {
        return RulesetStore.Stored.first(name, version);
      }
      boolean isSame = before.hash().equals(version.hash());
      return before.with(version, isSame ? before.previous() : before.current());
    }

    private void spread(
        RulesetStore.Stored stored,
        RulesetStore.Stored before,
        Compiled compiled,
        ActionListener<Answer> listener) {
      OwnRights.of(client).execute(
          SpreadRuleset.TYPE,
          SpreadRuleset.Request.load(stored.hash(), compiled.file),
          ActionListener.wrap(
              spread -> {
                if (before != null && !before.hash().equals(stored.hash())) {
                  new RulesetDropper(client).dropLater(before.hash());
                }
                listener.onResponse(answer(stored, compiled, spread));
              },
              listener::onFailure));
    }

    private static Answer answer(
        RulesetStore.Stored stored, Compiled compiled, SpreadRuleset.Response spread)
        throws IOException {
      return Answer.of(
          RestStatus.OK,
          json -> {
            json.field("name", stored.name()).field("content_hash", stored.hash());
            json.field("rules", stored.numRules()).field("bytes", compiled.file.length);
            json.startArray("not_run");
            for (RulesetDescription.Rule rule : compiled.description.rules()) {
              if (!rule.whyNotRun().isEmpty()) {
                json.startObject().field("rule_id", rule.ruleId());
                json.field("reasons", rule.whyNotRun()).endObject();
              }
            }
            json.endArray().startObject("nodes");
            json.field("loaded", spread.getNodes().size());
            json.field("failed", spread.failures().size()).endObject();
            addDiagnostics(json, compiled.diagnostics);
          });
    }

    private static void addDiagnostics(XContentBuilder json, String diagnostics)
        throws IOException {
      try (InputStream stream = new BytesArray(diagnostics).streamInput()) {
        json.rawField("diagnostics", stream, MediaTypeRegistry.JSON);
      }
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_put_ruleset";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.PUT, "/_plugins/_tripline/rulesets/{name}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      if (!request.hasContent()) {
        throw new IllegalArgumentException(
            "the body is empty; expected rule documents or a ruleset file");
      }
      Request put = new Request(request.param("name"), request.content());
      return channel -> client.execute(TYPE, put, Answer.sendTo(channel));
    }
  }
}
