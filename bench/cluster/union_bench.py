#!/usr/bin/env python3
"""One search over the union of all rules' indices and windows, or one search for each combination of index patterns,
look-back and interval?

    bench/cluster/union_bench.py --work /tmp/lab --documents 60000

The events are spread over 20 indices with names that the public rules' patterns look for. Union: one ruleset, one search
over all of them, each rule counting only where its patterns look. Apart: a ruleset for each combination, each searched
over its own patterns. Both see everything, so that the same matches are counted; they are measured in turns.
"""
import collections
import itertools
import sys

import lab
import load
import workload

INDICES = ("logs-endpoint.events.process-a", "logs-endpoint.events.network-a", "logs-endpoint.events.file-a",
           "logs-endpoint.events.registry-a", "logs-windows.sysmon_operational-a", "logs-windows.forwarded-a",
           "logs-system.security-a", "logs-system.auth-a", "winlogbeat-a", "auditbeat-a", "filebeat-a", "packetbeat-a",
           "endgame-a", "logs-aws.cloudtrail-a", "logs-azure.activitylogs-a", "logs-okta.system-a", "logs-o365.audit-a",
           "logs-gcp.audit-a", "logs-google_workspace.admin-a", "logs-network_traffic.flow-a")
LENIENT = "ignore_unavailable=true&allow_no_indices=true&expand_wildcards=open"


def spread_events(it):
    if it.client.request("HEAD", f"/{INDICES[0]}")[0] != 404:
        return
    lines = list(load.lines_of([workload.make(it.work / "events", it.workload)]))
    for number, index in enumerate(INDICES):
        load.create_index(it.client, index, more_fields=lab.more_fields(), settings={"refresh_interval": "-1"})
        load.load(it.client, index, lines[number::len(INDICES)])


def combinations():
    """(patterns, from, interval) -> rule files."""
    found = collections.defaultdict(list)
    for rule in lab.compiled_rules():
        document = lab.rule_document(rule.path)
        if document.get("index"):
            key = (tuple(sorted(document["index"])), document.get("from", "now-6m"), document.get("interval", "5m"))
            found[key].append(rule.path)
    return found


def count(result):
    return sum(rule["count"] for rule in result["rules"].values())


def run(it, options):
    found = combinations()
    by_size = sorted(map(len, found.values()), reverse=True)
    print(f"{sum(by_size)} rules with indices in {len(found)} combinations of patterns, look-back and interval; rules in "
          f"each: {by_size}", flush=True)
    it.put("union", lab.compile_rules(itertools.chain.from_iterable(found.values())))
    parts = []
    for number, (key, rules) in enumerate(found.items()):
        it.put(f"part-{number}", lab.compile_rules(rules))
        parts.append((f"part-{number}", ",".join(key[0]) + f"/_search?{LENIENT}&request_cache=false"))
    asks = {
        "union": lambda: [it.match("union", index=",".join(INDICES), is_by_pattern=True)],
        "apart": lambda: [it.match_at(path, name, is_by_pattern=True) for name, path in parts],
    }
    for name, ask in asks.items():
        print(f"{name}: {sum(map(count, ask())):,} matches", flush=True)
    for query_name, query in (("everything", None), ("newest 5 %", it.workload.newest(0.05))):
        asks = {
            "union": lambda: it.match("union", query, index=",".join(INDICES), is_by_pattern=True),
            "apart": lambda: [it.match_at(path, name, query, is_by_pattern=True) for name, path in parts],
        }
        for _ in range(options.warm_up):
            for ask in asks.values():
                ask()
        it.learn_idle(2)
        costs = lab.alternate(it, asks, options.rounds, {"union": 10, "apart": 1})
        for name in asks:
            print(f"  {query_name}, {name}: CPU ms {lab.spread(lab.cpu(costs[name]))}, wall ms "
                  f"{lab.spread(lab.wall(costs[name]))}")
        print(f"  {query_name}: apart / union {lab.ratio(costs['apart'], costs['union'])}", flush=True)


def main():
    parser = lab.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=5)
    options = parser.parse_args()
    with lab.open_lab(options, has_events=False) as it:
        spread_events(it)
        run(it, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
