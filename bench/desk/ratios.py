#!/usr/bin/env python3
"""Question: how fast is `match`, file to matches on one core, beside parsing alone?

    bench/desk/ratios.py --tripline build/release/cli/tripline --floor build/bench/bench/desk/tripline_parse_floor \\
        --work /tmp/desk [--only seed,corpus,positives,tenfold] [--repeats 7] [--code auto,interpreter]

For every case the median ratio (lowest-highest) of the rate of events to that of simdjson's DOM (parse_many over the same
file in memory), by CPU time, in turns: the whole process, and without what the process takes for an empty file (`marginal`).
`--work` keeps events and rulesets for the next run; rulesets are compiled anew by the program under test.
"""
import argparse
import pathlib

import figures
import measure
import rulesets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tripline", required=True, type=pathlib.Path)
    parser.add_argument("--floor", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="seed,corpus,positives")
    parser.add_argument("--code", default="auto", help="auto, machine or interpreter; several with commas")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--option", action="append", default=[], help="passed on to match, such as --option=--threads=1")
    options = parser.parse_args()
    made = rulesets.Rulesets(options.work, options.tripline)
    for name in options.only.split(","):
        case = figures.CASES[name]
        ruleset = made.compiled(case.rules(made))
        events = figures.events(options.work, case.workload)
        matches = {code: figures.match(options.tripline, ruleset, events, "--code", code, *options.option)
                   for code in options.code.split(",")}
        nothing = figures.match(options.tripline, ruleset, figures.no_events(options.work))
        with measure.Floor(options.floor, events, options.core) as floor:
            found = measure.against_floor(floor, matches, options.core, options.repeats, dict.fromkeys(matches, nothing))
        for code, row in found.items():
            print(f"{name:10} {code:12} {row.rate.median:5.3f} ({row.rate.lowest:.3f}-{row.rate.highest:.3f}) of the floor, "
                  f"wanted {case.target}; marginal {row.marginal.median:5.3f}; {row.cpu_us.median:.3f} us an event, floor "
                  f"{row.floor_us.median:.3f}; peak {row.peak_bytes / 1e6:.0f} MB; {figures.total_matches(row.output):,} "
                  "matches", flush=True)


if __name__ == "__main__":
    main()
