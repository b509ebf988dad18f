#!/usr/bin/env python3
"""Filters and exception lists over recorded events, by a real node and by `match`: the same documents have to be found.

Every rule asks for everything; half of them have generated filters, half name a generated exception list. The node is sent
the DSL that Kibana makes of them. A sample by default; with TRIPLINE_LONG=1 3,000 rules over all events."""
import json
import sys
import tempfile

import scripts_folder  # noqa: F401 -- puts the next ones in reach
from generated_conditions import ConditionGenerator
from local_cluster import Cluster
from meaning_events_test import AWKWARD, IS_LONG, SETTINGS, index_all, node_sets, recorded, types_in, with_objects, written
from native_matches import REFUSED, as_rule, matches_of_rules
from one_node_test import require_node_parts
from plugin_node import Verdict

RULES = 3_000 if IS_LONG else 300
TOLD = 20
OBJECTS = "objects"


def rules_with_filters(generator, count):
    rules, queries = [], []
    for number in range(count):
        filters, query = generator.filters()
        rules.append({**as_rule(number, "*:*"), "filters": filters})
        queries.append(query)
    return rules, [], queries


def rules_with_exceptions(generator, count):
    rules, lists, queries = [], [], []
    for number in range(count):
        items, query = generator.items(f"l{number}")
        rules.append({**as_rule(number, "*:*"), "exceptions_list": [
            {"id": f"i{number}", "list_id": f"l{number}", "type": "detection", "namespace_type": "single"}]})
        lists += items
        queries.append({"bool": {"must_not": query}})
    return rules, lists, queries


def compare(client, verdict, name, made, documents, mapping_file):
    rules, lists, queries = made
    ours = matches_of_rules(rules + lists, documents, mapping_file)
    theirs = node_sets(client, "awkward", queries, ours, len(documents))
    differing = refused = matching = 0
    for number, (wanted, found) in enumerate(zip(theirs, ours, strict=True)):
        refused += wanted == REFUSED
        matching += wanted != REFUSED and 0 < len(wanted) < len(documents)
        if wanted in (found, REFUSED):
            continue
        differing += 1
        if differing <= TOLD:
            sides = found if found == REFUSED else (
                f"the node alone {[documents[n] for n in sorted(wanted - found)[:1]]}, "
                f"ours alone {[documents[n] for n in sorted(found - wanted)[:1]]}")
            verdict.fail(f"{name} {json.dumps(queries[number])}: the node {len(wanted)}: {str(sides)[:1500]}")
    print(f"{name}: {len(rules)} rules over {len(documents)} documents, {matching} tell documents apart, {refused} refused by the "
          f"node, {differing} differ", flush=True)
    if matching < len(rules) // 3 or refused > len(rules) // 5:
        verdict.fail(f"{name}: {matching} of {len(rules)} rules tell documents apart, {refused} are refused: that shows little")


def main():
    require_node_parts()
    verdict = Verdict()
    with Cluster(1, heap="1g") as cluster, tempfile.TemporaryDirectory(prefix="tripline-") as folder:
        mappings = {"dynamic": False, "properties": AWKWARD}
        body = {"settings": {"number_of_shards": 1, "number_of_replicas": 0, **SETTINGS}, "mappings": mappings}
        documents = index_all(cluster.client, "awkward", body, map(with_objects, recorded()))
        objects = [one for document in documents for one in document.get(OBJECTS, [])]
        inner = ConditionGenerator(objects, {"k": "keyword", "n": "long", "t": "text"}, seed=3, prefix=OBJECTS + ".")
        generator = ConditionGenerator(documents, types_in(AWKWARD), seed=2, nested=[(OBJECTS, inner)])
        file = written(folder, "awkward", mappings)
        compare(cluster.client, verdict, "filters", rules_with_filters(generator, RULES // 2), documents, file)
        compare(cluster.client, verdict, "exceptions", rules_with_exceptions(generator, RULES // 2), documents, file)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
