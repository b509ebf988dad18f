#!/usr/bin/env python3
"""Gaps and how they are filled, as a user meets them: a stream of events in several calls, with rules that are absent for
some of them and pieces of the stream that come much too late. After a backfill over everything, query rules have given
exactly what one undisturbed call gives, and new_terms rules at least that (their histories had holes, so some known things
looked new meanwhile). A second backfill has nothing left to do. And --manual, --dry-run, --only, with their refusals."""
import json
import os
import pathlib
import random
import subprocess
import sys

from program import ROOT, json_lines, scratch

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
NUM_SCENARIOS = 20
END = "2024-05-02T00:00:00Z"  # long after the last event, so that its runs come, too
failures = []


def rule(rule_id, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "risk_score": 21,
            "severity": "low", "query": "n : *", "index": ["logs-*"], "interval": "5m", "from": "now-9m",
            "max_signals": 100000} | more


QUERIES = [rule("query"), rule("sparse", query="n : 1", interval="15m", **{"from": "now-16m"})]
NEW_TERMS = [rule("terms", type="new_terms", new_terms_fields=["user.name"], history_window_start="now-2h"),
             rule("pairs", type="new_terms", new_terms_fields=["user.name", "n"], history_window_start="now-1h")]
RULES = QUERIES + NEW_TERMS


def minutes_text(minute):
    return f"2024-05-{1 + int(minute) // 1440:02}T{int(minute) // 60 % 24:02}:{int(minute) % 60:02}:{int(minute * 60) % 60:02}Z"


def events_of(dice):
    minute, events = 0.0, []
    while minute < 600:
        minute += dice.choice([0.1, 1, 2, 7, 20])
        events.append({"@timestamp": minutes_text(minute), "event": {"id": len(events)}, "n": dice.randint(0, 3),
                       "user": {"name": dice.choice("abcdefgh") + dice.choice("12")}})
    return events


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def write(self, name, documents):
        (self.path / name).write_text("".join(json.dumps(document) + "\n" for document in documents))
        return self.path / name

    def run(self, rules, events, *more, expects=0):
        done = subprocess.run([TRIPLINE, "run", "--rules", self.write("rules.ndjson", rules), "--events",
                               self.write("events.ndjson", events), *map(str, more)],
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != expects:
            sys.exit(f"FAILED: exit code {done.returncode}, not {expects}: {done.stderr[-2000:]}")
        return {alert["kibana.alert.uuid"]: alert for alert in json_lines(done.stdout)}, done.stderr


def of_rules(alerts, rules):
    ids = {one["rule_id"] for one in rules}
    return {key for key, alert in alerts.items() if alert["kibana.alert.rule.rule_id"] in ids}


def disturbed(dice, folder, events):
    """(alerts of all calls, alerts of the backfill) of one stream in pieces."""
    state = folder.path / "state"
    cuts = sorted(dice.sample(range(1, len(events)), dice.randint(2, 6)))
    pieces = [events[first:last] for first, last in zip([0] + cuts, cuts + [len(events)])]
    given, too_late = {}, []
    for number, piece in enumerate(pieces):
        is_inner = 0 < number < len(pieces) - 1
        # The query rules may come too late for a piece; a new_terms rule cannot always tell.
        rules = [one for one in RULES if not is_inner or dice.random() < 0.6] or RULES[:1]
        if is_inner and dice.random() < 0.3:
            too_late += piece
            continue
        given |= folder.run(rules, piece, "--state", state)[0]
    given |= folder.run(QUERIES, too_late, "--state", state)[0]
    for _ in range(2):  # every rule comes back and says what it missed
        given |= folder.run(RULES, events[-1:], "--state", state, "--now", END)[0]
    filled, said = folder.run(RULES, events, "--state", state, "--backfill")
    if of_rules(filled, RULES) & set(given):
        failures.append("a backfill gave an alert again")
    again, _ = folder.run(RULES, events, "--state", state, "--backfill")
    if again:
        failures.append(f"a second backfill gave {len(again)} alerts")
    return given | filled, filled


def check_scenarios():
    num_filled = 0
    for seed in range(NUM_SCENARIOS):
        dice = random.Random(seed)
        events = events_of(dice)
        with scratch() as name:
            folder = Folder(name)
            whole, _ = folder.run(RULES, events)
            given, filled = disturbed(dice, folder, events)
            num_filled += len(filled)
            missing = of_rules(whole, QUERIES) - of_rules(given, QUERIES)
            surplus = of_rules(given, QUERIES) - of_rules(whole, QUERIES)
            if missing or surplus:
                failures.append(f"seed {seed}: query rules miss {len(missing)} alerts, and have {len(surplus)} too many")
            if any(alert["kibana.alert.rule.execution.type"] != "manual" for alert in filled.values()):
                failures.append(f"seed {seed}: a backfill's alert does not say so")
    return num_filled


def check_words():
    with scratch() as name:
        folder = Folder(name)
        events = events_of(random.Random(1))
        first, _ = folder.run(RULES, events, "--state", folder.path / "s")
        window = ["--manual", "--from", events[40]["@timestamp"], "--to", events[80]["@timestamp"]]
        dry, _ = folder.run(RULES, events, "--state", folder.path / "s", *window, "--dry-run")
        known, _ = folder.run(RULES, events, "--state", folder.path / "s", *window)
        one, _ = folder.run(RULES, events, *window, "--only", "sparse")
        if not dry or not set(dry) <= set(first):
            failures.append("a dry run over a range gives other alerts than the schedule gave")
        if known:
            failures.append("a manual run gave known alerts again")
        if of_rules(one, RULES) != of_rules(one, QUERIES[1:]) or not one:
            failures.append("--only runs other rules, too")
        for arguments, word in ((["--backfill"], "--state"), (["--dry-run"], "--manual"), (["--only", "query"], "--manual"),
                                (["--manual", "--only", "x"], "no rule has"), (["--max-backfill", "soon"], "duration")):
            said = folder.run(RULES, events[:3], *arguments, expects=2)[1]
            if word not in said:
                failures.append(f"{arguments}: {said[-300:]}")
        _, said = folder.run(RULES[:1], events, "--state", folder.path / "t")
        _, said = folder.run(RULES[1:], [{"@timestamp": "2024-05-03T00:00:00Z"}], "--state", folder.path / "t")
        _, said = folder.run(RULES, [{"@timestamp": "2024-05-03T01:00:00Z"}], "--state", folder.path / "t")
        if "gap of query" not in said or "--backfill" not in said:
            failures.append(f"a gap is not said: {said[-1000:]}")


def main():
    num_filled = check_scenarios()
    check_words()
    for failure in failures:
        print("FAILED", failure)
    print(f"{NUM_SCENARIOS} streams in pieces, {num_filled} alerts filled in, {len(failures)} failures")
    return 1 if failures or num_filled < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
