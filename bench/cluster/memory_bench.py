#!/usr/bin/env python3
"""How much native memory does a ruleset take on a node: idle, after it was asked, and over data that it cannot remember?

    bench/cluster/memory_bench.py --work /tmp/lab --part idle
    bench/cluster/memory_bench.py --work /tmp/lab --part distinct --heap 2g --documents 1000000 --limits 64mb 512mb

idle      the public rules: before the upload, after it (machine code made), after warm searches over w1, and with
          everything about segments dropped again. The bound of the issue is 200 MB.
distinct  as many distinct values as documents in each of the 20 keyword fields that most rules ask, every hundredth document
          made to satisfy a rule: peak and standing memory under each limit of the setting, counts compared with the node's
          own searches under each.

Native is what no file backs, less Java's heap (touched at the start, so that it does not grow), its other memory and its
direct buffers, after the C library gave back what is free; direct buffers are told apart; so is what is resident of the
library's file, its code. All in MB = 10^6 bytes.
"""
import collections
import itertools
import json
import pathlib
import sys
import threading
import time

import lab
import workload  # these two put the others in reach
import corpus_queries
import load
import mapping
import peers
import process

JVM_FLAGS = ["-XX:+AlwaysPreTouch"]
INDEX = "distinct"
NUM_FIELDS = 20
LIMIT = "plugins.tripline.native_memory.limit"
_SETTLE_S = 15
_BOUND_MB = 200


def library_resident(pid):
    """Bytes of the shared library's file that are resident."""
    total, is_ours = 0, False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text(encoding="ascii", errors="replace").splitlines():
        if "-" in line.partition(" ")[0]:
            is_ours = "libtripline" in line
        elif is_ours and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


def read(it):
    """MB: native, direct, library, resident."""
    (node,) = it.cluster.nodes
    node.jcmd("GC.run")
    node.jcmd("System.trim_native_heap")
    memory = node.memory()
    native = memory["anonymous"] - memory["heap_committed"] - memory["non_heap_used"] - memory["direct"]
    return {name: value / 1e6 for name, value in
            (("native", native), ("direct", memory["direct"]), ("library", library_resident(node.pid)),
             ("resident", memory["resident"]))}


class Peak(threading.Thread):
    """The highest anonymous memory of the process while the block lasts, in MB over what it was at first."""

    def __init__(self, it):
        super().__init__(daemon=True)
        self._process = it.cluster.nodes[0].process
        self._first = process.memory(self._process)["anonymous"]
        self._is_over = threading.Event()
        self.grown = 0.0

    def run(self):
        while not self._is_over.wait(0.02):
            self.grown = max(self.grown, (process.memory(self._process)["anonymous"] - self._first) / 1e6)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self.join()


def tell(what, memory, first):
    print(f"| {what} | " + " | ".join(f"{memory[name]:,.0f} ({memory[name] - first[name]:+,.0f})" for name in memory) + " |",
          flush=True)


def head(names):
    print("| MB (change) | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")


def threads(it):
    """Search threads: each may hold a matcher of its own."""
    (node,) = it.client.expect("GET", "/_nodes/thread_pool")["nodes"].values()
    return node["thread_pool"]["search"]["size"]


def idle(it, _):
    """True if the idle ruleset is within its bound."""
    it.turn_to(workload.named("w1"))
    for _ in range(20):  # the server's own warm-up, by searches that are not ours
        it.client.expect("POST", f"/{it.index}/_search?request_cache=false", {"size": 0, "aggs": {
            "n": {"value_count": {"field": "event.ingested"}}}})
    first = read(it)
    head(first)
    tell("no ruleset", first, first)
    answer = it.put_file("corpus", it.corpus_file())
    time.sleep(_SETTLE_S)
    uploaded = read(it)
    tell("ruleset uploaded, idle", uploaded, first)
    for _ in range(30):
        for query in (None, it.workload.newest(0.05)):
            it.match("corpus", query)
    tell("after warm searches", read(it), first)
    it.forget()
    tell("segments forgotten", read(it), first)
    for _ in range(3):
        it.match("corpus", None)
    tell("asked again", read(it), first)
    grown = sum(uploaded[name] - first[name] for name in ("native", "direct"))
    print(f"{threads(it)} search threads; ruleset of {answer.get('rules', '?')} rules; idle: {grown:.0f} MB of {_BOUND_MB}")
    return grown < _BOUND_MB


def asked_fields():
    """The keyword fields that most rules ask, most first."""
    types = {field.name: field.type for field in mapping.read_table()}
    counted = collections.Counter()
    for rule in corpus_queries.read_rules():
        # A name that stands in the query followed by a colon is a field of it, which is near enough for a choice of data.
        words = {word.strip("(){} ") for word in rule.query.replace(":", " : ").split()}
        counted.update(word for word in words if types.get(word) in ("keyword", "wildcard"))
    return [name for name, _ in counted.most_common(NUM_FIELDS)]


def _nested(flat):
    made = {}
    for name, value in flat.items():
        at = made
        *path, last = name.split(".")
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    return made


def distinct_lines(it, fields, count):
    """Numbered lines for load.load."""
    satisfying = itertools.cycle(workload.satisfying())
    begin = workload.BEGIN
    for number in range(count):
        stamp = (begin + number * workload.named("w1").step).isoformat()
        if number % 100 == 0:
            document = {**next(satisfying), "@timestamp": stamp}
        else:
            # Spread over the whole order of the dictionary, as names of files and command lines are.
            key = f"{number * 2654435761 % 2**32:08x}"
            document = {"@timestamp": stamp, **_nested({name: f"{key[:2]}/{name}/{key}-{number}" for name in fields})}
        yield number + 1, json.dumps(document, separators=(",", ":")).encode("utf-8")


def load_distinct(it, count):
    fields = asked_fields()
    print(f"fields: {', '.join(fields)}", flush=True)
    if it.client.request("HEAD", f"/{INDEX}")[0] == 200:
        if it.client.expect("GET", f"/{INDEX}/_count")["count"] == count:
            return
        it.client.expect("DELETE", f"/{INDEX}")
    load.create_index(it.client, INDEX, more_fields=lab.more_fields(), settings={"refresh_interval": "-1"})
    loaded = load.load(it.client, INDEX, distinct_lines(it, fields, count))
    it.client.expect("POST", f"/{INDEX}/_flush")
    it.client.expect("POST", f"/{INDEX}/_forcemerge?max_num_segments=1", timeout_s=1_800)
    print(f"{loaded.indexed:,} documents, {loaded.rejected} refused; segments {it.segments(INDEX)}", flush=True)


def distinct(it, options):
    """True if every answer was right under every limit."""
    load_distinct(it, options.documents or 1_000_000)
    searches = peers.Searches(it, lab.queries_of(lab.rules(), lab.more_fields()))
    theirs = searches.counts(None, INDEX)
    print(f"{len(theirs)} rules, {sum(theirs.values()):,} matches; refused by the node: {searches.refused}", flush=True)
    it.put_file("corpus", it.corpus_file())
    time.sleep(_SETTLE_S)
    is_right = True
    first = read(it)
    head([*first, "peak of the first search", "peak of later ones", "first search, CPU ms", "later, CPU ms", "wrong"])
    print(f"| before | {' | '.join(f'{value:,.0f}' for value in first.values())} | | | | | |")
    for limit in options.limits:
        it.forget()
        it.client.expect("PUT", "/_cluster/settings", {"transient": {LIMIT: limit}})
        with Peak(it) as cold:
            cost = it.cost(lambda: it.match("corpus", index=INDEX))
        with Peak(it) as warm:
            later = it.cost(lambda: it.match("corpus", index=INDEX), 5)
        ours = {name: rule["count"] for name, rule in it.match("corpus", index=INDEX)["rules"].items()}
        wrong = {name: (count, ours.get(name, 0)) for name, count in theirs.items() if count != ours.get(name, 0)}
        is_right = is_right and not wrong
        memory = read(it)
        print(f"| limit {limit} | " + " | ".join(f"{memory[name]:,.0f} ({memory[name] - first[name]:+,.0f})" for name in memory)
              + f" | {cold.grown:+,.0f} | {warm.grown:+,.0f} | {cost.cpu_ms:,.0f} | {later.cpu_ms:,.0f} | "
              f"{len(wrong)} {json.dumps(dict(list(wrong.items())[:3])) if wrong else ''} |", flush=True)
    it.client.expect("PUT", "/_cluster/settings", {"transient": {LIMIT: None}})
    return is_right


_PARTS = {"idle": idle, "distinct": distinct}


def main():
    parser = lab.parser(__doc__)
    parser.set_defaults(documents=None, heap="2g")
    parser.add_argument("--part", choices=_PARTS, nargs="+", default=list(_PARTS))
    parser.add_argument("--limits", nargs="+", default=["0b", "64mb", "512mb"])
    options = parser.parse_args()
    is_good = True
    with lab.open_lab(options, has_events=False, jvm_flags=JVM_FLAGS) as it:
        for part in options.part:
            print(f"# {part}", flush=True)
            is_good = _PARTS[part](it, options) and is_good
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
