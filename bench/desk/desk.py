#!/usr/bin/env python3
"""The benchmark of the desk: every figure that the project holds itself to, and the peers, in one run and one table.

    bench/desk/desk.py --build build/bench --results build/bench/results [--parts acceptance,peers] [--long]

`scripts/bench.sh` calls it (make bench, make bench-long). bench/README.md says what each figure means. Events, rules and
peers are made below <build>/desk and stay for the next run.
"""
import argparse
import dataclasses
import datetime
import functools
import os
import pathlib
import platform
import sys
import time

import figures
import long_runs
import making
import measure
import peer_rows
import rulesets
import speeds
import table

PARTS = {
    "floor": speeds.floor,
    "acceptance": speeds.acceptance,
    "in_process": making.in_process,
    "compiling": making.compiling,
    "threads": speeds.threads,
    "rules": speeds.rules,
    "events": speeds.events,
    "peers": peer_rows.peers,
}
# A busy machine takes twice as long: what comes after this is repeated less, so that all fits into 20 minutes.
_BUSY_AFTER_S = 8 * 60
LONG_PARTS = {"long_events": long_runs.ten_million, "slow_peers": long_runs.slow_peers}


@dataclasses.dataclass
class Context:
    build: pathlib.Path
    work: pathlib.Path
    repeats: int
    core: int
    only_cases: tuple = ()

    def __post_init__(self):
        self.tripline = self.build / "cli" / "tripline"
        self.floor = self.build / "bench" / "desk" / "tripline_parse_floor"
        self.in_process = self.build / "bench" / "desk" / "tripline_in_process"
        for program in (self.tripline, self.floor, self.in_process):
            if not program.exists():
                raise SystemExit(f"{program} is not there; cmake --preset bench && cmake --build --preset bench")
        self.rulesets = rulesets.Rulesets(self.work, self.tripline)
        self.no_events = figures.no_events(self.work)
        self.has_threads = b"--threads" in measure.run([self.tripline, "match", "--help"]).output
        self.one_thread = ("--threads", "1") if self.has_threads else ()

    @functools.lru_cache(maxsize=None)
    def events(self, name, count=None):
        return figures.events(self.work, name, count)

    def match(self, ruleset, events, *options):
        return figures.match(self.tripline, ruleset, events, *self.one_thread, *options)

    __hash__ = object.__hash__


def _cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def _heading(begin, loads):
    events = "events and rules of ../shared" if rulesets.shared_folder() else \
        "**no ../shared here: the project's own sample events and rules, so no figure compares with any other table**"
    return (f"# Results of the desk's benchmark\n\n{_cpu_name()}, {len(measure.all_cores())} cores; other work on it: load "
            f"{min(loads):.1f} to {max(loads):.1f} (the benchmark itself is 1 to 2); {events}. Took "
            f"{(time.time() - begin) / 60:.0f} minutes. What each figure means: bench/README.md. Medians of runs in turns; speeds "
            "by CPU time.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=rulesets.ROOT / "build" / "bench")
    parser.add_argument("--work", type=pathlib.Path, help="where events and rules are kept; default <build>/desk")
    parser.add_argument("--results", type=pathlib.Path, help="default <build>/results")
    parser.add_argument("--parts", help=f"some of {', '.join([*PARTS, *LONG_PARTS])}, with commas")
    parser.add_argument("--cases", default="", help=f"of acceptance: some of {', '.join(figures.CASES)}")
    parser.add_argument("--long", action="store_true", help="also 10,000,000 events and slow peers")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--core", type=int, default=measure.all_cores()[0])
    options = parser.parse_args()
    build = options.build.resolve()
    work = (options.work or build / "desk").resolve()
    results = (options.results or build / "results").resolve()
    results.mkdir(parents=True, exist_ok=True)
    measure.use_home(work / "home")
    context = Context(build, work, options.repeats, options.core, tuple(filter(None, options.cases.split(","))))
    known = {**PARTS, **LONG_PARTS}
    chosen = options.parts.split(",") if options.parts else [*PARTS, *(LONG_PARTS if options.long else ())]
    begin, loads, parts = time.time(), [os.getloadavg()[0]], []
    for name in chosen:
        if time.time() - begin > _BUSY_AFTER_S:
            context.repeats = min(context.repeats, 3)
        print(f"{datetime.timedelta(seconds=int(time.time() - begin))} {name}", file=sys.stderr, flush=True)
        made = known[name](context)
        parts += made if isinstance(made, list) else [made]
        if not rulesets.shared_folder():
            for row in (row for part in parts for row in part.rows):
                row.wanted = None  # the targets are for the shared events and rules
        loads.append(os.getloadavg()[0])
        heading = _heading(begin, loads)
        (results / "table.md").write_text(table.markdown(heading, parts) + "\n", encoding="utf-8")
        (results / "table.json").write_text(table.to_json(heading, parts) + "\n", encoding="utf-8")
    print((results / "table.md").read_text(encoding="utf-8"))
    print(f"{results}/table.md and table.json", file=sys.stderr)


if __name__ == "__main__":
    main()
