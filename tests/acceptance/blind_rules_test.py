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
EVENT = {"process": {"name": "curl"}}


def check(holds, what, *shown):
    if not holds:
        sys.exit(f"FAILED: {what}\n" + "\n".join(map(str, shown)))


def report(*arguments):
    return json.loads(quietly("check", *arguments, "--format", "json"))


def quietly(*arguments):
    return tripline(*arguments, stderr=subprocess.DEVNULL)


def lacks_a_detector_field(rule):
    return any(reason["is_main"] and reason.get("asked_by") in ("new_terms_fields", "threshold") for reason in rule["reasons"])


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
    check("0 of 4 rules cannot fire" in gone, "no event, no finding", gone)
    tripline("compile", folder, "-o", folder / "x.trl")
    tripline("check", folder / "x.trl", "--events", events, expects=2)


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
        blind = {rule["rule_id"] for rule in answer["blind"] if not lacks_a_detector_field(rule)}
        check(matched and not matched & blind, f"no rule that matches {name} is blind", matched & blind)
        check(len(matched) == answer["blind_summary"]["matched"], "the counts of matching rules agree")
        check(len(answer["blind"]) + len(matched) > len(counts) * 9 // 10, "nearly all of the others are explained", len(blind))


def main():
    with scratch() as name:
        a_sample_tells(pathlib.Path(name))
    with scratch() as name:
        a_mapping_tells(pathlib.Path(name))
    public_rules_on_recorded_events()


if __name__ == "__main__":
    main()
