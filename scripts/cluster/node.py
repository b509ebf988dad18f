"""One OpenSearch node on loopback: its folder, its settings, its command line, its process.

A node's folder below the cluster's work folder holds config/, data/, logs/, tmp/. Plugins and modules come from the
cluster's home folder, which all its nodes share (local_cluster.py).
"""
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess

import process
from client import Client

# Below the range that the kernel hands out for outgoing connections, so that a port found free stays free.
_PORTS = range(20_000, 30_000)
_END_OF_LOG = 40


class NodeFailed(Exception):
    """The node died or did not come up; the message holds the end of its log."""


def free_ports(count):
    """Different loopback ports that nobody listens on now."""
    held, ports = [], []
    try:
        for port in random.sample(_PORTS, len(_PORTS)):
            if len(ports) == count:
                return ports
            held.append(socket.socket())
            try:
                held[-1].bind(("127.0.0.1", port))
                ports.append(port)
            except OSError:
                continue
    finally:
        for one in held:
            one.close()
    raise NodeFailed(f"fewer than {count} free ports from {_PORTS.start} to {_PORTS.stop - 1}")


def heap_bytes(heap):
    """Bytes of Java's way to write a size: "512m", "1g"."""
    found = re.fullmatch(r"(\d+)([kmgKMG])", heap)
    if not found:
        raise ValueError(f"a heap size is a number and k, m or g, as in 1g; found '{heap}'")
    return int(found.group(1)) << {"k": 10, "m": 20, "g": 30}[found.group(2).lower()]


class Node:
    """Made by Cluster; start() once, stop() any number of times. Not for several threads."""

    def __init__(self, name, folder, http_port, transport_port, user=None):
        """user: (name, password) that its client sends."""
        self.name = name
        self.folder = pathlib.Path(folder)
        self.http_port = http_port
        self.transport_port = transport_port
        self.url = f"http://127.0.0.1:{http_port}"
        self.client = Client(self.url, user=user)
        self.settings = {}  # of this node alone, over the shared ones
        self.process = None  # a process.Process once started
        self._jdk = None
        self._user = None
        self._child = None

    @property
    def pid(self):
        return self.process.pid if self.process else None

    @property
    def log_path(self):
        return self.folder / "logs" / "node.log"

    def prepare(self, assembly, settings, user, config_files=None):
        """Writes the folder and its settings, and what else goes into config/ (names and bytes); data that is there already
        stays."""
        for part in ("config", "data", "logs", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        own = {"node.name": self.name, "path.data": str(self.folder / "data"), "path.logs": str(self.folder / "logs"),
               "http.port": self.http_port, "transport.port": self.transport_port}
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in {**settings, **own, **self.settings}.items()]
        (self.folder / "config" / "opensearch.yml").write_text("".join(lines), encoding="utf-8")
        shutil.copy(assembly / "config" / "log4j2.properties", self.folder / "config")
        for name, content in (config_files or {}).items():
            (self.folder / "config" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "config" / name).write_bytes(content)
        self.log_path.touch()
        if user is not None:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, user.pw_uid, user.pw_gid)
        self._user = user

    def command(self, jdk, assembly, home, heap, jvm_flags):
        """The words that start the server."""
        logs = self.folder / "logs"
        return [
            str(jdk.java), f"-Xms{heap}", f"-Xmx{heap}", f"-XX:MaxDirectMemorySize={heap_bytes(heap) // 2}",
            "-XX:+UseG1GC", "-XX:-OmitStackTraceInFastThrow", "-XX:-CreateCoredumpOnCrash",
            f"-XX:ErrorFile={logs}/hs_err_pid%p.log", f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
            f"-javaagent:{assembly / 'agent' / 'opensearch-agent.jar'}",
            "-Djava.locale.providers=SPI,CLDR", "-Djava.awt.headless=true", "-Dfile.encoding=UTF-8", "-Djna.nosys=true",
            "-Dio.netty.noUnsafe=true", "-Dio.netty.noKeySetOptimization=true",
            "-Dio.netty.recycler.maxCapacityPerThread=0", "-Dio.netty.allocator.numDirectArenas=0",
            "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true",
            f"-Dopensearch.path.home={home}", f"-Dopensearch.path.conf={self.folder / 'config'}",
            *jvm_flags, "-cp", f"{assembly / 'lib'}/*", "org.opensearch.bootstrap.OpenSearch"]

    def start(self, jdk, command, dies_with_parent):
        """Starts the process and returns at once; Cluster waits for health."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.folder), "LANG": "C.UTF-8",
                       "JAVA_HOME": str(jdk.home)}
        with open(self.log_path, "ab") as log:
            # Its own session: an interrupt typed at a terminal is for the script, which then stops the node itself.
            self._child = subprocess.Popen([*process.prefix(self._user, dies_with_parent), *command], cwd=self.folder,
                                           env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=subprocess.STDOUT, start_new_session=True)
        self._jdk = jdk
        self.process = process.identify(self._child.pid)

    def adopt(self, running):
        """Takes over a process that another command started."""
        self.process = running

    def is_running(self):
        if self._child is not None:
            return self._child.poll() is None
        return self.process is not None and process.is_running(self.process)

    def stop(self, patience_s=30):
        """Ends the node and waits until it is gone; True if it had to be killed."""
        if self.process is None:
            return False
        return process.stop(self.process, patience_s, lambda: not self.is_running())

    def log_tail(self, lines=_END_OF_LOG):
        try:
            return "\n".join(self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError as error:
            return str(error)

    def require_running(self):
        """Raises NodeFailed, with the end of the log, where the process is gone."""
        if not self.is_running():
            ended = f" with {self._child.returncode}" if self._child else ""
            raise NodeFailed(f"{self.name} ended{ended}. The end of {self.log_path}:\n{self.log_tail()}")

    def memory(self):
        """Bytes: resident and anonymous of the process, heap_used, heap_committed and non_heap_used as Java counts them,
        direct as its direct buffers."""
        (stats,) = self.client.expect("GET", "/_nodes/_local/stats/jvm")["nodes"].values()
        heap = stats["jvm"]["mem"]
        direct = stats["jvm"].get("buffer_pools", {}).get("direct", {})
        return {**process.memory(self.process), "heap_used": heap["heap_used_in_bytes"],
                "heap_committed": heap["heap_committed_in_bytes"], "non_heap_used": heap["non_heap_used_in_bytes"],
                "direct": direct.get("used_in_bytes", 0)}

    def jcmd(self, *words):
        """What `jcmd <pid> words` prints: ("GC.run",), ("VM.native_memory", "summary") with the JVM flag
        -XX:NativeMemoryTracking=summary. Only for a node that this object started."""
        done = subprocess.run([*process.prefix(self._user, dies_with_parent=False), str(self._jdk.jcmd), str(self.pid),
                               *words], cwd="/", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NodeFailed(f"jcmd {' '.join(words)} for {self.name}: {done.stdout}{done.stderr}")
        return done.stdout
