#!/usr/bin/env python3
"""While documents stream in and become searchable every second: what do decisions about the values of fresh segments
cost, as a share of the indexing?

    bench/cluster/fresh_segments_bench.py --work /tmp/lab --documents 60000

Batches of 500 events every 200 ms, refresh_interval 1 s. In turns of 30 s: nobody asks; our aggregation over everything
every 5 s; an aggregation that counts one field every 5 s in its place. The node's CPU in each is told apart by
subtraction. A second match right after the first sees no fresh segment: the difference between the two is what freshness
costs.
"""
import statistics
import sys
import time

import lab
import load
import workload
from client import ndjson

BATCH, PAUSE_S, ASK_S = 500, 0.2, 5
INDEX = "fresh"


def stream(it, documents, seconds, ask):
    """Feeds for `seconds`; (documents sent, CPU ms, costs of what `ask` answers each time)."""
    begin, clock, sent, costs = time.monotonic(), it.cpu_ns(), 0, []
    next_ask = begin + ASK_S
    while time.monotonic() - begin < seconds:
        turn = time.monotonic()
        lines = []
        for _ in range(BATCH):
            lines += [{"index": {}}, next(documents)]
        it.client.expect("POST", f"/{INDEX}/_bulk", ndjson(lines), timeout_s=120)
        sent += BATCH
        if ask and time.monotonic() >= next_ask:
            costs.append(ask())
            next_ask += ASK_S
        time.sleep(max(0.0, turn + PAUSE_S - time.monotonic()))
    spent = (it.cpu_ns() - clock) / 1e6
    it.client.expect("POST", f"/{INDEX}/_refresh")
    return sent, spent, costs


def first_and_second(it):
    """The cost of a match that meets fresh segments, and of the same again."""
    first = it.cost(lambda: it.match("corpus", index=INDEX))
    return first, it.cost(lambda: it.match("corpus", index=INDEX)), it.segments(INDEX)


def endless(it):
    while True:
        yield from workload.documents(it.work / "events", it.workload)


def run(it, options):
    it.put_file("corpus", it.corpus_file())
    it.client.request("DELETE", f"/{INDEX}")
    load.create_index(it.client, INDEX, more_fields=lab.more_fields(), settings={"refresh_interval": "1s"})
    it.client.expect("GET", f"/{INDEX}/_search")  # an index that is never searched is not refreshed either
    documents = endless(it)
    stream(it, documents, options.seconds, lambda: first_and_second(it))  # warms everything up
    print(f"warmed up; segments {it.segments(INDEX)}", flush=True)
    asks = {"nobody asks": None, "matched": lambda: first_and_second(it),
            "counted": lambda: it.cost(lambda: it.client.expect(
                "POST", f"/{INDEX}/_search?request_cache=false",
                {"size": 0, "aggs": {"n": {"value_count": {"field": "event.ingested"}}}}))}
    for turn in range(options.rounds):
        for name, ask in asks.items():
            sent, spent, costs = stream(it, documents, options.seconds, ask)
            print(f"turn {turn}, {name}: {sent:,} documents, {spent * 1e3 / sent:.0f} us of CPU each", flush=True)
            if name == "matched":
                tell(sent, spent, costs)


def tell(sent, spent, costs):
    firsts = [first.cpu_ms for first, _, _ in costs]
    seconds = [second.cpu_ms for _, second, _ in costs]
    fresh = sum(firsts) - sum(seconds)
    indexing = spent - sum(firsts) - sum(seconds)
    print(f"  {len(costs)} matches: with fresh segments {lab.spread(firsts)} ms, at once again {lab.spread(seconds)} ms; "
          f"segments {statistics.median(len(rows) for _, _, rows in costs):.0f}; freshness {fresh * 1e3 / sent:.1f} us a "
          f"document = {100 * fresh / max(indexing, 1e-9):.1f} % of the rest", flush=True)


def main():
    parser = lab.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with lab.open_lab(options, has_events=False) as it:
        run(it, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
