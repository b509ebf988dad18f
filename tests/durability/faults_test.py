#!/usr/bin/env python3
"""A state folder in a world that fails: full disks, folders that may not be written, other processes, readers that go
away. Each call says what to do, and after calls in a world that works again the alerts and the state are those of a world
that never failed.

Disks of their own (tmpfs, read-only binds) need root; without it those faults are said to be left out."""
import contextlib
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import event_stream
from world import World, compiled_rules, differences, outcome_of, scratch

NUM_EVENTS = 12_000
failures = []


class Bench:
    """Two files of events, what they and a third one give undisturbed, and worlds in which the second call may fail."""

    def __init__(self, folder):
        self.folder = folder
        self.rules = compiled_rules(folder)
        self.first, self.second = event_stream.write([folder / "first.ndjson", folder / "second.ndjson"], NUM_EVENTS, 3,
                                                     folder / "later.ndjson")
        self.nothing = folder / "nothing.ndjson"
        self.nothing.touch()
        calm = self.world("calm")
        calm.call(self.second)
        self.num_alerts = len(calm.alerts)
        self.wanted = outcome_of(calm, folder / "later.ndjson")

    def world(self, name, state=None):
        """One whose first call is over."""
        world = World.make(self.folder / name, self.rules, state)
        world.call(self.first)
        return world

    def fail(self, what, world, *words, exit_code=2, **options):
        """The second call, which must fail and say these words."""
        process = world.start(self.second, **options)
        found = process.wait(timeout=120)
        world.take()
        if found != exit_code:
            failures.append(f"{what}: exit code {found}, expected {exit_code}: {world.talk()[-500:]}")
        for word in words:
            if word not in world.talk():
                failures.append(f"{what}: `{word}` is not said: {world.talk()[-500:]}")

    def end(self, what, world):
        """The second call in a world that works again; its outcome is the undisturbed one."""
        world.call(self.second)
        failures.extend(f"{what}: {failure}" for failure in differences(self.wanted, outcome_of(world, self.folder / "later.ndjson")))


@contextlib.contextmanager
def mounted(folder, *options):
    """A mount at `folder`; None where this user may not mount."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, folder], capture_output=True, check=False)
    try:
        yield folder if done.returncode == 0 else None
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)


def full_disk(bench):
    with mounted(bench.folder / "disk", "-t", "tmpfs", "-o", "size=64m", "tmpfs") as disk:
        if disk is None:
            print("LEFT OUT: a full disk: this user may not mount one of its own")
            return
        world = bench.world("full", disk / "state")
        held = sum(path.stat().st_size for path in disk.rglob("*") if path.is_file())
        for more in (0, 20_000, 150_000, 600_000, 2_000_000):
            size = (held + more) // 4096 * 4096
            subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)
            bench.fail(f"a disk with {more} bytes left", world, "free some space")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        bench.end("a disk that was full", world)


def files_that_may_not_grow(bench):
    world = bench.world("small")
    size = (world.state / "tripline.db").stat().st_size
    for limit in (size, size + 50_000, size + 400_000):
        bench.fail(f"a file of at most {limit} bytes", world, "state",
                   preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    bench.end("a file that could not grow", world)


def full_output(bench):
    world = bench.world("output")
    with open("/dev/full", "wb") as full:
        for _ in range(2):
            bench.fail("a full standard output", world, "standard output", stdout=full)
    bench.end("a standard output that was full", world)


def read_only(bench):
    world = bench.world("readonly")
    before = (world.state / "tripline.db").read_bytes()
    with mounted(world.state, "--bind", world.state) as bound:
        if bound is None:
            print("LEFT OUT: a read-only folder: this user may not mount one")
            return
        subprocess.run(["mount", "-o", "remount,bind,ro", world.state], check=True)
        bench.fail("a read-only folder", world, "writable", "--state")
    if (world.state / "tripline.db").read_bytes() != before:
        failures.append("a read-only folder: its state has changed")
    bench.end("a folder that was read-only", world)


def locked(bench):
    """By a call that still reads its events, and by a process that is no Tripline."""
    world = bench.world("locked")
    lines = bench.second.read_bytes()
    with open(bench.folder / "held.ndjson", "wb") as out:
        holder = world.start("-", stdin=subprocess.PIPE, stdout=out)
        holder.stdin.write(lines[:1_000_000])
        holder.stdin.flush()
        for _ in range(3):
            bench.fail("a state that a call uses", world, "another process uses this state")
        holder.stdin.write(lines[1_000_000:])
        holder.stdin.close()
        if holder.wait(timeout=120) != 0:
            failures.append("a call was disturbed by others that wanted its state")
    shutil.copy(bench.folder / "held.ndjson", world.folder / "out.ndjson")
    world.take()
    database = sqlite3.connect(world.state / "tripline.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    bench.fail("a state that another program has locked", world, "another process uses this state")
    database.execute("ROLLBACK")
    database.close()
    bench.end("a state that was locked", world)


def early_reader(bench):
    """`tripline run ... | head -1`: what the reader did not take comes with the next call."""
    world = bench.world("head")
    process = world.start(bench.second, stdout=subprocess.PIPE)
    line = process.stdout.readline()
    process.stdout.close()
    code = process.wait(timeout=120)
    if code not in (2, -signal.SIGPIPE):
        failures.append(f"a pipe that closes early: exit code {code}: {world.talk()[-500:]}")
    (world.folder / "out.ndjson").write_bytes(line)
    world.take()
    num_arrived = len(world.alerts)
    world.call(bench.nothing)
    if len(world.alerts) <= num_arrived:
        failures.append("a pipe that closed early: the next call did not hand out the rest")
    bench.end("a pipe that closed early", world)


def killed_while_writing(bench):
    """The pipe is full, so the call stands in the midst of writing alerts, none of which it can have marked."""
    world = bench.world("between")
    process = world.start(bench.second, stdout=subprocess.PIPE)
    os.set_blocking(process.stdout.fileno(), True)
    first = process.stdout.read(100)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and _is_running(process.pid):
        time.sleep(0.01)
    process.kill()
    rest = process.stdout.read()
    process.stdout.close()
    process.wait()
    (world.folder / "out.ndjson").write_bytes(first + rest)
    world.take()
    num_repeated = world.num_repeated
    world.call(bench.nothing)
    if world.num_repeated == num_repeated:
        failures.append("a call was killed while it wrote: nothing was handed out again, so nothing was proven")
    bench.end("a call that was killed while it wrote", world)


def _is_running(pid):
    """False once it sleeps, which it does when its pipe is full."""
    state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return state != "S"


FAULTS = [full_disk, files_that_may_not_grow, full_output, read_only, locked, early_reader, killed_while_writing]


def main():
    with scratch() as name:
        bench = Bench(pathlib.Path(name))
        for fault in FAULTS:
            if not sys.argv[1:] or fault.__name__ in sys.argv[1:]:
                fault(bench)
        print(f"{len(FAULTS)} faults over {NUM_EVENTS} events and {bench.num_alerts} alerts, {len(failures)} failures")
    for failure in failures:
        print("FAILED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
