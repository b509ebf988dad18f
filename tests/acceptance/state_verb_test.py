#!/usr/bin/env python3
"""`tripline state DIR` says what a state holds: clock, rules and how far they came, what runs gave and cut, gaps, alerts that
wait; and it says what is wrong where there is no state, or another process holds it."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

from program import ROOT, scratch

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
failures = []


def rule(rule_id, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "risk_score": 21,
            "severity": "low", "query": "n : *", "index": ["logs-*"], "interval": "5m", "from": "now-6m"} | more


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found}, wanted {wanted}")


def program(*arguments, expects=0):
    done = subprocess.run([TRIPLINE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    expect(f"exit code of {arguments[0]}", done.returncode, expects)
    return done.stdout, done.stderr


def main():
    with scratch() as name:
        folder = pathlib.Path(name)
        state = folder / "state"

        def run(rules, minutes, *more):
            (folder / "rules.ndjson").write_text("".join(json.dumps(one) + "\n" for one in rules))
            events = [{"@timestamp": f"2024-05-01T10:{minute:02}:00Z", "n": number} for number, minute in enumerate(minutes)]
            (folder / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
            program("run", "--rules", folder / "rules.ndjson", "--events", folder / "events.ndjson", "--state", state, *more)

        expect("words without a state", "holds no state" in program("state", state, expects=2)[1], True)
        capped, other = rule("capped", max_signals=2), rule("other")
        run([capped, other], [1, 1, 1, 1, 30])
        run([other], [31, 41])
        run([capped, other], [45, 50])
        before = (state / "tripline.db").read_bytes()
        said = json.loads(program("state", state, "--format", "json")[0])
        text = program("state", state)[0]
        expect("the file is as it was", (state / "tripline.db").read_bytes() == before, True)
        expect("clock", said["clock"], "2024-05-01T10:50:00.000Z")
        expect("calls", (said["calls"], said["last_call_broken_off"], said["undelivered_alerts"]), (3, False, 0))
        rules = {one["rule_id"]: one for one in said["rules"]}
        expect("rules", {key: (one["last_run"], one["absent"], one["cut"]) for key, one in rules.items()},
               {"capped": ("2024-05-01T10:50:00.000Z", False, 2), "other": ("2024-05-01T10:50:00.000Z", False, 0)})
        expect("gaps", said["gaps"], [{"rule_id": "capped", "reason": "absent", "from": "2024-05-01T10:30:00.001Z",
                                       "to": "2024-05-01T10:41:00.000Z"}])
        expect("runs", sum(one["alerts"] for one in said["runs"]), sum(one["alerts"] for one in rules.values()))
        for word in ("clock 2024-05-01T10:50", "gap of capped", "2 cut", "run of other"):
            expect(f"text says {word}", word in text, True)
        run([other], [55])
        expect("absence", [one["absent"] for one in json.loads(program("state", state, "--format", "json")[0])["rules"]],
               [True, False])
        expect("few runs", len(json.loads(program("state", state, "--format", "json", "--runs", 1)[0])["runs"]), 1)
        holder = sqlite3.connect(state / "tripline.db")
        holder.execute("BEGIN EXCLUSIVE")
        expect("words of a lock", "another process" in program("state", state, expects=2)[1], True)
        holder.close()
    for failure in failures:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
