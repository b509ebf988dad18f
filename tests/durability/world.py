"""A world is a folder with a state, the calls of `tripline run` with it, and all the alerts that arrived. Its outcome is
what is left in the end; two outcomes that do not differ are of the same input, whatever happened on the way."""
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

import event_stream  # noqa: E402
import state_content  # noqa: E402
from program import scratch  # noqa: E402, F401

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))


@dataclasses.dataclass
class World:
    """A folder with a state, and all the alerts that calls with it have written."""
    folder: pathlib.Path
    rules: pathlib.Path
    state: pathlib.Path
    has_file: bool = False  # alerts go to a file by --alerts, else to standard output
    alerts: dict = dataclasses.field(default_factory=dict)   # id -> line
    order: list = dataclasses.field(default_factory=list)    # ids, as they first arrived
    num_repeated: int = 0
    size_before: int = 0

    @classmethod
    def make(cls, folder, rules, state=None, has_file=False):
        folder.mkdir()
        return cls(folder, rules, state or folder / "state", has_file)

    @property
    def file(self):
        return self.folder / "alerts.ndjson"

    def start(self, events, *more, stdout=None, **options):
        """A call; its alerts go to out.ndjson, or to `stdout`."""
        self.size_before = self.file.stat().st_size if self.file.exists() else 0
        if self.has_file:
            more += ("--alerts", self.file)
        with open(self.folder / "out.ndjson", "wb") as out, open(self.folder / "talk.txt", "wb") as talk:
            return subprocess.Popen([TRIPLINE, "run", "--rules", self.rules, "--events", events, "--state", self.state, *more],
                                    stdout=stdout or out, stderr=talk, **options)

    def talk(self):
        return (self.folder / "talk.txt").read_text(errors="replace")

    def take(self):
        """What the last call wrote; the line that a kill cut off has not arrived. A file is read as a whole: whatever happened
        on the way, nothing may stand in it twice."""
        if self.has_file:
            self.alerts, self.order = {}, []
        path = self.file if self.has_file else self.folder / "out.ndjson"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        for line in lines:
            name = json.loads(line)["kibana.alert.uuid"]
            if name in self.alerts:
                self.num_repeated += 1
                if self.alerts[name] != line:
                    sys.exit(f"FAILED: the alert {name} was handed out twice, with different words")
            else:
                self.alerts[name] = line
                self.order.append(name)

    def has_begun(self, what):
        if what == "journal":
            return (self.state / "tripline.db-journal").exists() or (self.state / "tripline.db-wal").exists()
        if self.has_file:
            return self.file.exists() and self.file.stat().st_size > self.size_before
        return (self.folder / "out.ndjson").stat().st_size > 0

    def call(self, events, *more):
        """A call that ends well."""
        self.end_well(self.start(events, *more))

    def end_well(self, process):
        if process.wait(timeout=600) != 0:
            sys.exit(f"FAILED: a call ended with {process.returncode}: " + self.talk()[-2000:])
        self.take()


def what_comes_next(world, events):
    """All that a call over later events gives: its alerts, and every result of the anomaly jobs."""
    files = {name: world.folder / f"{name}.ndjson" for name in ("records", "buckets", "influencers")}
    world.call(events, *(word for name, path in files.items() for word in (f"--{name}", path)))
    alerts = world.file.read_bytes()[world.size_before:] if world.has_file else (world.folder / "out.ndjson").read_bytes()
    return {"alerts": alerts} | {name: path.read_bytes() for name, path in files.items()}


@dataclasses.dataclass
class Outcome:
    """What became of a world, and what a call over later events makes of it."""
    alerts: dict
    order: list
    content: dict
    file: bytes
    is_sound: bool
    next: dict


def outcome_of(world, later_events):
    alerts, order = dict(world.alerts), list(world.order)
    content = state_content.content(world.state, event_stream.WINDOWS)
    file = world.file.read_bytes() if world.has_file else b""
    is_sound = state_content.is_sound(world.state)
    return Outcome(alerts, order, content, file, is_sound, what_comes_next(world, later_events))


def differences(wanted, found):
    """A sentence for each way in which two outcomes differ, or say too little to be compared."""
    if found.alerts != wanted.alerts:
        lost, odd = len(wanted.alerts.keys() - found.alerts.keys()), len(found.alerts.keys() - wanted.alerts.keys())
        others = sum(found.alerts.get(name, line) != line for name, line in wanted.alerts.items())
        yield f"{lost} alerts lost, {odd} alerts more, {others} different"
    elif found.order != wanted.order:
        yield "the alerts arrived in another order"
    if found.file != wanted.file:
        yield f"the file of alerts has {len(found.file)} other bytes, not {len(wanted.file)}"
    yield from state_content.differences(wanted.content, found.content)
    for rule_id in event_stream.WINDOWS:
        if len(wanted.content[f"history of {rule_id}"][0][1]) < 10:
            yield f"nothing is known of {rule_id}"
    if not found.is_sound:
        yield "the database is not sound"
    for name in wanted.next:
        if wanted.next[name] != found.next[name]:
            yield f"the {name} of a later call are other ones"
        if not wanted.next[name]:
            yield f"a later call gave no {name}"


def compiled_rules(folder):
    """The rules of rules/ and of event_stream, as one ruleset file."""
    own_rules = folder / "own.ndjson"
    own_rules.write_text("".join(json.dumps(rule) + "\n" for rule in event_stream.OWN_RULES))
    ruleset = folder / "rules.trl"
    subprocess.run([TRIPLINE, "compile", ROOT / "rules", own_rules, "-o", ruleset], check=True, capture_output=True)
    return ruleset
