#!/usr/bin/env python3
"""Exceptions and filters as a user has them: rules of each type that runs, with an exported list beside them, in a file of
its own, and added to a compiled ruleset; and files that are not what they should be."""
import json
import os
import pathlib
import subprocess
import sys

from program import ROOT, json_lines, scratch, tripline

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
failures = []


def rule(rule_id, **more):
    document = {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "risk_score": 21,
                "severity": "low", "query": "process.name : *", "index": ["logs-*"], "interval": "5m", "from": "now-6m",
                "exceptions_list": [{"id": "1", "list_id": "trusted", "type": "detection", "namespace_type": "single"}]}
    return document | more


def item(*entries, **more):
    return {"item_id": "trusted-1", "list_id": "trusted", "namespace_type": "single", "type": "simple", "name": "x",
            "entries": list(entries)} | more


def entry(field, value, kind="match", operator="included"):
    return {"field": field, "type": kind, "operator": operator, "value": value}


def event(minute, name, user="root"):
    return {"@timestamp": f"2026-05-01T10:{minute:02}:00Z", "process": {"name": name}, "user": {"name": user}}


def write(path, documents):
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found}, wanted {wanted}")


def names(text):
    return [(alert["kibana.alert.rule.name"], alert["process"]["name"]) for alert in json_lines(text)]


def each_type_that_runs(folder):
    """The excepted process is neither alerted nor history: the new term comes with the first event that is not excepted."""
    new_terms = rule("new", type="new_terms", new_terms_fields=["user.name"], history_window_start="now-1h")
    exceptions = write(folder / "list.ndjson", [item(entry("process.name", ["backup", "cron"], "match_any"))])
    rules = write(folder / "rules.ndjson", [rule("all"), new_terms])
    events = write(folder / "events.ndjson", [event(0, "backup", "eve"), event(2, "curl", "eve"), event(4, "cron", "bob")])
    found = names(tripline("run", "--rules", rules, "--events", events, "--exceptions", exceptions))
    expect("query and new_terms", found, [("all", "curl"), ("new", "curl")])
    bare = names(tripline("run", "--rules", rules, "--events", events))
    expect("without the list", sorted(bare), [("all", "backup"), ("all", "cron"), ("all", "curl"), ("new", "backup"), ("new", "cron")])
    ruleset = folder / "rules.trl"
    tripline("compile", rules, "-o", ruleset)
    added = names(tripline("run", "--rules", ruleset, "--events", events, "--exceptions", exceptions))
    expect("added to a ruleset", added, found)
    tripline("compile", rules, "--exceptions", exceptions, "-o", ruleset)
    expect("compiled in", names(tripline("run", "--rules", ruleset, "--events", events)), found)


def a_change_of_the_list_starts_the_history_anew(folder):
    new_terms = rule("new", type="new_terms", new_terms_fields=["user.name"], history_window_start="now-1h")
    rules = write(folder / "rules.ndjson", [new_terms])
    exceptions = write(folder / "list.ndjson", [item(entry("process.name", "backup"))])
    first = write(folder / "first.ndjson", [event(0, "backup", "eve"), event(1, "curl", "bob")])
    second = write(folder / "second.ndjson", [event(20, "curl", "eve"), event(21, "curl", "bob")])
    arguments = ("run", "--rules", rules, "--exceptions", exceptions, "--state", folder / "state")
    tripline(*arguments, "--events", first, "--now", "2026-05-01T10:10:00Z")
    found = names(tripline(*arguments, "--events", second, "--now", "2026-05-01T10:30:00Z"))
    expect("the history without what is excepted", found, [("new", "curl")])


def anomaly_rules(folder):
    """A count that leaps is a record of its by field; the list takes the record out."""
    job = {"job_id": "j", "analysis_config": {"bucket_span": "5m", "detectors": [{"function": "high_count", "by_field_name": "process.name"}]},
           "data_description": {"time_field": "@timestamp"}, "datafeed_config": {"indices": ["logs-*"], "query": {"match_all": {}}}}
    watching = rule("ml", type="machine_learning", anomaly_threshold=1, machine_learning_job_id="j")
    del watching["query"], watching["language"]
    rules = write(folder / "rules.ndjson", [watching, job])
    events = []
    for bucket in range(200):
        for name in ("backup", "curl"):
            for i in range(200 if bucket == 190 else 5):
                minute = bucket * 5
                events.append({"@timestamp": f"2026-05-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:{i % 60:02}Z",
                               "n": i, "process": {"name": name}})
    events = write(folder / "events.ndjson", events)

    def alerted(*more):
        alerts = json_lines(tripline("run", "--rules", rules, "--events", events, *more))
        return sorted({alert["by_field_value"] for alert in alerts})
    expect("anomalies", alerted(), ["backup", "curl"])
    exceptions = write(folder / "list.ndjson", [item(entry("process.name", "backup"))])
    expect("anomalies but the excepted one", alerted("--exceptions", exceptions), ["curl"])
    exceptions = write(folder / "list.ndjson", [item(entry("by_field_value", "c*", "wildcard"))])
    expect("anomalies by their own fields", alerted("--exceptions", exceptions), ["backup"])


def files_that_are_wrong(folder):
    def checked(what, path, exit_code, *words):
        done = subprocess.run([TRIPLINE, "check", rules, "--exceptions", path], capture_output=True, text=True, timeout=120)
        expect(what + ": exit code", done.returncode, exit_code)
        for word in words:
            if word not in done.stderr + done.stdout:
                failures.append(f"{what}: `{word}` is not said\n{done.stderr[:1500]}")

    rules = write(folder / "rules.ndjson", [rule("all")])
    bad = folder / "bad.ndjson"
    checked("an unknown field", write(bad, [item(entry("proces.name", "x"))]), 0, "field.unknown", "bad.ndjson:1:", "process.name")
    checked("rules instead of exceptions", rules, 1, "exception.no_lists", "--rules")
    bad.write_text("10.0.0.1\n10.0.0.2\n")
    checked("a list of values instead", bad, 1, "exception.no_lists", "--value-list")
    bad.write_bytes(json.dumps(item(entry("process.name", "x"))).encode("utf-16"))
    checked("UTF-16", bad, 1, "UTF-8")
    bad.write_text(json.dumps(item(entry("process.name", "x")))[:-5])
    checked("a line that breaks off", bad, 1, "rule.not_json", "bad.ndjson:1:")
    checked("no such file", folder / "nothing.ndjson", 2, "nothing.ndjson")
    checked("a list that nobody names", write(bad, [item(entry("process.name", "x"), list_id="other")]), 0, "exception.unused_list",
            "exception.list_missing")
    write(bad, [item(entry("process.name", f"name-{i}"), item_id=f"i-{i}") for i in range(20_000)])
    checked("20,000 items", bad, 0, "run in full")


def main():
    for part in (each_type_that_runs, a_change_of_the_list_starts_the_history_anew, anomaly_rules, files_that_are_wrong):
        with scratch() as folder:
            part(pathlib.Path(folder))
    for failure in failures:
        print("FAILED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
