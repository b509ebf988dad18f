package org.tripline.failing;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.opensearch.watcher.ResourceWatcherService;
import org.tripline.engine.NativeLibrary;
import org.tripline.engine.Ruleset;

/**
 * For a test: a plugin beside the real one, with a copy of the shared library of its own, that fails
 * inside it when it is asked to; and a field type whose queries fail (FailingField).
 *
 * <pre>
 *   GET /_failing/{kind}    fails as NativeLibrary.Failure says; answers what arrived in Java
 *   GET /_failing/works     compiles and saves a rule; answers the bytes
 * </pre>
 */
public final class FailingPlugin extends Plugin implements ActionPlugin, MapperPlugin {
  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    NativeLibrary.load(environment.pluginsDir().resolve("failing"));
    return List.of();
  }

  @Override
  public List<RestHandler> getRestHandlers(
      Settings settings,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster) {
    return List.of(new Handler());
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(FailingField.NAME, FailingField.PARSER);
  }

  private static final class Handler extends BaseRestHandler {
    @Override
    public String getName() {
      return "failing";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.GET, "/_failing/{kind}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      String kind = request.param("kind");
      return channel -> channel.sendResponse(new BytesRestResponse(RestStatus.OK, answer(kind)));
    }

    private static String answer(String kind) {
      if (kind.equals("works")) {
        String rule =
            "{\"rule_id\":\"r\",\"name\":\"n\",\"description\":\"d\",\"type\":\"query\","
                + "\"language\":\"kuery\",\"query\":\"process.name:(curl* or wget)\","
                + "\"index\":[\"logs-*\"],\"risk_score\":1,\"severity\":\"low\"}";
        try (Ruleset ruleset =
            Ruleset.compile("works", rule.getBytes(StandardCharsets.UTF_8), null)) {
          return "works: " + ruleset.save().length;
        }
      }
      try {
        NativeLibrary.failOnPurpose(
            NativeLibrary.Failure.valueOf(kind.toUpperCase(Locale.ROOT)));
        return "nothing failed";
      } catch (Throwable e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
      }
    }
  }
}
