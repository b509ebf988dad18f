#!/usr/bin/env python3
"""One field of different types in the indices of one search, and mappings and analyzers that change while segments live: the
aggregation finds in every index the documents that the node's own search finds there by that index's own types. The ruleset
is compiled for all the mappings together, for one of them, and for none."""
import itertools
import json
import pathlib
import sys

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import client as http
import known_differences
from corpus_queries import without_idle_escapes
from document_sets import READINGS, FewDocuments
from field_queries import FieldQueries
from local_cluster import Cluster
from native_matches import as_rule, translations
from plugin_node import Verdict, match_counts, put, require_plugin
from program import scratch, tripline

VALUES = {
    "long": [5, 80, 443, -1, 1024, [1, 50]], "integer": [5, 80, 443, -1, 1024, [1, 50]], "double": [5, 5.5, 80.25, -1.5, [0.5, 443]],
    "keyword": ["5", "50", "curl", "Curl", "true", "2024-01-02", "10.0.0.1", "a b", ["x", "443"]],
    "text": ["5", "50", "curl wget", "Curl", "true", "2024-01-02", "10.0.0.1", "a b", ["x", "443"]],
    "date": ["2024-01-02", "2024-01-02T05:00:00Z", 1704153600000, "1970-01-01"], "ip": ["10.0.0.1", "10.1.2.3", "::1", ["8.8.8.8", "10.0.0.2"]],
    "boolean": [True, False, "true"],
}
ASKED = ["f: 5", "f: 80", "f: curl", "f: Curl", "f: true", "f: *", "not f: *", "f: 10.0.0.1", 'f: "10.0.0.0/8"', 'f: "2024-01-02"', "f > 5", "f >= 5",
         "f < 443", "f > 9", "f: c*", "not f: 5", "f: (5 or curl)", "f > 5 and f < 100", "g: x and f: 5", "f: 5.5", 'f > "2024-01-01"', "f: false"]
TOGETHER = [("long", "keyword"), ("keyword", "text"), ("integer", "double", "keyword"), ("date", "keyword"), ("ip", "keyword", "long"),
            ("boolean", "keyword"), ("date", "long")]


def mapping_of(kind):
    return {"dynamic": False, "properties": {"f": {"type": kind}, "g": {"type": "keyword"}}}


def fill(client, index, kind):
    client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0, "number_of_shards": 1}, "mappings": mapping_of(kind)})
    documents = [{}, *({"f": value, "g": "x"} for value in VALUES[kind])]
    lines = [line for number, document in enumerate(documents) for line in ({"index": {"_id": str(number)}}, document)]
    assert not client.expect("POST", f"/{index}/_bulk?refresh=true", http.ndjson(lines))["errors"]
    return documents


def compile_rules(folder, queries, mappings):
    rules, output = folder / "rules.ndjson", folder / "rules.trl"
    rules.write_text("".join(json.dumps(as_rule(n, query)) + "\n" for n, query in enumerate(queries)), encoding="utf-8")
    more = []
    if mappings is not None:
        (folder / "mapping.json").write_text(json.dumps(mappings), encoding="utf-8")
        more = ["--mapping", folder / "mapping.json"]
    output.unlink(missing_ok=True)
    tripline("compile", rules, "-o", output, "--skip-invalid", *more, expects=(0, 1, 2), stderr=-3)
    return output.read_bytes()


def translated(folder, queries, kind):
    file = folder / "own.json"
    file.write_text(json.dumps({"mappings": mapping_of(kind)}), encoding="utf-8")
    return {f"q{n}": without_idle_escapes(query) for n, query in enumerate(translations(queries, file)) if query is not None}


class Together:
    """Indices in which f has these types, one each, and what the node's own searches find in each."""

    def __init__(self, client, kinds, folder):
        self._client = client
        self.kinds = kinds
        self._folder = folder
        values = [str(text) for kind in kinds for value in VALUES[kind] for text in (value if isinstance(value, list) else [value])]
        self.queries = [*ASKED, *FieldQueries(["f"], [value.lower() if value in ("True", "False") else value for value in values], seed=7).make(30)]
        self.indices = {f"mixed-{'-'.join(kinds)}-{kind}": kind for kind in kinds}
        self._few, self._own, self._documents = {}, {}, {}
        for index, kind in self.indices.items():
            self._documents[index] = fill(client, index, kind)
            self._few[index] = FewDocuments(client, index, len(self._documents[index]))
            self._own[index] = self._few[index].own(translated(folder, self.queries, kind))

    def mappings(self):
        return {index: {"mappings": mapping_of(kind)} for index, kind in self.indices.items()}

    def compare(self, verdict, name, mappings):
        """Every index by itself, and the counts of all at once."""
        put(self._client, "mixed", compile_rules(self._folder, self.queries, mappings))
        loaded = set(match_counts(self._client, "mixed", "mixed-" + "-".join(self.kinds) + "-*"))
        compared = differing = excused = 0
        for (index, kind), reading in itertools.product(self.indices.items(), READINGS):
            own = {rule: found for rule, found in self._own[index].items() if rule in loaded}
            compared += sum(not isinstance(found, str) for found in own.values())
            for rule, (ours, errors) in self._few[index].differing(own, "mixed", reading).items():
                query = self.queries[int(rule[1:])]
                if known_differences.reason({kind}, query, is_mapped=mappings is not None):
                    excused += 1
                    continue
                differing += 1
                sides = [self._documents[index][n] for n in sorted(own[rule] ^ ours)[:4]]
                verdict.fail(f"{name}, {index}, {reading}: {query}: the node {sorted(own[rule])}, ours {sorted(ours)}; {errors or sides}")
        print(f"{name}: {len(loaded)} rules, {compared} comparisons, {differing} differ, {excused} are known to", flush=True)
        return compared

    def remove(self):
        for index in self.indices:
            self._client.expect("DELETE", f"/{index}")


def check_types(client, verdict, folder):
    compared = 0
    for kinds in TOGETHER:
        together = Together(client, kinds, folder)
        name = " and ".join(kinds)
        compared += together.compare(verdict, f"{name}, compiled for all", together.mappings())
        compared += together.compare(verdict, f"{name}, compiled for none", None)
        together.remove()
    print(f"{compared} comparisons", flush=True)


def check_updates(client, verdict, folder):
    """A field that documents have before the mapping knows it, then as a keyword, then with a multi-field; and an alias that
    changes its target. Old documents are found by what was indexed, new ones by what is known now."""
    index, queries = "updated", ["f: curl", "f: *", "not f: *", "f.low: CURL", "f.low: *", "a: curl", "a: *", "f: c*"]
    client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": False, "properties": {
        "g": {"type": "keyword"}, "h": {"type": "keyword"}, "a": {"type": "alias", "path": "g"}}}})
    steps = [{}, {"f": {"type": "keyword"}}, {"f": {"type": "keyword", "fields": {"low": {"type": "keyword", "normalizer": "lowercase"}}}},
             {"a": {"type": "alias", "path": "h"}}, {"f": {"type": "keyword", "ignore_above": 2, "fields": {
                 "low": {"type": "keyword", "normalizer": "lowercase"}}}}]
    put(client, "updates", compile_rules(folder, queries, None))
    for step, more in enumerate(steps):
        if more:
            client.expect("PUT", f"/{index}/_mapping", {"properties": more})
        for number, value in enumerate(["curl", "CURL", "x"]):
            document = {"f": value, "g" if number % 2 else "h": "curl"}
            client.expect("PUT", f"/{index}/_doc/{3 * step + number}" + ("?refresh=true" if number == 2 else ""), document)
        mappings = client.expect("GET", f"/{index}/_mapping")[index]
        (folder / "own.json").write_text(json.dumps(mappings), encoding="utf-8")
        dsl = {f"q{n}": query for n, query in enumerate(translations(queries, folder / "own.json")) if query is not None}
        few = FewDocuments(client, index, 3 * len(steps))
        own = few.own(dsl)
        for reading in READINGS:
            for rule, (ours, errors) in few.differing(own, "updates", reading).items():
                verdict.fail(f"update {step}, {reading}: {queries[int(rule[1:])]}: the node {own[rule]}, ours {ours}; {errors}")
        print(f"update {step}: {[len(found) if isinstance(found, set) else found for found in own.values()]}", flush=True)


def check_settings(client, verdict, folder):
    """An analyzer and a normalizer that become others while the index is closed."""
    index, queries = "settled", ["f: FOO", 'f: "foo bar"', "f: foo", "f: F*", "n: FOO", "n: foo", "n: F*", "f: *"]
    filters = {"analysis.analyzer.own.tokenizer": "whitespace", "analysis.analyzer.own.filter": ["lowercase"],
               "analysis.normalizer.own.type": "custom", "analysis.normalizer.own.filter": ["lowercase"]}
    client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0, **filters}, "mappings": {"dynamic": False, "properties": {
        "f": {"type": "text", "analyzer": "own"}, "n": {"type": "keyword", "normalizer": "own"}}}})
    put(client, "settings", compile_rules(folder, queries, None))
    for step, names in enumerate((["lowercase"], [], ["uppercase"])):
        client.expect("POST", f"/{index}/_close")
        client.expect("PUT", f"/{index}/_settings", {"analysis.analyzer.own.filter": names, "analysis.normalizer.own.filter": names})
        client.expect("POST", f"/{index}/_open?wait_for_active_shards=1")
        for number, value in enumerate(["Foo bar", "foo", "FOO"]):
            client.expect("PUT", f"/{index}/_doc/{3 * step + number}" + ("?refresh=true" if number == 2 else ""), {"f": value, "n": value})
        (folder / "own.json").write_text(json.dumps(client.expect("GET", f"/{index}/_mapping")[index]), encoding="utf-8")
        few = FewDocuments(client, index, 9)
        own = few.own({f"q{n}": query for n, query in enumerate(translations(queries, folder / "own.json")) if query is not None})
        for reading in READINGS:
            for rule, (ours, errors) in few.differing(own, "settings", reading).items():
                verdict.fail(f"settings {step}, {reading}: {queries[int(rule[1:])]}: the node {own[rule]}, ours {ours}; {errors}")
        print(f"settings {step}: {[len(found) if isinstance(found, set) else found for found in own.values()]}", flush=True)


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with Cluster(1, plugins=[plugin], heap="512m") as cluster, scratch() as folder:
        check_types(cluster.client, verdict, pathlib.Path(folder))
        check_updates(cluster.client, verdict, pathlib.Path(folder))
        check_settings(cluster.client, verdict, pathlib.Path(folder))
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
