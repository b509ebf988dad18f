#!/usr/bin/env python3
"""Counts of _match against the node's own searches with the same rules as query DSL: the seed rule and every public KQL
rule, over 100,000 generated events and those of ../shared/data, in one index with ECS mappings. Over all documents, in a
time range, through a search that carries the aggregation, over several segments and one, with documents deleted, over two
indices of which one lacks most fields, and over one that was mapped by guesses. docs/cluster_differences.md says what is
known to differ; everything else fails, with the rule's id and documents that one side alone found."""
import concurrent.futures
import itertools
import json
import pathlib
import subprocess
import sys

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import corpus_queries
import load
import mapping
from local_cluster import Cluster
from plugin_node import Verdict, match_counts, put, require_plugin
from program import generated_events, scratch, shared_folder, tripline

GENERATED, SEED = 100_000, 4
INDEX, LEAN, GUESSED = "events", "lean", "guessed"
RULESET = "corpus"
MIN_WITH_HITS = 50
# docs/cluster_differences.md: the node refuses these searches as a whole, for one leaf that its field cannot be asked.
REFUSED = {
    "1aefed68-eecd-47cc-9044-4a394b60061d",  # event.original is neither indexed nor has it doc values
}
# The same for a nested group whose path no index maps as nested objects here.
REFUSED_UNMAPPED = {
    "197d2757-eea1-46f9-9ebd-84646d2b45fa",  # gcp.audit.service_data.policy_delta.binding_deltas: { ... }
}
# Only where the server guessed the types: a leaf that these refuse, and values that are analyzed into several tokens.
REFUSED_GUESSED = {
    "f541ca3a-5752-11f0-b44b-f661ea17fbcd",  # a pattern of versions, a date by guess
    "632906c6-ba8f-44c0-8386-ec0bbc8518bf",  # a text, a boolean by guess
}
DIFFERS_GUESSED = {
    "92980750-3373-4f0c-aebd-c2a8563d8e8a",  # an unquoted value of several tokens
    "7e3f9a2b-1c4d-5e6f-8a0b-9c8d7e6f5a4b",  # a pattern of several tokens
}


def recorded_lines():
    """Events that others recorded or made, by number from 1."""
    data = shared_folder() / "data"
    plain = [data / "windows_events_ecs.ndjson.gz", data / "filebeat_fixture_events.ndjson.gz"]
    made = (json.dumps(json.loads(line)["doc"]).encode()
            for _, line in load.lines_of([data / "geneve_positive_events.ndjson.gz"]))
    return enumerate(itertools.chain((line for _, line in load.lines_of(plain)), made), start=1)


def load_events(client, rules, verdict):
    more = {name: "keyword" for name in corpus_queries.fields_outside_ecs(rules)}
    load.create_index(client, INDEX, more_fields=more, settings={"translog.durability": "async"})
    with scratch() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        generated, _ = generated_events(folder, GENERATED, SEED)
        halves = [itertools.islice(load.lines_of([generated]), begin, end)
                  for begin, end in ((0, 3 * GENERATED // 4), (3 * GENERATED // 4, None))]
        first = pool.submit(load.load, client, INDEX, halves[0], ids=lambda number, _: f"G{number}")
        second = pool.submit(load.load, client, INDEX, halves[1], ids=lambda number, _: f"G{number}")
        recorded = pool.submit(load.load, client, INDEX, recorded_lines(), ids=lambda number, _: f"R{number}").result()
    taken = first.result().indexed + second.result().indexed
    print(f"recorded events: {recorded.indexed} taken, {recorded.rejected} refused: {dict(recorded.reasons)}", flush=True)
    verdict.check("generated events", GENERATED, taken)
    if recorded.indexed < 40_000:
        verdict.fail(f"only {recorded.indexed} of the recorded events were taken")


def segments(client, index):
    rows = client.expect("GET", f"/_cat/segments/{index}?format=json")
    return sum(row["prirep"] == "p" for row in rows)


class Comparison:
    """One node's two ways to count, over any indices and ranges."""

    def __init__(self, client, rules, verdict):
        self.client = client
        self.rules = {rule.id: rule for rule in rules}
        self.verdict = verdict
        self.seed = rules[0].id
        self.silent = set()  # rules without a hit in all documents: they have none in any part

    def ours_in(self, index, query):
        """Counts of the aggregation in a search with a query."""
        body = {"size": 0, "track_total_hits": True, "query": query,
                "aggs": {"t": {"tripline": {"ruleset": RULESET}}}}
        answer = self.client.expect("POST", f"/{index}/_search", body, timeout_s=300)
        return {rule: found["count"] for rule, found in answer["aggregations"]["t"]["rules"].items()}

    def compare(self, name, index, queries, ours, *, common=None, excused=frozenset(), own=None):
        """queries: the rules' DSL; common: the query that both sides were narrowed by; own: what the node's searches
        found, where that is known. Answers what they found."""
        if own is None:
            narrowed = {rule: {"bool": {"filter": [query, common]}} if common else query
                        for rule, query in queries.items() if rule not in self.silent}
            own = dict.fromkeys(queries, 0) | corpus_queries.counts(self.client, index, narrowed)
        differing = [rule for rule in own if own[rule] != ours.get(rule, 0)]
        refused = [rule for rule in differing if isinstance(own[rule], str)]
        with_hits = sum(1 for count in own.values() if isinstance(count, int) and count)
        print(f"{name}: {len(own)} rules compared, {with_hits} with hits, {sum(map(_number, own.values()))} hits, "
              f"{len(differing)} differ, {len(refused)} of them refused by the node", flush=True)
        for rule in differing:
            if rule in excused or (rule in REFUSED | REFUSED_UNMAPPED and isinstance(own[rule], str)):
                continue
            self.verdict.fail(f"{name}: {rule} ({self.rules[rule].path.name}): own search {own[rule]}, _match "
                              f"{ours.get(rule, 0)}; {self.examples(index, rule, queries[rule], common)}")
        return own

    def examples(self, index, rule, query, common):
        """Ids of up to three documents that one side alone finds, by halving ranges of sequence numbers."""
        filters = [common] if common else []
        sides = {"the node's alone": {"bool": {"filter": [query, *filters]}},
                 "ours alone": {"bool": {"must_not": [query], "filter": filters}}}
        told = []
        for side, base in sides.items():
            is_wanted = (lambda hits, ours: ours < hits) if side == "the node's alone" else (lambda hits, ours: ours > 0)
            found = []
            pending = [(0, 1 << 20)]
            while pending and len(found) < 3:
                begin, end = pending.pop()
                part = {"bool": {"filter": [base, {"range": {"_seq_no": {"gte": begin, "lt": end}}}]}}
                (hits,) = corpus_queries.counts(self.client, index, {rule: part}).values()
                if not isinstance(hits, int):
                    break
                if not hits or not is_wanted(hits, self.ours_in(index, part).get(rule, 0)):
                    continue
                if end - begin == 1:
                    answer = self.client.expect("POST", f"/{index}/_search", {"query": part, "_source": False})
                    found += [hit["_id"] for hit in answer["hits"]["hits"]]
                else:
                    middle = (begin + end) // 2
                    pending += [(middle, end), (begin, middle)]
            told.append(f"{side}: {found}")
        return "; ".join(told)


def _number(count):
    return count if isinstance(count, int) else 0


def newest(client, share):
    """The time from which on that share of the documents lies, and the newest time, as texts."""
    percent = 100 * (1 - share)
    found = client.expect("POST", f"/{INDEX}/_search", {"size": 0, "aggs": {
        "at": {"percentiles": {"field": "@timestamp", "percents": [percent]}},
        "last": {"max": {"field": "@timestamp"}}}})["aggregations"]
    return found["at"]["values"][f"{percent}_as_string"], found["last"]["value_as_string"]


def check_whole(comparison, queries):
    verdict, client = comparison.verdict, comparison.client
    if segments(client, INDEX) < 2:
        verdict.fail("the index has one segment before it was merged")
    own = comparison.compare("all documents", INDEX, queries, match_counts(client, RULESET, INDEX))
    comparison.silent = {rule for rule, count in own.items() if count == 0}
    with_hits = len(own) - len(comparison.silent)
    if with_hits < MIN_WITH_HITS or own[comparison.seed] == 0:
        verdict.fail(f"only {with_hits} rules have hits, the seed rule {own[comparison.seed]}")


def check_newest(comparison, queries):
    begin, end = newest(comparison.client, 0.05)
    narrowed = {rule: corpus_queries.within(comparison.rules[rule], query, begin, end)
                for rule, query in queries.items()}
    ours = match_counts(comparison.client, RULESET, INDEX, **{"from": begin, "to": end})
    comparison.compare(f"newest 5 %, {begin} to {end}", INDEX, narrowed, ours)


def check_search(comparison, queries):
    common = {"bool": {"should": [{"term": {"host.os.type": "windows"}}, {"range": {"destination.port": {"lt": 1024}}}],
                       "must_not": [{"prefix": {"process.name": "p"}}]}}
    comparison.compare("within a search", INDEX, queries, comparison.ours_in(INDEX, common), common=common)


def check_deleted_and_merged(comparison, queries):
    client = comparison.client
    some = [{"range": {"_seq_no": {"gte": begin, "lt": begin + 5_000}}} for begin in range(3_000, 140_000, 20_000)]
    answer = client.expect("POST", f"/{INDEX}/_delete_by_query?refresh=true", {"query": {"bool": {"should": some}}},
                           timeout_s=300)
    if answer["deleted"] < 20_000:
        comparison.verdict.fail(f"only {answer['deleted']} documents were deleted")
    own = comparison.compare("some deleted", INDEX, queries, match_counts(client, RULESET, INDEX))
    client.expect("POST", f"/{INDEX}/_forcemerge?max_num_segments=1", timeout_s=300)
    client.expect("POST", f"/{INDEX}/_refresh")
    comparison.verdict.check("segments after the merge", 1, segments(client, INDEX))
    comparison.compare("merged", INDEX, queries, match_counts(client, RULESET, INDEX), own=own)


def check_lean_index(comparison, queries):
    """Beside the first index one that knows few fields, of which one is of a type that the rules do not expect."""
    client = comparison.client
    kept = [field for field in mapping.read_table() if field.name in
            ("@timestamp", "event.category", "event.action", "event.type", "process.name", "process.args", "user.name")]
    body = mapping.index_body(kept, more_fields={"event.dataset": "keyword", "host.os.type": "text"})
    client.expect("PUT", f"/{LEAN}", body)
    load.load(client, LEAN, itertools.islice(recorded_lines(), 39_000, None))
    both = f"{INDEX},{LEAN}"
    comparison.compare("two indices", both, queries, match_counts(client, RULESET, both))


def check_guessed_index(comparison, rules):
    """Mapped by the server's guesses: texts with a keyword below them, which no rule was compiled for."""
    client = comparison.client
    client.expect("PUT", f"/{GUESSED}", {"settings": {"index": {
        "number_of_replicas": 0, "mapping.total_fields.limit": 20_000}}})
    loaded = load.load(client, GUESSED, itertools.islice(recorded_lines(), 39_000, None))
    print(f"guessed: {loaded.indexed} taken, {loaded.rejected} refused")
    queries = corpus_queries.searches(rules, client.expect("GET", f"/{GUESSED}/_mapping")[GUESSED])
    comparison.silent = set()
    comparison.compare("mapped by guesses", GUESSED, queries, match_counts(client, RULESET, GUESSED),
                       excused=REFUSED_GUESSED | DIFFERS_GUESSED)


def compiled(rules):
    with scratch() as folder:
        file = pathlib.Path(folder) / "corpus.trl"
        tripline("compile", *[rule.path for rule in rules], "-o", file, "--skip-invalid", stderr=subprocess.DEVNULL)
        return file.read_bytes()


def run(client, rules, verdict):
    load_events(client, rules, verdict)
    put(client, RULESET, compiled(rules))
    matched = match_counts(client, RULESET, INDEX)
    queries = corpus_queries.searches(rules, client.expect("GET", f"/{INDEX}/_mapping")[INDEX])
    queries = {rule: query for rule, query in queries.items() if rule in matched}
    print(f"{len(rules)} KQL rules, {len(matched)} of them matched, {len(queries)} of these translated", flush=True)
    comparison = Comparison(client, rules, verdict)
    check_whole(comparison, queries)
    check_newest(comparison, queries)
    # The rest would take as long again for every rule.
    with_hits = [rule for rule in queries if rule not in comparison.silent]
    some = {rule: queries[rule] for rule in {comparison.seed, *with_hits[::4]} | comparison.silent}
    check_search(comparison, some)
    check_deleted_and_merged(comparison, some)
    check_lean_index(comparison, some)
    check_guessed_index(comparison, [rule for rule in rules if rule.id in matched])


def main():
    plugin = require_plugin()
    rules = corpus_queries.read_rules()
    verdict = Verdict()
    with Cluster(plugins=[plugin], heap="1g") as cluster:
        run(cluster.client, rules, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
