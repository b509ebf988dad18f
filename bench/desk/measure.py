"""How the desk is measured: runs of programs, pinned to cores, with their CPU time, wall time and peak memory; and passes
of the parse floor (parse_floor.cc) in turns with them, so that a ratio is of the same minutes.

    with Floor(floor_program, events, core=0) as floor:
        ratios = against_floor(floor, {"seed": command, "corpus": command}, core=0, repeats=7)
        ratios["seed"].rate                 # Spread: median, lowest, highest

Speeds are compared by CPU time: on a machine that others use too, a wall clock measures them. Two threads are compared by
both.
"""
import dataclasses
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


@dataclasses.dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""
    median: float
    lowest: float
    highest: float
    count: int

    @staticmethod
    def of(values):
        values = list(values)
        return Spread(statistics.median(values), min(values), max(values), len(values))

    def times(self, factor):
        return Spread(self.median * factor, self.lowest * factor, self.highest * factor, self.count)


@dataclasses.dataclass(frozen=True)
class Run:
    """What a process took, its children with it."""
    cpu_s: float
    wall_s: float
    peak_bytes: int
    exit_code: int
    output: bytes
    talk: str

    def checked(self, command, exit_codes=(0,)):
        if self.exit_code not in exit_codes:
            raise SystemExit(f"FAILED: {' '.join(map(str, command))} ended with {self.exit_code}:\n{self.talk[-2000:]}")
        return self


_environment = None


def use_home(folder):
    """Programs that are run from now on find the user's own keys and settings there, and leave those of whoever measures
    alone."""
    global _environment
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    _environment = {**os.environ, "HOME": str(folder)}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        _environment.pop(name, None)


def in_child(function, *arguments):
    """Calls it in a process of its own. A program's peak memory is told as at least that of the process that started it: so
    whatever takes memory here is done elsewhere."""
    child = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    child.start()
    child.join()
    if child.exitcode != 0:
        raise SystemExit(child.exitcode)


def run(command, cores=(0,), stdin=None, exit_codes=(0,)):
    """Runs a program on the given cores until its end."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as talk:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=output, stderr=talk,
                                   preexec_fn=lambda: os.sched_setaffinity(0, cores),
                                   env=_environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        talk.seek(0)
        done = Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, process.returncode, output.read(),
                   talk.read().decode("utf-8", "replace"))
    return done.checked(command, exit_codes)


@dataclasses.dataclass(frozen=True)
class Pass:
    counted: int
    cpu_s: float
    wall_s: float


class Passes:
    """A program that makes a pass over events in its memory for every word on its standard input, and answers
    `word events cpu_ns wall_ns`; its first line says what it is."""

    def __init__(self, command, core=0):
        self._talk = tempfile.TemporaryFile()
        self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._talk, text=True,
                                         preexec_fn=lambda: os.sched_setaffinity(0, (core,)))
        self.version = self._process.stdout.readline().strip()
        if not self.version:
            raise SystemExit(f"FAILED: {' '.join(map(str, command))} did not start:\n{self.talk()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._talk.close()

    def talk(self):
        """What it said on standard error until now."""
        self._talk.seek(0)
        return self._talk.read().decode("utf-8", "replace")

    def ask(self, word):
        """The line that it answers."""
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def measure(self, word):
        answer = self.ask(word).split()
        if len(answer) != 4 or int(answer[1]) < 0:
            raise SystemExit(f"FAILED: {self.version} answered {answer!r} to {word}:\n{self.talk()}")
        return Pass(int(answer[1]), int(answer[2]) / 1e9, int(answer[3]) / 1e9)


class Floor(Passes):
    """The program of parse_floor.cc over one file, which it holds in memory."""

    def __init__(self, program, events, core=0):
        super().__init__([program, events], core)
        self.num_events = self.measure().counted  # and warms up

    def measure(self, word="parse_many"):
        """One pass; parse_floor.cc has the words."""
        return super().measure(word)


@dataclasses.dataclass(frozen=True)
class Against:
    """Runs of one command beside passes of the floor."""
    rate: Spread        # of events per CPU second, over the floor's: 1 is as fast as parsing alone
    marginal: Spread    # the same, without what the process takes for no events
    cpu_us: Spread      # per event
    floor_us: Spread    # per event
    wall_s: Spread
    peak_bytes: int
    output: bytes       # of the last run


def against_floor(floor, commands, core=0, repeats=7, starts=None):
    """Runs commands in turns, a pass of the floor between any two; a run is held against the mean of the passes before and
    behind it. `starts` are the same commands over no events. Answers Against by the commands' names."""
    taken = {name: [] for name in commands}
    begun = {name: [] for name in commands}
    before = floor.measure()
    for _ in range(repeats):
        for name, command in commands.items():
            if starts:
                begun[name].append(run(starts[name], (core,)).cpu_s)
                before = floor.measure()
            done = run(command, (core,))
            behind = floor.measure()
            taken[name].append(((before.cpu_s + behind.cpu_s) / 2, done))
            before = behind
    return {name: _against(floor.num_events, taken[name], begun[name]) for name in commands}


def _against(num_events, taken, begun):
    start = statistics.median(begun) if begun else 0.0
    return Against(rate=Spread.of(floor / done.cpu_s for floor, done in taken),
                   marginal=Spread.of(floor / max(done.cpu_s - start, 1e-9) for floor, done in taken),
                   cpu_us=Spread.of(done.cpu_s / num_events * 1e6 for _, done in taken),
                   floor_us=Spread.of(floor / num_events * 1e6 for floor, _ in taken),
                   wall_s=Spread.of(done.wall_s for _, done in taken),
                   peak_bytes=max(done.peak_bytes for _, done in taken),
                   output=taken[-1][1].output)


def all_cores():
    return tuple(sorted(os.sched_getaffinity(0)))
