#!/usr/bin/env python3
"""`match` and `run` with --threads 1, 2, 3 and 8: every byte of what they write and say is the same, over several files, broken
lines, a file that is cut off and standard input; and a run that was killed is gone on from with another number of threads."""
import gzip
import json
import os
import pathlib
import random
import signal
import subprocess
import sys

from program import ROOT, scratch

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
COUNTS = ["1", "2", "3", "8"]
COMMON = {"language": "kuery", "description": "d", "severity": "low", "risk_score": 1, "interval": "5m", "from": "now-9m",
          "max_signals": 1000}
RULES = [
    {**COMMON, "rule_id": "often", "name": "Often", "type": "query", "query": "user.name: u1*"},
    {**COMMON, "rule_id": "recent", "name": "Recent", "type": "query", "query": "process.started >= now-1m and user.name: u2"},
    {**COMMON, "rule_id": "new", "name": "New", "type": "new_terms", "query": "process.name: *",
     "new_terms_fields": ["process.name", "user.name"], "history_window_start": "now-2h"},
]


def event(i, dice):
    minute, second = divmod(i // 4, 60)
    return json.dumps({"@timestamp": f"2026-05-01T{minute // 60:02}:{minute % 60:02}:{second:02}Z", "n": i,
                       "process": {"name": f"p{dice.randrange(40)}", "started": f"2026-05-01T{minute // 60:02}:00:00Z"},
                       "user": {"name": f"u{dice.randrange(300)}"}})


def write_events(folder):
    """Several blocks in several files, of which one is cut off in the middle and one is not there."""
    dice = random.Random(11)
    lines = [event(i, dice) for i in range(40_000)]
    for at in dice.sample(range(len(lines)), 30):
        lines[at] = dice.choice(["", "broken", lines[at][:20], "[]", '{"n":1}' + " " * 5000])
    (folder / "rules.ndjson").write_text("".join(json.dumps(rule) + "\n" for rule in RULES))
    (folder / "a.ndjson").write_text("\n".join(lines[:15_000]))
    (folder / "b.ndjson.gz").write_bytes(gzip.compress("\r\n".join(lines[15_000:25_000]).encode()))
    cut = gzip.compress("".join(line + "\n" for line in lines[25_000:32_000]).encode())
    (folder / "c.ndjson.gz").write_bytes(cut[:len(cut) * 2 // 3])
    (folder / "empty.ndjson").write_text("")
    (folder / "e.ndjson").write_text("\ufeff" + "".join(line + "\n" for line in lines[32_000:]))
    return [folder / name for name in ["a.ndjson", "b.ndjson.gz", "empty.ndjson", "c.ndjson.gz", "absent.ndjson", "e.ndjson"]]


def call(verb, folder, events, *more, **options):
    """Exit code, output and talk."""
    done = subprocess.run([TRIPLINE, verb, "--rules", folder / "rules.ndjson", "--events", *events, *more], capture_output=True,
                          **options)
    return done.returncode, done.stdout, done.stderr


def check(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print("ok", what)


def check_all_equal(what, make, expects, at_least):
    said = [make(threads) for threads in COUNTS]
    check(said[0][0] == expects and said[0][1].count(b"\n") >= at_least, f"{what} gives something")
    for threads, other in zip(COUNTS, said):
        check(other == said[0], f"{what}: the same with {threads} threads")


def check_killed(folder, events):
    calm = folder / "calm.ndjson"
    call("run", folder, events, "--state", folder / "calm", "--alerts", calm, "--threads", "1", "--commit-every", "0")
    check(calm.read_bytes().count(b"\n") > 1000, "a calm run has alerts")
    for threads, threads_after in [("8", "1"), ("2", "3"), ("1", "8")]:
        state, alerts = folder / f"state{threads}", folder / f"alerts{threads}.ndjson"
        arguments = [TRIPLINE, "run", "--rules", folder / "rules.ndjson", "--events", *events, "--state", state, "--alerts", alerts,
                     "--commit-every", "0", "--threads"]
        process = subprocess.Popen([*arguments, threads], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not (alerts.exists() and alerts.stat().st_size > 0):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        subprocess.run([*arguments, threads_after], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        check(alerts.read_bytes() == calm.read_bytes(), f"killed with {threads} threads, gone on from with {threads_after}")


def main():
    with scratch() as folder:
        folder = pathlib.Path(folder)
        events = write_events(folder)
        now = ["--now", "2026-05-01T03:00:00Z", "--threads"]
        check_all_equal("match", lambda n: call("match", folder, events, *now, n), 2, 10_000)
        check_all_equal("match --count", lambda n: call("match", folder, events, "--count", *now, n), 2, len(RULES))
        text = (folder / "a.ndjson").read_bytes()
        check_all_equal("match -", lambda n: call("match", folder, ["-"], *now, n, input=text), 0, 5_000)
        check_all_equal("run", lambda n: call("run", folder, events[3:], "--history", *events[:3], "--threads", n), 2, 1000)
        check_killed(folder, [events[0], events[1], events[5]])
        code, _, said = call("run", folder, events[:1], "--alerts", "/dev/full", "--threads", "8")
        check(code == 2 and b"/dev/full" in said, "an output that is full ends all threads")


if __name__ == "__main__":
    main()
