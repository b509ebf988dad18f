"""What an OpenSearch release is made of, as far as its parts are in the Maven registry: the jars of lib/ and agent/, the
modules with their plugin classes, and the permissions that a module's code needs of the server's java agent.

The class names were read out of the jars. A module's policy grants only what the agent checks: sockets and files.
"""
import dataclasses

DEFAULT_VERSION = "3.8.0"
_SERVER = "org.opensearch"
_PLUGIN = "org.opensearch.plugin"

# Versions of libraries that OpenSearch's own poms do not pull in: log4j-core is optional there and has to fit the
# log4j-api that they do pull in; byte-buddy has to be the one in the Boot-Class-Path of the agent's manifest.
_LOG4J_CORE = {"3.4.0": "2.21.0", "3.8.0": "2.25.4"}
_BYTE_BUDDY = {"3.4.0": "1.17.7", "3.8.0": "1.18.8"}


class UnknownVersion(Exception):
    """A release whose library versions are not in the tables above."""


@dataclasses.dataclass(frozen=True)
class Module:
    name: str  # its folder below modules/
    plugin_class: str
    artifacts: tuple = ()  # where they are not just the module's own name
    extends: tuple = ()
    policy: tuple = ()
    missing_in: tuple = ()  # releases whose part of the registry lacks it

    def coordinates(self, version):
        return [(_PLUGIN, artifact, version) for artifact in self.artifacts or (self.name,)]


_CONNECT = 'permission java.net.SocketPermission "*", "connect,resolve";'

MODULES = (
    Module("transport-netty4", "org.opensearch.transport.Netty4ModulePlugin", ("transport-netty4-client",), policy=(
        'permission java.net.SocketPermission "*", "accept,connect,listen,resolve";',
        'permission java.io.FilePermission "/proc/sys/net/core/somaxconn", "read";')),
    Module("reindex", "org.opensearch.index.reindex.ReindexModulePlugin", ("reindex-client",), policy=(_CONNECT,)),
    Module("parent-join", "org.opensearch.join.ParentJoinModulePlugin", ("parent-join-client",)),
    Module("mapper-extras", "org.opensearch.index.mapper.MapperExtrasModulePlugin", ("mapper-extras-client",)),
    Module("aggs-matrix-stats", "org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin",
           ("aggs-matrix-stats-client",)),
    Module("lang-mustache", "org.opensearch.script.mustache.MustacheModulePlugin", ("lang-mustache-client",)),
    Module("rank-eval", "org.opensearch.index.rankeval.RankEvalModulePlugin", ("rank-eval-client",)),
    Module("percolator", "org.opensearch.percolator.PercolatorModulePlugin", ("percolator-client",)),
    Module("lang-painless", "org.opensearch.painless.PainlessModulePlugin",
           ("lang-painless", "opensearch-scripting-painless-spi")),
    Module("lang-expression", "org.opensearch.script.expression.ExpressionModulePlugin"),
    Module("analysis-common", "org.opensearch.analysis.common.CommonAnalysisModulePlugin", extends=("lang-painless",)),
    Module("geo", "org.opensearch.geo.GeoModulePlugin"),
    Module("ingest-common", "org.opensearch.ingest.common.IngestCommonModulePlugin", extends=("lang-painless",)),
    Module("cache-common", "org.opensearch.cache.common.tier.TieredSpilloverCachePlugin", missing_in=("3.4.0",)),
    Module("repository-url", "org.opensearch.plugin.repository.url.URLRepositoryModulePlugin", policy=(_CONNECT,)),
)

# Jars for other machines than the one that assembles; Maven brings them all.
FOREIGN_PLATFORMS = ("-osx-", "-windows-")


def modules(version):
    """The modules that a release has in the registry."""
    return [module for module in MODULES if version not in module.missing_in]


def _pinned(table, version):
    if version not in table:
        raise UnknownVersion(f"OpenSearch {version} is not known here, only {', '.join(table)}: add the versions of "
                             "log4j-core and byte-buddy that it uses to the tables on top of releases.py")
    return table[version]


def lib_coordinates(version):
    """The (group, artifact, version) triples whose closure is lib/."""
    return [(_SERVER, "opensearch", version),
            (_SERVER, "opensearch-cli", version),
            (_SERVER, "opensearch-plugin-classloader", version),
            ("org.apache.logging.log4j", "log4j-core", _pinned(_LOG4J_CORE, version)),
            ("org.locationtech.jts", "jts-core", "1.15.0"),
            ("org.locationtech.spatial4j", "spatial4j", "0.7")]


def agent_coordinates(version):
    """The triples of agent/: the java agent that stands in for Java's security manager."""
    return [(_SERVER, "opensearch-agent", version),
            (_SERVER, "opensearch-agent-bootstrap", version),
            ("net.bytebuddy", "byte-buddy", _pinned(_BYTE_BUDDY, version))]
