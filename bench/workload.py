"""The events that the benches of the desk and of the cluster stand on: two thirds generated network events, one third real
ones of ../shared/data, repeated until there are enough, and in some workloads events made to satisfy rules. Shuffled with
a fixed seed; @timestamp and event.ingested are one clock that rises from event to event. The same workload gives the same
bytes.

    w1         300,000: 200,000 generated, 100,000 real ECS and Windows events; 20 ms apart, so that the newest 5 % are
               five minutes
    w1x3       900,000 of the same kind
    positives  w1, with every twentieth event made to satisfy a rule
    shards60   w1 over 20 days: an index of three shards a day
    mixed      what the decisions 004 to 007 were measured on: satisfying events among the real ones

    path = workload.make(folder, workload.named("w1"))     # NDJSON; made once
    for document in workload.documents(folder, workload.named("w1")): ...

A real event that comes again has other ids, so that a field of ids holds as many values as it would.
"""
import dataclasses
import gzip
import itertools
import json
import pathlib
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "acceptance")]

from program import python_with_numpy, shared_folder  # noqa: E402

BEGIN = datetime(2026, 5, 1, tzinfo=timezone.utc)
_SEED = 1
_REAL = ("windows_events_ecs", "filebeat_fixture_events")
_SATISFYING = ("geneve_positive_events",)
_IDS = (("event", "id"), ("process", "entity_id"), ("process", "parent", "entity_id"), ("winlog", "record_id"))


@dataclasses.dataclass(frozen=True)
class Workload:
    """Which events, and over which indices they are spread."""
    name: str
    count: int
    step: timedelta = timedelta(milliseconds=20)
    real_files: tuple = _REAL
    satisfying_share: float = 0.0
    days: int = 0  # an index for each; 0: one index in all
    shards: int = 1  # of each index
    has_other_ids: bool = True  # in a real event that comes again

    @property
    def pattern(self):
        """What a search names to see all of its indices."""
        return f"events-{self.name}-*" if self.days else f"events-{self.name}"

    def index_of(self, number):
        """The index of the event with this number."""
        if not self.days:
            return self.pattern
        return f"events-{self.name}-{self.time(number):%Y.%m.%d}"

    @property
    def indices(self):
        """All of them, oldest first."""
        if not self.days:
            return [self.pattern]
        return [f"events-{self.name}-{BEGIN + timedelta(days=day):%Y.%m.%d}" for day in range(self.days)]

    def time(self, number):
        return BEGIN + number * self.step

    def stamp(self, number):
        """@timestamp and event.ingested of the event with this number, from 0."""
        return self.time(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def between(self, begin, end):
        """The query that finds the events with numbers from `begin` to before `end`."""
        return {"range": {"event.ingested": {"gte": self.stamp(begin), "lt": self.stamp(end)}}}

    def newest(self, share):
        """The query that finds the newest share of the first `count` events."""
        return {"range": {"event.ingested": {"gte": self.stamp(self.count - int(self.count * share))}}}


_NAMED = {made.name: made for made in (
    Workload("w1", 300_000),
    Workload("w1x3", 900_000),
    Workload("positives", 300_000, satisfying_share=0.05),
    Workload("shards60", 300_000, step=timedelta(days=20) / 300_000, days=20, shards=3),
)}
NAMES = tuple(_NAMED)


def named(name, count=None):
    """The workload of that name; `count` events over the same time for a small try of it."""
    found = _NAMED[name]
    if count is None or count == found.count:
        return found
    return dataclasses.replace(found, name=f"{name}-{count}", count=count, step=found.step * found.count / count)


def mixed(count):
    return Workload(f"mixed-{count}", count, real_files=_REAL + _SATISFYING, has_other_ids=False)


def _recorded(names):
    """The lines of the data files, as documents."""
    documents = []
    for name in names:
        with gzip.open(shared_folder() / "data" / f"{name}.ndjson.gz", "rb") as lines:
            for line in lines:
                document = json.loads(line)
                documents.append(document.get("doc", document))
    return documents


def satisfying():
    """The events that were made to satisfy rules."""
    return _recorded(_SATISFYING)


def _generated(folder, count):
    path = folder / f"generated-{count}.ndjson"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        subprocess.run([python_with_numpy(), shared_folder() / "tools" / "gen_events.py", "-n", str(count), "--seed",
                        str(_SEED), "-o", partial, "--labels", folder / "labels.txt"], check=True,
                       stdout=subprocess.DEVNULL)
        partial.rename(path)
    return path.read_bytes().splitlines()


def _with_other_ids(document, copy):
    """The event as another occurrence of it would be recorded."""
    made = json.loads(json.dumps(document))
    for path in _IDS:
        parent = made
        for name in path[:-1]:
            parent = parent.get(name) if isinstance(parent, dict) else None
        value = parent.get(path[-1]) if isinstance(parent, dict) else None
        if isinstance(value, int):
            parent[path[-1]] = value + copy * 10_000_000
        elif isinstance(value, str):
            parent[path[-1]] = f"{value}-{copy}"
    return made


def _real(names, count, has_other_ids):
    recorded = _recorded(names)
    for number in range(count):
        copy, place = divmod(number, len(recorded))
        yield _with_other_ids(recorded[place], copy) if copy and has_other_ids else recorded[place]


def documents(folder, chosen):
    """The events as dictionaries, in the order of their numbers."""
    satisfying = int(chosen.count * chosen.satisfying_share)
    generated = _generated(pathlib.Path(folder), (chosen.count - satisfying) * 2 // 3)
    rest = chosen.count - satisfying - len(generated)
    others = list(itertools.chain(_real(chosen.real_files, rest, chosen.has_other_ids),
                                  _real(_SATISFYING, satisfying, chosen.has_other_ids)))
    places = list(range(chosen.count))
    random.Random(_SEED).shuffle(places)
    for number, place in enumerate(places):
        document = json.loads(generated[place]) if place < len(generated) else others[place - len(generated)]
        event = document.get("event")
        stamp = chosen.stamp(number)
        yield {**document, "@timestamp": stamp, "event": {**(event if isinstance(event, dict) else {}), "ingested": stamp}}


def make(folder, chosen):
    """The file of a workload's events in `folder`; made where it is not there."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events-{chosen.name}.ndjson"
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(partial, "w", encoding="utf-8") as file:
            for document in documents(folder, chosen):
                file.write(json.dumps(document, separators=(",", ":")) + "\n")
        partial.rename(path)
    return path
