#!/usr/bin/env python3
"""`explain --rule`: the verdict is that of `match`, every part is answered, and what is said to change the answer does."""
import json
import os
import pathlib
import subprocess
import sys

from program import ROOT, json_lines, scratch, tripline

SEED = ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable"


def explain(*arguments):
    return tripline("explain", *arguments)


def check(holds, what, *shown):
    if not holds:
        sys.exit(f"FAILED: {what}\n" + "\n".join(map(str, shown)))


def verdicts_are_those_of_match():
    matched = {hit["line"] for hit in json_lines(tripline("match", "--rules", SEED, "--events", SEED / "events.ndjson"))}
    lines = (SEED / "events.ndjson").read_text().count("\n")
    check(matched and len(matched) < lines, "some lines match and some do not")
    for line in range(1, lines + 1, 3):
        screen = explain("--rule", SEED, "--event", f"{SEED / 'events.ndjson'}:{line}")
        verdict = screen.splitlines()[1].split(": ")[-1]
        check(verdict == ("matches" if line in matched else "does not match"), f"line {line} has match's verdict", screen)
        check(len(screen.splitlines()) < 50, "on one screen", screen)


def what_would_change_changes(folder):
    rule = folder / "rule.json"
    rule.write_text(json.dumps({
        "rule_id": "r", "name": "A rule", "description": "d", "type": "query", "language": "kuery", "risk_score": 1,
        "severity": "low", "index": ["logs-*"], "query": "process.name : curl and not user.name : (root or admin)"}))
    events = folder / "events.ndjson"
    events.write_text('{"@timestamp":"2026-01-01T00:00:00Z","process":{"name":"wget"},"user":{"name":["bob","root"]}}\n'
                      '{"_index":"other","_id":"1","_source":{"@timestamp":"2026-01-01T00:00:00Z","process":{"name":"curl"}}}\n')
    screen = explain("--rule", rule, "--event", events)
    check("does not match" in screen and "to yes  process.name : curl" in screen and "to no   user.name : root" in screen,
          "both leaves in the way are named", screen)
    check('[user.name: "bob", "root"]' in screen and '[process.name: "wget"]' in screen, "with the event's values", screen)
    screen = explain("--rule", rule, "--event", f"{events}:2")
    check("does not look at the index other" in screen and "missing" in screen, "the index counts", screen)
    for wrong in (("--rule", rule, "--event", f"{events}:3"), ("--rule", folder / "none", "--event", events),
                  ("--rule", rule, "--event", folder / "none"), ("--event", events)):
        done = subprocess.run([os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline")), "explain", *map(str, wrong)],
                              capture_output=True, text=True, check=False)
        check(done.returncode == 2 and done.stderr, "what cannot be explained is said", wrong, done)


def filters_and_exceptions_are_answered_too(folder):
    rule = folder / "whole.ndjson"
    rule.write_text("".join(json.dumps(line) + "\n" for line in (
        {"rule_id": "r", "name": "A rule", "description": "d", "type": "query", "language": "kuery", "risk_score": 1,
         "severity": "low", "query": "process.name : curl and objs:{ k : a and n : 1 }",
         "filters": [{"meta": {"negate": True}, "query": {"term": {"user.name": "root"}}}],
         "exceptions_list": [{"id": "i", "list_id": "l", "type": "detection", "namespace_type": "single"}]},
        {"item_id": "i1", "list_id": "l", "namespace_type": "single", "type": "simple", "name": "n", "description": "d",
         "entries": [{"field": "host.name", "type": "match_any", "operator": "included", "value": ["h1", "h2"]}]},
        {"item_id": "i2", "list_id": "l", "namespace_type": "single", "type": "simple", "name": "n", "description": "d",
         "os_types": ["linux", "macos"], "expire_time": "2026-05-01T00:00:00Z",
         "entries": [{"field": "host.name", "type": "match", "operator": "included", "value": "h3"}]})))
    events = folder / "whole_events.ndjson"
    events.write_text("".join(json.dumps({
        "@timestamp": "2026-01-01T00:00:00Z", "process": {"name": "curl"}, "user": {"name": user}, "host": {"name": host},
        "objs": [{"k": "a", "n": n}]}) + "\n" for user, host, n in (("bob", "h3", 1), ("root", "h2", 1), ("bob", "h1", 2))))
    screens = [explain("--rule", rule, "--event", f"{events}:{line}") for line in (1, 2, 3)]
    check(": matches" in screens[0] and "to no   process.name : curl" in screens[0], "nothing leaves it out", screens[0])
    check('objs:{ k : a and n : 1 }      [objs: {"k":"a","n":1}]' in screens[0], "a group's objects are shown", screens[0])
    check("does not match: its query does" in screens[1] and "to yes  filters[0]" in screens[1] and
          'no    filters[0]: not {"term":{"user.name":"root"}}      [user.name: "root"]' in screens[1] and
          "to no   item i1 of the list l" in screens[1] and "to no   process" not in screens[1], "both leave it out", screens[1])
    check('yes   item i1 of the list l: host.name : ("h1" or "h2")      [host.name: "h1"]' in screens[2] and
          "to yes  objs:{ k : a and n : 1 }" in screens[2] and "to no   item i1" in screens[2],
          "the query and an exception", screens[2])
    check('no    item i2 of the list l: host.name : "h3" and on linux or macos until 2026-05-01T00:00:00Z' in screens[0],
          "an item's systems and its end are told", screens[0])


def a_mistaken_query_is_said(folder):
    rule = folder / "mistaken.json"
    rule.write_text(json.dumps({
        "rule_id": "r", "name": "A rule", "description": "d", "type": "query", "language": "kuery", "risk_score": 1,
        "severity": "low", "query": "source.ip : notanip"}))
    events = folder / "events.ndjson"
    events.write_text('{"source":{"ip":"1.2.3.4"}}\n')
    with open(folder / "said", "w+", encoding="utf-8") as said:
        tripline("explain", "--rule", rule, "--event", events, "--mapping", typed(folder), expects=1, stderr=said)
        said.seek(0)
        text = said.read()
    check('the query of the rule "A rule" has an error' in text and "no rule with" not in text, "the error is said", text)


def typed(folder):
    (folder / "mapping.txt").write_text(json.dumps({"mappings": {"properties": {"source": {"properties": {"ip": {"type": "ip"}}}}}}))
    return folder / "mapping.txt"


def main():
    verdicts_are_those_of_match()
    with scratch() as name:
        what_would_change_changes(pathlib.Path(name))
        filters_and_exceptions_are_answered_too(pathlib.Path(name))
    with scratch() as name:
        a_mistaken_query_is_said(pathlib.Path(name))


if __name__ == "__main__":
    main()
