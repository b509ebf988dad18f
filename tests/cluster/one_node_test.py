#!/usr/bin/env python3
"""A real node from start to end: it comes up, an index with ECS mappings takes 50 documents and says why it refuses two,
and after the stop the process, its ports and its folder are gone. A node that dies while starting is noticed."""
import json
import os
import pathlib
import socket
import sys

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import assemble
import jdk
import load
from local_cluster import Cluster
from node import NodeFailed
from program import skip

INDEX = "events"


def require_node_parts():
    """Ends the test as skipped where a node cannot be had on this machine."""
    try:
        jdk.find_jdk()
        assemble.assemble()
    except jdk.NoJdk as error:
        skip("cluster", f"no test with a cluster ran: {error}")
    except assemble.CannotAssemble as error:
        skip("cluster", f"no test with a cluster ran, OpenSearch could not be assembled: {str(error).splitlines()[0]}")


def event(i):
    return {"@timestamp": f"2026-04-01T00:00:{i:02}Z", "host": {"name": f"host-{i % 5}"},
            "process": {"command_line": f"run {i}" if i else "x" * 40_000, "executable": f"/bin/{i}"},
            "source": {"ip": f"10.0.0.{i}"}, "labels": {"case": str(i)}, "not_in_ecs": {"anything": i}}


def lines():
    """50 events as text lines; a hit with its own id stands for one of them, and two lines are no event."""
    texts = [json.dumps(event(i)) for i in range(49)]
    texts.append(json.dumps({"_index": "elsewhere", "_id": "own-id", "_source": event(49)}))
    texts += [json.dumps({"source": {"ip": "no address"}}), "{"]
    return [(number, text.encode()) for number, text in enumerate(texts, start=1)]


def count(client, query):
    return client.expect("POST", f"/{INDEX}/_count", {"query": query})["count"]


def check(name, wanted, found):
    if wanted != found:
        sys.exit(f"FAILED {name}: wanted {wanted}, found {found}")
    print(f"{name}: {found}")


def check_documents(client):
    load.create_index(client, INDEX, more_fields={"extra.code": "keyword"})
    loaded = load.load(client, INDEX, lines(), ids=load.line_id)
    check("indexed", 50, loaded.indexed)
    check("rejected lines", [52, 51], [rejection.line for rejection in loaded.rejections])
    check("a reason names the field", True, "source.ip" in loaded.rejections[1].reason)
    check("all", 50, count(client, {"match_all": {}}))
    check("keyword", 10, count(client, {"term": {"host.name": "host-3"}}))
    check("address range", 8, count(client, {"term": {"source.ip": "10.0.0.8/29"}}))
    check("wildcard", 11, count(client, {"wildcard": {"process.command_line": "run 1*"}}))
    check("multi-field", 49, count(client, {"match": {"process.command_line.text": "run"}}))
    check("keys of labels", 1, count(client, {"term": {"labels.case": "7"}}))
    check("fields outside ECS", 0, count(client, {"exists": {"field": "not_in_ecs.anything"}}))
    check("line ids", True, client.expect("GET", f"/{INDEX}/_doc/L7")["found"])
    check("own ids", True, client.expect("GET", f"/{INDEX}/_doc/own-id")["found"])


def check_failed_start():
    """A node that cannot start is noticed when it dies, long before the deadline, and its log says why."""
    cluster = Cluster(settings={"no.such.setting": 1})
    try:
        cluster.start()
        sys.exit("FAILED: a node with an unknown setting came up")
    except NodeFailed as error:
        check("the failure names its cause", True, "no.such.setting" in str(error))
    check_gone(cluster.nodes[0], cluster.work)


def check_gone(node, work):
    check("runs", False, node.is_running())
    check("process", False, pathlib.Path(f"/proc/{node.pid}").exists())
    check("work folder", False, work.exists())
    for port in (node.http_port, node.transport_port):
        with socket.socket() as probe:
            check(f"port {port} refuses", True, probe.connect_ex(("127.0.0.1", port)) != 0)


def main():
    require_node_parts()
    with Cluster(nodes=1, heap="512m", settings={"node.attr.room": "tests"}) as cluster:
        (node,) = cluster.nodes
        work = cluster.work
        (info,) = cluster.client.expect("GET", "/_nodes/_local/settings")["nodes"].values()
        check("extra setting", "tests", info["settings"]["node"]["attr"]["room"])
        uid = os.stat(f"/proc/{node.pid}").st_uid
        check("runs as root", False, uid == 0)
        memory = node.memory()
        check("resident memory holds the heap in use", True, memory["resident"] > memory["heap_used"] > 0)
        check_documents(cluster.client)
    check_gone(node, work)
    check_failed_start()
    return 0


if __name__ == "__main__":
    sys.exit(main())
