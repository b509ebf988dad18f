#!/usr/bin/env python3
"""A day of the public rules every five minutes over a growing index: do heap and native memory stay where they are, what does
a tick cost, how long after its time is it over?

    bench/cluster/day_of_ticks.py --work /tmp/lab --a-tick 1000 [--ticks 288]

Time is made up: the events of five minutes are indexed, then the ruleset is started to the end of them ("to"), and the tick is
over when the runs up to there are committed. Events go round twenty indices with names that the rules look for. Cost is CPU of
the node's process less Java's compilers, its idle burn, and what indexing and refreshing took; alerts are part of it.
"""
import itertools
import json
import statistics
import sys
import time
from datetime import timedelta

import lab
import load
import memory_bench
import union_bench
import workload

RULESET = "day"
STEP = timedelta(minutes=5)
_PATIENCE_S = 300
_SETTLED_S = 10  # the first tick: no other rule has run since
_STATS_S = 1.5
_WHOLE = 24  # ticks of which the first and the last are compared


def stamp(time_of):
    return time_of.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def events(it):
    """The workload's lines without end, each with the time in it that is to be replaced."""
    for _ in itertools.repeat(None):
        for number, line in load.lines_of([workload.make(it.work / "events", it.workload)]):
            yield line, it.workload.stamp(number - 1).encode("ascii")


def index(it, source, begin, count):
    """The events of one tick, evenly over its time."""
    for first in range(0, count, 1_000):
        lines = []
        for number, (line, old) in enumerate(itertools.islice(source, min(1_000, count - first)), start=first):
            target = union_bench.INDICES[number % len(union_bench.INDICES)]
            lines.append(b'{"create":{"_index":"' + target.encode() + b'"}}\n'
                         + line.replace(old, stamp(begin + number * STEP / count).encode()) + b"\n")
        answer = it.client.expect("POST", "/_bulk", b"".join(lines), timeout_s=120)
        if answer["errors"]:
            refused = [item["create"] for item in answer["items"] if item["create"]["status"] >= 300]
            if any(item["status"] != 400 for item in refused):
                raise RuntimeError(f"events were not taken: {json.dumps(refused[:1])[:500]}")
    it.client.expect("POST", "/" + ",".join(union_bench.INDICES) + "/_refresh", timeout_s=120)


def last_runs(it):
    """By rule, as committed."""
    status, answer = it.client.request("GET", f"/.tripline-state/_doc/head-{RULESET}")
    return {name: rule["last_run"] for name, rule in answer["_source"]["rules"].items()} if status == 200 else {}


def wait_for(it, millis, rules):
    """Returns once the runs up to then of these rules are committed; answers those that ran then, where `rules` is None."""
    deadline, since, before = time.monotonic() + _PATIENCE_S, time.monotonic(), None
    while time.monotonic() < deadline:
        ran = {name for name, last in last_runs(it).items() if last >= millis}
        if rules is not None and ran >= rules:
            return rules
        if ran != before:
            before, since = ran, time.monotonic()
        if rules is None and ran and time.monotonic() - since > _SETTLED_S:
            return ran
        time.sleep(0.2)
    raise RuntimeError(f"{len(ran)} rules have a run of {millis} within {_PATIENCE_S} s; "
                       f"{json.dumps(it.client.expect('GET', '/_plugins/_tripline/_stats'))[:2000]}")


def run(it, options):
    for name in union_bench.INDICES:
        load.create_index(it.client, name, more_fields=lab.more_fields(), settings={"refresh_interval": "-1"})
    file = it.corpus_file()
    it.put(RULESET, file.read_bytes())
    time.sleep(10)  # machine code
    idle = it.learn_idle()
    source, begin = events(it), workload.BEGIN
    rows, ran, memories = [], None, {"before": memory_bench.read(it) | heap(it)}
    for tick in range(options.ticks):
        end = begin + STEP
        index(it, source, begin, options.a_tick)
        clock, wall = it.cpu_ns(), time.monotonic()
        it.client.expect("POST", f"{lab.PREFIX}/{RULESET}/_start", {"from": stamp(workload.BEGIN), "to": stamp(end)})
        ran = wait_for(it, int(end.timestamp() * 1_000), ran)
        wall = time.monotonic() - wall
        rows.append({"cpu_ms": (it.cpu_ns() - clock) / 1e6 - idle * wall * 1e3, "wall_ms": wall * 1e3,
                     "heap_mb": it.cluster.nodes[0].memory()["heap_used"] / 1e6})
        begin = end
        if tick + 1 in (options.ticks // 8, options.ticks // 2, options.ticks):
            memories[f"tick {tick + 1}"] = memory_bench.read(it) | heap(it)
            print(f"tick {tick + 1}: {rows[-1]}, {memories[f'tick {tick + 1}']}", flush=True)
    documents = it.client.expect("GET", "/" + ",".join(union_bench.INDICES) + "/_count")["count"]
    alerts = it.client.request("GET", "/tripline-alerts/_count")[1].get("count", 0)
    return {"machine": lab.machine(), "documents": documents, "alerts": alerts, "rows": rows, "memory": memories, "rules": len(ran),
            "head_bytes": len(json.dumps(it.client.expect("GET", f"/.tripline-state/_doc/head-{RULESET}")["_source"])),
            "stats": it.client.expect("GET", "/_plugins/_tripline/_stats")}


def heap(it):
    """After a collection, in MB; memory_bench.read has just asked for one, which the node's statistics know a second later."""
    time.sleep(_STATS_S)
    return {"heap": it.cluster.nodes[0].memory()["heap_used"] / 1e6}


def tell(result):
    rows = result["rows"]
    parts = {"first ticks": rows[1:_WHOLE + 1], "all": rows[1:], "last ticks": rows[-_WHOLE:]}
    print(f"{result['machine']}; {result['documents']:,} documents, {result['rules']} rules every five minutes, "
          f"{result['alerts']:,} alerts, a head document of {result['head_bytes']:,} bytes; the first tick took "
          f"{rows[0]['wall_ms']:,.0f} ms")
    print("| ticks | CPU a tick, ms | over after, ms |\n|---|---|---|")
    for name, part in parts.items():
        cpu, wall = (lab.spread([row[column] for row in part]) for column in ("cpu_ms", "wall_ms"))
        print(f"| {name} ({len(part)}) | {cpu} | {wall} |")
    first = result["memory"]["before"]
    print("| MB (change) | " + " | ".join(first) + " |\n" + "|---" * (len(first) + 1) + "|")
    for name, memory in result["memory"].items():
        print(f"| {name} | " + " | ".join(f"{memory[part]:,.0f} ({memory[part] - first[part]:+,.0f})" for part in memory) + " |")
    longest = max(row["wall_ms"] for row in rows) / 1e3
    is_in_time = longest < STEP.total_seconds()
    print(f"CPU of all ticks: {sum(row['cpu_ms'] for row in rows) / 1e3:.1f} s; longest {longest:.1f} s; "
          f"median of the heap between ticks {statistics.median(row['heap_mb'] for row in rows):.0f} MB", flush=True)
    return is_in_time


def main():
    parser = lab.parser(__doc__)
    parser.set_defaults(documents=None, heap="1g")
    parser.add_argument("--ticks", type=int, default=288)
    parser.add_argument("--a-tick", type=int, default=1_000, help="events of a tick")
    options = parser.parse_args()
    with lab.open_lab(options, events=workload.named("w1", options.documents), has_events=False,
                      jvm_flags=memory_bench.JVM_FLAGS) as it:
        for name in (*union_bench.INDICES, "tripline-alerts-*"):
            it.client.request("DELETE", f"/{name}")
        result = run(it, options)
    (options.work / "day.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if tell(result) else 1


if __name__ == "__main__":
    sys.exit(main())
