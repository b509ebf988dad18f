"""One or three OpenSearch nodes on loopback, up as long as a `with` block lasts, or until another command stops them.

    with Cluster(nodes=1, plugins=["tripline.zip"]) as cluster:
        status, answer = cluster.client.request("GET", "/_cat/plugins?format=json")

A work folder holds home/ (modules and plugins), a folder per node, and cluster.json: who runs. Without `work` it lies
under the temp folder and goes when the cluster stops; a given one stays, data and all, and can be started again.

No orphans: nodes die with the thread that started them (the kernel sees to it), unless outlives_caller says otherwise;
then cluster.json is what `stop_cluster` goes by.
"""
import atexit
import json
import os
import pathlib
import shutil
import tempfile
import time
import zipfile

import assemble
import jdk as jdks
import process
import releases
from client import Unreachable
from node import Node, NodeFailed, free_ports

_STATE = "cluster.json"
_TEMPORARY = "tripline-cluster-"
_POLL_S = 0.25


class BadPlugin(Exception):
    """A plugin's archive is not what `opensearch-plugin install` would take."""


def install_plugin(archive, plugins):
    """Unzips into plugins/<name>; the name is the one in the archive's plugin-descriptor.properties."""
    try:
        with zipfile.ZipFile(archive) as packed:
            text = packed.read("plugin-descriptor.properties").decode("utf-8")
            properties = dict(line.partition("=")[::2] for line in text.splitlines() if not line.lstrip().startswith("#"))
            name = {key.strip(): value.strip() for key, value in properties.items()}.get("name", "")
            if not name or name != pathlib.PurePath(name).name or name.startswith("."):
                raise BadPlugin(f"{archive}: plugin-descriptor.properties names no plugin, found name='{name}'")
            folder = plugins / name
            if folder.exists():
                shutil.rmtree(folder)
            packed.extractall(folder)
    except KeyError:
        raise BadPlugin(f"{archive}: no plugin-descriptor.properties at its top") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise BadPlugin(f"{archive}: {error}") from error
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    return name


class Cluster:
    """Nodes that start, serve and stop together. Not for several threads; its client is."""

    def __init__(self, nodes=1, *, work=None, heap="1g", plugins=(), settings=None, jvm_flags=(),
                 version=releases.DEFAULT_VERSION, outlives_caller=False, deadline_s=300, config_files=None, user=None):
        """settings: into every node's opensearch.yml, over the ones here. jvm_flags: behind the ones here; for memory
        readings without the heap's growth in them, -XX:+AlwaysPreTouch. deadline_s: for coming up. config_files: names and
        bytes, into every node's config/. user: (name, password) for `client`, where the nodes ask."""
        self.nodes = []
        self.work = pathlib.Path(work).absolute() if work else None
        self._is_temporary = work is None
        self._count = nodes
        self._heap = heap
        self._plugins = plugins
        self._settings = settings or {}
        self._jvm_flags = jvm_flags
        self._version = version
        self._outlives_caller = outlives_caller
        self._deadline_s = deadline_s
        self._config_files = config_files
        self._user = user
        self._starts = {}  # by node: how it was started

    @property
    def url(self):
        return self.nodes[0].url

    @property
    def client(self):
        return self.nodes[0].client

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns when every node answers and the health is green (yellow, where replicas have no place to go); raises
        NodeFailed, CannotRun, CannotAssemble, NoJdk or BadPlugin, with nothing left running."""
        jdk = jdks.find_jdk()
        assembly = assemble.assemble(self._version)
        user = process.node_user()
        if not self._is_temporary and any(map(process.is_running, _processes(_read_state(self.work)))):
            raise NodeFailed(f"a cluster runs in {self.work}; stop it first")
        if not self._is_temporary and len(list(self.work.glob("node-*"))) not in (0, self._count):
            raise NodeFailed(f"{self.work} holds the data of another number of nodes than {self._count}, which could not "
                             "agree on a cluster; remove it or choose another folder")
        try:
            if not self._outlives_caller:
                atexit.register(self.stop)
            if self._is_temporary:
                _remove_leftovers()
                self.work = pathlib.Path(tempfile.mkdtemp(prefix=_TEMPORARY))
                self.work.chmod(0o755)
            home = self._make_home(assembly)
            process.require_readable(user, [jdk.java, assembly / "agent" / "opensearch-agent.jar", home / "plugins"])
            self._start_nodes(jdk, assembly, home, user)
            self._wait()
        except BaseException:
            self.stop()
            raise

    def restart(self, node, patience_s=30, plugins=None):
        """Stops one node and starts it again on its data; returns when the cluster is whole. plugins: archives that it has
        from now on, in the place of those before."""
        node.stop(patience_s)
        if plugins is not None:
            self._starts[node.name] = self._start_with(node, plugins)
        node.start(*self._starts[node.name])
        _write_state(self.work, self.nodes)
        self._wait()

    def stop(self, patience_s=30):
        """Stops the nodes and waits until they are gone; a temporary work folder goes with them."""
        atexit.unregister(self.stop)
        for node in self.nodes:
            node.stop(patience_s)
        if self.work is not None:
            (self.work / _STATE).unlink(missing_ok=True)
            if self._is_temporary:
                shutil.rmtree(self.work, ignore_errors=True)

    def _start_with(self, node, plugins):
        """How to start a node that has its home for itself."""
        home = self._make_home(assemble.assemble(self._version), f"home-{node.name}", plugins)
        jdk, command, dies_with_parent = self._starts[node.name]
        setting = "-Dopensearch.path.home="
        return jdk, [f"{setting}{home}" if word.startswith(setting) else word for word in command], dies_with_parent

    def _make_home(self, assembly, name="home", plugins=None):
        """home/: modules and libraries as assembled, plugins as given now. The server wants every folder of its layout to
        be there, and would make those that are missing, which its user may not."""
        home = self.work / name
        if home.exists():
            shutil.rmtree(home)
        for empty in ("bin", "extensions", "plugins"):
            (home / empty).mkdir(parents=True)
        for shared in ("lib", "modules"):
            (home / shared).symlink_to(assembly / shared)
        for archive in self._plugins if plugins is None else plugins:
            install_plugin(archive, home / "plugins")
        return home

    def _shared_settings(self):
        """What all nodes have in common. On loopback the server does not enforce its checks of the machine; a full disk
        of the developer must not stop an index."""
        return {"cluster.name": "tripline-local", "network.host": "127.0.0.1",
                "discovery.seed_hosts": [f"127.0.0.1:{node.transport_port}" for node in self.nodes],
                "cluster.initial_cluster_manager_nodes": [node.name for node in self.nodes],
                "cluster.routing.allocation.disk.threshold_enabled": False, **self._settings}

    def _start_nodes(self, jdk, assembly, home, user):
        ports = free_ports(2 * self._count)
        self.nodes = [Node(f"node-{i + 1}", self.work / f"node-{i + 1}", ports[2 * i], ports[2 * i + 1],
                           self._user) for i in range(self._count)]
        settings = self._shared_settings()
        for node in self.nodes:
            node.prepare(assembly, settings, user, self._config_files)
            command = node.command(jdk, assembly, home, self._heap, self._jvm_flags)
            self._starts[node.name] = (jdk, command, not self._outlives_caller)
            node.start(*self._starts[node.name])
            _write_state(self.work, self.nodes)

    def _wait(self):
        deadline = time.monotonic() + self._deadline_s
        said = "nothing yet"
        while time.monotonic() < deadline:
            for node in self.nodes:
                node.require_running()
            try:
                health = [node.client.request("GET", "/_cluster/health", timeout_s=10)[1] for node in self.nodes]
                if all(_is_up(one, self._count) for one in health):
                    return
                said = json.dumps(health[0])[:500]
            except Unreachable as error:
                said = str(error)
            time.sleep(_POLL_S)
        raise NodeFailed(f"no healthy cluster within {self._deadline_s} s; last heard: {said}. The end of "
                         f"{self.nodes[0].log_path}:\n{self.nodes[0].log_tail()}")


def _is_up(health, count):
    # Yellow with nothing under way: an index of an earlier start that wants more nodes than there are.
    return isinstance(health, dict) and health.get("number_of_nodes") == count and (
        health.get("status") == "green"
        or (health.get("status") == "yellow" and health.get("initializing_shards") == 0))


def _remove_leftovers():
    """Removes temporary work folders of callers that were killed: ours, and nothing that was started there runs."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(_TEMPORARY + "*"):
        rows = _read_state(folder)
        if rows and folder.stat().st_uid == os.geteuid() and not any(map(process.is_running, _processes(rows))):
            shutil.rmtree(folder, ignore_errors=True)


def _write_state(work, nodes):
    rows = [{"name": node.name, "pid": node.process.pid, "start_ticks": node.process.start_ticks,
             "http_port": node.http_port, "transport_port": node.transport_port} for node in nodes if node.process]
    partial = work / (_STATE + ".partial")
    partial.write_text(json.dumps({"nodes": rows}, indent=1) + "\n", encoding="utf-8")
    partial.rename(work / _STATE)


def _read_state(work):
    try:
        return json.loads((work / _STATE).read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError):
        return []


def _processes(rows):
    return [process.Process(row["pid"], row["start_ticks"]) for row in rows]


def running_nodes(work):
    """The nodes that a work folder says were started, as Node objects; is_running() tells which still are."""
    work = pathlib.Path(work).absolute()
    rows = _read_state(work)
    nodes = []
    for row, running in zip(rows, _processes(rows)):
        nodes.append(Node(row["name"], work / row["name"], row["http_port"], row["transport_port"]))
        nodes[-1].adopt(running)
    return nodes


def stop_cluster(work, patience_s=30):
    """Stops what another command started in a work folder; answers how many nodes were running."""
    nodes = running_nodes(work)
    running = sum(node.is_running() for node in nodes)
    for node in nodes:
        node.stop(patience_s)
    (pathlib.Path(work).absolute() / _STATE).unlink(missing_ok=True)
    return running
