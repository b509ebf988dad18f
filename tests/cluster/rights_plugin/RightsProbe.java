package org.tripline.probe;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestStatusToXContentListener;
import org.opensearch.script.ScriptService;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.opensearch.watcher.ResourceWatcherService;
import org.tripline.opensearch.rulesets.Rights;
import org.tripline.opensearch.rulesets.Writer;

/**
 * For a test: searches with the rights of a writer, as scheduled runs do, whoever asks.
 *
 * <pre>
 *   POST /_rights_probe?user=ann&amp;roles=a,b&amp;index=logs-*   body: a search; without a user: by nobody
 *        &amp;after=own     the same search again, by the caller, once the writer's is answered
 * </pre>
 */
public final class RightsProbe extends Plugin implements ActionPlugin {
  private Rights rights;

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
    rights = Rights.of(environment.pluginsDir(), environment.settings());
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

  private final class Handler extends BaseRestHandler {
    @Override
    public String getName() {
      return "rights_probe";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.POST, "/_rights_probe"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
        throws IOException {
      String user = request.param("user");
      String roles = request.param("roles", "");
      Writer writer =
          user == null
              ? null
              : new Writer(user, roles.isEmpty() ? List.of() : List.of(roles.split(",")));
      SearchRequest search =
          new SearchRequest(request.param("index"))
              .source(SearchSourceBuilder.fromXContent(request.contentParser()));
      boolean isOwnAfter = request.param("after") != null;
      return channel -> {
        ActionListener<SearchResponse> answer = new RestStatusToXContentListener<>(channel);
        rights
            .asWriter(client, writer)
            .search(
                search,
                isOwnAfter
                    ? ActionListener.wrap(found -> client.search(search, answer), answer::onFailure)
                    : answer);
      };
    }
  }
}
