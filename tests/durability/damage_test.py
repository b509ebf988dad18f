#!/usr/bin/env python3
"""Damaged state files: bytes flipped, blocks wiped, ends cut off, in the database and in the journal that a killed call
left behind. The next call goes on from the old state or the new one, or it says what is damaged; it never crashes, and
never gives other alerts in silence.

TRIPLINE_LONG=1: 1,500 damages; else 60. `damage_test.py SEED` does one again."""
import collections
import os
import pathlib
import random
import shutil
import signal
import sys
import time

import event_stream
from world import World, compiled_rules, scratch

NUM_EVENTS = 6_000
NUM_DAMAGES = 1_500 if os.environ.get("TRIPLINE_LONG") else 60
NUM_TORN = 30 if os.environ.get("TRIPLINE_LONG") else 4  # states that a kill left with a journal
BLOCK = 512


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.rules = compiled_rules(folder)
        self.first, self.second = event_stream.write([folder / "first.ndjson", folder / "second.ndjson"], NUM_EVENTS, 5,
                                                     folder / "later.ndjson")
        calm = World.make(folder / "calm", self.rules)
        calm.call(self.first)
        self.of_first = dict(calm.alerts)
        shutil.copytree(calm.state, folder / "committed")
        started = time.monotonic()
        calm.call(self.second)
        self.duration = time.monotonic() - started
        self.of_both = dict(calm.alerts)
        calm.call(folder / "later.ndjson")
        self.of_all = dict(calm.alerts)

    def torn(self, place, dice):
        """The state of a second call that was killed while it wrote: database and journal."""
        for _ in range(300):
            world = World(self.folder / "calm", self.rules, self.folder / f"torn-{place}")
            shutil.rmtree(world.state, ignore_errors=True)
            shutil.copytree(self.folder / "committed", world.state)
            process = world.start(self.second)
            while process.poll() is None and not (world.state / "tripline.db-journal").exists():
                time.sleep(0.0002)
            time.sleep(dice.choice([0, 0.0005, 0.002, 0.006]))
            process.send_signal(signal.SIGKILL)
            process.wait()
            journal = world.state / "tripline.db-journal"
            if journal.exists() and journal.stat().st_size > 0:
                return world.state
        sys.exit("FAILED: no kill left a journal behind")


def damage(path, dice):
    """Changes the file, and says how."""
    data = bytearray(path.read_bytes())
    at = dice.randrange(len(data))
    kind = dice.choice(["flip", "flip", "wipe", "noise", "cut"])
    if kind == "cut":
        del data[at:]
    elif kind == "flip":
        for _ in range(dice.choice([1, 1, 4, 16])):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    else:
        begin = at // BLOCK * BLOCK
        block = bytes(BLOCK) if kind == "wipe" else dice.randbytes(BLOCK)
        data[begin:begin + BLOCK] = block[:len(data) - begin]
    path.write_bytes(data)
    return f"{kind} in {path.name} at {at} of {path.stat().st_size}"


def judge(bench, world, later):
    """What became of the calls after the damage: (verdict, what was said or went wrong)."""
    wanted = bench.of_all
    for events in (bench.second, later):
        code = world.start(events).wait(timeout=120)
        if code < 0 or code not in (0, 1, 2):
            return "crashed", f"exit code {code}: {world.talk()[-300:]}"
        talk = world.talk()
        if code != 0 or "damaged" in talk or "history starts anew" in talk:
            is_clear = "state" in talk and ("damaged" in talk or "choose another folder" in talk or "anew" in talk)
            return ("said" if is_clear else "unclear"), talk[-400:]
        world.take()
    arrived = {name: line for name, line in world.alerts.items()}
    of_second = {name: line for name, line in wanted.items() if name not in bench.of_first}
    missing = of_second.keys() - arrived.keys()
    odd = [name for name, line in arrived.items() if wanted.get(name) != line]
    if missing or odd:
        return "wrong", f"{len(missing)} alerts lost and {len(odd)} that should not be, and nothing was said"
    return "right", ""


def one_damage(bench, torn, seed):
    dice = random.Random(seed)
    world = World(bench.folder / "trial", bench.rules, bench.folder / "trial" / "state")
    shutil.rmtree(world.folder, ignore_errors=True)
    world.folder.mkdir()
    has_journal = dice.random() < 0.5
    shutil.copytree(dice.choice(torn) if has_journal else bench.folder / "committed", world.state)
    name = "tripline.db-journal" if has_journal and dice.random() < 0.7 else "tripline.db"
    how = damage(world.state / name, dice)
    kind = ("journal" if name.endswith("journal") else "database with journal" if has_journal else "database")
    return kind, how, *judge(bench, world, bench.folder / "later.ndjson")


def main():
    seeds = [int(seed) for seed in sys.argv[1:]] or range(NUM_DAMAGES)
    verdicts = collections.Counter()
    failures = 0
    with scratch() as name:
        bench = Bench(pathlib.Path(name))
        dice = random.Random(1)
        torn = [bench.torn(place, dice) for place in range(NUM_TORN)]
        for seed in seeds:
            kind, how, verdict, words = one_damage(bench, torn, seed)
            verdicts[kind, verdict] += 1
            if verdict not in ("right", "said"):
                failures += 1
                print(f"FAILED seed {seed}, {verdict}: {how}: {words}")
    print(f"{len(seeds)} damages: " + ", ".join(f"{kind} {verdict} {number}" for (kind, verdict), number in sorted(verdicts.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
