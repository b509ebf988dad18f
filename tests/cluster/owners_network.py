"""A network between the nodes of a cluster that can be cut: every node is reached through a port of ours, which passes bytes
on or holds them.

    with CuttableCluster(3, plugins=[zip]) as cluster:
        with cluster.network.cut_off("node-2"):     # hears nobody, and nobody hears it; its REST face is not touched
            ...

Who knocks is found by the kernel's list of connections and the open files of the nodes' processes, so that a connection
is known by both its ends. Held connections are closed when the cut is over, as a network's own time-outs would.
"""
import asyncio
import contextlib
import os
import pathlib
import re
import threading

from local_cluster import Cluster
from node import free_ports

_CHUNK = 1 << 16


def _inode(client_port, own_port):
    """Of the socket at the other end of a loopback connection."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
            if (local, remote) == (client_port, own_port):
                return fields[9]
    return None


def _holds(pid, inode):
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if re.fullmatch(rf"socket:\[{inode}\]", os.readlink(entry.path)):
                    return True
    return False


class _Flow:
    """A connection between two nodes, through us."""

    def __init__(self, source, target):
        self.ends = {source, target}
        self.writers = []
        self.is_open = asyncio.Event()

    def close(self):
        for writer in self.writers:
            writer.close()


class Network:
    """One port for each node. Its loop has a thread of its own; its face may be used by one other."""

    def __init__(self, nodes):
        self._nodes = nodes
        self.ports = dict(zip([node.name for node in nodes], free_ports(len(nodes)), strict=True))
        self._flows = set()
        self._apart = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        for node in nodes:
            asyncio.run_coroutine_threadsafe(self._listen(node), self._loop).result(10)

    async def _listen(self, node):
        await asyncio.start_server(lambda reader, writer: self._accept(node, reader, writer), "127.0.0.1",
                                   self.ports[node.name])

    async def _accept(self, target, reader, writer):
        inode = _inode(writer.get_extra_info("peername")[1], self.ports[target.name])
        source = next((node.name for node in self._nodes if inode and _holds(node.pid, inode)), "nobody")
        flow = _Flow(source, target.name)
        flow.writers.append(writer)
        self._flows.add(flow)
        self._judge(flow)
        try:
            await flow.is_open.wait()
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", target.transport_port)
            flow.writers.append(other_writer)
            await asyncio.gather(self._pass(flow, reader, other_writer), self._pass(flow, other_reader, writer))
        except OSError:
            pass
        finally:
            flow.close()
            self._flows.discard(flow)

    async def _pass(self, flow, reader, writer):
        while data := await reader.read(_CHUNK):
            await flow.is_open.wait()
            writer.write(data)
            await writer.drain()
        flow.close()

    def _judge(self, flow):
        is_cut = len(flow.ends) == 2 and flow.ends & self._apart and not flow.ends <= self._apart
        (flow.is_open.clear if is_cut else flow.is_open.set)()

    def _set_apart(self, names):
        held = [flow for flow in self._flows if not flow.is_open.is_set()]
        self._apart = names
        for flow in list(self._flows):
            self._judge(flow)
        for flow in held:
            if flow.is_open.is_set():
                flow.close()

    @contextlib.contextmanager
    def cut_off(self, *names):
        """These nodes hear each other, and none of the others."""
        self._loop.call_soon_threadsafe(self._set_apart, set(names))
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._set_apart, set())


class CuttableCluster(Cluster):
    """A Cluster whose nodes speak through a Network."""

    network = None

    def _shared_settings(self):
        self.network = Network(self.nodes)
        for node in self.nodes:
            node.settings["transport.publish_port"] = self.network.ports[node.name]
        seeds = [f"127.0.0.1:{port}" for port in self.network.ports.values()]
        return {**super()._shared_settings(), "discovery.seed_hosts": seeds}
