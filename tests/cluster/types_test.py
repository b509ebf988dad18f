#!/usr/bin/env python3
"""Rules meet fields of every type that an index may have for them: `_match` counts what the node's own search counts for
the same query as DSL under the same mapping, read postings first and from columns alone.

Queries that the node refuses (a number that the type cannot hold) are not compared; docs/cluster_differences.md lists
where whole numbers meet fractions. Also here: what a rule's index patterns meet, and which documents a cap keeps.
"""
import json
import sys
import tempfile

import scripts_folder  # noqa: F401 -- puts the next ones in reach
from local_cluster import Cluster
from plugin_node import Verdict, match_counts, put, require_plugin
from program import tripline

NUMBERS = [0, 1, 80, 443, 1024, 1025, 2000, 32767]
ASKED = ["destination.port > 1024", "destination.port >= 443", "destination.port < 443",
         "destination.port <= 1024 and destination.port > 0", "destination.port: (80 or 443)", "not destination.port > 443",
         "destination.port > -1", "destination.port: *", "not destination.port: *"]
FRACTIONS = [0.5, 5, 5.5, 47.0, -3.25, 6.1]
ASKED_OF_FRACTIONS = ["event.risk_score > 5", "event.risk_score < 5.5", "event.risk_score: 5.5", "event.risk_score: 6.1",
                      "event.risk_score >= 6.1", "event.risk_score > 6.1", "not event.risk_score <= 6.1"]
TEXTS = ["admin", "Admin", "ADMIN", "Bob", "root"]
ASKED_OF_TEXTS = ["user.name: admin", "user.name: Admin", "user.name: A*", "user.name: *m*n", "user.name: (bob or root)",
                  "not user.name: ADMIN", "user.name: *"]


def rule(number, query, **more):
    return {"rule_id": f"r{number}", "name": f"r{number}", "description": "d", "type": "query", "language": "kuery", "query": query,
            "index": ["*"], "severity": "low", "risk_score": 1, "from": "now-6m", "interval": "5m", **more}


def rules_body(rules):
    return "".join(json.dumps(one) + "\n" for one in rules).encode()


def nested(path, value):
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def properties(path, mapping):
    *way, last = path.split(".")
    inner = {last: mapping}
    for part in reversed(way):
        inner = {part: {"properties": inner}}
    return inner


def dsl(query, mapping_file):
    return json.loads(tripline("translate", "--query", query, "--to", "dsl", "--mapping", mapping_file))


def fill(client, index, mapping, documents):
    """Every third document ends a segment."""
    client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0}, "mappings": {"properties": mapping}})
    for number, document in enumerate(documents):
        client.expect("PUT", f"/{index}/_doc/{number:04}" + ("?refresh=true" if number % 3 == 2 else ""), document)
    client.expect("POST", f"/{index}/_refresh")


def compare(client, verdict, name, path, mapping, values, queries):
    index = f"types-{name}"
    fill(client, index, properties(path, mapping), [nested(path, value) for value in values] + [{"other": 1}])
    put(client, index, rules_body([rule(number, query) for number, query in enumerate(queries)]))
    ours = match_counts(client, index, index)
    columns = client.expect("POST", f"/{index}/_search", {"size": 0, "aggs": {"t": {"tripline": {
        "ruleset": index, "reading": "columns"}}}})["aggregations"]["t"]["rules"]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"mappings": {"properties": properties(path, mapping)}}, file)
        file.flush()
        for number, query in enumerate(queries):
            status, answer = client.request("POST", f"/{index}/_count", {"query": dsl(query, file.name)})
            if status == 200:
                own = answer["count"]
                verdict.check(f"{name}: {query}", (own, own),
                              (ours[f"r{number}"], columns.get(f"r{number}", {}).get("count", 0)))


def compare_types(client, verdict):
    for kind in ("long", "integer", "short", "unsigned_long", "double", "float", "half_float"):
        compare(client, verdict, f"number-{kind}", "destination.port", {"type": kind}, NUMBERS, ASKED)
    compare(client, verdict, "number-byte", "destination.port", {"type": "byte"}, [0, 1, 80, 127], ASKED)
    for kind in ("float", "double", "half_float"):
        compare(client, verdict, f"fraction-{kind}", "event.risk_score", {"type": kind}, FRACTIONS, ASKED_OF_FRACTIONS)
    for name, mapping in {"keyword": {"type": "keyword"}, "normalized": {"type": "keyword", "normalizer": "lowercase"},
                          "wildcard": {"type": "wildcard", "doc_values": True},
                          "unindexed": {"type": "keyword", "index": False}}.items():
        compare(client, verdict, f"text-{name}", "user.name", mapping, TEXTS, ASKED_OF_TEXTS)
    addresses = ["10.0.0.1", "10.1.2.3", "::1", "192.168.1.1", ["10.0.0.9", "8.8.8.8"]]
    asked = ["source.ip: 10.0.0.1", 'source.ip: "10.0.0.0/8"', 'source.ip: "::1"', 'not source.ip: "10.0.0.0/8"', "source.ip: *"]
    compare(client, verdict, "address-ip", "source.ip", {"type": "ip"}, addresses, asked)
    compare(client, verdict, "address-keyword", "source.ip", {"type": "keyword"}, addresses, asked[:1] + asked[2:3] + asked[4:])
    flags = [True, False, True]
    asked = ["process.code_signature.exists: true", "not process.code_signature.exists: true", "process.code_signature.exists: false"]
    for name, mapping in {"plain": {"type": "boolean"}, "indexed": {"type": "boolean", "doc_values": False}}.items():
        compare(client, verdict, f"flag-{name}", "process.code_signature.exists", mapping, flags, asked)
    dates = [f"2026-01-0{day}" for day in range(1, 8)]
    asked = ['event.created > "2026-01-04"', 'event.created: "2026-01-02"', 'not event.created >= "2026-01-06"']
    for name, mapping in {"plain": {"type": "date"}, "indexed": {"type": "date", "doc_values": False,
                                                                  "format": "strict_date_optional_time"}}.items():
        compare(client, verdict, f"date-{name}", "event.created", mapping, dates, asked)


def compare_groups(client, verdict):
    """What only the node itself can answer: groups over nested objects, dates around now, the order of tokens."""
    kinds = {"type": "nested", "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}, "t": {"type": "text"}, "o": {
        "type": "nested", "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}}}}}
    objects = [[{"k": "a", "n": 1}, {"k": "b", "n": 2}], {"k": "a", "n": 2}, [], [{"k": ["a", "b"]}], [{}], [{"n": 5, "t": "Foo bar"}],
               [{"o": [{"k": "x"}, {"k": "y", "n": 3}], "k": "a"}], [{"o": {"k": "y"}, "n": 3}, {"o": {"n": 3}}]]
    asked = ["things:{ k: a }", "things:{ k: a and n: 2 }", "not things:{ k: a }", "things:{ not k: * }", "things:{ n > 1 and n < 3 }",
             "things:{ k: a and not n: 1 }", "things:{ o:{ k: y and n: 3 } }", "things:{ o:{ k: x } and o:{ n: 3 } }",
             "things:{ not o:{ k: y } }", "things:{ k: (a and b) } or things:{ t: foo }"]
    compare(client, verdict, "nested", "things", kinds, objects, asked)
    asked = ["event.created > now-1d", "event.created <= now", "not event.created > now+1d/d", "event.created: \"2026-01\""]
    compare(client, verdict, "date-now", "event.created", {"type": "date"}, ["2026-01-01", "2026-01-05", "2990-01-01"], asked)
    asked = ["message >= foo", "message < b", "message > FOO", "message: (foo or bar) and message >= bar"]
    compare(client, verdict, "token-range", "message", {"type": "text"}, ["Foo bar", "a", "Zed", "bar none"], asked)


def check_patterns(client, verdict):
    """A rule's patterns mean an index by its name or by an alias of it."""
    fill(client, "plain-1", {}, [{"a": 1}])
    client.expect("POST", "/_aliases", {"actions": [{"add": {"index": "plain-1", "alias": "logs-alias"}}]})
    put(client, "patterns", rules_body([rule(0, "*", index=["logs-*"]), rule(1, "*", index=["logs-*", "-logs-al*"])]))
    counts = client.expect("POST", "/_plugins/_tripline/_match", {"ruleset": "patterns"})["counts"]
    verdict.check("patterns meet aliases", {"r0": 1, "r1": 0}, counts)


def check_cap(client, verdict):
    """Of documents of one time the first by id are found, wherever they lie."""
    fill(client, "ties", {"@timestamp": {"type": "date"}}, [])
    for number in reversed(range(30)):
        client.expect("PUT", f"/ties/_doc/{number:04}" + ("?refresh=true" if number % 7 == 0 else ""),
                      {"@timestamp": "2026-01-02T00:00:00Z"})
    put(client, "cap", rules_body([rule(0, "*", max_signals=10)]))
    run = {"index": "ties", "from": "2026-01-01", "to": "2026-01-03", "dry_run": True}
    answer = client.expect("POST", "/_plugins/_tripline/rulesets/cap/_run", run)
    found = sorted(alert["kibana.alert.ancestors"][0]["id"] for alert in answer["alert_documents"])
    verdict.check("a cap keeps the first ids", [f"{number:04}" for number in range(10)], found)


def check_routed(client, verdict):
    """Events that stand where their id alone does not tell are read for their alerts; one that is gone costs its own alert."""
    client.expect("PUT", "/routed", {"settings": {"number_of_shards": 5, "number_of_replicas": 0},
                                     "mappings": {"properties": {"@timestamp": {"type": "date"}}}})
    for number in range(6):
        client.expect("PUT", f"/routed/_doc/d{number}?routing=r{number}&refresh=true", {"@timestamp": "2026-01-02T00:00:00Z"})
    put(client, "routed", rules_body([rule(0, "*")]))
    run = {"index": "routed", "from": "2026-01-01", "to": "2026-01-03"}
    answer = client.expect("POST", "/_plugins/_tripline/rulesets/routed/_run", run)
    verdict.check("routed events become alerts", (6, 6), (answer["alerts"], answer["written"]))


def main():
    verdict = Verdict()
    with Cluster(1, plugins=[require_plugin()], heap="512m") as cluster:
        compare_types(cluster.client, verdict)
        compare_groups(cluster.client, verdict)
        check_patterns(cluster.client, verdict)
        check_cap(cluster.client, verdict)
        check_routed(cluster.client, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
