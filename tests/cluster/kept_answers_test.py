#!/usr/bin/env python3
"""What a node keeps about segments, while everything about it changes: four searches at a time match a ruleset three ways
in one request (kept verdicts, postings first, columns), and must find the same counts in all three, whatever happens
meanwhile: documents come, change and go, segments are merged, the limit of memory falls to nothing and comes back, and
rulesets of other names and contents are put and deleted. When it is quiet again, the counts are those of the node's own
searches, under no limit, under a small one, and under none at all (everything is then decided anew by each search)."""
import itertools
import json
import random
import sys
import threading
import time

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import corpus_queries
import load
from local_cluster import Cluster
from match_counts_test import compiled, recorded_lines
from plugin_node import PREFIX, Verdict, put, require_plugin

INDEX, SECONDS, SEARCHERS = "kept", 25, 4
LIMIT = "plugins.tripline.native_memory.limit"
READINGS = ("verdicts", "postings_first", "columns")


def counts_by_reading(client, query, rulesets=("kept",)):
    """(ruleset, reading) -> counts by rule, all of one snapshot of the index."""
    aggs = {f"{name}/{reading}": {"tripline": {"ruleset": name, "reading": reading}}
            for name in rulesets for reading in READINGS}
    answer = client.expect("POST", f"/{INDEX}/_search?request_cache=false",
                           {"size": 0, "query": query, "aggs": aggs}, timeout_s=120)
    if answer["_shards"]["failed"]:
        raise RuntimeError(json.dumps(answer["_shards"])[:1000])
    return {name: {rule: found["count"] for rule, found in part["rules"].items() if found["count"]}
            for name, part in answer["aggregations"].items()}


def some_query(chance):
    """All documents, a stretch of them, or some here and there."""
    begin = chance.randrange(0, 20_000)
    return chance.choice([{"match_all": {}}, {"range": {"_seq_no": {"gte": begin, "lt": begin + chance.choice([50, 3_000])}}},
                          {"terms": {"event.category": ["process", "network"]}},
                          {"bool": {"must_not": {"term": {"host.os.type": "windows"}}}}])


class Storm:
    """Threads that search and threads that change things, until the time is over."""

    def __init__(self, client, lines, rules):
        self.client = client
        self.lines = lines
        self.rules = rules
        self.end = time.monotonic() + SECONDS
        self.faults = []
        self.searches = 0
        self.matches = 0

    def run(self):
        parts = [self.change_documents, self.change_limit, self.change_rulesets] + [self.search] * SEARCHERS
        threads = [threading.Thread(target=self._guarded, args=(part, number)) for number, part in enumerate(parts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _guarded(self, part, number):
        try:
            part(random.Random(number))
        except Exception as fault:  # pylint: disable=broad-except -- told by the main thread
            self.faults.append(f"{part.__name__}: {fault!r}"[:600])

    def is_over(self):
        return time.monotonic() > self.end or self.faults

    def search(self, chance):
        while not self.is_over():
            query = some_query(chance)
            found = counts_by_reading(self.client, query)
            first = found[f"kept/{READINGS[0]}"]
            self.searches += 1
            self.matches += sum(first.values())
            if any(counts != first for counts in found.values()):
                self.faults.append(f"readings differ within one search for {query}: {json.dumps(found)[:500]}")

    def change_documents(self, chance):
        for line in itertools.cycle(self.lines):
            if self.is_over():
                return
            self.client.expect("PUT", f"/{INDEX}/_doc/{chance.randrange(3_000)}", json.loads(line))
            if chance.random() < 0.1:
                self.client.request("DELETE", f"/{INDEX}/_doc/{chance.randrange(3_000)}")
            if chance.random() < 0.05:
                self.client.expect("POST", f"/{INDEX}/_refresh")
            if chance.random() < 0.01:
                self.client.expect("POST", f"/{INDEX}/_forcemerge?max_num_segments=2", timeout_s=120)

    def change_limit(self, chance):
        while not self.is_over():
            set_limit(self.client, chance.choice(["0b", "300kb", "2mb", None]))
            time.sleep(0.1)

    def change_rulesets(self, chance):
        contents = [compiled(self.rules[begin::40]) for begin in range(3)]
        while not self.is_over():
            name = f"other-{chance.randrange(2)}"
            put(self.client, name, chance.choice(contents))
            counts_by_reading(self.client, {"match_all": {}}, (name,))
            if chance.random() < 0.5:
                self.client.expect("DELETE", f"{PREFIX}/rulesets/{name}")


def set_limit(client, value):
    client.expect("PUT", "/_cluster/settings", {"transient": {LIMIT: value}})


def own_counts(client, queries):
    return {rule: count for rule, count in corpus_queries.counts(client, INDEX, queries).items() if count}


def run(client, verdict):
    rules = corpus_queries.read_rules()
    chosen = rules[:1] + rules[1::6]
    more = {name: "keyword" for name in corpus_queries.fields_outside_ecs(rules)}
    load.create_index(client, INDEX, more_fields=more, settings={"refresh_interval": "-1"})
    lines = [line for _, line in itertools.islice(recorded_lines(), 30_000, None)]
    load.load(client, INDEX, enumerate(lines, start=1), ids=lambda number, _: str(number))
    put(client, "kept", compiled(chosen))
    storm = Storm(client, lines, rules)
    storm.run()
    print(f"{storm.searches} searches while things changed, {storm.matches} matches", flush=True)
    for fault in storm.faults:
        verdict.fail(fault)
    if storm.searches < 10 or not storm.matches:
        verdict.fail("the storm was no storm")
    client.expect("POST", f"/{INDEX}/_refresh")
    queries = corpus_queries.searches(chosen, client.expect("GET", f"/{INDEX}/_mapping")[INDEX])
    own = own_counts(client, queries)
    print(f"{len(queries)} rules, {len(own)} of them match, {sum(own.values())} matches", flush=True)
    for limit in (None, "300kb", "0b"):
        set_limit(client, limit)
        for turn in ("first", "again"):
            for reading, counts in counts_by_reading(client, {"match_all": {}}).items():
                counts = {rule: count for rule, count in counts.items() if rule in queries}
                if counts != own:
                    verdict.fail(f"limit {limit}, {turn}, {reading}: {dict(set(counts.items()) ^ set(own.items()))}")
    if len(own) < 10:
        verdict.fail("too few rules match for a comparison")


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with Cluster(plugins=[plugin], heap="1g") as cluster:
        run(cluster.client, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
