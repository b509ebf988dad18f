"""The parts of the table that are about making and loading rulesets, and about matching inside a process."""
import json
import pathlib
import statistics

import figures
import measure
from table import Part, Row, row

_REPEATS = 3


def compiling(context):
    """compile and load, with and without machine code."""
    rows = []
    version = statistics.median(measure.run([context.tripline, "--version"], (context.core,)).cpu_s for _ in range(9))
    for name, is_promised in (("corpus", True), ("tenfold", False)):
        case = figures.CASES[name]
        folder = case.rules(context.rulesets)
        for options, what, wanted in (((), "with machine code", 5.0), (("--no-native",), "--no-native", 1.0)):
            path = context.work / f"compiled-{name}{'-portable' if options else ''}.trl"
            command = [context.tripline, "compile", folder, "-o", path, "--skip-invalid", *options]
            runs = [measure.run(command, (context.core,)) for _ in range(_REPEATS if is_promised else 1)]
            rows.append(row(f"compile {case.what}, {what}", measure.Spread.of(done.cpu_s for done in runs), "s",
                            wanted if is_promised else None, at_least=False,
                            note=f"peak {max(done.peak_bytes for done in runs) / 1e6:.0f} MB"))
            rows.append(Row(f".trl of {case.what}, {what}", path.stat().st_size / 1e6, "MB",
                            wanted=15 if is_promised and not options else None, at_least=False))
            rows += _loads(context, path, f"{case.what}, {what}", version, is_promised and not options)
    return Part("Compile and load", "CPU seconds of one core, as on an idle one. Loading: `match` over an empty file, less "
                f"what `--version` takes ({version * 1e3:.1f} ms). The first rows' file holds the native cache where this "
                "build writes one, signed by the user's own key.", rows)


def _loads(context, path, what, version, is_promised):
    rows = []
    for code in ("auto", "interpreter"):
        command = figures.match(context.tripline, path, context.no_events, "--code", code)
        runs = [measure.run(command, (context.core,)) for _ in range(9)]
        took = measure.Spread.of((done.cpu_s - version) * 1e3 for done in runs)
        rows.append(row(f"load {what}, --code {code}", took, "ms", 50 if is_promised and code == "auto" else None,
                        at_least=False, note=f"wall {min(done.wall_s for done in runs) * 1e3:.0f} ms at best"))
    return rows


def in_process(context):
    """Matching with columns that are there, and single events."""
    events = figures.head(context.work, context.events("w1"), 100_000)
    blocks, singles, again = [], [], {}
    for name in ("seed", "corpus", "tenfold"):
        case = figures.CASES[name]
        ruleset = context.rulesets.compiled(case.rules(context.rulesets))
        for code in ("machine", "interpreter"):
            done = measure.run([context.in_process, ruleset, events, code, "5", "40000"], (context.core,))
            found = json.loads(done.output)
            is_promised = name == "corpus" and code == "machine"
            warm = measure.Spread.of(found["blocks_again"])
            again[name, code] = warm.median
            blocks.append(row(f"{case.what}, {code}", warm, "ns an event", 150 if is_promised else None, at_least=False,
                              note=f"values met for the first time: {found['blocks_first']:.0f} ns; making the columns: "
                                   f"{statistics.median(found['read_again']):,.0f} ns"))
            for clock in ("cpu", "wall"):
                part = {key: measure.Spread.of(one[clock][key] / 1000 for one in found["single"])
                        for key in ("p50", "p99", "p999")}
                singles.append(row(f"{case.what}, {code}: one event, p99 by {clock} clock", part["p99"], "us",
                                   20 if is_promised and clock == "cpu" else None, at_least=False,
                                   note=f"p50 {part['p50'].median:.1f} us, p99.9 {part['p999'].median:.1f} us"))
    for code in ("machine", "interpreter"):
        blocks.append(Row(f"5,880 rules over 588, {code}", again["tenfold", code] / again["corpus", code], "times",
                          wanted=3 if code == "machine" else None, at_least=False))
    return [Part("Matching alone", "Blocks of 4,096 events whose columns are there, by CPU clock; every value has been met "
                 f"before. {pathlib.Path(events).name}.", blocks),
            Part("One event at a time", "From a line in memory to the rules that it matches, in a process that is warm: "
                 "parsing, columns, matching and gathering the rules' ids. The CPU clock leaves out the time in which other "
                 "work had the core.", singles)]
