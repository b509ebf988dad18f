#!/usr/bin/env python3
"""Rules and generated queries over recorded events, by a real node and by `match`: the same documents have to be found.

Two indices: one with ECS mappings, where every public KQL rule is asked too, and one whose mappings are awkward (text with a
keyword below it, wildcard, constant_keyword, flat_object, nested, scaled_float, date_nanos, unsigned_long, a normalizer). A
sample by default; everything with TRIPLINE_LONG=1 (`make test-long`): all events, all rules, 5,000 queries on each index.
What is known to differ stands in docs/kql.md."""
import itertools
import json
import os
import pathlib
import sys
import tempfile

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import client as http
import corpus_queries
import mapping
from generated_queries import QueryGenerator
from local_cluster import Cluster
from match_counts_test import REFUSED as REFUSED_RULES, recorded_lines
from native_matches import REFUSED, matches, node_counts, node_matches, translations
from one_node_test import require_node_parts
from plugin_node import Verdict

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
QUERIES = 5_000 if IS_LONG else 300
EVERY = 1 if IS_LONG else 15  # of the events
BATCH = 1_000
TOLD = 40
SETTINGS = {"max_result_window": 100_000, "translog.durability": "async"}

AWKWARD = {
    "@timestamp": {"type": "date_nanos"},
    "event": {"properties": {
        "action": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
        "code": {"type": "keyword"}, "provider": {"type": "constant_keyword", "value": "constant"},
        "category": {"type": "keyword", "normalizer": "lowercase"}, "outcome": {"type": "text", "analyzer": "keyword"}}},
    "process": {"properties": {
        "command_line": {"type": "wildcard", "fields": {"text": {"type": "match_only_text"}}},
        "name": {"type": "keyword", "normalizer": "lowercase", "fields": {"text": {"type": "text", "analyzer": "simple"}}},
        "executable": {"type": "keyword", "ignore_above": 40}, "pid": {"type": "unsigned_long"},
        "args": {"type": "text", "analyzer": "whitespace"}}},
    "winlog": {"properties": {"event_data": {"type": "flat_object"}}},
    "source": {"properties": {"ip": {"type": "ip"}, "port": {"type": "scaled_float", "scaling_factor": 10}}},
    "destination": {"properties": {"ip": {"type": "ip"}, "port": {"type": "half_float"}}},
    "dll": {"properties": {"code_signature": {"properties": {"signed": {"type": "boolean"}}}}},
    "message": {"type": "text"},
    "who": {"type": "alias", "path": "user.name"}, "user": {"properties": {"name": {"type": "keyword"}}},
    "objects": {"type": "nested", "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}, "t": {"type": "text"}}},
}
MULTI = {"event.action": [("event.action.keyword", "keyword")], "process.command_line": [("process.command_line.text", "text")],
         "process.name": [("process.name.text", "text")], "user.name": [("who", "keyword")]}


def types_in(properties, prefix=""):
    """Field -> type, without objects, nested fields and what is not indexed (of which the server refuses to be asked)."""
    found = {}
    for name, node in properties.items():
        if node.get("type") == "nested" or node.get("type") in ("alias", "constant_keyword"):
            continue
        if "properties" in node:
            found |= types_in(node["properties"], f"{prefix}{name}.")
        elif node.get("type") not in (None, "object") and node.get("index", True):
            found[prefix + name] = node["type"]
    return found


def with_objects(document):
    """The same event with a nested field: who did it, and with what."""
    process, user = document.get("process", {}), document.get("user", {})
    if isinstance(process, dict) and isinstance(user, dict):
        made = [{"k": user.get("name"), "n": process.get("pid"), "t": process.get("command_line")},
                {"k": process.get("name"), "n": 4, "t": document.get("message")}]
        document = {**document, "objects": [{key: value for key, value in one.items() if value is not None and
                                             not isinstance(value, (list, dict))} for one in made]}
    document.get("event", {}).pop("provider", None) if isinstance(document.get("event"), dict) else None
    return document


def index_all(client, index, body, documents):
    """The documents that the node takes, in order; each has its number among them as its id."""
    client.expect("PUT", f"/{index}", body)
    taken, pending = [], list(documents)
    while pending:
        batch, pending = pending[:BATCH], pending[BATCH:]
        lines = []
        for number, document in enumerate(batch):
            lines += [{"index": {"_id": f"p{len(taken) + number}"}}, document]
        answer = client.expect("POST", f"/{index}/_bulk", http.ndjson(lines), timeout_s=300)
        taken += [document for document, item in zip(batch, answer["items"], strict=True) if item["index"]["status"] < 300]
        # Ids are given anew, so that they are places in the list.
    client.expect("DELETE", f"/{index}")
    client.expect("PUT", f"/{index}", body)
    for begin in range(0, len(taken), BATCH):
        lines = []
        for number, document in enumerate(taken[begin:begin + BATCH], start=begin):
            lines += [{"index": {"_id": str(number)}}, document]
        answer = client.expect("POST", f"/{index}/_bulk", http.ndjson(lines), timeout_s=300)
        assert not answer["errors"], "what was taken once is taken again"
    client.expect("POST", f"/{index}/_refresh")
    return taken


def node_sets(client, name, dsl, ours, size):
    """What the node finds. Of many documents only counts are fetched; where one is ours, so are, it is taken, the documents."""
    if not IS_LONG:
        return node_matches(client, name, dsl, size)
    own = node_counts(client, name, dsl)
    differing = [n for n, (count, found) in enumerate(zip(own, ours, strict=True))
                 if count != REFUSED and (found == REFUSED or count != len(found))]
    fetched = dict(zip(differing, node_matches(client, name, [dsl[n] for n in differing], size), strict=True))
    return [fetched.get(n, count if count == REFUSED else ours[n]) for n, count in enumerate(own)]


def compare(client, verdict, name, documents, queries, mapping_file):
    dsl = [corpus_queries.without_idle_escapes(query) if query else None for query in translations(queries, mapping_file)]
    ours = matches(queries, documents, mapping_file)
    own = node_sets(client, name, [query or {"match_none": {}} for query in dsl], ours, len(documents))
    differing = refused = matching = 0
    for query, translated, wanted, found in zip(queries, dsl, own, ours, strict=True):
        if translated is None or (wanted == REFUSED and found == REFUSED):
            refused += 1
            continue
        matching += bool(wanted) and wanted != REFUSED
        if wanted == found:
            continue
        differing += 1
        if differing <= TOLD:
            sides = REFUSED if REFUSED in (wanted, found) else (
                f"the node alone {[documents[n] for n in sorted(wanted - found)[:1]]}, "
                f"ours alone {[documents[n] for n in sorted(found - wanted)[:1]]}")
            verdict.fail(f"{name}: {query}: the node {_size(wanted)}, ours {_size(found)}: {str(sides)[:1500]}")
    print(f"{name}: {len(queries)} queries over {len(documents)} documents, {matching} match something, {refused} refused by both, "
          f"{differing} differ", flush=True)
    if matching < len(queries) // 10:
        verdict.fail(f"{name}: only {matching} of {len(queries)} queries match anything")


def _size(found):
    return found if found == REFUSED else len(found)


def written(folder, name, mappings):
    file = pathlib.Path(folder) / f"{name}.json"
    file.write_text(json.dumps({"mappings": mappings}), encoding="utf-8")
    return file


def recorded():
    return [json.loads(line) for _, line in itertools.islice(recorded_lines(), 0, None, EVERY)]


def compare_ecs(client, verdict, folder):
    rules = [rule for rule in corpus_queries.read_rules() if rule.id not in REFUSED_RULES]
    more = {name: "keyword" for name in corpus_queries.fields_outside_ecs(rules)}
    documents = index_all(client, "ecs", mapping.index_body(more_fields=more, settings=SETTINGS), recorded())
    mappings = client.expect("GET", "/ecs/_mapping")["ecs"]["mappings"]
    file = written(folder, "ecs", mappings)
    generator = QueryGenerator(documents, types_in(mappings["properties"]), seed=1)
    compare(client, verdict, "ecs", documents, [rule.query for rule in rules], file)
    compare(client, verdict, "ecs", documents, generator.make(QUERIES), file)
    client.expect("DELETE", "/ecs")


def compare_awkward(client, verdict, folder):
    body = {"settings": {"number_of_shards": 1, "number_of_replicas": 0, **SETTINGS},
            "mappings": {"dynamic": False, "properties": AWKWARD}}
    documents = index_all(client, "awkward", body, map(with_objects, recorded()))
    objects = [one for document in documents for one in document.get("objects", [])]
    inner = QueryGenerator(objects, {"k": "keyword", "n": "long", "t": "text"}, seed=3)
    generator = QueryGenerator(documents, types_in(AWKWARD), seed=2, multi=MULTI, nested=[("objects", inner)])
    compare(client, verdict, "awkward", documents, generator.make(QUERIES), written(folder, "awkward", body["mappings"]))


def main():
    require_node_parts()
    verdict = Verdict()
    with Cluster(1, heap="1g") as cluster, tempfile.TemporaryDirectory(prefix="tripline-") as folder:
        compare_ecs(cluster.client, verdict, folder)
        compare_awkward(cluster.client, verdict, folder)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
