#!/usr/bin/env python3
"""The aggregation over fields of every type and option that an index may have for them, beside the node's own searches: the
same documents, whichever way it reads. Each case (meaning_cases.py, type_cases.py) is an index of its own with several
segments; it is asked the case's queries and random ones, compiled twice: for the index's mapping, and without a mapping, as
keywords, as a rule is that meets an index whose types nobody foresaw.

Queries that the node refuses are asked of the aggregation all the same, and must not harm it. What is known to differ stands
in known_differences.py and docs/cluster_differences.md. With TRIPLINE_LONG=1 every case has many more random queries; names
of cases may be given."""
import json
import os
import pathlib
import sys
import time
import zlib

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import client as http
import known_differences
from corpus_queries import without_idle_escapes
from document_sets import READINGS, FewDocuments
from field_queries import FieldQueries, texts_of
from local_cluster import Cluster
from meaning_cases import CASES
from native_matches import as_rule, translations
from plugin_node import Verdict, match_counts, put, require_plugin
from program import scratch, tripline
from type_cases import BESIDE
from type_cases import CASES as MORE_CASES

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
RANDOM = 200 if IS_LONG else 8
SEGMENT = 7  # documents
COMPILED = ("mapped", "assumed")

def known_reason(how, case, query):
    """Why the two differ, by docs/cluster_differences.md or docs/kql.md; None if they should not."""
    if how == "mapped" and case.name == "analyzer_path":
        return "an analyzer that is not known is taken as standard, with a warning"
    if how == "mapped" and case.name == "metadata" and "_" in query:
        return "a mapping does not have the fields of every document, such as _id"
    if how == "mapped" and case.name in BESIDE:
        return "nor those that a script makes"
    field = case.mapping.get("f", {})
    field = case.mapping["real"] if field.get("type") == "alias" else field
    return known_differences.reason(known_differences.kinds_of(field), query, is_mapped=how == "mapped")


def index_name(case):
    return case.name.replace("#", "_")


def fill(client, case):
    """The documents that the node takes, a few to a segment. Answers the mapping and what else there is to the index."""
    mappings = {"dynamic": False, "properties": case.mapping, **BESIDE.get(case.name, {})}
    index = index_name(case)
    client.expect("PUT", f"/{index}", {"mappings": mappings, "settings": {
        "number_of_shards": 1, "number_of_replicas": 0, "merge.policy.segments_per_tier": 100, **case.settings}})
    documents, taken = case.documents(), 0
    for begin in range(0, len(documents), SEGMENT):
        lines = []
        for number, document in enumerate(documents[begin:begin + SEGMENT], start=begin):
            lines += [{"index": {"_id": str(number)}}, document]
        answer = client.expect("POST", f"/{index}/_bulk?refresh=true", http.ndjson(lines))
        taken += sum(item["index"]["status"] < 300 for item in answer["items"])
    return {"settings": case.settings, "mappings": mappings}, taken


def asked_fields(case):
    """Of the case's own queries: the names in front."""
    names = dict.fromkeys(query.removeprefix("not ").split(":")[0].split()[0] for query in case.queries)
    return [name for name in names if name and name[0] not in '*"({_' and not set("*\\#") & set(name)] or ["f"]


def queries_of(case):
    values = [text for document in case.documents() for text in texts_of(document)]
    made = FieldQueries(asked_fields(case)[:6], values, seed=zlib.crc32(case.name.encode())).make(RANDOM)
    return list(dict.fromkeys([*case.queries, *made]))


class Asked:
    """A case's queries as rules q0, q1 ... in a ruleset, and as the searches that the node is asked."""

    def __init__(self, client, case, folder, index_body):
        self._client = client
        self._case = case
        self.queries = queries_of(case)
        self._mapping = folder / "mapping.json"
        self._mapping.write_text(json.dumps(index_body), encoding="utf-8")
        self._rules = folder / "rules.ndjson"
        self._rules.write_text("".join(json.dumps(as_rule(n, query)) + "\n" for n, query in enumerate(self.queries)), encoding="utf-8")
        self._compiled = folder / "rules.trl"
        self.dsl = {f"q{n}": without_idle_escapes(query) for n, query in enumerate(translations(self.queries, self._mapping))
                    if query is not None}

    def load(self, how):
        """The ids of the rules that were compiled; None if none was."""
        more = ["--mapping", self._mapping] if how == "mapped" else []
        self._compiled.unlink(missing_ok=True)
        tripline("compile", self._rules, "-o", self._compiled, "--skip-invalid", *more, expects=(0, 1, 2), stderr=-3)
        if not self._compiled.exists():
            return {}
        put(self._client, "types", self._compiled.read_bytes())
        return set(match_counts(self._client, "types", index_name(self._case)))


def compare(client, case, verdict, folder, totals):
    began = time.monotonic()
    index_body, taken = fill(client, case)
    asked = Asked(client, case, folder, index_body)
    documents = case.documents()
    few = FewDocuments(client, index_name(case), len(documents))
    own = few.own(asked.dsl)
    compared = differing = 0
    for how in COMPILED:
        loaded = asked.load(how)
        known = {rule: found for rule, found in own.items() if rule in loaded}
        for reading in READINGS:
            compared += sum(not isinstance(found, str) for found in known.values())
            for rule, (ours, error) in few.differing(known, "types", reading).items():
                query = asked.queries[int(rule[1:])]
                if known_reason(how, case, query):
                    continue
                differing += 1
                sides = [f"{n} {documents[n]}" for n in sorted(own[rule] ^ ours)[:4]]
                verdict.fail(f"{how} {case.name} {reading}: {query}: the node {sorted(own[rule])}, ours {sorted(ours)}; {error or sides}")
    refused = sum(isinstance(found, str) for found in own.values())
    print(f"{case.name}: {taken} documents, {len(asked.queries)} queries, {refused} of them refused by the node, {compared} comparisons, "
          f"{differing} differ, {time.monotonic() - began:.1f} s", flush=True)
    totals["comparisons"] += compared
    totals["differing"] += differing
    client.expect("DELETE", f"/{index_name(case)}")


def main():
    plugin = require_plugin()
    verdict = Verdict()
    names = sys.argv[1:]
    totals = {"comparisons": 0, "differing": 0}
    began = time.monotonic()
    with Cluster(1, plugins=[plugin], heap="512m") as cluster, scratch() as folder:
        for case in [*CASES, *MORE_CASES]:
            if names and case.name not in names:
                continue
            try:
                compare(cluster.client, case, verdict, pathlib.Path(folder), totals)
            except http.BadAnswer as error:
                verdict.fail(f"{case.name}: {error}")
    print(f"{totals} in {time.monotonic() - began:.0f} s")
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
