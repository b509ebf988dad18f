"""Who owns a ruleset, what its runs have come to, and the harm that is done to the owner.

    fire = Fire(cluster, "fire")
    owner = fire.owner()             # Ownership(node="node-2", epoch=3, last_run=1775779200000)
    killed = fire.kill(owner.node)
    fire.wait_for_next_owner(owner)  # raises TooLate where the next run takes more than a minute
    fire.start_again(killed)
"""
import contextlib
import dataclasses
import os
import signal
import time

from client import Unreachable
from plugin_node import PREFIX

NEXT_RUN_S = 60  # from the election of the new owner to its first run
_ELECTION_S = 180  # of the cluster's own fault detection; generous
_POLL_S = 0.25


class TooLate(Exception):
    """Something that has to happen has not."""


@dataclasses.dataclass(frozen=True)
class Ownership:
    node: str
    epoch: int
    last_run: int  # milliseconds


class Fire:
    """Done to the nodes of a Cluster (scripts/cluster/local_cluster.py), which has to be used by this thread alone."""

    def __init__(self, cluster, ruleset, rules):
        """rules: the ids of those that have to have run before anything counts as run."""
        self._cluster = cluster
        self._ruleset = ruleset
        self._rules = rules
        self._frozen = set()

    @property
    def answering(self):
        return [node for node in self._cluster.nodes if node.is_running() and node.name not in self._frozen]

    def node(self, name):
        return next(node for node in self._cluster.nodes if node.name == name)

    def ask(self, method, path, body=None, timeout_s=10, nodes=None):
        """The answer of the first node that gives one with success; None where none does."""
        for node in nodes or self.answering:
            with contextlib.suppress(Unreachable):
                status, answer = node.client.request(method, path, body, timeout_s)
                if status < 300:
                    return answer
        return None

    def stats(self, nodes=None):
        """What is told of the ruleset: by its owner, or, where none answers, what was committed last."""
        answer = self.ask("GET", f"{PREFIX}/_stats", timeout_s=15, nodes=nodes)
        told = (answer or {}).get("rulesets", {}).get(self._ruleset, {})
        return told.get("running") or told.get("last_known") or {}

    def head(self, nodes=None):
        """The document that is the commit, from the copy of whoever is asked."""
        path = f"/.tripline-state/_doc/head-{self._ruleset}?preference=_local"
        answer = self.ask("GET", path, nodes=nodes)
        return answer.get("_source") if answer and answer.get("found") else None

    def owner(self, nodes=None):
        """As committed; None where nobody says, or nobody owns it yet. The last run is that of the rule that is furthest
        behind."""
        head = self.head(nodes)
        if not head or not head["node_name"]:
            return None
        runs = [head["rules"].get(name, {}).get("last_run", 0) for name in self._rules]
        return Ownership(head["node_name"], head["epoch"], min(runs))

    def wait_for_owner(self, timeout_s=60):
        return self._wait(self.owner, timeout_s, "an owner of the ruleset")

    def wait_for_run(self, after, timeout_s=60, nodes=None):
        """The ownership once a run later than `after` is committed."""
        return self._wait(lambda: self._runs_after(self.owner(nodes), after), timeout_s, f"a run after {after}")

    def wait_for_beginning(self, millis, timeout_s=60):
        """Until runs begin there, anew."""
        self._wait(lambda: (self.head() or {}).get("begin") == millis, timeout_s, f"a beginning at {millis}")

    def wait_for_next_owner(self, before, nodes=None):
        """(seconds until somebody else owned it, seconds from there to the first run that is committed)."""
        begin = time.monotonic()
        new = self._wait(lambda: self._later(self.owner(nodes), before), _ELECTION_S, f"an owner after {before}")
        elected = time.monotonic()
        if new.last_run <= before.last_run:
            self.wait_for_run(before.last_run, NEXT_RUN_S, nodes)
        return elected - begin, time.monotonic() - elected

    @staticmethod
    def _later(owner, before):
        return owner if owner and owner.epoch > before.epoch else None

    @staticmethod
    def _runs_after(owner, after):
        return owner if owner and owner.last_run > after else None

    @staticmethod
    def _wait(found, timeout_s, what):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            answer = found()
            if answer:
                return answer
            time.sleep(_POLL_S)
        raise TooLate(f"{what} was not there within {timeout_s} s")

    def kill(self, name):
        """As if its machine had lost its power."""
        node = self.node(name)
        os.kill(node.pid, signal.SIGKILL)
        while node.is_running():
            time.sleep(0.01)
        return node

    def start_again(self, node):
        """Returns when the cluster is whole."""
        self._cluster.restart(node)

    @contextlib.contextmanager
    def frozen(self, name):
        """The node does nothing and answers nobody as long as the block lasts; it does not know that time goes on."""
        node = self.node(name)
        os.kill(node.pid, signal.SIGSTOP)
        self._frozen.add(name)
        try:
            yield node
        finally:
            self._frozen.discard(name)
            os.kill(node.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def cut_off(self, name):
        """The node goes on, and neither hears the others nor is heard by them. Of a CuttableCluster."""
        self._frozen.add(name)  # what it says is not what is
        try:
            with self._cluster.network.cut_off(name):
                yield self.node(name)
        finally:
            self._frozen.discard(name)

    def wait_until_whole(self, timeout_s=180):
        count = len(self._cluster.nodes)

        def is_whole():
            health = self.ask("GET", "/_cluster/health")
            return health and health["number_of_nodes"] == count and health["status"] == "green"

        self._wait(is_whole, timeout_s, f"a green cluster of {count} nodes")
