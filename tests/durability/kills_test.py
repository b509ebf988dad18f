#!/usr/bin/env python3
"""`tripline run --state` is killed (SIGKILL) at random moments, and called again until it ends: the alerts that arrived
and the state are those of an undisturbed run. Once with the whole input in one call, once with the input cut into several.

Half of the kills come at any moment of a call; the others wait for the moments that matter: the first bytes of the
database's journal, the first bytes of the alerts. A call that ends before its kill has done the work; feeding it the
same events again must change nothing, so kills go on until there were enough of them.

TRIPLINE_LONG=1: 200 kills over 1,000,000 events; else 12 over 40,000."""
import dataclasses
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

import event_stream  # noqa: E402
import state_content  # noqa: E402
from program import scratch  # noqa: E402

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
IS_LONG = bool(os.environ.get("TRIPLINE_LONG"))
NUM_EVENTS, NUM_KILLS = (1_000_000, 200) if IS_LONG else (40_000, 12)
SHARES = {1: 0.5, 5: 0.5} if IS_LONG else {1: 0.5, 3: 0.5}  # number of calls -> share of the kills
FATES = ("any", "any", "journal", "output")
WATCHING = 0.0003


@dataclasses.dataclass
class World:
    """A folder with a state, and all the alerts that calls with it have written."""
    folder: pathlib.Path
    rules: list
    alerts: dict = dataclasses.field(default_factory=dict)   # id -> line
    order: list = dataclasses.field(default_factory=list)    # ids, as they first arrived
    num_repeated: int = 0

    @property
    def state(self):
        return self.folder / "state"

    def start(self, events, *more):
        with open(self.folder / "out.ndjson", "wb") as out, open(self.folder / "talk.txt", "wb") as talk:
            return subprocess.Popen([TRIPLINE, "run", "--rules", *self.rules, "--events", events, "--state", self.state, *more],
                                    stdout=out, stderr=talk)

    def take(self):
        """What the last call wrote; the line that a kill cut off has not arrived."""
        lines = (self.folder / "out.ndjson").read_bytes().split(b"\n")[:-1]
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
        return (self.folder / "out.ndjson").stat().st_size > 0

    def end_well(self, process):
        if process.wait(timeout=600) != 0:
            sys.exit(f"FAILED: a call ended with {process.returncode}: " + (self.folder / "talk.txt").read_text()[-2000:])
        self.take()


def undisturbed(folder, rules, inputs):
    world = World(folder, rules)
    durations = []
    for events in inputs:
        started = time.monotonic()
        world.end_well(world.start(events))
        durations.append(time.monotonic() - started)
    return world, durations


def kill_once(world, events, duration, fate, dice):
    """Whether the call was killed; else it ended by itself."""
    process = world.start(events)
    doom = time.monotonic() + dice.random() * duration
    while fate != "any" and process.poll() is None and not world.has_begun(fate):
        time.sleep(WATCHING)
        doom = time.monotonic() + dice.random() * dice.choice([0.0, 0.002, 0.03])
    while process.poll() is None and time.monotonic() < doom:
        time.sleep(WATCHING)
    process.send_signal(signal.SIGKILL)  # nothing, where it has ended by itself
    if process.wait() == -signal.SIGKILL:
        world.take()
        return True
    world.end_well(process)
    return False


def stormy(folder, rules, inputs, durations, num_kills, dice):
    world = World(folder, rules)
    kills = dict.fromkeys(FATES, 0)
    for place, (events, duration) in enumerate(zip(inputs, durations)):
        wanted = num_kills * (place + 1) // len(inputs)
        while sum(kills.values()) < wanted:
            fate = dice.choice(FATES)
            kills[fate] += kill_once(world, events, duration, fate, dice)
        world.end_well(world.start(events))
    return world, kills


def what_comes_next(world, events):
    """All that a call over later events gives: its alerts, and every result of the anomaly jobs."""
    files = {name: world.folder / f"{name}.ndjson" for name in ("records", "buckets", "influencers")}
    world.end_well(world.start(events, *(word for name, path in files.items() for word in (f"--{name}", path))))
    return {"alerts": (world.folder / "out.ndjson").read_bytes()} | {name: path.read_bytes() for name, path in files.items()}


def compare(what, wanted, found, later_events):
    failures = []
    if found.alerts != wanted.alerts:
        lost, odd = len(wanted.alerts.keys() - found.alerts.keys()), len(found.alerts.keys() - wanted.alerts.keys())
        failures.append(f"{lost} alerts lost, {odd} alerts more, "
                        f"{sum(found.alerts.get(name, line) != line for name, line in wanted.alerts.items())} different")
    elif found.order != wanted.order:
        failures.append("the alerts arrived in another order")
    contents = [state_content.content(world.state, event_stream.WINDOWS) for world in (wanted, found)]
    failures += state_content.differences(*contents)
    failures += [f"nothing is known of {rule_id}" for rule_id in event_stream.WINDOWS
                 if len(contents[0][f"history of {rule_id}"][0][1]) < 30]
    if not state_content.is_sound(found.state):
        failures.append("the database is not sound")
    next_wanted, next_found = what_comes_next(wanted, later_events), what_comes_next(found, later_events)
    failures += [f"the {name} of a later call are other ones" for name in next_wanted if next_wanted[name] != next_found[name]]
    failures += [f"a later call gave no {name}" for name in next_wanted if not next_wanted[name]]
    for failure in failures:
        print(f"FAILED {what}: {failure}")
    return not failures


def main():
    dice = random.Random(7)
    is_right = True
    for num_calls, share in SHARES.items():
        with scratch() as name:
            folder = pathlib.Path(name)
            own_rules = folder / "own.ndjson"
            own_rules.write_text("".join(json.dumps(rule) + "\n" for rule in event_stream.OWN_RULES))
            rules = [ROOT / "rules", own_rules]
            inputs = event_stream.write([folder / f"events-{call}.ndjson" for call in range(num_calls)], NUM_EVENTS, 1,
                                        folder / "later.ndjson")
            for part in ("calm", "storm"):
                (folder / part).mkdir()
            calm, durations = undisturbed(folder / "calm", rules, inputs)
            storm, kills = stormy(folder / "storm", rules, inputs, durations, int(NUM_KILLS * share), dice)
            is_right &= compare(f"{num_calls} calls", calm, storm, folder / "later.ndjson")
            print(f"{num_calls} calls, {NUM_EVENTS} events, {sum(durations):.1f} s undisturbed: {len(calm.alerts)} alerts; "
                  f"{sum(kills.values())} kills ({kills}), {storm.num_repeated} alerts handed out again")
            if len(calm.alerts) < 1000:
                sys.exit("FAILED: the events give too few alerts to judge by")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
