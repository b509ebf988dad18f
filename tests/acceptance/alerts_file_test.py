#!/usr/bin/env python3
"""`tripline run --alerts FILE`: every alert stands in the file once, whatever of it was there when the process before died,
and what somebody else has written stays."""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

from program import scratch  # noqa: E402

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
RULE = {"rule_id": "r", "type": "query", "language": "kuery", "query": "user.name: *", "name": "Somebody", "description": "d",
        "severity": "low", "risk_score": 1, "interval": "5m", "from": "now-9m", "max_signals": 1000}


def run(folder, *more):
    done = subprocess.run([TRIPLINE, "run", "--rules", folder / "rule.ndjson", "--events", folder / "events.ndjson", *more],
                          capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def check(holds, what, said=""):
    if not holds:
        sys.exit(f"FAILED: {what}\n{said}")
    print("ok", what)


def left_behind(folder, undelivered, in_file, size):
    """The state and the file of a process that died after it had written `in_file`, of which `size` bytes are marked."""
    state, alerts = folder / "state", folder / "alerts.ndjson"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(undelivered, state)
    alerts.write_bytes(in_file)
    with sqlite3.connect(state / "tripline.db") as database:
        database.execute("DELETE FROM output")
        database.execute("INSERT INTO output VALUES(?, ?)", (str(alerts.resolve()), size))
    return state, alerts


def main():
    with scratch() as folder:
        folder = pathlib.Path(folder)
        (folder / "rule.ndjson").write_text(json.dumps(RULE) + "\n")
        (folder / "events.ndjson").write_text("".join(
            json.dumps({"@timestamp": f"2026-05-01T{i // 60:02}:{i % 60:02}:00Z", "user": {"name": f"u{i}"}}) + "\n"
            for i in range(600)))
        code, out, said = run(folder, "--state", folder / "calm", "--alerts", folder / "calm.ndjson")
        wanted = (folder / "calm.ndjson").read_bytes()
        check(code == 0 and out == "" and wanted.count(b"\n") > 500, "alerts go to the file instead", said)
        _, out, _ = run(folder, "--state", folder / "piped")
        check(out.encode() == wanted, "the same as to standard output")
        run(folder, "--state", folder / "calm", "--alerts", folder / "calm.ndjson")
        check((folder / "calm.ndjson").read_bytes() == wanted, "the same events again add nothing")

        undelivered = folder / "undelivered"
        code, _, said = run(folder, "--state", undelivered, "--alerts", "/dev/full")
        check(code == 2 and "nothing is lost" in said, "a disk that is full is told", said)
        before = b"somebody else's line\n"
        for cut in [0, 1, 100, 5000, 100_001, wanted.index(b"\n", 200_000), wanted.index(b"\n", 200_000) + 1]:
            state, alerts = left_behind(folder, undelivered, before + wanted[:cut], len(before))
            code, _, said = run(folder, "--state", state, "--alerts", alerts)
            check(code == 0 and alerts.read_bytes() == before + wanted, f"writing goes on behind {cut} bytes", said)

        state, alerts = left_behind(folder, undelivered, before + b"{half a line", len(before))
        code, _, said = run(folder, "--state", state, "--alerts", alerts)
        check(alerts.read_bytes() == before + b"{half a line\n" + wanted and "are not of alerts" in said,
              "what is not an alert stays, on a line of its own", said)

        state, alerts = left_behind(folder, undelivered, b"", 1000)
        code, _, said = run(folder, "--state", state, "--alerts", alerts)
        check(alerts.read_bytes() == wanted and "shorter" in said, "a file that was put away begins anew", said)

        (folder / "plain.ndjson").write_bytes(b"no end of line")
        run(folder, "--alerts", folder / "plain.ndjson")
        plain = (folder / "plain.ndjson").read_bytes()
        check(plain.startswith(b"no end of line\n{") and plain.count(b"\n") == 601, "without a state it only appends")


if __name__ == "__main__":
    main()
