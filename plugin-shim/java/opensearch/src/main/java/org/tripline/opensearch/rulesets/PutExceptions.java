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
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.tripline.opensearch.Answer;
import org.tripline.opensearch.rulesets.RulesetStore.Stored;

/**
 * {@code PUT /_plugins/_tripline/rulesets/{name}/exceptions}: the exceptions of the ruleset from now
 * on, in place of those before; an empty body: none. They are joined to what was uploaded, which is
 * not compiled again, and to what will be uploaded. The ruleset runs on with the rights that it had:
 * exceptions take alerts away, and give nobody any.
 */
public final class PutExceptions {
  public static final ActionType<Answer> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/exceptions/put", Answer::new);

  private static final int MAX_BODY = 64 << 20;

  private PutExceptions() {}

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
      super(
          TYPE.name(), transportService, filters, RulesetRequest::new, ThreadPool.Names.GENERIC);
      this.client = client;
      this.store = store;
      this.registry = registry;
      this.trusted = trusted;
    }

    @Override
    protected void doExecute(Task task, RulesetRequest request, ActionListener<Answer> listener) {
      registry.checkAvailable();
      new RulesetChange(client, store)
          .find(
              request.name(),
              ActionListener.wrap(
                  before ->
                      store.file(
                          before,
                          before.baseHash(),
                          ActionListener.wrap(
                              file ->
                                  client
                                      .threadPool()
                                      .executor(ThreadPool.Names.GENERIC)
                                      .execute(
                                          ActionRunnable.wrap(
                                              listener,
                                              next -> join(before, file, request, next))),
                              listener::onFailure)),
                  listener::onFailure));
    }

    private void join(
        Stored before, byte[] baseFile, RulesetRequest request, ActionListener<Answer> listener)
        throws IOException {
      BytesReference body = request.body();
      byte[] exceptions = body.length() == 0 ? null : BytesReference.toBytes(body);
      CompiledRuleset joined = CompiledRuleset.of(before.name(), baseFile, exceptions, trusted);
      if (joined.refusal() != null) {
        listener.onResponse(joined.refusal());
        return;
      }
      RulesetVersion version = joined.version(
              before.writer(), before.current().signedBy(), before.updatedAtMillis());
      Stored after = before.with(version, before.previous());
      new RulesetChange(client, store)
          .replace(
              before,
              after,
              joined.files(),
              joined.file(),
              ActionListener.wrap(
                  spread -> listener.onResponse(PutRuleset.answer(after, joined, spread)),
                  listener::onFailure));
    }
  }

  public static final class Rest extends BaseRestHandler {
    @Override
    public String getName() {
      return "tripline_put_exceptions";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.PUT, "/_plugins/_tripline/rulesets/{name}/exceptions"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      RulesetRequest put = RulesetRequest.of(request, "", MAX_BODY);
      return channel -> client.execute(TYPE, put, Answer.sendTo(channel));
    }
  }
}
