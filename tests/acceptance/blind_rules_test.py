#!/usr/bin/env python3
"""`check --events` and `check --mapping`: rules that cannot fire are named with file, line and remedy, and `match` finds nothing
for them. Over ../shared it asks the public rules about each recorded set of events."""
import json
import os
import pathlib
import subprocess
import sys

from program import ROOT, scratch, tripline

RULE = {"description": "d", "type": "query", "language": "kuery", "risk_score": 1, "severity": "low", "index": ["logs-*"]}
RULES = {
    "fires": "process.name : curl",
    "absent": "process.name : curl and host.name : a",
    "unseen": "process.name : (wget or fetch)",
    "excluded": "not process.name : curl",
}
DETECTOR_KEYS = ("new_terms_fields", "threshold", "timestamp_override")
CLASSES = ("cannot_fire", "did_not_fire", "matched", "did_not_match", "jobs_with_events")
EVENT = {"process": {"name": "curl"}}


def check(holds, what, *shown):
    if not holds:
        sys.exit(f"FAILED: {what}\n" + "\n".join(map(str, shown)))


def report(*arguments):
    return json.loads(quietly("check", *arguments, "--format", "json"))


def quietly(*arguments):
    return tripline(*arguments, stderr=subprocess.DEVNULL)


def lacks_a_detector_field(rule):
    return any(reason["is_main"] and reason.get("asked_by") in DETECTOR_KEYS for reason in rule["reasons"])


def small_rules(folder):
    for rule_id, query in RULES.items():
        rule = {"rule_id": rule_id, "name": f"The rule {rule_id}", "query": query} | RULE
        (folder / f"{rule_id}.json").write_text(json.dumps(rule, indent=1))
    (folder / "events.ndjson").write_text(json.dumps(EVENT) + "\n")
    return folder / "events.ndjson"


def a_sample_tells(folder):
    events = small_rules(folder)
    answer = report(folder, "--events", events)
    codes = {rule["rule_id"]: (rule["code"], rule["cannot_fire"]) for rule in answer["blind"]}
    check(codes == {"absent": ("field_absent", True), "unseen": ("value_never_seen", False),
                    "excluded": ("value_in_every_event", False)}, "each blind rule has its reason", codes)
    unseen = next(rule for rule in answer["blind"] if rule["rule_id"] == "unseen")
    check([(reason["field"], reason["value"], reason["line"]) for reason in unseen["reasons"]]
          == [("process.name", "wget", 4), ("process.name", "fetch", 4)], "with every condition and its place", unseen)
    summary = answer["blind_summary"]
    check((summary["rules"], summary["cannot_fire"], summary["did_not_fire"], summary["matched"], summary["events"])
          == (4, 1, 2, 1, 1), "and they are counted", summary)
    text = tripline("check", folder, "--events", events)
    for words in ("1 of 4 rules cannot fire on this sample of 1 event", "a field that no event has (1 rule): give events",
                  f"  host.name\n    {folder / 'absent.json'}:4:", "process.name : wget or fetch\n", "1 rule matched"):
        check(words in text, f"the text says `{words}`", text)
    gone = tripline("check", folder, "--events", folder / "none.ndjson", expects=2)
    check_that_nothing_is_said(gone)
    (folder / "broken.txt").write_text("not json\n")
    check_that_nothing_is_said(quietly("check", folder, "--events", folder / "broken.txt"))
    check("matched" not in report(folder, "--events", folder / "broken.txt")["blind_summary"], "no event, no matches to count")
    tripline("compile", folder, "-o", folder / "x.trl")
    tripline("check", folder / "x.trl", "--events", events, expects=2)


def check_that_nothing_is_said(text):
    check("Blind rules: no event was read: nothing can be said from the sample\n" in text and "cannot fire" not in text
          and "parts" not in text, "no event, no finding", text)


def each_rule_is_in_one_class(folder):
    """Rules whose query matches are blind all the same where their detector has nothing to count by."""
    detectors = {"new": {"type": "new_terms", "new_terms_fields": ["user.name"], "history_window_start": "now-7d"},
                 "many": {"type": "threshold", "threshold": {"field": ["user.name"], "value": 1}},
                 "late": {"timestamp_override": "event.ingested", "timestamp_override_fallback_disabled": True},
                 "fires": {}, "parted": {"query": "process.name : curl and host.name : a"}}
    for rule_id, more in detectors.items():
        rule = {"rule_id": rule_id, "name": rule_id, "query": "process.name : curl"} | RULE | more
        (folder / f"{rule_id}.json").write_text(json.dumps(rule, indent=1))
    events = folder / "events.ndjson"
    events.write_text("".join(json.dumps(event) + "\n" for event in (EVENT, {"host": {"name": "a"}})))
    summary = report(folder, "--events", events)["blind_summary"]
    check(all(summary[key] == count for key, count in
              (("rules", 5), ("cannot_fire", 3), ("did_not_fire", 0), ("matched", 1), ("did_not_match", 1))),
          "a blind rule is in no other class", summary)
    text = quietly("check", folder, "--events", events)
    check("  1 rule matched; 1 did not, though" in text, "the text says the same", text)


def a_mapping_tells(folder):
    small_rules(folder)
    mapping = folder / "mapping.txt"
    mapping.write_text(json.dumps({"mappings": {"properties": {"process": {"properties": {"name": {"type": "keyword"}}}}}}))
    answer = report(folder, "--mapping", mapping)
    check([(rule["rule_id"], rule["code"]) for rule in answer["blind"]] == [("absent", "field_not_mapped")],
          "a mapping alone tells which fields it lacks", answer["blind"])
    check("blind" not in report(folder), "without mapping and sample nothing is claimed")


def public_rules_on_recorded_events():
    shared = pathlib.Path(os.environ.get("TRIPLINE_SHARED") or ROOT.parent / "shared")
    if not shared.is_dir():
        print("../shared is not there: the public rules were not asked")
        return
    rules = shared / "corpus" / "detection-rules"
    for name in ("windows_events_ecs", "filebeat_fixture_events"):
        events = shared / "data" / f"{name}.ndjson.gz"
        answer = report(rules, "--events", events)
        counts = dict(line.split("\t") for line in quietly("match", "--rules", rules, "--events", events, "--count").splitlines())
        matched = {rule_id for rule_id, count in counts.items() if count != "0"}
        blind = {rule["rule_id"] for rule in answer["blind"]}
        for rule in answer["blind"]:
            check(rule["rule_id"] not in matched or lacks_a_detector_field(rule), f"no rule that alerts on {name} is blind", rule)
        summary = answer["blind_summary"]
        check(matched and len(matched - blind) == summary["matched"], "the counts of matching rules agree", summary)
        check(sum(summary[key] for key in CLASSES) == summary["rules"], "each rule is in one class", summary)
        check(len(blind | matched) > len(counts) * 9 // 10, "nearly all of the others are explained", len(blind))


def main():
    with scratch() as name:
        a_sample_tells(pathlib.Path(name))
    with scratch() as name:
        a_mapping_tells(pathlib.Path(name))
    with scratch() as name:
        each_rule_is_in_one_class(pathlib.Path(name))
    public_rules_on_recorded_events()


if __name__ == "__main__":
    main()
