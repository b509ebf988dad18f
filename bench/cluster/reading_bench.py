#!/usr/bin/env python3
"""What does reading a shard cost, with what matched kept, postings first, and every column that a rule may need?

    bench/cluster/reading_bench.py --work /tmp/lab

Warm: what is known of the segment is known (second and later matches). Cold: the node keeps nothing of the segment; the
operating system's cache stays warm, it cannot be emptied from here. The readings are measured in turns.
"""
import sys

import lab

READINGS = ("verdicts", "postings_first", "columns")


def cold(it, query, reading):
    it.forget()
    return it.cost(lambda: it.match("corpus", query, reading=reading))


def measure(it, name, query, documents, options):
    asks = {reading: lambda reading=reading: it.match("corpus", query, reading=reading) for reading in READINGS}
    for _ in range(options.warm_up):
        for ask in asks.values():
            ask()
    costs = lab.alternate(it, asks, options.rounds, max(2, 60_000 // documents))
    colds = {reading: [cold(it, query, reading) for _ in range(3)] for reading in READINGS}
    print(f"{name}:")
    for reading in READINGS:
        result = it.match("corpus", query, reading=reading)
        warm = [cost * 1e6 / documents for cost in lab.cpu(costs[reading])]
        print(f"  {reading}: warm {lab.spread(warm)} ns/document ({lab.spread(lab.cpu(costs[reading]))} ms), cold "
              f"{lab.spread(lab.cpu(colds[reading]))} ms; {result['values_read'] / documents:.2f} values read a document")
    print(f"  columns / postings first: {lab.ratio(costs['columns'], costs['postings_first'])}", flush=True)


def run(it, options):
    it.put_file("corpus", it.corpus_file())
    print(f"idle: {it.learn_idle():.3f} of a core", flush=True)
    measure(it, "whole index", None, options.documents, options)
    newest = it.workload.newest(0.05)
    measure(it, "newest 5 %", newest, options.documents // 20, options)
    nothing = it.cost(lambda: it.client.expect(
        "POST", f"/{it.index}/_search?request_cache=false",
        {"size": 0, "query": newest, "aggs": {"n": {"value_count": {"field": "event.ingested"}}}}), 100)
    print(f"a count of values over the newest 5 %: {nothing.cpu_ms:.2f} ms of CPU", flush=True)


def main():
    parser = lab.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=20)
    options = parser.parse_args()
    with lab.open_lab(options) as it:
        run(it, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
