#!/usr/bin/env python3
"""Small indices with fields of random types, to which random things happen: documents come, are changed and go, segments are
refreshed, flushed and merged, fields come into the mapping, while the answers of segments are kept. After every step the
aggregation finds the documents that the node's own searches find, whichever way it reads. With TRIPLINE_LONG=1 many more
steps; TRIPLINE_SEED=n for other ones than usual."""
import json
import os
import pathlib
import random
import sys

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import client as http
import known_differences
from corpus_queries import without_idle_escapes
from document_sets import READINGS, FewDocuments
from field_queries import FieldQueries, texts_of
from local_cluster import Cluster
from mixed_types_test import compile_rules
from native_matches import translations
from plugin_node import Verdict, match_counts, put, require_plugin
from program import scratch

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
SEED = int(os.environ.get("TRIPLINE_SEED", "1"))
INDICES, STEPS = (30, 60) if IS_LONG else (3, 12)
DOCUMENTS = 63  # at most, so that a few bits name them
QUERIES = 40

WORDS = ["curl", "Curl", "wget", "a b", "foo-bar", "Foo Bar baz", "", "x" * 30, "é", "5", "true", "10.0.0.1", ["curl", "x"], ["a", None]]
WHOLE = [0, 1, -1, 5, 80, 443, 127, [1, 5], [80, 443]]
FRACTIONS = [0.5, 5, 6.1, -3.25, 100.25, [0.5, 6.1]]
TYPES = [
    ({"type": "keyword"}, WORDS), ({"type": "keyword", "normalizer": "lowercase"}, WORDS), ({"type": "keyword", "ignore_above": 6}, WORDS),
    ({"type": "keyword", "doc_values": False}, WORDS), ({"type": "keyword", "index": False}, WORDS), ({"type": "text"}, WORDS),
    ({"type": "match_only_text"}, WORDS), ({"type": "wildcard", "doc_values": True}, WORDS),
    ({"type": "text", "fields": {"raw": {"type": "keyword"}}}, WORDS), ({"type": "long"}, WHOLE), ({"type": "byte"}, WHOLE[:7]),
    ({"type": "integer", "index": False}, WHOLE), ({"type": "unsigned_long"}, [0, 5, 9223372036854775808, [1, 80]]), ({"type": "double"}, FRACTIONS),
    ({"type": "float"}, FRACTIONS), ({"type": "half_float"}, FRACTIONS), ({"type": "scaled_float", "scaling_factor": 100}, FRACTIONS),
    ({"type": "date"}, ["2024-01-02", "2024-01-02T05:06:07Z", 1704153600000, "1969-12-31", ["2024-01-03", "2023-01-01"]]),
    ({"type": "date_nanos"}, ["2024-01-02T00:00:00.000000001Z", "2024-01-02", "2024-01-02T00:00:00.5Z"]),
    ({"type": "ip"}, ["10.0.0.1", "10.1.2.3", "::1", "2001:db8::1", ["8.8.8.8", "10.0.0.2"]]), ({"type": "boolean"}, [True, False, "true", [True, False]]),
    ({"type": "flat_object"}, [{"a": "x"}, {"a": {"b": "curl"}}, {"b": ["x", "y"]}, {}]),
]


class Index:
    """One index, its fields, and the rules that ask them."""

    def __init__(self, client, number, draw, folder):
        self._client = client
        self._draw = draw
        self._folder = folder
        self.name = f"random-{number}"
        chosen = draw.sample(TYPES, draw.randint(3, 6))
        self._fields = {f"f{place}": field for place, field in enumerate(chosen)}
        self._late = f"f{len(chosen) - 1}" if draw.random() < 0.5 else None  # comes into the mapping after some steps
        self._next, self._live = 0, set()
        properties = {name: field[0] for name, field in self._fields.items()}
        self._properties = properties
        now = {name: field for name, field in properties.items() if name != self._late}
        client.expect("PUT", f"/{self.name}", {"settings": {"number_of_shards": draw.randint(1, 2), "number_of_replicas": 0}, "mappings": {
            "dynamic": False, "properties": now}})
        names = list(properties) + [f"{name}.raw" for name, field in properties.items() if "fields" in field]
        values = [text for _, pool in self._fields.values() for value in pool for text in texts_of(value)]
        self.queries = FieldQueries(names, values, seed=number).make(QUERIES)
        self._few = FewDocuments(client, self.name, DOCUMENTS)
        self._load()

    def _load(self):
        mappings = {"dynamic": False, "properties": self._properties}
        put(self._client, self.name, compile_rules(self._folder, self.queries, {"mappings": mappings}))
        self._loaded = set(match_counts(self._client, self.name, self.name))

    def _document(self):
        return {name: self._draw.choice(pool) for name, (_, pool) in self._fields.items() if self._draw.random() < 0.7}

    # Every step answers what it did.

    def add(self):
        count = min(self._draw.randint(1, 9), DOCUMENTS - self._next)
        if count == 0:
            return self.change()
        lines = [line for number in range(self._next, self._next + count) for line in ({"index": {"_id": str(number)}}, self._document())]
        answer = self._client.expect("POST", f"/{self.name}/_bulk", http.ndjson(lines))
        self._live |= {int(item["index"]["_id"]) for item in answer["items"] if item["index"]["status"] < 300}
        self._next += count
        return f"{count} documents"

    def change(self):
        for number in self._draw.sample(sorted(self._live), min(3, len(self._live))):
            self._client.request("PUT", f"/{self.name}/_doc/{number}", self._document())
        return "changed"

    def remove(self):
        gone = self._draw.sample(sorted(self._live), min(4, len(self._live)))
        for number in gone:
            self._client.expect("DELETE", f"/{self.name}/_doc/{number}")
        self._live -= set(gone)
        return "deleted"

    def merge(self):
        self._client.expect("POST", f"/{self.name}/_forcemerge?max_num_segments={self._draw.randint(1, 2)}")
        return "merged"

    def flush(self):
        self._client.expect("POST", f"/{self.name}/_flush?force=true")
        return "flushed"

    def map_late(self):
        if self._late is None:
            return self.add()
        self._client.expect("PUT", f"/{self.name}/_mapping", {"properties": {self._late: self._properties[self._late]}})
        self._late = None
        return "mapped"

    def step(self, verdict, number):
        steps = [self.add, self.add, self.add, self.change, self.remove, self.merge, self.flush, self.map_late]
        done = self._draw.choice(steps)() if self._live else self.add()
        self._client.expect("POST", f"/{self.name}/_refresh")
        mappings = self._client.expect("GET", f"/{self.name}/_mapping")[self.name]
        (self._folder / "now.json").write_text(json.dumps(mappings), encoding="utf-8")
        own = self._few.own({f"q{n}": without_idle_escapes(query) for n, query in
                             enumerate(translations(self.queries, self._folder / "now.json")) if query is not None and f"q{n}" in self._loaded})
        if self._late is not None:  # what a late field means is told by its type, which its own search does not know yet
            own = {rule: found for rule, found in own.items() if self._late not in self.queries[int(rule[1:])]}
        kinds = set().union(*(known_differences.kinds_of(field) for field in self._properties.values()))
        for reading in READINGS:
            for rule, (ours, errors) in self._few.differing(own, self.name, reading).items():
                query = self.queries[int(rule[1:])]
                if known_differences.reason(kinds, query, is_mapped=True) is None:
                    verdict.fail(f"{self.name} {self._properties}, step {number} ({done}), {reading}: {query}: the node {sorted(own[rule])}, "
                                 f"ours {sorted(ours)}; {errors}")
        found = [known for known in own.values() if not isinstance(known, str)]
        return len(READINGS) * len(found), sum(map(bool, found))


def main():
    plugin = require_plugin()
    verdict = Verdict()
    draw = random.Random(SEED)
    compared = hits = 0
    with Cluster(1, plugins=[plugin], heap="512m") as cluster, scratch() as folder:
        for number in range(INDICES):
            index = Index(cluster.client, number, draw, pathlib.Path(folder))
            for step in range(STEPS):
                counts = index.step(verdict, step)
                compared, hits = compared + counts[0], hits + counts[1]
            print(f"{index.name}: {STEPS} steps", flush=True)
            cluster.client.expect("DELETE", f"/{index.name}")
    print(f"seed {SEED}: {compared} comparisons, {hits} own searches with hits", flush=True)
    if hits < INDICES * STEPS:
        verdict.fail("hardly any query finds anything")
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
