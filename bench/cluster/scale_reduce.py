#!/usr/bin/env python3
"""What does the coordinating node pay: bytes and CPU, for one more shard, rule that matches, find and term?

    bench/cluster/scale_reduce.py --work /tmp/lab [--json FILE]

Two nodes: one holds all shards, the other, which holds none, is asked. Bytes are those of its transport, less what
came and went in a silence as long; CPU is its process's, less Java's compilers and its idle burn.
"""
import argparse
import json
import pathlib
import sys
import time

import lab
import load
import scale_costs
import workload
from connection import Connection
from local_cluster import Cluster
from scale_fit import Fit

ROUNDS, REPETITIONS = 5, 5


class Coordinator(lab.Lab):
    """A Lab whose node is the one that is asked, and which knows the bytes that came in."""

    def __init__(self, cluster, work, events):
        super().__init__(cluster, work, events)
        asked = cluster.nodes[1]
        self.client = Connection(asked.url)
        self._pid = asked.pid
        self._clock = (~self._pid << 3) | 2
        self._other = cluster.nodes[0].client

    def transported(self):
        """Bytes that came in and went out. Asked of itself: it is HTTP, which does not count."""
        (node,) = self.client.expect("GET", "/_nodes/_local/stats/transport")["nodes"].values()
        return node["transport"]["rx_size_in_bytes"], node["transport"]["tx_size_in_bytes"]

    def bytes_of(self, ask):
        """(received, sent) by one of ten askings, beyond what comes and goes anyway."""
        begin, first = time.monotonic(), self.transported()
        for _ in range(10):
            ask()
        asked, seconds = self.transported(), time.monotonic() - begin
        silent = self.transported()
        time.sleep(seconds)
        return tuple(max(0, a - f - (l - s)) / 10 for f, a, s, l in zip(first, asked, silent, self.transported(), strict=True))


def measure(it, what, asks):
    """asks: size -> what to ask. Prints a row; answers the fits and the points."""
    for ask in asks.values():
        lab.warm_up(ask, 3)
    cpu = []
    for turn in range(ROUNDS):
        for size in asks if turn % 2 else reversed(list(asks)):
            cpu.append((size, it.cost(asks[size], REPETITIONS).cpu_ms))
    moved = {size: it.bytes_of(ask) for size, ask in asks.items()}
    of_cpu = Fit.through(cpu)
    received, sent = (Fit.through([(size, one[way]) for size, one in moved.items()]) for way in (0, 1))
    medians = "; ".join(f"{size:,}: {lab.spread([ms for at, ms in cpu if at == size])} ms, {moved[size][0]:,.0f} B, "
                        f"{moved[size][1]:,.0f} B" for size in asks)
    print(f"| {what} | {of_cpu.slope * 1e3:,.2f} ± {of_cpu.error * 1e3:,.2f} us | {received.slope:,.1f} B | {sent.slope:,.1f} B | "
          f"{of_cpu.r2:.3f} | {medians} |", flush=True)
    return {"cpu_us": of_cpu.slope * 1e3, "error_us": of_cpu.error * 1e3, "received": received.slope, "sent": sent.slope,
            "cpu": cpu, "moved": moved}


SETTINGS = {"refresh_interval": "-1", "routing.allocation.require._name": "node-1"}
HISTORY = {"type": "new_terms", "new_terms_fields": ["user.name"], "history_window_start": "now-20d"}
STEP = workload.named("w1").step


def end_of(count):
    """The time of the last of so many events."""
    return (workload.BEGIN + (count - 1) * STEP).isoformat()


def shards(it):
    sizes = (1, 8, 32, 96)
    for size in sizes:
        load.create_index(it.client, f"shards-{size}", more_fields=lab.more_fields(), settings={**SETTINGS, "number_of_shards": size})
        load.load(it.client, f"shards-{size}", scale_costs.events(it, 16_000))
    it.put_file("corpus", it.corpus_file())
    time.sleep(10)  # machine code
    yield "shard (587 rules)", {size: lambda size=size: it.match("corpus", index=f"shards-{size}") for size in sizes}
    yield "shard left out by its time", {size: lambda size=size: it.match_at(
        f"shards-{size}/_search?request_cache=false&pre_filter_shard_size=1", "corpus", scale_costs.RANGE_OF_NOTHING)
        for size in sizes}


def terms_index(it):
    if it.client.request("HEAD", "/terms-a")[0] == 404:
        load.create_index(it.client, "terms-a", settings=SETTINGS)
        load.load(it.client, "terms-a", scale_costs.term_lines(50_000, 50_000))


def counts(it):
    terms_index(it)
    matching = {}
    for size in (10, 200, 1_000, 4_000):
        scale_costs.put_rules(it, f"matching-{size}", [
            scale_costs.rule(f"rule-{n:05}", query=f"event.kind:event and not user.name:x{n}") for n in range(size)])
        matching[size] = lambda size=size: it.match(f"matching-{size}", index="terms-a")
    yield "rule that matches on a shard, counted", matching


def terms(it):
    terms_index(it)
    scale_costs.put_rules(it, "terms", [scale_costs.rule("terms", **HISTORY)])
    yield "term of a history, from one shard", {
        size: lambda end=end_of(size): scale_costs.run_at(it, "terms", end, end) for size in (1_000, 10_000, 25_000, 50_000)}
    # 2,000 terms, each on most of the shards.
    events, distinct, merged = 64_000, 2_000, {}
    scale_costs.put_rules(it, "merged", [scale_costs.rule("merged", **HISTORY)])
    for number in (1, 8, 32, 96):
        index = f"merged-{number}"
        load.create_index(it.client, index, settings={**SETTINGS, "number_of_shards": number})
        load.load(it.client, index, scale_costs.term_lines(events, distinct))
        received = round(number * distinct * (1 - (1 - 1 / distinct) ** (events / number)))
        body = {"from": end_of(events), "to": end_of(events), "dry_run": True, "index": index}
        merged[received] = lambda body=body: it.client.expect("POST", f"{lab.PREFIX}/merged/_run", body)
    yield "term of a history, each from most of 1 to 96 shards (with the shards' own cost)", merged


def finds(it):
    terms_index(it)
    asks = {}
    for size in (100, 500, 1_500):
        scale_costs.put_rules(it, f"finds-{size}", [scale_costs.rule("finds", max_signals=size)])
        asks[size] = lambda size=size: it.client.expect("POST", f"{lab.PREFIX}/finds-{size}/_run", {
            "from": workload.BEGIN.isoformat(), "to": end_of(50_000), "dry_run": True, "index": "terms-a"})
    yield "find, its event fetched, its alert built and shown", asks


def windows(it):
    """Rules of a run, each with its window, which every shard is told: 96 shards that hold nothing of the time."""
    load.create_index(it.client, "empty-96", settings={**SETTINGS, "number_of_shards": 96})
    load.load(it.client, "empty-96", scale_costs.term_lines(1_000, 1_000))
    asks = {}
    for size in (10, 200, 1_000, 4_000):
        scale_costs.put_rules(it, f"windows-{size}", [
            scale_costs.rule(f"rule-{n:05}", query=f"event.kind:event and not user.name:x{n}") for n in range(size)])
        asks[size] = lambda size=size: it.client.expect("POST", f"{lab.PREFIX}/windows-{size}/_run", {
            "from": "1980-01-01", "to": "1980-01-02", "dry_run": True, "index": "empty-96"})
    yield "rule with a window, told to 96 shards", asks


_PARTS = {"shards": shards, "windows": windows, "counts": counts, "terms": terms, "finds": finds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("--part", choices=_PARTS, nargs="+", default=list(_PARTS))
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    print(lab.machine(), flush=True)
    results = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    with Cluster(2, plugins=[lab.PLUGIN], heap="1g", jvm_flags=lab.JVM_FLAGS) as cluster:
        it = Coordinator(cluster, options.work.absolute(), workload.named("w1"))
        it.learn_idle()
        print("| one more | coordinator's CPU | received | sent | R² | medians |\n|---|---|---|---|---|---|")
        for name in options.part:
            for what, asks in _PARTS[name](it):
                results[what] = measure(it, what, asks)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
