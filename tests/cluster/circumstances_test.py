#!/usr/bin/env python3
"""What was found out about a segment is kept; what else decides an answer changes while the segment stays: the clock, what
the cluster allows, the fields that one search brings for itself, the server's own cache of results. After each change
`_match` and the aggregation count what the node's own searches count."""
import json
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

import scripts_folder  # noqa: F401 -- puts the next ones in reach
from local_cluster import Cluster
from plugin_node import Verdict, match_counts, put, require_plugin
from program import tripline
from types_test import properties, rule, rules_body


class Asked:
    """Rules over one index, and the node's own searches for the same queries."""

    def __init__(self, client, verdict, index, mapping, queries):
        self.client, self.verdict, self.index, self.queries = client, verdict, index, queries
        client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0}, "mappings": {"properties": mapping}})
        put(client, index, rules_body([rule(number, query) for number, query in enumerate(queries)]))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"mappings": {"properties": mapping}}, file)
            file.flush()
            self.own = [json.loads(tripline("translate", "--query", query, "--to", "dsl", "--mapping", file.name))
                        for query in queries]

    def add(self, documents):
        for number, document in enumerate(documents):
            self.client.expect("PUT", f"/{self.index}/_doc/{number}", document)
        self.client.expect("POST", f"/{self.index}/_refresh")

    def compare(self, when, body=None):
        """The counts. body: more for the search's body, on both sides."""
        own = []
        for query in self.own:
            status, answer = self.client.request("POST", f"/{self.index}/_search",
                                                 {"size": 0, "track_total_hits": True, "query": query, **(body or {})})
            own.append(answer["hits"]["total"]["value"] if status == 200 else 0)
        for reading in ("verdicts", "columns"):
            # Not told to pass over the cache of results: the plugin must see to that itself.
            answer = self.client.expect("POST", f"/{self.index}/_search", {"size": 0, "aggs": {"t": {"tripline": {
                "ruleset": self.index, "reading": reading}}}, **(body or {})})["aggregations"]["t"]["rules"]
            ours = [answer.get(f"r{number}", {}).get("count", 0) for number in range(len(own))]
            self.verdict.check(f"{self.index}, {when}, {reading}", own, ours)
        if not body:
            counts = match_counts(self.client, self.index, self.index)
            self.verdict.check(f"{self.index}, {when}, _match", own, [counts[f"r{number}"] for number in range(len(own))])
        return own


def check_clock(client, verdict):
    """Documents of a time that is to come, and has come then."""
    mapping = {**properties("event.start", {"type": "date"}), "user": {"properties": {"name": {"type": "keyword"}}},
               "things": {"type": "nested", "properties": {"at": {"type": "date"}}}}
    asked = Asked(client, verdict, "clock", mapping, [
        "event.start < now", "event.start < now and user.name: a", "not event.start < now", "event.start > now",
        "things:{ at < now }"])
    at = datetime.now(timezone.utc) + timedelta(seconds=6)
    text = at.isoformat(timespec="milliseconds")
    asked.add([{"event": {"start": text}, "user": {"name": "a"}, "things": [{"at": text}]}] * 3)
    verdict.check("before", [0, 0, 3, 3, 0], asked.compare("before"))
    time.sleep(max(0.0, (at - datetime.now(timezone.utc)).total_seconds()) + 0.5)
    verdict.check("after", [3, 3, 0, 0, 3], asked.compare("after"))


def check_what_is_allowed(client, verdict):
    """A cluster that forbids dear queries for a while."""
    mapping = {"user": {"properties": {"t": {"type": "text"}, "nd": {"type": "keyword", "doc_values": False}}}}
    asked = Asked(client, verdict, "allowed", mapping, ["user.t: al*ce", "user.nd: al*", "user.nd >= a", "not user.t: al*ce"])
    asked.add([{"user": {"t": "alice", "nd": "alice"}}] * 5)
    setting = "search.allow_expensive_queries"
    client.expect("PUT", "/_cluster/settings", {"transient": {setting: False}})
    forbidden = match_counts(client, "allowed", "allowed")
    verdict.check("forbidden", 0, forbidden["r0"])
    client.expect("PUT", "/_cluster/settings", {"transient": {setting: None}})
    verdict.check("allowed again", [5, 5, 5, 0], asked.compare("allowed again"))


def check_own_fields(client, verdict):
    """Fields that a search brings mean nothing to the next one, in either order."""
    script = {"type": "keyword", "script": {"source": "emit('bob')"}}
    other = {"type": "keyword", "script": {"source": "emit('eve')"}}
    for order, index in (((True, False), "brings-first"), ((False, True), "brings-later")):
        asked = Asked(client, verdict, index, {"nick": {"type": "keyword"}}, ["nick: bob", "nick: b*b", "nic*: bob", "not nick: bob"])
        client.expect("DELETE", f"/{index}")
        client.expect("PUT", f"/{index}", {"mappings": {"properties": {"a": {"type": "keyword"}}}})
        asked.add([{"a": "x"}] * 5)
        for brings in order + (True, False):
            asked.compare("with a field" if brings else "without", {"derived": {"nick": script}} if brings else None)
        asked.compare("with another", {"derived": {"nick": other}})
        asked.compare("without again")


def main():
    verdict = Verdict()
    with Cluster(1, plugins=[require_plugin()], heap="512m") as cluster:
        check_clock(cluster.client, verdict)
        check_what_is_allowed(cluster.client, verdict)
        check_own_fields(cluster.client, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
