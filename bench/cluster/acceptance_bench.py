#!/usr/bin/env python3
"""What does one pass cost against one search per rule, and against the percolator, on the same documents, in one run?

    bench/cluster/acceptance_bench.py --work /tmp/lab --workload w1

Rules: every KQL rule of the public corpus that compiles. Workloads: ../workload.py. Peers (peers.py): (a) the rules' query
DSL by _msearch, 50 searches a request, the first 100 hits by time without their source; (b) the percolator, in batches of
1,000 documents, on a sample, its cost told per document. Ours: the aggregation `tripline`, which counts. Nobody uses the
request cache. What is asked:

    whole index and newest 5 %, warm   asked before, many times: what matched in whole blocks is kept with the segment
    the same, warm, read again         asked before, but every document is matched anew ("reading": "postings_first")
    the same, cold                     the node keeps nothing of any segment
    fresh                              15,000 documents that were indexed just now, in a segment of their own or in ten,
                                       asked once

Counts are compared rule by rule before anything is timed; where they differ, the run fails. Costs are CPU of the node's
process less its idle burn, medians, measured in turns. The breakdown is sampled in a separate turn (stack_groups.py).
Prints one table of Markdown and writes it, with all figures, to DIR/acceptance-WORKLOAD.md and .json.
"""
import json
import os
import statistics
import sys
import time

import breakdown
import fresh
import lab
import peers
import workload

GOALS = {"newest 5 %, warm": 200, "fresh, one segment, cold": 50, "fresh, ten segments, cold": 50, "whole index, warm": 30,
         "whole index, cold": 10, "percolator": 1_000}
_SPREAD_GOAL = 100  # of the workload over 60 shards, warm
_COLD_ROUNDS = 5


class Differs(Exception):
    """The two sides counted different documents."""


class Bench:
    """One workload's run: rulesets in place, peers registered, rows of the report as they are measured."""

    def __init__(self, it, options):
        self.it = it
        self.options = options
        self.queries = lab.queries_of(lab.rules(), lab.more_fields())
        self.searches = peers.Searches(it, self.queries)
        self.windows = {"whole index": None, "newest 5 %": it.workload.newest(0.05)}
        self.matches = {}  # window -> documents
        self.rows = {}  # what -> figures
        self.breakdowns = {}  # what -> stage -> ms
        self._marks = 0
        it.put_file("corpus", it.corpus_file())
        self._paths = [rule.path for rule in lab.compiled_rules()]

    def compare(self, what, query, index=None):
        """Every rule's count by both sides; raises Differs."""
        theirs = self.searches.counts(query, index)
        ours = {name: rule["count"] for name, rule in self.it.match("corpus", query, index)["rules"].items()}
        wrong = {name: (count, ours.get(name, 0)) for name, count in theirs.items() if count != ours.get(name, 0)}
        if wrong:
            raise Differs(f"{what}: {len(wrong)} rules: (searches, ours) {json.dumps(dict(list(wrong.items())[:10]))}")
        print(f"{what}: {len(theirs)} rules, {sum(theirs.values()):,} matches of {sum(map(bool, theirs.values()))} rules, "
              f"all equal; refused by the node: {self.searches.refused}", flush=True)
        return sum(theirs.values())

    def add(self, what, searches, ours, **more):
        """A row: costs of both sides, round by round."""
        ratios = lab.ratios(searches, ours)
        is_spread = len(self.it.workload.indices) > 1
        goal = _SPREAD_GOAL if is_spread and "warm" in what else GOALS.get(what)
        self.rows[what] = {"searches_cpu_ms": lab.cpu(searches), "ours_cpu_ms": lab.cpu(ours), "ratios": ratios,
                           "searches_wall_ms": lab.wall(searches), "ours_wall_ms": lab.wall(ours), "goal": goal,
                           "load": os.getloadavg()[0], **more}
        print(f"{what}: searches {lab.spread(lab.cpu(searches))} ms, ours {lab.spread(lab.cpu(ours))} ms, ratio "
              f"{lab.spread(ratios)}, load {os.getloadavg()[0]:.1f}", flush=True)

    def warm(self, window):
        """A window asked before, in turns with the searches."""
        query = self.windows[window]
        asks = {"searches": self.searches.asked(query), "ours": lambda: self.it.match("corpus", query),
                "read again": lambda: self.it.match("corpus", query, reading="postings_first")}
        for ask in asks.values():
            lab.warm_up(ask, self.options.warm_up_s)
        repetitions = dict.fromkeys(asks, self.options.repetitions) | {"searches": 1}
        costs = lab.alternate(self.it, asks, self.options.rounds, repetitions)
        for name, what in (("ours", f"{window}, warm"), ("read again", f"{window}, warm, read again")):
            self.add(what, costs["searches"], costs[name])
            self.breakdowns[what] = breakdown.warm(self.it, asks[name], self.rows[what])

    def unseen(self):
        """The name of a ruleset that knows of no segment."""
        if self.it.forget():
            return "corpus"
        self._marks += 1
        # The mark has to be new to a node that was asked in another run too.
        mark = f"cold-{self._marks}-{time.time_ns()}"
        self.it.put("unseen", lab.compile_rules(self._paths, mark))
        time.sleep(self.options.settle_s)  # machine code is made in the background: not what is asked here
        return "unseen"

    def cold(self, window):
        """The first match of a ruleset, in turns with searches after which the node forgot its caches."""
        query, peer = self.windows[window], self.searches.asked(self.windows[window])
        searches, ours = [], []
        for _ in range(_COLD_ROUNDS):
            self.it.client.expect("POST", f"/{self.it.index}/_cache/clear")
            searches.append(self.it.cost(peer))
            name = self.unseen()
            ours.append(self.it.cost(lambda name=name: self.it.match(name, query)))
        self.add(f"{window}, cold", searches, ours)
        row = self.rows[f"{window}, cold"]
        self.breakdowns[f"{window}, cold"] = breakdown.once(self.it, lambda: self.it.match(name, query), self.unseen, row)

    def fresh(self):
        source = fresh.Source(self.it)
        for parts, name in ((1, "one segment"), (10, "ten segments")):
            what = f"fresh, {name}, cold"
            rounds = fresh.measure(self.it, source, self.searches, parts, self.options.fresh_rounds)
            self.compare(what, source.newest(), fresh.INDEX)
            self.add(what, rounds["searches"], rounds["ours"])
            asks = (lambda: self.it.match("corpus", source.newest(), index=fresh.INDEX), lambda parts=parts: source.add(parts))
            self.breakdowns[what] = breakdown.once(self.it, *asks, self.rows[what])

    def percolate(self):
        """Batches of documents that were not indexed for it, and the same documents' part of our whole pass."""
        percolator = peers.Percolator(self.it, self.queries)
        print(f"percolator: {percolator.registered} rules registered; refused: {percolator.refused}", flush=True)
        size, batches = 1_000, self.options.percolator_batches
        events = []
        for document in workload.documents(self.it.work / "events", self.it.workload):
            events.append(document)
            if len(events) == size * (batches + 1):
                break
        theirs = percolator.counts(events[:size])  # warms it up
        found = self.it.match("corpus", self.it.workload.between(0, size))["rules"]
        ours = {name: rule["count"] for name, rule in found.items() if name not in percolator.refused}
        wrong = {name: (theirs[name], ours.get(name, 0)) for name in theirs.keys() | ours.keys()
                 if theirs[name] != ours.get(name, 0)}
        print(f"percolator: {sum(theirs.values()):,} matches in {size:,} documents; differing from ours: {wrong}", flush=True)
        costs = [self.it.cost(lambda at=at: percolator.ask(events[at:at + size]))
                 for at in range(size, size * (batches + 1), size)]
        scale = self.it.workload.count / size
        whole = [lab.Cost(cost.cpu_ms * scale, cost.wall_ms * scale) for cost in costs]
        ours = [lab.Cost(cpu, wall) for cpu, wall in zip(self.rows["whole index, warm"]["ours_cpu_ms"],
                                                         self.rows["whole index, warm"]["ours_wall_ms"], strict=True)]
        count = min(len(whole), len(ours))
        self.add("percolator", whole[:count], ours[:count], is_scaled=True, documents_measured=size * batches,
                 us_a_document=statistics.median(lab.cpu(costs)) * 1e3 / size, registered=percolator.registered,
                 refused=percolator.refused, differing=wrong)

    def run(self):
        """Measures part by part; yields after each, when there is more to tell."""
        self.matches = {window: self.compare(window, query) for window, query in self.windows.items()}
        self.it.learn_idle()
        for window in self.windows:
            self.warm(window)
            self.cold(window)
            yield
        for part in self.options.parts:
            _PARTS[part](self)
            yield


_PARTS = {"fresh": Bench.fresh, "percolator": Bench.percolate}


def table(bench):
    """The report, in Markdown."""
    lines = ["| | peer, CPU ms | ours, CPU ms | **ratio** | goal | peer, wall ms | ours, wall ms | load |",
             "|---|---|---|---|---|---|---|---|"]
    for what, row in bench.rows.items():
        goal = f"{row['goal']:,}" if row["goal"] else "–"
        peer = f"scaled from {row['documents_measured']:,} documents, " if row.get("is_scaled") else ""
        lines.append(f"| {what} | {peer}{lab.spread(row['searches_cpu_ms'])} | {lab.spread(row['ours_cpu_ms'])} | "
                     f"**{lab.spread(row['ratios'])}** | {goal} | {statistics.median(row['searches_wall_ms']):,.0f} | "
                     f"{statistics.median(row['ours_wall_ms']):,.1f} | {row['load']:.1f} |")
    return "\n".join([*lines, "", *breakdown.table(bench.breakdowns)]) + "\n"


def _options():
    parser = lab.parser(__doc__)
    parser.set_defaults(documents=None)
    parser.add_argument("--workload", choices=workload.NAMES, nargs="+", default=["w1"])
    parser.add_argument("--load", action="store_true", help="only index the events, for a later run")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repetitions", type=int, default=10, help="of ours in a round")
    parser.add_argument("--warm-up-s", type=float, default=30)
    parser.add_argument("--settle-s", type=float, default=4, help="after an upload")
    parser.add_argument("--fresh-rounds", type=int, default=9)
    parser.add_argument("--percolator-batches", type=int, default=5)
    parser.add_argument("--parts", nargs="*", choices=_PARTS, default=list(_PARTS), help="beside warm and cold")
    return parser.parse_args()


def measure(it, options):
    """One workload, written down as far as it is measured; False where the two sides differ."""
    bench = Bench(it, options)
    try:
        for _ in bench.run():
            write(bench, options.work / f"acceptance-{it.workload.name}")
    except Differs as found:
        print(f"FAILED {found}", file=sys.stderr)
        return False
    print(table(bench), flush=True)
    return True


def write(bench, stem):
    it = bench.it
    stem.with_suffix(".md").write_text(f"{lab.machine()}\n\n{table(bench)}", encoding="utf-8")
    stem.with_suffix(".json").write_text(json.dumps(
        {"machine": lab.machine(), "workload": it.workload.name, "documents": it.documents, "segments": it.segments(),
         "matches": bench.matches, "rules": len(bench.queries), "refused": bench.searches.refused, "rows": bench.rows,
         "breakdowns": bench.breakdowns}, indent=1), encoding="utf-8")


def main():
    options = _options()
    chosen = [workload.named(name, options.documents) for name in options.workload]
    with lab.open_lab(options, has_events=False) as it:
        for events in chosen:
            print(f"# {events.name}", flush=True)
            it.turn_to(events)
            if not options.load and not measure(it, options):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
