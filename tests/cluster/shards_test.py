#!/usr/bin/env python3
"""Every public KQL rule and the seed rule over recorded and generated events, spread over shards and nodes: the documents that
the aggregation finds are those that the node's own search with the rule's DSL finds, and those that `tripline match` finds at
the desk. The sets are compared, not their sizes (document_sets.py; the desk's by sums of random numbers that the documents
carry), and so are the first documents that a run keeps of each rule.

A sample on three nodes with 60 shards by default; with TRIPLINE_LONG=1 all events, on one node and on three, in 1, 3 and 60
shards, in many segments and in one, by every way of reading. docs/cluster_differences.md says what is known to differ."""
import datetime
import gzip
import itertools
import json
import os
import pathlib
import subprocess
import sys
import time
import tomllib

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import corpus_queries
from document_sets import READINGS, DocumentSets
from local_cluster import Cluster
from match_counts_test import REFUSED, REFUSED_UNMAPPED, compiled, recorded_lines
from plugin_node import PREFIX, Verdict, match_counts, put, require_plugin
from program import generated_events, scratch, tripline
from spread_events import Layout, documents_of, marked

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
GENERATED, SEED = 100_000, 4
EVERY = 1 if IS_LONG else 16
MADE_FOR_RULES = 42_801  # of the recorded events those behind this one, all of which are taken: each is meant for a rule
NODES = (1, 3) if IS_LONG else (3,)
LAYOUTS = [Layout("one shard, many segments"), Layout("one shard, one segment", is_merged=True), Layout("three shards", shards=3),
           Layout("sixty shards", indices=20, shards=3, refresh_every=2_000)] if IS_LONG else [
    Layout("sixty shards", indices=20, shards=3, refresh_every=300)]
RULESET = "corpus"
MIN_WITH_HITS = 100
SPAN = {"from": "1990-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
RULES_A_RUN = 60
TOLD = 30


def read_events():
    with scratch() as folder:
        generated, _ = generated_events(folder, GENERATED, SEED)
        with open(generated, "rb") as file:
            recorded = (line for number, line in recorded_lines() if number % EVERY == 0 or number > MADE_FOR_RULES)
            return marked(documents_of(itertools.chain(recorded, itertools.islice(file, 0, None, EVERY))))


class Desk:
    """What `tripline match` finds: rule -> places of events."""

    def __init__(self, rules, events, index_mapping):
        self.events = events
        with scratch() as name:
            folder = pathlib.Path(name)
            (folder / "mapping.json").write_text(json.dumps(index_mapping), encoding="utf-8")
            with gzip.open(folder / "events.ndjson.gz", "wt", encoding="utf-8", compresslevel=1) as file:
                file.writelines(json.dumps({"_id": event.id, "_source": event.source}) + "\n" for event in events)
            answer = tripline("match", "--rules", *[rule.path for rule in rules], "--events", folder / "events.ndjson.gz",
                              "--mapping", folder / "mapping.json", expects=(0, 1), stderr=subprocess.DEVNULL)
        self.found = {}
        for line in answer.splitlines():
            row = json.loads(line)
            for rule in row["rules"]:
                self.found.setdefault(rule, []).append(row["line"] - 1)

    def count(self, rule):
        return len(self.found.get(rule, []))

    def marks(self, rule):
        """Sums over the documents, as a node's own sum."""
        return tuple(sum(self.events[place].marks[which] for place in self.found.get(rule, [])) for which in (0, 1))

    def first(self, rule, layout, most):
        """(time, index, id) of the first documents of a run over all times."""
        times = [(time_of(rule, event.source), layout.index_of(event), event.id)
                 for event in (self.events[place] for place in self.found.get(rule.id, []))]
        return sorted(found for found in times if found[0] is not None)[:most]


def time_of(rule, source):
    """Milliseconds of an event's own time, or where a rule falls back to it, of @timestamp; None without either."""
    fields = [rule.timestamp_field] + (["@timestamp"] if rule.has_fallback else [])
    for field in fields:
        value = at_path(source, field)
        if value is not None:
            return min(map(millis, value if isinstance(value, list) else [value]))
    return None


def at_path(source, path):
    if path in source:
        return source[path]
    head, _, rest = path.partition(".")
    inner = source.get(head)
    return at_path(inner, rest) if rest and isinstance(inner, dict) else None


def millis(value):
    if isinstance(value, (int, float)):
        return int(value)
    parsed = datetime.datetime.fromisoformat(value)
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)
    return (parsed - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


class Judge:
    """One layout on one set of nodes."""

    def __init__(self, client, layout, rules, desk, verdict, queries):
        self._client = client
        self._layout = layout
        self._rules = {rule.id: rule for rule in rules}
        self._desk = desk
        self._verdict = verdict
        self._queries = queries
        self._told = 0

    def _tell(self, text):
        self._told += 1
        if self._told <= TOLD:
            self._verdict.fail(f"{self._layout.name}: {text}")
        else:
            self._verdict.failures += 1

    def compare_sets(self, reading):
        began = time.monotonic()
        sets = DocumentSets(self._client, self._layout.pattern, RULESET, reading=reading, has_marks=True)
        found = sets.compare(self._queries)
        refused = differing = with_hits = hits = 0
        for rule, one in found.items():
            path = self._rules[rule].path.name
            if one.is_refused and rule in REFUSED | REFUSED_UNMAPPED:
                refused += 1
                continue
            with_hits += one.own != 0
            hits += one.own if isinstance(one.own, int) else 0
            if not one.is_same or one.error:
                differing += 1
                self._tell(f"{rule} ({path}): {one}; {sets.examples(rule, self._queries[rule])}")
            elif (one.own, one.marks) != (self._desk.count(rule), self._desk.marks(rule)):
                differing += 1
                self._tell(f"{rule} ({path}): the node finds {one}, the desk {self._desk.count(rule)} {self._desk.marks(rule)}")
        print(f"{self._layout.name}, {self._layout.segments(self._client)} segments, {reading}: {len(found)} rules, {with_hits} with hits, "
              f"{hits} hits, {differing} differ, {refused} refused by the node, {time.monotonic() - began:.0f} s", flush=True)
        if with_hits < MIN_WITH_HITS:
            self._verdict.fail(f"only {with_hits} rules have hits")

    def compare_silent(self):
        """Counts of all rules, those too whose own searches were not asked."""
        counts = match_counts(self._client, RULESET, self._layout.pattern)
        for rule, count in counts.items():
            if count != self._desk.count(rule) and rule not in REFUSED | REFUSED_UNMAPPED:
                self._tell(f"{rule}: {count} documents, the desk {self._desk.count(rule)}")

    def compare_runs(self, parts):
        """The first documents that runs keep, by time, index and id; parts: rulesets by name, with their rules."""
        compared = differing = kept = 0
        for name, rules in parts.items():
            run = {"index": self._layout.pattern, "dry_run": True, **SPAN}
            answer = self._client.expect("POST", f"{PREFIX}/rulesets/{name}/_run", run, timeout_s=600)
            found = {}
            for alert in answer["alert_documents"]:
                one = alert["kibana.alert.ancestors"][-1]
                found.setdefault(alert["kibana.alert.rule.rule_id"], set()).add((one["index"], one["id"]))
            for rule in rules:
                if rule.id in REFUSED | REFUSED_UNMAPPED:
                    continue
                wanted = {(index, event) for _, index, event in self._desk.first(rule, self._layout, 100)}
                compared += 1
                kept += len(wanted)
                if wanted != found.get(rule.id, set()):
                    differing += 1
                    one_side = sorted(wanted ^ found.get(rule.id, set()))[:4]
                    self._tell(f"a run of {rule.id} ({rule.path.name}): {len(wanted)} documents wanted, "
                               f"{len(found.get(rule.id, set()))} found; one side alone has {one_side}")
        print(f"{self._layout.name}, runs: {compared} rules, {kept} documents kept, {differing} differ", flush=True)


def put_rulesets(client, rules, query_rules):
    put(client, RULESET, compiled(rules))
    parts = {}
    for begin in range(0, len(query_rules), RULES_A_RUN):
        parts[f"part-{begin // RULES_A_RUN}"] = query_rules[begin:begin + RULES_A_RUN]
    for name, part in parts.items():
        put(client, name, compiled(part))
    return parts


def query_rules_of(rules):
    """Those whose finds are documents, as they are; every fourth in the short form, because alerts are large."""
    found = []
    for rule in rules:
        body = tomllib.loads(rule.path.read_text(encoding="utf-8"))["rule"]
        if body["type"] == "query" and body.get("max_signals", 100) == 100 and "alert_suppression" not in body:
            found.append(rule)
    return found if IS_LONG else found[::4]


class Material:
    """Events, what the desk finds in them, and the searches that the node is asked: made once the first index is there."""

    def __init__(self, rules, events):
        self.rules = rules
        self.events = events
        self.more_fields = {name: "keyword" for name in corpus_queries.fields_outside_ecs(rules)}
        self.desk = None
        self.queries = {}

    def settle(self, client, layout, taken):
        self.events = taken
        index = layout.index_of(taken[0])
        index_mapping = client.expect("GET", f"/{index}/_mapping")[index]
        self.desk = Desk(self.rules, taken, index_mapping)
        queries = corpus_queries.searches(self.rules, index_mapping)
        matched = match_counts(client, RULESET, layout.pattern)
        # In the short form the rules that find something, and some of the others.
        self.queries = {rule: query for number, (rule, query) in enumerate(queries.items())
                        if rule in matched and (IS_LONG or self.desk.count(rule) or number % 8 == 0)}


def run(client, material, verdict):
    parts = put_rulesets(client, material.rules, query_rules_of(material.rules))
    for layout in LAYOUTS:
        began = time.monotonic()
        taken = layout.load(client, material.events, material.more_fields)
        if material.desk is None:
            print(f"{len(material.events) - len(taken)} events were refused", flush=True)
            material.settle(client, layout, taken)
        verdict.check(f"{layout.name}: documents", len(material.events), len(taken))
        print(f"{layout.name}: loaded in {time.monotonic() - began:.0f} s", flush=True)
        judge = Judge(client, layout, material.rules, material.desk, verdict, material.queries)
        for reading in READINGS if IS_LONG and layout == LAYOUTS[0] else READINGS[:1]:
            judge.compare_sets(reading)
        judge.compare_silent()
        judge.compare_runs(parts)
        layout.remove(client)


def main():
    plugin = require_plugin()
    rules = corpus_queries.read_rules()
    verdict = Verdict()
    material = Material(rules, read_events())
    for nodes in NODES:
        with Cluster(nodes, plugins=[plugin], heap="1g" if IS_LONG else "512m") as cluster:
            print(f"{nodes} nodes, {len(rules)} rules, {len(material.events)} events", flush=True)
            run(cluster.client, material, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
