#!/usr/bin/env python3
"""What does one more event, distinct value, shard, rule, term and alert cost? Each is varied alone, the others held, and a
straight line laid through all repetitions: the coefficients of docs/scale.md.

    bench/cluster/scale_costs.py --work /tmp/lab --json /tmp/costs.json [--part kept cold values shards rules terms alerts]

CPU of the node's process, less Java's compilers and its idle burn. kept: what a search reads of verdicts that are there.
again: documents matched anew. cold: the first look at segments. Sizes of one part are measured in turns.
"""
import itertools
import json
import pathlib
import sys
import time

import lab
import load
import memory_bench
import scale_rules
import workload
from scale_fit import Fit

ROUNDS = 5
_SETTINGS = {"refresh_interval": "-1"}
RANGE_OF_NOTHING = {"range": {"@timestamp": {"lt": "1980-01-01"}}}


class Part:
    """One quantity that is varied."""

    def __init__(self, it, what, unit):
        self._it = it
        self.what = what
        self.unit = unit
        self.points = []

    def measure(self, asks, rounds=ROUNDS, repetitions=1, before=None):
        """asks: size -> what to ask. before: what to do before each, outside of the measurement."""
        for turn in range(rounds):
            for size in asks if turn % 2 else reversed(list(asks)):
                if before:
                    before(size)
                self.points.append((size, self._it.cost(asks[size], repetitions).cpu_ms))

    def result(self):
        fit = Fit.through(self.points)
        medians = {size: lab.spread([cost for at, cost in self.points if at == size]) for size in sorted({at for at, _ in self.points})}
        print(f"| {self.what} | {self.unit} | {fit.slope * 1e6:,.1f} ± {fit.error * 1e6:,.1f} ns | {fit.base:.2f} ms | {fit.r2:.3f} | "
              + "; ".join(f"{size:,}: {cost}" for size, cost in medians.items()) + " |", flush=True)
        return {"slope_ns": fit.slope * 1e6, "error_ns": fit.error * 1e6, "base_ms": fit.base, "r2": fit.r2,
                "points": self.points}


def first_of(it, count):
    return {"range": {"event.ingested": {"lt": it.workload.stamp(count)}}}


def kept(it):
    """Events of one segment that a search counts from verdicts that are kept, and matches anew."""
    parts = []
    sizes = [int(it.documents * share) for share in (0.05, 0.25, 0.5, 1)]
    for what, reading, repetitions in (("event, verdict kept", "verdicts", 10), ("event, matched again", "postings_first", 2)):
        asks = {size: lambda size=size, reading=reading: it.match("corpus", first_of(it, size), reading=reading) for size in sizes}
        for ask in asks.values():
            lab.warm_up(ask, 3)
        part = Part(it, what, "event in the window")
        part.measure(asks, repetitions=repetitions)
        parts.append(part)
    return parts


def index_lines(it, index, lines, shards=1, merge=True):
    """An index with these lines, one segment a shard; as it is where it is there."""
    if it.client.request("HEAD", f"/{index}")[0] == 200:
        return
    load.create_index(it.client, index, more_fields=lab.more_fields(), settings={**_SETTINGS, "number_of_shards": shards})
    load.load(it.client, index, lines)
    if merge:
        it.client.expect("POST", f"/{index}/_forcemerge?max_num_segments=1", timeout_s=600)
        it.client.expect("POST", f"/{index}/_refresh", timeout_s=600)


def events(it, count):
    return itertools.islice(load.lines_of([workload.make(it.work / "events", it.workload)]), count)


def forget(it):
    if not it.forget():
        raise RuntimeError("the node has no setting to forget by")


def cold(it):
    """Fresh segments of several sizes, seen for the first time."""
    sizes = (2_000, 8_000, 24_000, 60_000)
    for size in sizes:
        index_lines(it, f"cold-{size}", events(it, size))
    asks = {size: lambda size=size: it.match("corpus", index=f"cold-{size}") for size in sizes}
    part = Part(it, "event, cold", "event of a fresh segment")
    part.measure(asks, rounds=5, before=lambda _: forget(it))
    part.points.clear()
    part.measure(asks, before=lambda _: forget(it))
    return [part]


def values(it):
    """16,000 events with 20 keyword fields of few or many values; the first look. As many as are decided by walking the
    dictionary; of larger ones only what events that still matter hold is looked up (010)."""
    fields, count = memory_bench.asked_fields(), 16_000
    asks = {}
    for distinct in (50, 2_000, 4_000, 8_000):
        index_lines(it, f"values-{distinct}", repeated_values(fields, count, distinct))
        asks[distinct * len(fields)] = lambda distinct=distinct: it.match("corpus", index=f"values-{distinct}")
    part = Part(it, "distinct value, cold", "value of a dictionary that rules ask")
    part.measure(asks, rounds=3, before=lambda _: forget(it))
    part.points.clear()
    part.measure(asks, before=lambda _: forget(it))
    return [part]


def repeated_values(fields, count, distinct):
    for number in range(count):
        key = f"{number % distinct * 2654435761 % 2**32:08x}"
        document = {"@timestamp": workload.named("w1").stamp(number)}
        for name in fields:
            *path, last = name.split(".")
            at = document
            for step in path:
                at = at.setdefault(step, {})
            at[last] = f"{key[:2]}/{name}/{key}"
        yield number + 1, json.dumps(document, separators=(",", ":")).encode("utf-8")


def shards(it):
    """16,000 events over more and more shards: asked, and left out because they hold nothing of the time that is asked."""
    sizes = (1, 8, 32, 96)
    for size in sizes:
        index_lines(it, f"shards-{size}", events(it, 16_000), shards=size)
    asks = {size: lambda size=size: it.match("corpus", index=f"shards-{size}") for size in sizes}
    for ask in asks.values():
        lab.warm_up(ask, 3)
    asked = Part(it, "shard, kept", "shard")
    asked.measure(asks, repetitions=5)
    skipping = {size: lambda size=size: it.match_at(
        f"shards-{size}/_search?request_cache=false&pre_filter_shard_size=1", "corpus", RANGE_OF_NOTHING) for size in sizes}
    for ask in skipping.values():
        lab.warm_up(ask, 3)
    skipped = Part(it, "shard, left out by its time", "shard")
    skipped.measure(skipping, repetitions=10)
    fresh = Part(it, "shard, cold", "shard")
    fresh.measure(asks, before=lambda _: forget(it))
    return [asked, skipped, fresh]


def rules(it):
    """Rulesets of 100 to 5,000 rules: over 16,000 fresh events, and over 300,000 kept ones."""
    sizes = (100, 587, 2_000, 5_000)
    index_lines(it, "cold-16000", events(it, 16_000))
    for size in sizes:
        clock, begin = it.cpu_ns(), time.monotonic()
        file = scale_rules.ruleset(it.work, size)
        it.put_file(f"rules-{size}", file)
        print(f"{size} rules: {file.stat().st_size / 1e6:.1f} MB, uploaded in {time.monotonic() - begin:.1f} s, "
              f"{(it.cpu_ns() - clock) / 1e9:.1f} s of CPU", flush=True)
    parts = []
    for what, index, before, repetitions in (("rule, cold", "cold-16000", lambda _: forget(it), 1), ("rule, kept", it.index, None, 5)):
        asks = {size: lambda size=size, index=index: it.match(f"rules-{size}", index=index) for size in sizes}
        for ask in asks.values():
            lab.warm_up(ask, 5)
        part = Part(it, what, "rule of the ruleset")
        part.measure(asks, repetitions=repetitions, before=before)
        parts.append(part)
    memory = memory_bench.read(it)
    print(f"memory with all four rulesets, MB: {memory}", flush=True)
    for size in sizes:
        it.delete(f"rules-{size}")
    return parts


def rule(rule_id, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "For a measurement.", "type": "query", "language": "kuery",
            "query": "event.kind:event", "index": ["terms-*"], "interval": "5m", "from": "now-10m", "risk_score": 1,
            "severity": "low", "max_signals": 100, "enabled": True, **more}


def put_rules(it, name, rules):
    it.put(name, b"".join(json.dumps(one).encode() + b"\n" for one in rules))


def run_at(it, name, begin, end, dry=True):
    return it.client.expect("POST", f"{lab.PREFIX}/{name}/_run", {
        "from": begin, "to": end, "dry_run": dry, "index": "terms-a"})


def term_lines(count, distinct):
    step = workload.named("w1").step
    for number in range(count):
        document = {"@timestamp": (workload.BEGIN + number * step).isoformat(), "event": {"kind": "event"},
                    "user": {"name": f"user-{number % distinct:06}"}, "host": {"name": f"h{number % 7}"},
                    "process": {"executable": f"/usr/bin/program-{number % 11:03}"}}
        yield number + 1, json.dumps(document, separators=(",", ":")).encode("utf-8")


def terms(it):
    """Terms of a new_terms rule that a shard sends back: all of them known, so that no alert is made."""
    count, part = 50_000, Part(it, "term, known", "term of the history on a shard")
    index_lines(it, "terms-a", term_lines(count, count))
    history = {"type": "new_terms", "new_terms_fields": ["user.name"], "history_window_start": "now-20d"}
    ends, asks = {}, {}
    for size in (1_000, 10_000, 25_000, 50_000):
        ends[size] = (workload.BEGIN + (size - 1) * workload.named("w1").step).isoformat()
        asks[size] = lambda size=size: run_at(it, "terms", ends[size], ends[size])
    put_rules(it, "terms", [rule("terms", **history)])
    for ask in asks.values():
        lab.warm_up(ask, 3)
    part.measure(asks, repetitions=2)
    return [part]


def alerts(it):
    """Alerts that a run fetches, builds and shows, and those that it writes."""
    index_lines(it, "terms-a", term_lines(50_000, 50_000))
    begin, end = workload.BEGIN.isoformat(), (workload.BEGIN + 1_000 * workload.named("w1").step).isoformat()
    sizes = (10, 100, 400, 800)
    for size in sizes:
        put_rules(it, f"alerts-{size}", [rule("alerts", max_signals=size)])
    asks = {size: lambda size=size: run_at(it, f"alerts-{size}", begin, end) for size in sizes}
    for ask in asks.values():
        lab.warm_up(ask, 3)
    shown = Part(it, "alert, fetched, built, shown", "alert")
    shown.measure(asks, repetitions=2)
    writing = {size: lambda size=size: run_at(it, f"alerts-{size}", begin, end, dry=False) for size in sizes}
    written = Part(it, "alert, fetched, built, written", "alert")
    def clean(_):
        it.client.request("DELETE", "/tripline-alerts-*")
    written.measure(writing, rounds=2, before=clean)
    written.points.clear()
    written.measure(writing, before=clean)
    return [shown, written]


_PARTS = {"kept": kept, "cold": cold, "values": values, "shards": shards, "rules": rules, "terms": terms, "alerts": alerts}


def main():
    parser = lab.parser(__doc__)
    parser.set_defaults(documents=None, heap="3g")
    parser.add_argument("--part", choices=_PARTS, nargs="+", default=list(_PARTS))
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="results as JSON; parts that are there stay")
    options = parser.parse_args()
    results = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    with lab.open_lab(options, events=workload.named("w1", options.documents)) as it:
        it.put_file("corpus", it.corpus_file())
        time.sleep(10)  # machine code
        print(f"idle: {it.learn_idle():.4f} cores")
        print("| one more | of | costs, CPU | base | R² | medians (lowest-highest), ms |\n|---|---|---|---|---|---|")
        for name in options.part:
            for part in _PARTS[name](it):
                results[part.what] = part.result() | {"machine": lab.machine()}
            if options.json:
                options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
