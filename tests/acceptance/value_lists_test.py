#!/usr/bin/env python3
"""Value lists as exceptions have them: of ten million addresses and of two million names, in bounded memory; of each kind;
compiled into a ruleset; and files that are none."""
import json
import os
import pathlib
import resource
import subprocess
import sys

from program import ROOT, scratch, tripline

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
failures = []


def rules(folder, *entries):
    rule = {"rule_id": "r", "name": "r", "description": "d", "type": "query", "language": "kuery", "risk_score": 21,
            "severity": "low", "query": "*:*", "index": ["logs-*"], "exceptions_list": [{"list_id": "l", "namespace_type": "single"}]}
    item = {"item_id": "i", "list_id": "l", "type": "simple", "entries": list(entries)}
    path = folder / "rules.ndjson"
    path.write_text(json.dumps(rule) + "\n" + json.dumps(item) + "\n")
    return path


def entry(field, list_id, kind, operator="included"):
    return {"field": field, "type": "list", "operator": operator, "list": {"id": list_id, "type": kind}}


def write_events(folder, events):
    path = folder / "events.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def matched(*arguments):
    return [json.loads(line)["line"] for line in tripline("match", *arguments).splitlines()]


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found}, wanted {wanted}")


def limited(megabytes):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    return limit


def large_lists(folder):
    """Ten million addresses, of which none touch; every second event's is in the list. 80 MB as a table."""
    addresses = folder / "addresses"
    with addresses.open("w") as file:
        for first in range(0, 10_000_000, 100_000):
            file.write("".join(f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n" for n in range(2 * first, 2 * first + 200_000, 2)))
    events = write_events(folder, [{"source": {"ip": f"0.1.{n >> 8}.{n & 255}"}} for n in range(1000)])
    arguments = ["match", "--rules", rules(folder, entry("source.ip", "addresses", "ip")), "--events", events, "--count"]
    done = subprocess.run([TRIPLINE, *map(str, arguments)], capture_output=True, text=True, preexec_fn=limited(1200), timeout=300)
    expect("ten million addresses", (done.returncode, done.stdout), (0, "r\t500\n"))
    addresses.unlink()

    names = folder / "names"
    with names.open("w") as file:
        for first in range(0, 2_000_000, 100_000):
            file.write("".join(f"host-{n * 7919 % 2_000_003}.example.org\n" for n in range(first, first + 100_000)))
    inside = {n * 7919 % 2_000_003 for n in range(2_000_000)}
    events = write_events(folder, [{"host": {"name": f"host-{n}.example.org"}} for n in range(0, 2_000_003, 2003)])
    wanted = sum(n not in inside for n in range(0, 2_000_003, 2003))
    arguments = ["match", "--rules", rules(folder, entry("host.name", "names", "keyword")), "--events", events, "--count"]
    done = subprocess.run([TRIPLINE, *map(str, arguments)], capture_output=True, text=True, preexec_fn=limited(1200), timeout=300)
    expect("two million names", (done.returncode, done.stdout), (0, f"r\t{wanted}\n"))


def kinds_of_lists(folder):
    (folder / "ips").write_text("10.0.0.0/8\n192.168.0.1\n172.16.0.1-172.16.0.9\n")
    (folder / "users").write_text("root\r\nadmin\r\n")
    events = write_events(folder, [{"source": {"ip": "10.1.2.3"}, "user": {"name": "root"}},
                                   {"source": {"ip": "10.1.2.3"}, "user": {"name": "eve"}},
                                   {"source": {"ip": ["8.8.8.8", "172.16.0.5"]}, "user": {"name": "admin"}},
                                   {"source": {"ip": "8.8.8.8"}, "user": {"name": "admin"}}, {}])
    path = rules(folder, entry("source.ip", "ips", "ip_range"), entry("user.name", "users", "keyword"))
    expect("two lists", matched("--rules", path, "--events", events), [2, 4, 5])
    excluded = rules(folder, entry("source.ip", "ips", "ip_range", "excluded"))
    expect("what is not in a list is taken out", matched("--rules", excluded, "--events", events), [1, 2, 3])
    path = rules(folder, entry("user.name", "named", "keyword"))
    expect("named", matched("--rules", path, "--events", events, "--value-list", f"named={folder / 'users'}"), [2, 5])
    tripline("compile", path, "--value-list", f"named={folder / 'users'}", "-o", folder / "r.trl")
    expect("in a ruleset", matched("--rules", folder / "r.trl", "--events", events), [2, 5])


def lists_that_are_wrong(folder):
    def checked(what, exit_code, *words, more=()):
        done = subprocess.run([TRIPLINE, "check", str(path), *more], capture_output=True, text=True, timeout=120)
        expect(what + ": exit code", done.returncode, exit_code)
        for word in words:
            if word not in done.stderr + done.stdout:
                failures.append(f"{what}: `{word}` is not said\n{done.stderr[:1500]}")

    path = rules(folder, entry("source.ip", "ips", "ip"))
    checked("no such list", 1, "exception.value_list_missing", "--value-list ips=FILE", "rules.ndjson:2:")
    (folder / "ips").write_text("10.0.0.1\nevil.example\n")
    checked("a line that is no address", 0, "exception.bad_list_value", "ips:2:", "evil.example")
    (folder / "ips").write_bytes("10.0.0.1\n".encode("utf-16"))
    checked("UTF-16", 1, "UTF-8", "exception.bad_value_list")
    (folder / "ips").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000)
    checked("a picture", 1, "exception.bad_value_list")
    checked("a file that is not there", 1, "nothing.txt", more=("--value-list", "ips=nothing.txt"))
    checked("no name", 2, "NAME=FILE", more=("--value-list", "ips.txt"))


def main():
    for part in (kinds_of_lists, lists_that_are_wrong, large_lists):
        with scratch() as folder:
            part(pathlib.Path(folder))
    for failure in failures:
        print("FAILED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
