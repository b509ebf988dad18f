"""The program's answers to many queries over documents, to be held against a node's: which documents each query matches,
and the same queries as the node is asked them."""
import json
import pathlib
import subprocess
import tempfile

import client as http
from program import tripline

REFUSED = "refused"
NOW = "2026-05-01T12:00:00.000Z"
_BATCH = 100


def as_rule(number, query):
    return {"rule_id": f"q{number}", "name": f"q{number}", "description": "d", "type": "query", "language": "kuery", "query": query,
            "index": ["*"], "severity": "low", "risk_score": 1, "from": "now-6m", "interval": "5m"}


def matches(queries, documents, mapping_file, now=NOW):
    """Per query the set of numbers of the documents that it matches, or REFUSED where the program will not compile it."""
    return matches_of_rules([as_rule(n, query) for n, query in enumerate(queries)], documents, mapping_file, now)


def matches_of_rules(lines, documents, mapping_file, now=NOW):
    """The same of rule documents that as_rule made, q0 to qN; what is not one, such as exception items, may stand among them."""
    with tempfile.TemporaryDirectory(prefix="tripline-") as name:
        folder = pathlib.Path(name)
        rules, events = folder / "rules.ndjson", folder / "events.ndjson"
        rules.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        events.write_text("".join(json.dumps({"_id": str(n), "_source": document}) + "\n"
                                  for n, document in enumerate(documents)), encoding="utf-8")
        common = ["--rules", rules, "--events", events, "--mapping", mapping_file, "--now", now]
        compiled = {line.split("\t")[0] for line in
                    tripline("match", *common, "--count", expects=(0, 1), stderr=subprocess.DEVNULL).splitlines()}
        found = {rule_id: set() for rule_id in compiled}
        for line in tripline("match", *common, expects=(0, 1), stderr=subprocess.DEVNULL).splitlines():
            row = json.loads(line)
            for rule_id in row["rules"]:
                found[rule_id].add(row["line"] - 1)
    return [found.get(line["rule_id"], REFUSED) for line in lines if "rule_id" in line]


def translations(queries, mapping_file):
    """Per query its DSL, or None where it has none."""
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
        file.write("".join(json.dumps({"query": query}) + "\n" for query in queries))
        file.flush()
        answers = [json.loads(line) for line in
                   tripline("translate", "--queries", file.name, "--to", "dsl", "--mapping", mapping_file, expects=(0, 1),
                            stderr=subprocess.DEVNULL).splitlines()]
    return [None if "error" in answer else answer for answer in answers]


def node_counts(client, index, queries):
    """Per DSL query how many documents the node finds, or REFUSED where a shard of it fails."""
    return [found if found == REFUSED else found[1] for found in _searches(client, index, queries, size=0)]


def node_matches(client, index, queries, size=10_000):
    """Per DSL query the set of ids (as numbers) that the node finds, or REFUSED where a shard of it fails."""
    return [found if found == REFUSED else found[0] for found in _searches(client, index, queries, size)]


def _searches(client, index, queries, size):
    found = []
    for begin in range(0, len(queries), _BATCH):
        batch = queries[begin:begin + _BATCH]
        lines = []
        for query in batch:
            lines += [{"index": index}, {"size": size, "_source": False, "track_total_hits": True, "query": query}]
        answers = client.expect("POST", "/_msearch?max_concurrent_searches=2", http.ndjson(lines), timeout_s=300)["responses"]
        for answer in answers:
            failed = "error" in answer or answer["_shards"]["failed"]
            found.append(REFUSED if failed else ({int(hit["_id"]) for hit in answer["hits"]["hits"]},
                                                 answer["hits"]["total"]["value"]))
    return found
