#!/usr/bin/env python3
"""Interpreter or machine code inside the node: what does a document cost, and what does the code cost to make?

    bench/cluster/machine_code_bench.py --work /tmp/lab

Each ruleset is uploaded twice, under plugins.tripline.jit off and auto, and the two are measured in turns. Making code:
the node's CPU from the upload until it is idle again, of auto less that of off; memory: what the process holds resident
after the same.
"""
import sys
import time

import lab
import process

PAUSE_S = 5
MODES = ("off", "auto")


def upload(it, name, body, mode):
    """(CPU ms, resident MB more) of an upload until its code is there."""
    it.client.expect("PUT", "/_cluster/settings", {"transient": {"plugins.tripline.jit": mode}})
    before = process.memory(it.cluster.nodes[0].process)["resident"]
    cost = it.cost(lambda: (it.put(name, body), time.sleep(PAUSE_S)))
    return cost.cpu_ms, (process.memory(it.cluster.nodes[0].process)["resident"] - before) / 1e6


def measure(it, name, body, options):
    # One content would be one ruleset to the node, with one engine: a second rule id makes two of them.
    making = {mode: [] for mode in MODES}
    for _ in range(3):
        for mode in MODES:
            it.delete(f"{name}-{mode}")
            making[mode].append(upload(it, f"{name}-{mode}", body[mode], mode))
    newest = it.workload.newest(0.05)
    for what, query, documents in (("whole index", None, options.documents), ("newest 5 %", newest, options.documents // 20)):
        asks = {mode: lambda mode=mode: it.match(f"{name}-{mode}", query) for mode in MODES}
        for _ in range(options.warm_up):
            for ask in asks.values():
                ask()
        costs = lab.alternate(it, asks, options.rounds, max(3, 90_000 // documents))
        for mode in MODES:
            per_document = [cost * 1e6 / documents for cost in lab.cpu(costs[mode])]
            print(f"  {name}, {what}, jit {mode}: {lab.spread(per_document)} ns/document")
        print(f"  {name}, {what}: off / auto {lab.ratio(costs['off'], costs['auto'])}", flush=True)
    for mode in MODES:
        print(f"  {name}, upload, jit {mode}: CPU ms {lab.spread([cpu for cpu, _ in making[mode]])}, resident MB "
              f"{lab.spread([memory for _, memory in making[mode]])}", flush=True)


def run(it, options):
    print(f"idle: {it.learn_idle():.3f} of a core", flush=True)
    for name, paths in (("seed", [lab.SEED_RULE]), ("corpus", [rule.path for rule in lab.compiled_rules()])):
        print(f"{name}: {len(paths)} rules", flush=True)
        measure(it, name, {mode: lab.compile_rules(paths, mode) for mode in MODES}, options)
    it.client.expect("PUT", "/_cluster/settings", {"transient": {"plugins.tripline.jit": None}})


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
