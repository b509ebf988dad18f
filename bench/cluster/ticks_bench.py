#!/usr/bin/env python3
"""While documents stream in and become searchable every second, all rules are asked every ten seconds about what came
since: what do the ticks cost, ours and by one search per rule, and are the answers right at each of them?

    bench/cluster/ticks_bench.py --work /tmp/lab --minutes 10 --rate 400

The events of w1 over and over, with the time at which they are sent; refresh_interval 1 s; merges as they come. A tick
asks about the last 20 s (public rules look back about twice their interval). For a tick the stream holds, what was sent is
refreshed, and both sides are asked the same, in turns first: the aggregation, and _msearch of 50 searches, 100 hits by
time, whose own totals are the counts that ours must equal, for every rule (a node's own total is exact up to 10,000
documents, more than a window holds).
"""
import itertools
import json
import sys
import threading
import time
from datetime import datetime, timezone

import lab
import load
import peers
import workload
from client import Client

INDEX = "ticks"
TICK_S, WINDOW_S, PAUSE_S = 10, 20, 0.5


def stamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Stream(threading.Thread):
    """Sends events at a rate, except while it is held."""

    def __init__(self, it, rate):
        super().__init__(daemon=True)
        self.sent = 0
        self._client = Client(it.cluster.url)
        self._events = self._endless(it)
        self._batch = max(1, int(rate * PAUSE_S))
        self._gate = threading.Lock()  # held by whoever wants silence
        self._is_over = False
        self.failure = None

    @staticmethod
    def _endless(it):
        """Lines, each with the time in it that is to be replaced."""
        for _ in itertools.repeat(None):
            for number, line in load.lines_of([workload.make(it.work / "events", it.workload)]):
                yield line, it.workload.stamp(number - 1).encode("ascii")

    def _send(self):
        now = stamp(time.time()).encode("ascii")
        body = b"".join(b'{"index":{}}\n' + line.replace(old, now) + b"\n"
                        for line, old in itertools.islice(self._events, self._batch))
        answer = self._client.expect("POST", f"/{INDEX}/_bulk", body, timeout_s=120)
        if answer["errors"]:
            raise RuntimeError("the node refused events of the stream")
        self.sent += self._batch

    def run(self):
        try:
            while not self._is_over:
                begin = time.monotonic()
                with self._gate:
                    self._send()
                time.sleep(max(0.05, begin + PAUSE_S - time.monotonic()))
        except Exception as error:  # of a thread: told by the one that waits for it
            self.failure = error

    def hold(self):
        """A context in which nothing is sent."""
        return self._gate

    def end(self):
        self._is_over = True
        self.join()


def tick(it, searches, number):
    """Both sides once over the same window; their costs, the number of matches, and the rules that differ."""
    now = time.time()
    query = {"range": {"event.ingested": {"gt": stamp(now - WINDOW_S), "lte": stamp(now)}}}
    found, costs = {}, {}
    asks = {"ours": lambda: it.match("corpus", query, index=INDEX), "searches": searches.asked(query, INDEX)}
    for name in asks if number % 2 else reversed(asks):
        costs[name] = it.cost(lambda name=name: found.__setitem__(name, asks[name]()))
    ours = {name: rule["count"] for name, rule in found["ours"]["rules"].items()}
    theirs = {}
    for name, answer in zip(searches.names, found["searches"], strict=True):
        if "hits" in answer and not answer["_shards"]["failed"]:
            total = answer["hits"]["total"]
            if total["relation"] != "eq":
                raise RuntimeError(f"a window holds more than the node counts: {name}")
            theirs[name] = total["value"]
    wrong = {name: (count, ours.get(name, 0)) for name, count in theirs.items() if count != ours.get(name, 0)}
    return costs, sum(theirs.values()), wrong


def run(it, options):
    searches = peers.Searches(it, lab.queries_of(lab.rules(), lab.more_fields()))
    it.put_file("corpus", it.corpus_file())
    it.client.request("DELETE", f"/{INDEX}")
    load.create_index(it.client, INDEX, more_fields=lab.more_fields(), settings={"refresh_interval": "1s"})
    it.client.expect("GET", f"/{INDEX}/_search")  # an index that is never searched is not refreshed either
    idle = it.learn_idle()
    stream = Stream(it, options.rate)
    stream.start()
    ticks, warm_up = [], int(options.warm_up_s / TICK_S)
    begin = time.monotonic()
    for number in range(warm_up + int(options.minutes * 60 / TICK_S)):
        time.sleep(max(0.0, begin + (number + 1) * TICK_S - time.monotonic()))
        if stream.failure:
            raise stream.failure
        with stream.hold():
            it.client.expect("POST", f"/{INDEX}/_refresh")
            costs, matches, wrong = tick(it, searches, number)
        row = {"sent": stream.sent, "matches": matches, "wrong": wrong, "segments": len(it.segments(INDEX)),
               "is_warm_up": number < warm_up,
               **{f"{name}_cpu_ms": cost.cpu_ms for name, cost in costs.items()},
               **{f"{name}_wall_ms": cost.wall_ms for name, cost in costs.items()}}
        ticks.append(row)
        print(f"tick {number}: {row['sent']:,} sent, {matches:,} matches, {row['segments']} segments, ours "
              f"{row['ours_cpu_ms']:.1f} ms, searches {row['searches_cpu_ms']:.0f} ms{' WRONG ' if wrong else ''}"
              f"{json.dumps(wrong) if wrong else ''}", flush=True)
    stream.end()
    return {"machine": lab.machine(), "rate": options.rate, "idle_cores": idle, "ticks": ticks}


def tell(result):
    """The table; False where a tick's answers were wrong."""
    ticks = [row for row in result["ticks"] if not row["is_warm_up"]]
    ratios = [row["searches_cpu_ms"] / max(row["ours_cpu_ms"], 1e-6) for row in ticks]
    wrong = [row for row in result["ticks"] if row["wrong"]]
    print("| ticks | documents | segments | searches, CPU ms | ours, CPU ms | ratio | all of them: searches, ours | wrong |")
    print("|---|---|---|---|---|---|---|---|")
    print(f"| {len(ticks)} | {ticks[-1]['sent']:,} | {lab.spread([row['segments'] for row in ticks])} | "
          f"{lab.spread([row['searches_cpu_ms'] for row in ticks])} | {lab.spread([row['ours_cpu_ms'] for row in ticks])} | "
          f"**{lab.spread(ratios)}** | {sum(row['searches_cpu_ms'] for row in ticks) / 1e3:.1f} s, "
          f"{sum(row['ours_cpu_ms'] for row in ticks) / 1e3:.2f} s | {len(wrong)} |", flush=True)
    return not wrong


def main():
    parser = lab.parser(__doc__)
    parser.set_defaults(documents=None)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=400, help="documents a second; what the machine bears")
    parser.add_argument("--warm-up-s", type=float, default=60)
    options = parser.parse_args()
    with lab.open_lab(options, events=workload.named("w1", options.documents), has_events=False) as it:
        result = run(it, options)
    (options.work / "ticks.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if tell(result) else 1


if __name__ == "__main__":
    sys.exit(main())
