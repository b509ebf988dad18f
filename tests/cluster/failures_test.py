#!/usr/bin/env python3
"""A node outlives failures inside the shared library: a C++ exception, no memory, an error, and LLVM's fatal error. A second
plugin (failing_plugin/), compiled here, holds its own copy of the library and fails on request; afterwards the node serves,
the failed library still compiles rules, and the real plugin matches. It brings a field type too whose queries fail: that is
the affair of the rules that ask such a field, in the indices that have it (leaf_errors.py)."""
import sys

import scripts_folder
import leaf_errors
import second_plugin
from client import ndjson
from local_cluster import Cluster
from plugin_node import Verdict, match_counts, put, require_plugin
from program import scratch
from rulesets_test import INDEX, RULES, load_events

# What arrives in Java.
FAILURES = {"native_exception": "IllegalStateException", "no_memory": "TriplineException", "error": "TriplineException",
            "code_generator": "TriplineException"}
ROUNDS = 25


def failing_plugin(plugin, folder):
    """The archive of the second plugin, made of the first one's engine."""
    return second_plugin.build(plugin, folder, "failing", "org.tripline.failing.FailingPlugin",
                               ["tripline-engine", "libtripline.so"])


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with scratch() as folder, Cluster(plugins=[plugin, failing_plugin(plugin, folder)], heap="512m") as cluster:
        client, (node,) = cluster.client, cluster.nodes
        load_events(client)
        put(client, "rules", ndjson(RULES))
        wanted = match_counts(client, "rules", INDEX)
        works = client.expect("GET", "/_failing/works")
        for kind, arrives in FAILURES.items():
            for _ in range(ROUNDS):
                status, answer = client.request("GET", f"/_failing/{kind}")
                if status != 200 or not str(answer).startswith(arrives + ":"):
                    verdict.fail(f"{kind}: wanted {arrives}, found {status} {answer}")
            print(f"{kind}, {ROUNDS} times: {answer}")
            node.require_running()
            verdict.check("the library works on", works, client.expect("GET", "/_failing/works"))
            verdict.check("the real plugin matches", wanted, match_counts(client, "rules", INDEX))
        leaf_errors.check(client, verdict)
        node.require_running()
        verdict.check("health", True, client.expect("GET", "/_cluster/health")["status"] in ("green", "yellow"))
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
