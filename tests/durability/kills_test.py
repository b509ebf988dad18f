#!/usr/bin/env python3
"""`tripline run --state` is killed (SIGKILL) at random moments, and called again until it ends: the alerts that arrived
and the state are those of an undisturbed run. Once with the whole input in one call, once with the input cut into several.

Half of the kills come at any moment of a call; the others wait for the moments that matter: the first bytes of the
database's journal, the first bytes of the alerts. A call that ends before its kill has done the work; feeding it the
same events again must change nothing, so kills go on until there were enough of them.

TRIPLINE_LONG=1: 200 kills over 1,000,000 events; else 12 over 40,000."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import event_stream
from world import TRIPLINE, World, compiled_rules, differences, outcome_of, scratch

IS_LONG = bool(os.environ.get("TRIPLINE_LONG"))
NUM_EVENTS, NUM_KILLS = (1_000_000, 200) if IS_LONG else (40_000, 12)
STORMS = [(1, False), (5 if IS_LONG else 3, False), (3, True)]  # calls, and whether their alerts go to a file by --alerts
FATES = ("any", "any", "journal", "output")
WATCHING = 0.0003


def undisturbed(folder, rules, inputs, has_file):
    world = World.make(folder, rules, has_file=has_file)
    durations = []
    for events in inputs:
        started = time.monotonic()
        world.call(events)
        durations.append(time.monotonic() - started)
    return world, durations


def kill_once(world, events, duration, fate, dice):
    """Whether the call was killed; else it ended by itself."""
    process = world.start(events, "--commit-every", dice.choice(["0", "5s"]))
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


def stormy(folder, rules, inputs, durations, has_file, num_kills, dice):
    world = World.make(folder, rules, has_file=has_file)
    kills = dict.fromkeys(FATES, 0)
    for place, (events, duration) in enumerate(zip(inputs, durations)):
        wanted = num_kills * (place + 1) // len(inputs)
        while sum(kills.values()) < wanted:
            fate = dice.choice(FATES)
            kills[fate] += kill_once(world, events, duration, fate, dice)
        world.call(events)
    return world, kills


def storm(num_calls, has_file, num_kills, dice):
    """Whether it left what an undisturbed run leaves."""
    with scratch() as name:
        folder = pathlib.Path(name)
        rules = compiled_rules(folder)
        inputs = event_stream.write([folder / f"events-{call}.ndjson" for call in range(num_calls)], NUM_EVENTS, 1,
                                    folder / "later.ndjson")
        calm, durations = undisturbed(folder / "calm", rules, inputs, has_file)
        world, kills = stormy(folder / "storm", rules, inputs, durations, has_file, num_kills, dice)
        wanted, found = (outcome_of(one, folder / "later.ndjson") for one in (calm, world))
        failures = list(differences(wanted, found))
    where = "a file" if has_file else "standard output"
    if len(wanted.alerts) < 1000:
        failures.append("the events give too few alerts to judge by")
    for failure in failures:
        print(f"FAILED {num_calls} calls to {where}: {failure}")
    print(f"{num_calls} calls to {where}, {NUM_EVENTS} events, {sum(durations):.1f} s undisturbed: {len(wanted.alerts)} alerts; "
          f"{sum(kills.values())} kills ({kills}), {world.num_repeated} alerts handed out again", flush=True)
    return not failures


def main():
    dice = random.Random(7)
    is_right = True
    help_text = subprocess.run([TRIPLINE, "run", "--help"], capture_output=True, text=True, check=True).stdout
    for place, (num_calls, has_file) in enumerate(STORMS):
        if has_file and "--alerts" not in help_text:
            print("LEFT OUT: alerts to a file: the program has no --alerts")
            continue
        num_kills = NUM_KILLS * (place + 1) // len(STORMS) - NUM_KILLS * place // len(STORMS)
        is_right &= storm(num_calls, has_file, num_kills, dice)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
