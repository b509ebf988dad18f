#!/usr/bin/env python3
"""What does one pass cost against one search per rule, on the same documents, in the same run?

    bench/cluster/acceptance_bench.py --work /tmp/lab

Rules: every KQL rule of the public corpus that both sides can run. Peer: the rules' query DSL by _msearch, 50 searches a
request, the first 100 hits by time without their source; and once more only counted. Ours: the aggregation `tripline`,
which counts. Whole index, and its newest 5 %. Counts are compared first, rule by rule.
"""
import json
import sys
import time

import lab
import workload


def compare_counts(it, ids, query, count_bodies):
    """How many matches; ends the run where the two sides differ."""
    answers = it.search(count_bodies)
    theirs = {name: answer["hits"]["total"]["value"] for name, answer in zip(ids, answers, strict=True) if "hits" in answer}
    ours = {name: rule["count"] for name, rule in it.match("corpus", query)["rules"].items()}
    wrong = {name: (count, ours.get(name, 0)) for name, count in theirs.items() if count != ours.get(name, 0)}
    refused = [name for name in ids if name not in theirs]
    print(f"  {len(theirs)} rules compared, {sum(theirs.values()):,} matches, {sum(map(bool, theirs.values()))} rules match; "
          f"differing: {len(wrong)} {json.dumps(dict(list(wrong.items())[:5]))}; refused by the node: {refused}", flush=True)
    return wrong


def cold(it, query):
    """The first match after an upload: nothing is known of any segment."""
    it.delete("corpus")
    it.put_file("corpus", it.corpus_file())
    time.sleep(3)  # machine code is made in the background: not what is asked here
    return it.cost(lambda: it.match("corpus", query))


def measure(it, ids, queries, name, query, options):
    print(f"{name}:", flush=True)
    counted = it.batches(queries, query, size=0)
    wrong = compare_counts(it, ids, query, counted)
    hits = it.batches(queries, query)
    documents = it.client.expect("POST", f"/{it.index}/_count", {"query": query or {"match_all": {}}})["count"]
    for _ in range(options.warm_up):
        it.match("corpus", query)
    it.search(hits)
    repeats = {"ours": max(3, 200_000 // documents), "hits": 1, "counted": 1}
    costs = lab.alternate(it, {"ours": lambda: it.match("corpus", query), "hits": lambda: it.search(hits),
                               "counted": lambda: it.search(counted)}, options.rounds, repeats)
    colds = [cold(it, query) for _ in range(3)]
    result = it.match("corpus", query)
    for what in ("ours", "hits", "counted"):
        print(f"  {what}: CPU ms {lab.spread(lab.cpu(costs[what]))}, wall ms {lab.spread(lab.wall(costs[what]))}")
    print(f"  ours, cold: CPU ms {lab.spread(lab.cpu(colds))}, wall ms {lab.spread(lab.wall(colds))}")
    per_document = [cost * 1e6 / documents for cost in lab.cpu(costs["ours"])]
    print(f"  ours, warm: ns/document {lab.spread(per_document)}; values read per document "
          f"{result['values_read'] / documents:.2f} of {documents:,}")
    print(f"  hits / ours: {lab.ratio(costs['hits'], costs['ours'])}; counted / ours: "
          f"{lab.ratio(costs['counted'], costs['ours'])}; hits / ours cold: "
          f"{lab.ratio(costs['hits'][:3], colds)}", flush=True)
    return wrong


def run(it, options):
    queries = lab.queries_of(lab.rules(), lab.more_fields())
    it.put_file("corpus", it.corpus_file())
    print(f"{len(queries)} rules translate; idle: {it.learn_idle():.3f} of a core", flush=True)
    wrong = measure(it, list(queries), queries, "whole index", None, options)
    return wrong | measure(it, list(queries), queries, "newest 5 %", workload.newest(options.documents, 0.05), options)


def main():
    parser = lab.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=60)
    options = parser.parse_args()
    with lab.open_lab(options) as it:
        return 1 if run(it, options) else 0


if __name__ == "__main__":
    sys.exit(main())
