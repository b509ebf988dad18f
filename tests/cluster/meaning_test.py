#!/usr/bin/env python3
"""What a condition means on every type of field, by a real node: for each case of meaning_cases.py the documents are indexed,
the node searches with the query that `translate` makes, and `match` has to find the same documents, or to refuse where the
node refuses. What is known to differ stands below with its reason, and in docs/kql.md; a difference that is gone fails too.
"""
import json
import sys
import tempfile

import scripts_folder  # noqa: F401 -- puts the next ones in reach
from local_cluster import Cluster
from meaning_cases import CASES
from native_matches import REFUSED, matches, node_matches, translations
from one_node_test import require_node_parts
from plugin_node import Verdict

# (case, query) -> why the two differ.
SERVER = "a fault of the server: docs/kql.md"
KNOWN = {
    ("wildcard", 'f: ""'): SERVER,
    **{("wildcard", query): "the server has no ranges of wildcards"
       for query in ("f >= curl", "f > curl", "f < b", "f <= B", "f > 5", 'f >= ""', "f >= a and f < d")},
    ("long_far", "f >= 9223372036854775807.5"): "beyond a long by half",
    ("scaled", "f: 1e400"): "not finite",
    **{("objects", query): "a field that cannot hold the value is passed over" for query in ("f.*: x", "f*: z")},
}


def index_documents(client, case):
    """The documents that the node takes, in order."""
    mappings = {"dynamic": False, "properties": case.mapping}
    client.expect("PUT", f"/{case.name}", {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0, **case.settings}, "mappings": mappings})
    taken = []
    for document in case.documents():
        status, _ = client.request("PUT", f"/{case.name}/_doc/{len(taken)}", document)
        if status < 300:
            taken.append(document)
    client.expect("POST", f"/{case.name}/_refresh")
    return mappings, taken


def told(found):
    return found if found == REFUSED else sorted(found)


def compare(client, case, verdict):
    mappings, documents = index_documents(client, case)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"settings": case.settings, "mappings": mappings}, file)
        file.flush()
        dsl = translations(case.queries, file.name)
        ours = matches(case.queries, documents, file.name)
    asked = [query if query is not None else {"match_none": {}} for query in dsl]
    own = [REFUSED if query is None else found for query, found in zip(dsl, node_matches(client, case.name, asked), strict=True)]
    differing = 0
    for query, wanted, found in zip(case.queries, own, ours, strict=True):
        if wanted == found:
            if (case.name, query) in KNOWN:
                verdict.fail(f"{case.name}: {query}: no longer differs; take it out of the list")
        elif (case.name, query) not in KNOWN:
            differing += 1
            sides = [] if REFUSED in (wanted, found) else sorted(wanted ^ found)
            verdict.fail(f"{case.name}: {query}: the node {told(wanted)}, ours {told(found)}; "
                         f"{[documents[n] for n in sides[:4]]}")
    print(f"{case.name}: {len(documents)} documents, {len(case.queries)} queries, {differing} differ", flush=True)


def main():
    require_node_parts()
    verdict = Verdict()
    names = sys.argv[1:]
    with Cluster(1, heap="512m") as cluster:
        for case in CASES:
            if not names or case.name in names:
                compare(cluster.client, case, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
