#!/usr/bin/env python3
"""Every `tripline ...` line of README.md is run as it stands, in a folder that holds the files that the lines name."""
import gzip
import json
import os
import pathlib
import subprocess
import sys

from program import ROOT, scratch
from seed_rule_oracle import RULE

FIELDS = {"@timestamp": "date", "event.ingested": "date", "host.os.type": "keyword", "event.category": "keyword",
          "event.action": "keyword", "process.executable": "keyword", "process.name": "keyword", "source.ip": "ip",
          "destination.ip": "ip"}


# A rule about which nothing is to be said.
CLEAN_RULE = """[rule]
rule_id = "clean"
name = "A shell on Linux"
description = "Starts of shells"
risk_score = 21
severity = "low"
type = "query"
language = "kuery"
query = "host.os.type : linux and event.category : process and process.name : (bash or sh)"
"""


def mapping():
    """An index mapping, as OpenSearch answers it, of the fields that the seed rule reads."""
    properties = {}
    for path, kind in FIELDS.items():
        inner = properties
        *parents, last = path.split(".")
        for parent in parents:
            inner = inner.setdefault(parent, {"properties": {}})["properties"]
        inner[last] = {"type": kind}
    return json.dumps({"my-index": {"mappings": {"properties": properties}}})


def lay_out(folder):
    """The files that README's lines name."""
    seed = ROOT / "rules" / RULE
    rule = (seed / "rule.toml").read_text(encoding="utf-8")
    events = (seed / "events.ndjson").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "rules").symlink_to(ROOT / "rules")
    (folder / "my-rules").mkdir()
    (folder / "my-rules" / "rule.toml").write_text(CLEAN_RULE, encoding="utf-8")
    (folder / "my-rule.toml").write_text(rule, encoding="utf-8")
    (folder / "my-index-mapping.json").write_text(mapping(), encoding="utf-8")
    (folder / "events.ndjson").write_text("".join(events), encoding="utf-8")
    (folder / "yesterday.ndjson.gz").write_bytes(gzip.compress("".join(events).encode()))
    (folder / "monday.ndjson").write_text("".join(events[:50]), encoding="utf-8")
    (folder / "tuesday.ndjson").write_text("".join(events[50:]), encoding="utf-8")
    program = pathlib.Path(os.environ.get("TRIPLINE", ROOT / "build" / "tripline"))
    (folder / "bin").mkdir()
    (folder / "bin" / "tripline").symlink_to(program.resolve())


def main():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in readme.splitlines() if line.startswith("    tripline ")]
    failures = 0
    with scratch() as name:
        folder = pathlib.Path(name)
        lay_out(folder)
        environment = dict(os.environ, PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
        for line in lines:
            done = subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False)
            print(f"{'ok' if done.returncode == 0 else 'FAILED'} {line}")
            if done.returncode != 0:
                failures += 1
                print(done.stderr)
    return 1 if failures or len(lines) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
