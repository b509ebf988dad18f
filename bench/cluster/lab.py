"""A node with the workload in it, and what it costs to ask it something.

    with lab.open_lab(lab.parser(__doc__).parse_args()) as it:
        it.put_file("corpus", it.corpus_file())
        costs = lab.alternate(it, {"ours": lambda: it.match("corpus"), "peer": lambda: it.search(bodies)}, rounds=5)

The machine is shared, so cost is CPU time of the node's process (its scheduler clock, in nanoseconds), less its compilers
of Java and what it burns when idle; wall time stands beside it. What is compared is measured in turns in one run. A work
folder keeps the node's data: the next run finds the events loaded.
"""
import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("scripts/cluster", "tests/cluster", "tests/acceptance", "bench")]

import corpus_queries  # noqa: E402
import load  # noqa: E402
import mapping  # noqa: E402
import releases  # noqa: E402
import workload  # noqa: E402
from client import ndjson  # noqa: E402
from connection import Connection  # noqa: E402
from local_cluster import Cluster  # noqa: E402
from program import shared_folder, tripline  # noqa: E402

PLUGIN = ROOT / "build" / f"tripline-opensearch-{releases.DEFAULT_VERSION}.zip"
SEED_RULE = corpus_queries.SEED_RULE
PREFIX = "/_plugins/_tripline/rulesets"
JVM_FLAGS = ["-XX:-UseDynamicNumberOfCompilerThreads"]
_MEMORY_LIMIT = "plugins.tripline.native_memory.limit"
BATCH = 50
_LONG_S = 600


@dataclasses.dataclass(frozen=True)
class Cost:
    cpu_ms: float
    wall_ms: float


class Lab:
    """One node. Rules are the seed rule and the public corpus."""

    def __init__(self, cluster, work, workload):
        self.cluster = cluster
        self.client = Connection(cluster.url)
        self.work = work
        self.workload = workload
        self.documents = workload.count
        self.index = workload.pattern
        self._pid = cluster.nodes[0].pid
        # The scheduler's clock of another process: to the nanosecond, where /proc counts hundredths of a second.
        self._clock = (~self._pid << 3) | 2
        self._compilers = None
        self._idle = 0.0

    def cpu_ns(self):
        """The process's CPU without Java's compilers, which are done with any code sooner or later."""
        return time.clock_gettime_ns(self._clock) - sum(map(self._thread_ns, self._compiler_threads()))

    def _compiler_threads(self):
        # As many as there will be: the node runs with -XX:-UseDynamicNumberOfCompilerThreads.
        if self._compilers is None:
            tasks = pathlib.Path(f"/proc/{self._pid}/task")
            self._compilers = [task for task in tasks.iterdir()
                               if re.match(r"C[12] Comp", (task / "comm").read_text(encoding="utf-8"))]
        return self._compilers

    @staticmethod
    def _thread_ns(task):
        return int((task / "schedstat").read_text(encoding="ascii").split()[0])

    def learn_idle(self, seconds=3):
        """What the node burns with nobody asking, per second; later costs are less that."""
        begin = self.cpu_ns()
        time.sleep(seconds)
        self._idle = (self.cpu_ns() - begin) / seconds / 1e9
        return self._idle

    def cost(self, ask, repetitions=1):
        """The mean cost of one of `repetitions` calls."""
        cpu, wall = self.cpu_ns(), time.monotonic_ns()
        for _ in range(repetitions):
            ask()
        wall = time.monotonic_ns() - wall
        cpu = self.cpu_ns() - cpu - self._idle * wall
        return Cost(max(cpu, 0) / repetitions / 1e6, wall / repetitions / 1e6)

    def put(self, name, body):
        return self.client.expect("PUT", f"{PREFIX}/{name}", body, timeout_s=_LONG_S)

    def put_file(self, name, path):
        return self.put(name, pathlib.Path(path).read_bytes())

    def delete(self, name):
        self.client.request("DELETE", f"{PREFIX}/{name}", timeout_s=_LONG_S)

    def turn_to(self, events):
        """Takes up another workload on the same node; loads it where it is not there."""
        self.workload, self.documents, self.index = events, events.count, events.pattern
        _load(self)

    def forget(self):
        """Has the node drop all that it keeps of segments, as if it had never been asked. False where it cannot."""
        for value in ("0b", None):
            status, _ = self.client.request("PUT", "/_cluster/settings", {"transient": {_MEMORY_LIMIT: value}})
            if status != 200:
                return False
        return True

    def corpus_file(self):
        """The public rules that compile, as one ruleset file."""
        path = self.work / "corpus.trl"
        if not path.exists():
            tripline("compile", shared_folder() / "corpus" / "detection-rules", "-o", path, "--skip-invalid")
        return path

    def match(self, ruleset, query=None, index=None, **options):
        """The aggregation's result over an index."""
        return self.match_at(f"{index or self.index}/_search?request_cache=false", ruleset, query, **options)

    def match_at(self, path, ruleset, query=None, reading="verdicts", is_by_pattern=False):
        """The same, by the path of a search request."""
        body = {"size": 0, "track_total_hits": False, "query": query or {"match_all": {}}, "aggs": {"t": {"tripline": {
            "ruleset": ruleset, "reading": reading, "index_patterns": is_by_pattern}}}}
        answer = self.client.expect("POST", f"/{path}", body, timeout_s=_LONG_S)
        failed = answer["_shards"]["failed"]
        if failed or answer["timed_out"]:
            raise RuntimeError(f"{failed} shards failed: {json.dumps(answer['_shards'])[:2000]}")
        return answer.get("aggregations", {}).get("t", {"values_read": 0, "rules": {}})

    def batches(self, queries, query=None, size=100, index=None):
        """_msearch bodies: one search per query of `queries`, BATCH a body. Hits are the first by time, without source."""
        sort = {"sort": [{"@timestamp": "asc"}], "_source": False} if size else {"track_total_hits": True}
        bodies, names = [], list(queries)
        for begin in range(0, len(names), BATCH):
            lines = []
            for name in names[begin:begin + BATCH]:
                wanted = queries[name] if query is None else {"bool": {"filter": [queries[name], query]}}
                lines += [{"index": index or self.index, "request_cache": False}, {"size": size, "query": wanted, **sort}]
            bodies.append(ndjson(lines))
        return bodies

    def search(self, bodies):
        """Sends the batches one after another; the answers in order."""
        answers = []
        for body in bodies:
            answers += self.client.expect("POST", "/_msearch?max_concurrent_searches=1", body, timeout_s=_LONG_S)["responses"]
        return answers

    def segments(self, index=None):
        rows = self.client.expect("GET", f"/_cat/segments/{index or self.index}?format=json")
        return sorted((int(row["docs.count"]) for row in rows), reverse=True)


def rules():
    """The corpus's KQL rules."""
    return [rule for rule in corpus_queries.read_rules() if rule.path != SEED_RULE]


def rule_document(path):
    """The [rule] table of a rule's file."""
    return tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))["rule"]


def compile_rules(paths, mark=None):
    """A ruleset file's bytes. A mark makes it another content: the first rule's id ends in it."""
    first, *others = map(pathlib.Path, paths)
    with tempfile.TemporaryDirectory(prefix="tripline-") as folder:
        text = first.read_text(encoding="utf-8")
        if mark:
            text = re.sub(r'^(rule_id = ".*)"$', rf'\1-{mark}"', text, count=1, flags=re.MULTILINE)
        copy = pathlib.Path(folder) / first.name
        copy.write_text(text, encoding="utf-8")
        file = pathlib.Path(folder) / "rules.trl"
        tripline("compile", copy, *others, "-o", file, stderr=subprocess.DEVNULL)
        return file.read_bytes()


def compiled_rules():
    """Those of rules() that translate, and so compile."""
    queries = queries_of(rules(), more_fields())
    return [rule for rule in rules() if rule.id in queries]


def queries_of(chosen, more_fields):
    """Rule id -> query DSL."""
    return corpus_queries.searches(chosen, mapping.index_body(more_fields=more_fields))


def more_fields():
    """Fields that rules ask for and ECS lacks: all of them keywords."""
    return dict.fromkeys(corpus_queries.fields_outside_ecs(corpus_queries.read_rules()), "keyword")


def alternate(lab, asks, rounds=5, repetitions=1):
    """Name -> costs, measured in turns so that a noisy minute hits all of them."""
    costs = {name: [] for name in asks}
    for _ in range(rounds):
        for name, ask in asks.items():
            count = repetitions if isinstance(repetitions, int) else repetitions[name]
            costs[name].append(lab.cost(ask, count))
    return costs


def spread(values):
    """'median (lowest-highest)' with about three digits."""
    digits = 0 if statistics.median(values) >= 100 else 1 if statistics.median(values) >= 10 else 2
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def cpu(costs):
    return [cost.cpu_ms for cost in costs]


def wall(costs):
    return [cost.wall_ms for cost in costs]


def ratios(more, less):
    """Of CPU, round by round."""
    return [a.cpu_ms / max(b.cpu_ms, 1e-6) for a, b in zip(more, less, strict=True)]


def ratio(more, less):
    """The ratios' median and ends."""
    return spread(ratios(more, less))


def warm_up(ask, seconds):
    """Asks until the time is over, three times at least."""
    end, asked = time.monotonic() + seconds, 0
    while asked < 3 or time.monotonic() < end:
        ask()
        asked += 1


def _load(lab):
    """Loads the events where they are not there yet; then every shard is one segment."""
    client, chosen = lab.client, lab.workload
    is_loaded = lab.work / "node" / f"loaded-{chosen.name}"
    if not is_loaded.exists():
        index_events(lab, load.lines_of([workload.make(lab.work / "events", chosen)]))
        is_loaded.touch()
    shards = chosen.shards * len(chosen.indices)
    if len(lab.segments()) > shards:
        client.expect("POST", f"/{lab.index}/_forcemerge?max_num_segments=1", timeout_s=_LONG_S)
        client.expect("POST", f"/{lab.index}/_refresh", timeout_s=_LONG_S)
    segments = lab.segments()
    print(f"{sum(segments):,} documents in {len(segments)} segments of {shards} shards", flush=True)


def index_events(lab, numbered_lines):
    """Makes the workload's indices and fills each with its part of the lines."""
    client, chosen = lab.client, lab.workload
    begin, clock, indexed = time.monotonic(), lab.cpu_ns(), 0
    for index, lines in itertools.groupby(numbered_lines, lambda line: chosen.index_of(line[0] - 1)):
        client.request("DELETE", f"/{index}")  # half of a load that was broken off
        settings = {"refresh_interval": "-1", "number_of_shards": chosen.shards}
        load.create_index(client, index, more_fields=more_fields(), settings=settings)
        loaded = load.load(client, index, lines)
        indexed += loaded.indexed
        if loaded.rejected:
            print(f"{index}: {loaded.rejected:,} documents refused {dict(loaded.reasons)}", flush=True)
        client.expect("POST", f"/{index}/_flush", timeout_s=_LONG_S)
    print(f"indexed {indexed:,} documents: {time.monotonic() - begin:.0f} s, "
          f"{(lab.cpu_ns() - clock) / 1e3 / indexed:.0f} us CPU a document", flush=True)


def parser(text):
    """The options that all benches have."""
    made = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--work", type=pathlib.Path, required=True, metavar="DIR", help="the node's data; used again")
    made.add_argument("--documents", type=int, default=300_000)
    made.add_argument("--heap", default="4g")
    made.add_argument("--plugin", type=pathlib.Path, default=PLUGIN, metavar="ZIP")
    return made


@contextlib.contextmanager
def open_lab(options, *, events=None, has_events=True, jvm_flags=()):
    """A node that lasts as long as the block, with the events (a Workload; options.documents of `mixed` where none is
    given) in one segment of each shard."""
    work = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    print(machine(), flush=True)
    with Cluster(1, plugins=[options.plugin], work=work / "node", heap=options.heap, jvm_flags=[*JVM_FLAGS, *jvm_flags]) as cluster:
        lab = Lab(cluster, work, events or workload.mixed(options.documents))
        if has_events:
            _load(lab)
        yield lab


def machine():
    """One line on what this was measured on."""
    cpus = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(line.partition(":")[2].strip() for line in cpus if line.startswith("model name"))
    return f"{os.cpu_count()} cores of {model}, load {os.getloadavg()[0]:.1f} before the run"
