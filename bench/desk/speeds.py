"""The parts of the table that are speeds of whole runs: the floor itself, the rulesets of the acceptance, threads, growth
with rules and with events."""
import itertools
import statistics

import figures
import measure
from table import Part, Row, row

_FLOORS = {"parse_many": "simdjson DOM, parse_many over the file in memory: **the floor**",
           "parse_lines": "simdjson DOM, line by line", "newlines": "finding the line feeds", "copy": "copying the text",
           "read": "reading the file from the system's cache"}


def floor(context):
    events = context.events("w1")
    with measure.Floor(context.floor, events, context.core) as running:
        passes = {word: [] for word in _FLOORS}
        for turn, word in itertools.product(range(context.repeats + 1), _FLOORS):
            measured = running.measure(word)
            passes[word] += [measured] if turn else []  # the first turn warms up
        size, version = events.stat().st_size, running.version
        rows = []
        for word, what in _FLOORS.items():
            took = measure.Spread.of(one.cpu_s for one in passes[word])
            rows.append(row(what, took.times(1e6 / running.num_events), "us an event",
                            note=f"{size / took.median / 1e9:.2f} GB/s"))
    return Part("What anybody pays", f"{version}; {running.num_events:,} events of {size / running.num_events:,.0f} bytes. "
                "Nothing is asked of them.", rows)


def acceptance(context):
    """File to matches against the floor, machine code and interpreter."""
    rows, extra = [], []
    for name in context.only_cases or figures.CASES:
        case = figures.CASES[name]
        events, ruleset = context.events(case.workload), context.rulesets.compiled(case.rules(context.rulesets))
        commands = {code: context.match(ruleset, events, "--code", code) for code in ("auto", "interpreter")}
        starts = {code: context.match(ruleset, context.no_events, "--code", code) for code in commands}
        with measure.Floor(context.floor, events, context.core) as running:
            found = measure.against_floor(running, commands, context.core, context.repeats, starts)
        if found["auto"].output != found["interpreter"].output:
            raise SystemExit(f"FAILED: {case.what}: machine code and interpreter do not count the same")
        for code, against in found.items():
            counts = figures.counts(against.output)
            told = f"{len(counts):,} rules, {sum(counts.values()):,} matches; {against.cpu_us.median:.3f} us an event, " \
                   f"peak {against.peak_bytes / 1e6:.0f} MB"
            is_promised = code == "auto"
            rows.append(row(f"{case.what}{'' if is_promised else ', interpreter'}", against.rate, "of the floor",
                            case.target if is_promised else None, note=told))
            extra.append(row(f"{case.what}{'' if is_promised else ', interpreter'}, the start left out", against.marginal,
                             "of the floor", note=f"target {case.target}" if is_promised else ""))
    return Part("File to matches, one core", "`tripline match --count`, the whole process by CPU time, over the floor in the "
                "same minutes: 1 is as fast as parsing alone. The lower half leaves out what the same process takes for an "
                "empty file (loading the ruleset), which is the same for any number of events.", rows + extra)


def threads(context):
    """One thread and two, by wall clock, in turns; needs two quiet cores."""
    cores = measure.all_cores()[:2]
    if len(cores) < 2 or not context.has_threads:
        return Part("Threads", "Not measured: " + ("one core only." if len(cores) < 2 else "`match` has no --threads."), [])
    rows = []
    for name, wanted in (("corpus", 1.85), ("seed", None)):
        case = figures.CASES[name]
        events, ruleset = context.events(case.workload), context.rulesets.compiled(case.rules(context.rulesets))
        runs = {count: [] for count in (1, 2)}
        for _, count in itertools.product(range(context.repeats), runs):
            command = figures.match(context.tripline, ruleset, events, "--threads", count)
            runs[count].append(measure.run(command, cores[:count]))
        if len({done.output for all_of in runs.values() for done in all_of}) != 1:
            raise SystemExit("FAILED: one thread and two do not count the same")
        wall = measure.Spread.of(one.wall_s / two.wall_s for one, two in zip(runs[1], runs[2]))
        best = min(one.wall_s for one in runs[1]) / min(two.wall_s for two in runs[2])
        cpu = statistics.median(two.cpu_s / one.cpu_s for one, two in zip(runs[1], runs[2]))
        rows.append(row(f"{case.what}: two threads over one, wall clock", wall, "times", wanted,
                        note=f"quickest against quickest {best:.2f}; CPU of two over one {cpu:.2f}; peak "
                             f"{max(done.peak_bytes for done in runs[2]) / 1e6:.0f} MB"))
    return Part("Threads", "`match --threads 2` on two cores over `--threads 1` on one, whole processes in turns. Other work "
                "on the machine takes from two threads twice: the CPU ratio says what the second thread costs by itself.", rows)


def rules(context, counts=(1, 10, 100, 1000, 3000, 10000)):
    events = context.events("w1")
    rows, first = [], None
    for count in counts:
        ruleset = context.rulesets.compiled(context.rulesets.many(count))
        commands = {"auto": context.match(ruleset, events)}
        with measure.Floor(context.floor, events, context.core) as running:
            found = measure.against_floor(running, commands, context.core, max(3, context.repeats // 2),
                                          {"auto": context.match(ruleset, context.no_events)})["auto"]
        marginal = found.floor_us.median / found.marginal.median
        first = first or marginal
        rows.append(row(f"{count:,} rules", found.rate, "of the floor",
                        note=f"{marginal:.3f} us an event without the start, {marginal / first:.1f} times one rule; peak "
                             f"{found.peak_bytes / 1e6:.0f} MB"))
    return Part("Rules, 1 to 10,000", "The corpus in a fixed shuffled order, beyond it clones with other constants; w1.", rows)


def events(context, counts=(10_000, 100_000, 300_000, 1_000_000)):
    ruleset = context.rulesets.compiled(context.rulesets.corpus())
    rows, peaks = [], []
    for count in counts:
        path = context.events("w1", count)
        with measure.Floor(context.floor, path, context.core) as running:
            found = measure.against_floor(running, {"auto": context.match(ruleset, path)}, context.core,
                                          3 if count > 300_000 else context.repeats)["auto"]
        peaks.append(found.peak_bytes / 1e6)
        rows.append(row(f"{count:,} events", found.rate, "of the floor",
                        note=f"{found.cpu_us.median:.3f} us an event, peak {peaks[-1]:.0f} MB"))
    rows.append(Row(f"peak memory of a run, {counts[-1]:,} events", peaks[-1], "MB", wanted=500, at_least=False))
    rows.append(Row(f"peak memory, {counts[-1]:,} events over {counts[-2]:,}", peaks[-1] / peaks[-2], "times", wanted=1.25,
                    at_least=False, note="independent of the input's length"))
    return Part("Events, 10,000 to 1,000,000", "All corpus rules over w1 of other sizes.", rows)
