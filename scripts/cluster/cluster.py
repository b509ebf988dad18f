#!/usr/bin/env python3
"""OpenSearch on loopback, from the command line.

    scripts/cluster/cluster.py assemble
    scripts/cluster/cluster.py start --work /tmp/mine --nodes 3 --plugin tripline.zip
    scripts/cluster/cluster.py status --work /tmp/mine
    scripts/cluster/cluster.py stop --work /tmp/mine

start leaves the nodes running and prints a line of JSON per node, then where they are; only stop ends them.
"""
import argparse
import json
import pathlib
import sys

import assemble
import jdk
import local_cluster
import node
import process
import releases
from client import Unreachable


def _row(one):
    return json.dumps({"node": one.name, "url": one.url, "pid": one.pid, "log": str(one.log_path)})


def _assemble(options):
    print(assemble.assemble(options.version))
    return 0


def _start(options):
    settings = dict(setting.split("=", 1) for setting in options.set)
    cluster = local_cluster.Cluster(options.nodes, work=options.work, heap=options.heap, plugins=options.plugin,
                                    settings=settings, jvm_flags=options.jvm_flag, version=options.version,
                                    outlives_caller=True)
    cluster.start()
    for one in cluster.nodes:
        print(_row(one))
    print(f"stop with: {sys.argv[0]} stop --work {cluster.work}", file=sys.stderr)
    return 0


def _stop(options):
    print(f"{local_cluster.stop_cluster(options.work)} nodes stopped", file=sys.stderr)
    return 0


def _status(options):
    """Ends with 1 where not every node that was started runs and answers."""
    nodes = local_cluster.running_nodes(options.work)
    answering = 0
    for one in nodes:
        row = json.loads(_row(one))
        try:
            row["running"] = one.is_running()
            row["health"] = one.client.request("GET", "/_cluster/health", timeout_s=10)[1]["status"]
            row["memory"] = one.memory()
            answering += 1
        except Unreachable as error:
            row["health"] = str(error)
        print(json.dumps(row))
    if not nodes:
        print(f"nothing was started in {options.work}", file=sys.stderr)
    return 0 if nodes and answering == len(nodes) else 1


def _options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="assemble|start|stop|status")
    for name, run in (("assemble", _assemble), ("start", _start), ("stop", _stop), ("status", _status)):
        verb = verbs.add_parser(name)
        verb.set_defaults(run=run)
        if name in ("assemble", "start"):
            verb.add_argument("--version", default=releases.DEFAULT_VERSION, help="of OpenSearch")
        if name != "assemble":
            verb.add_argument("--work", type=pathlib.Path, required=True, metavar="DIR", help="the nodes' data and logs")
        if name == "start":
            verb.add_argument("--nodes", type=int, choices=(1, 3), default=1)
            verb.add_argument("--plugin", action="append", default=[], metavar="ZIP", help="may be given more than once")
            verb.add_argument("--heap", default="1g", help="of each node (default 1g)")
            verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="into opensearch.yml")
            verb.add_argument("--jvm-flag", action="append", default=[], metavar="FLAG", help="as in --jvm-flag=-Xlog:gc")
    return parser.parse_args()


def main():
    options = _options()
    try:
        return options.run(options)
    except (assemble.CannotAssemble, jdk.NoJdk, local_cluster.BadPlugin, node.NodeFailed, process.CannotRun,
            ValueError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
