#!/usr/bin/env python3
"""What a node keeps of rulesets that came and went: uploads and deletes of two rulesets by turns (the seed rule as
documents, 50 public rules as a file), each matched once. Heap and process memory are read after collections of garbage;
between the first fifth and the end neither may grow beyond what the readings scatter.

    memory_test.py [--uploads 1000] [--every 25]

As a test it is short and its bound is wide; --uploads 1000 is the measurement of
docs/decisions/003-native-code-in-the-node.md.
"""
import argparse
import math
import sys
import time

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import corpus_queries
from local_cluster import Cluster
from match_counts_test import compiled
from plugin_node import PREFIX, SEED_RULE, Verdict, match_counts, put, require_plugin
from rulesets_test import INDEX, load_events

# Fixed and touched at the start, so that the heap's own growth is no growth of the process.
HEAP = "1g"
JVM_FLAGS = ["-XX:+AlwaysPreTouch", "-XX:NativeMemoryTracking=summary"]
# "outside": of the process's own memory what Java does not count; "in_use": that after the C library's allocator has given
# back what is free, so that only live memory is left of it (and the pages that live memory shares).
READ = ("heap_used", "non_heap_used", "direct", "outside", "in_use", "resident")
# A bound for a few uploads can only catch whole rulesets that stay, megabytes each; one for a thousand catches crumbs.
LONG = 1000
MAX_KB_PER_UPLOAD = {"heap_used": 20, "in_use": 500}
MAX_KB_PER_UPLOAD_LONG = {"heap_used": 2, "in_use": 10}


def slope(points):
    """Least squares over (x, y): the slope and its standard error."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    found = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - found * (x - mean_x)) ** 2 for x, y in points)
    return found, math.sqrt(rest / max(count - 2, 1) / spread)


def read(node):
    node.jcmd("GC.run")
    memory = node.memory()
    memory["outside"] = _outside_java(memory)
    node.jcmd("System.trim_native_heap")
    memory["in_use"] = _outside_java(node.memory())
    return {name: memory[name] for name in READ}


def _outside_java(memory):
    return memory["anonymous"] - memory["heap_committed"] - memory["non_heap_used"] - memory["direct"]


def native_by_java(node):
    """Bytes that the JVM itself took from the system, its heap among them; the library's are not in it."""
    text = node.jcmd("VM.native_memory", "summary", "scale=KB")
    total = next(line for line in text.splitlines() if line.startswith("Total:"))
    return int(total.split("committed=")[1].split("KB")[0]) * 1024


def one_round(client, number, contents):
    content = contents[number % len(contents)]
    put(client, "in-turn", content)
    match_counts(client, "in-turn", INDEX)
    client.expect("DELETE", f"{PREFIX}/rulesets/in-turn")


def measure(node, uploads, every, contents):
    readings = []
    started = time.monotonic()
    for number in range(1, uploads + 1):
        one_round(node.client, number, contents)
        if number % every == 0 or number == 1:
            readings.append((number, read(node)))
            print(f"{number:5} {time.monotonic() - started:6.0f} s  " +
                  "  ".join(f"{name} {value / 2**20:.1f}" for name, value in readings[-1][1].items()), flush=True)
    return readings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=80)
    parser.add_argument("--every", type=int, default=8)
    options = parser.parse_args()
    plugin = require_plugin()
    rules = corpus_queries.read_rules()
    contents = [SEED_RULE.read_bytes(), compiled(rules[1::len(rules) // 50][:50])]
    verdict = Verdict()
    with Cluster(plugins=[plugin], heap=HEAP, jvm_flags=JVM_FLAGS) as cluster:
        (node,) = cluster.nodes
        load_events(cluster.client)
        begin = native_by_java(node)
        readings = measure(node, options.uploads, options.every, contents)
        print(f"committed by the JVM: {begin / 2**20:.1f} MB before, {native_by_java(node) / 2**20:.1f} MB after")
    settled = [(number, values) for number, values in readings if number >= options.uploads // 5]
    bounds = MAX_KB_PER_UPLOAD_LONG if options.uploads >= LONG else MAX_KB_PER_UPLOAD
    for name in READ:
        found, error = slope([(number, values[name] / 1024) for number, values in settled])
        print(f"{name} from upload {settled[0][0]} to {settled[-1][0]}: {found:+.2f} kB an upload, standard error "
              f"{error:.2f}", flush=True)
        if found - 2 * error > bounds.get(name, math.inf):
            verdict.fail(f"{name} grows by {found:.1f} kB an upload")
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
