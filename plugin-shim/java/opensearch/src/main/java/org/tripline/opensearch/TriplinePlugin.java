package org.tripline.opensearch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.opensearch.action.ActionRequest;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.core.xcontent.ContextParser;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.node.Node;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.plugins.SystemIndexPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.ScalingExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.tripline.engine.NativeLibrary;
import org.tripline.engine.TriplineException;
import org.tripline.opensearch.rulesets.DeleteRuleset;
import org.tripline.opensearch.rulesets.GetExceptions;
import org.tripline.opensearch.rulesets.GetRulesets;
import org.tripline.opensearch.rulesets.PutExceptions;
import org.tripline.opensearch.rulesets.PutRuleset;
import org.tripline.opensearch.rulesets.Rights;
import org.tripline.opensearch.rulesets.RollbackRuleset;
import org.tripline.opensearch.rulesets.RulesetRegistry;
import org.tripline.opensearch.rulesets.RulesetStore;
import org.tripline.opensearch.rulesets.SpreadRuleset;
import org.tripline.opensearch.rulesets.StartRuleset;
import org.tripline.opensearch.rulesets.StopRuleset;
import org.tripline.opensearch.rulesets.SwitchRule;
import org.tripline.opensearch.rulesets.TrustedKeys;
import org.tripline.opensearch.run.MatchRuleset;
import org.tripline.opensearch.run.RunRuleset;
import org.tripline.opensearch.schedule.GetStats;
import org.tripline.opensearch.schedule.Head;
import org.tripline.opensearch.schedule.NodeStats;
import org.tripline.opensearch.schedule.OwnerSettings;
import org.tripline.opensearch.schedule.Owners;
import org.tripline.opensearch.schedule.Ownership;
import org.tripline.opensearch.schedule.StateIndex;
import org.tripline.opensearch.search.InternalTripline;
import org.tripline.opensearch.search.TriplineAggregationBuilder;

/**
 * Tripline inside OpenSearch. What it adds stands in the getters below; everything else follows
 * from there.
 *
 * <pre>
 *   rulesets/  put, get, delete; which rulesets a node holds
 *   search/    the aggregation "tripline": its request, its result, its reduction
 *   shard/     how a segment's documents reach the engine
 *   run/       _match and _run: searches with the aggregation, and what becomes of their results
 *   alerts/    from findings to alerts in their indices
 *   schedule/  which node runs a ruleset, its ticks and commits, what it tells
 * </pre>
 */
public final class TriplinePlugin extends Plugin
    implements ActionPlugin, SearchPlugin, SystemIndexPlugin {
  /** The plugin's folder below plugins/. */
  public static final String NAME = "tripline";

  /** auto: machine code as soon as it is ready; off: the interpreter, with the same answers. */
  public static final Setting<String> JIT =
      Setting.simpleString(
          "plugins.tripline.jit",
          "auto",
          value -> {
            if (!value.equals("auto") && !value.equals("off")) {
              throw new IllegalArgumentException(
                  "[plugins.tripline.jit] is auto or off, not [" + value + "]");
            }
          },
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /** Bytes that the finds of one shard may take in one search. */
  public static final Setting<ByteSizeValue> RESULT_BUDGET =
      Setting.byteSizeSetting(
          "plugins.tripline.result_budget",
          new ByteSizeValue(8, ByteSizeUnit.MB),
          new ByteSizeValue(1, ByteSizeUnit.KB),
          new ByteSizeValue(1, ByteSizeUnit.GB),
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /**
   * How much a node keeps of what was found out about segments: bytes, or a share of the heap. What
   * does not fit is found out anew by each search.
   */
  public static final Setting<ByteSizeValue> MEMORY_LIMIT =
      Setting.memorySizeSetting(
          "plugins.tripline.native_memory.limit",
          "10%",
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /** The switch that stops everything on a node. */
  public static final Setting<Boolean> ENABLED =
      Setting.boolSetting(
          "plugins.tripline.enabled",
          true,
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /** How much of a node's time scheduled runs may take, on the node that owns the ruleset. */
  public static final Setting<Double> CPU_SHARE =
      new Setting<>(
          "plugins.tripline.cpu_share",
          "0.5",
          TriplinePlugin::parseShare,
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  private final RulesetRegistry registry = new RulesetRegistry();
  private final boolean canRun;
  private Owners owners;

  public TriplinePlugin(Settings settings) {
    boolean isLoaded =
        load(Path.of(Environment.PATH_HOME_SETTING.get(settings)).resolve("plugins"));
    canRun = isLoaded && ENABLED.get(settings);
  }

  private boolean load(Path plugins) {
    try {
      NativeLibrary.load(plugins.resolve(NAME));
      return true;
    } catch (TriplineException e) {
      // The node is more than this plugin: it starts, and whoever asks for a ruleset is told why.
      LogManager.getLogger(TriplinePlugin.class).error("Tripline is unavailable on this node", e);
      registry.setUnavailable(e.getMessage());
      return false;
    }
  }

  private static Double parseShare(String text) {
    try {
      double share = Double.parseDouble(text);
      if (share > 0 && share <= 1) {
        return share;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "[plugins.tripline.cpu_share] is a number above 0, and at most 1, not [" + text + "]");
  }

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
    registry.setMakesMachineCode(JIT.get(environment.settings()).equals("auto"));
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(JIT, jit -> registry.setMakesMachineCode(jit.equals("auto")));
    registry.setNodes(() -> clusterService.state().nodes());
    registry.setNodeName(Node.NODE_NAME_SETTING.get(environment.settings()));
    registry.setResultBudget(RESULT_BUDGET.get(environment.settings()).getBytes());
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(
            RESULT_BUDGET, budget -> registry.setResultBudget(budget.getBytes()));
    registry.setMemoryLimit(MEMORY_LIMIT.get(environment.settings()).getBytes());
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(
            MEMORY_LIMIT, limit -> registry.setMemoryLimit(limit.getBytes()));
    registry.setEnabled(ENABLED.get(environment.settings()));
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(ENABLED, registry::setEnabled);
    registry.setCpuShare(CPU_SHARE.get(environment.settings()));
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(CPU_SHARE, registry::setCpuShare);
    Rights rights = Rights.of(environment.pluginsDir(), environment.settings());
    RulesetStore store = new RulesetStore(client);
    owners =
        new Owners(
            client,
            threadPool,
            clusterService,
            registry,
            store,
            indexNameExpressionResolver,
            rights,
            new OwnerSettings(environment.settings(), clusterService.getClusterSettings()));
    owners.start();
    TrustedKeys trusted = new TrustedKeys(environment.settings());
    registry.setTrustedKeys(trusted);
    return List.of(registry, store, rights, owners, trusted);
  }

  /** Nodes that can run rulesets say so, and with which version of what owners keep. */
  @Override
  public Settings additionalSettings() {
    return canRun
        ? Settings.builder()
            .put("node.attr." + Ownership.ATTRIBUTE, String.valueOf(Head.FORMAT))
            .build()
        : Settings.EMPTY;
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    return List.of(
        new ScalingExecutorBuilder(Owners.EXECUTOR, 1, 64, TimeValue.timeValueMinutes(5)));
  }

  @Override
  public List<Setting<?>> getSettings() {
    List<Setting<?>> settings = new ArrayList<>(List.of(ENABLED, CPU_SHARE, JIT, RESULT_BUDGET, MEMORY_LIMIT, TrustedKeys.SETTING));
    settings.addAll(OwnerSettings.all());
    return settings;
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return List.of(
        new ActionHandler<>(PutRuleset.TYPE, PutRuleset.Transport.class),
        new ActionHandler<>(GetRulesets.TYPE, GetRulesets.Transport.class),
        new ActionHandler<>(DeleteRuleset.TYPE, DeleteRuleset.Transport.class),
        new ActionHandler<>(RollbackRuleset.TYPE, RollbackRuleset.Transport.class),
        new ActionHandler<>(StartRuleset.TYPE, StartRuleset.Transport.class),
        new ActionHandler<>(StopRuleset.TYPE, StopRuleset.Transport.class),
        new ActionHandler<>(SwitchRule.TYPE, SwitchRule.Transport.class),
        new ActionHandler<>(PutExceptions.TYPE, PutExceptions.Transport.class),
        new ActionHandler<>(GetExceptions.TYPE, GetExceptions.Transport.class),
        new ActionHandler<>(SpreadRuleset.TYPE, SpreadRuleset.Transport.class),
        new ActionHandler<>(MatchRuleset.TYPE, MatchRuleset.Transport.class),
        new ActionHandler<>(RunRuleset.TYPE, RunRuleset.Transport.class),
        new ActionHandler<>(GetStats.TYPE, GetStats.Transport.class),
        new ActionHandler<>(NodeStats.TYPE, NodeStats.Transport.class));
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
    return List.of(
        new PutRuleset.Rest(),
        new GetRulesets.Rest(),
        new DeleteRuleset.Rest(),
        new RollbackRuleset.Rest(),
        new StartRuleset.Rest(),
        new StopRuleset.Rest(),
        new SwitchRule.Rest(),
        new PutExceptions.Rest(),
        new GetExceptions.Rest(),
        new MatchRuleset.Rest(),
        new RunRuleset.Rest(),
        new GetStats.Rest());
  }

  @Override
  public List<AggregationSpec> getAggregations() {
    ContextParser<String, TriplineAggregationBuilder> parser =
        (content, name) -> TriplineAggregationBuilder.parse(name, content, registry);
    return List.of(
        new AggregationSpec(
                TriplineAggregationBuilder.NAME,
                in -> new TriplineAggregationBuilder(in, registry),
                parser)
            .addResultReader(in -> new InternalTripline(in, registry.nodeName())));
  }

  @Override
  public Collection<SystemIndexDescriptor> getSystemIndexDescriptors(Settings settings) {
    return List.of(
        new SystemIndexDescriptor(RulesetStore.INDEX, "Tripline's rulesets"),
        new SystemIndexDescriptor(StateIndex.INDEX, "What Tripline's scheduled runs remember"));
  }

  @Override
  public void close() {
    if (owners != null) {
      owners.close();
    }
    registry.close();
  }
}
