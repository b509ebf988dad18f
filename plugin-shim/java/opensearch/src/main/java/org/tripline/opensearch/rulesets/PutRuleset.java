package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.engine.RulesetDescription;
import org.tripline.opensearch.Answer;

/**
 * {@code PUT /_plugins/_tripline/rulesets/{name}}: a ruleset file, or rule documents that are
 * compiled here. Mistakes of the author are 400 with diagnostics, and change nothing.
 */
public final class PutRuleset {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/put", Answer::new);

  /** The largest ruleset file that is read (rule documents: a quarter of it). */
  static final int MAX_BODY = 256 << 20;

  private PutRuleset() {}

  public static final class Transport extends HandledTransportAction<RulesetRequest, Answer> {
    private final Client client;
    private final RulesetStore store;
    private final RulesetRegistry registry;
    private final TrustedKeys trusted;

    @Inject
    public Transport(
        TransportService transportService,
        ActionFilters filters,
        Client client,
        RulesetStore store,
        RulesetRegistry registry,
        TrustedKeys trusted) {
      // Compiling takes milliseconds to seconds: not on the thread that took the request.
      super(TYPE.name(), transportService, filters, RulesetRequest::new, ThreadPool.Names.GENERIC);
      this.client = client;
      this.store = store;
      this.registry = registry;
      this.trusted = trusted;
    }

    @Override
    protected void doExecute(Task task, RulesetRequest request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      Writer writer = Writer.of(client.threadPool().getThreadContext());
      // What is replaced is what was there when the work began.
      store.get(
          request.name(),
          ActionListener.wrap(
              before -> withExceptions(before, request, writer, listener), listener::onFailure));
    }

    private void withExceptions(
        RulesetStore.Stored before,
        RulesetRequest request,
        Writer writer,
        ActionListener<Answer> listener) {
      ActionListener<byte[]> compile =
          ActionListener.wrap(
              exceptions ->
                  client
                      .threadPool()
                      .executor(ThreadPool.Names.GENERIC)
                      .execute(
                          ActionRunnable.wrap(
                              listener,
                              next -> compile(before, request, exceptions, writer, next))),
              listener::onFailure);
      if (before == null || !before.hasExceptions()) {
        compile.onResponse(null);
      } else {
        store.file(before, before.current().exceptionsHash(), compile);
      }
    }

    private void compile(
        RulesetStore.Stored before,
        RulesetRequest request,
        byte[] exceptions,
        Writer writer,
        ActionListener<Answer> listener)
        throws IOException {
      CompiledRuleset compiled =
          CompiledRuleset.of(request.name(), BytesReference.toBytes(request.body()), exceptions, trusted);
      if (compiled.refusal() != null) {
        listener.onResponse(compiled.refusal());
        return;
      }
      RulesetVersion version = compiled.version(writer, compiled.signedBy(), System.currentTimeMillis());
      RulesetStore.Stored after = replacing(before, request.name(), version);
      new RulesetChange(client, store)
          .replace(
              before,
              after,
              compiled.files(),
              compiled.file(),
              ActionListener.wrap(
                  spread -> listener.onResponse(answer(after, compiled, spread)),
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
  }

  /** Of an upload, of rules or of exceptions for them. */
  static Answer answer(
      RulesetStore.Stored stored, CompiledRuleset compiled, SpreadRuleset.Response spread)
      throws IOException {
    return Answer.of(
        RestStatus.OK,
        json -> {
          json.field("name", stored.name()).field("content_hash", stored.hash());
          json.field("rules", stored.numRules()).field("bytes", compiled.file().length);
          json.field("has_exceptions", stored.hasExceptions());
          json.startArray("not_run");
          for (RulesetDescription.Rule rule : compiled.description().rules()) {
            if (!rule.whyNotRun().isEmpty()) {
              json.startObject().field("rule_id", rule.ruleId());
              json.field("reasons", rule.whyNotRun()).endObject();
            }
          }
          json.endArray().startObject("nodes");
          json.field("loaded", spread.getNodes().size());
          json.field("failed", spread.failures().size()).endObject();
          json.field("notes", compiled.notes());
          CompiledRuleset.addDiagnostics(json, compiled.diagnostics());
        });
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
      RulesetRequest put = RulesetRequest.of(request, "", MAX_BODY);
      return channel -> client.execute(TYPE, put, Answer.sendTo(channel));
    }
  }
}
