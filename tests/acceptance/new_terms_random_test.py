#!/usr/bin/env python3
"""Random event files and random new_terms rules: `tripline run` raises what the definition gives, in the same order.

Each scenario is one event file (ties in time, arrays, missing fields, repeats of the same event, foreign indices, lines
out of order within the smallest look-back) and several rules over it at once, with one to three fields, windows of
minutes and caps that bite. The seeds are fixed, so a scenario that failed fails again."""
import json
import pathlib
import random
import sys

import new_terms_brute_force as brute_force
from program import json_lines, scratch, tripline

MINUTE = 60_000
START = 1_777_593_600_000  # a multiple of every interval used here
FIELDS = ["user.name", "host.name", "process.name"]
SMALLEST_LOOK_BACK = 3
NUM_SCENARIOS = 25
NUM_RULES = 6


def random_rule(dice, number):
    interval = dice.choice([1, 2, 5])
    look_back = dice.randint(max(SMALLEST_LOOK_BACK, interval), interval + 7)
    return {"rule_id": f"rule-{number}", "interval": interval, "look_back": look_back,
            "history": look_back + dice.randint(1, 30), "fields": dice.sample(FIELDS, dice.randint(1, 3)),
            "max_signals": dice.choice([1, 2, 100])}


def rule_text(rule):
    return f"""[rule]
author = ["Tripline"]
description = "made by a test"
from = "now-{rule['look_back']}m"
index = ["logs-*"]
interval = "{rule['interval']}m"
language = "kuery"
max_signals = {rule['max_signals']}
name = "{rule['rule_id']}"
query = "event.action : go*"
risk_score = 1
rule_id = "{rule['rule_id']}"
severity = "low"
type = "new_terms"

[rule.new_terms]
field = "new_terms_fields"
value = {json.dumps(rule['fields'])}

[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-{rule['history']}m"
"""


def random_value(dice):
    alphabet = ["a", "b", "c", "d"]
    return dice.choice([dice.choice(alphabet)] * 6 + [None, [], dice.choices(alphabet, k=2), dice.choices(alphabet, k=3)])


def random_events(dice):
    """Search hits, jumbled so that no line is further behind the newest line before it than the smallest look-back."""
    hits = []
    time = START + dice.randint(0, 10 * MINUTE)
    for number in range(dice.randint(20, 120)):
        time += dice.choice([0, 1, 500, 20_000, MINUTE, 5 * MINUTE, 20 * MINUTE if dice.random() < 0.2 else 0])
        if dice.random() < 0.2:
            time = -(-time // MINUTE) * MINUTE  # exactly on a bound
        document = {"@timestamp": brute_force.iso(time), "event": {"action": dice.choice(["go", "gone", "stay"])}}
        for field in FIELDS:
            if dice.random() < 0.9:
                outer, inner = field.split(".")
                document[outer] = {inner: random_value(dice)}
        index = dice.choice(["logs-a", "logs-b", "logs-b", "other"])
        hits.append((time, {"_index": index, "_id": f"{dice.randint(0, 9999):04d}-{number}", "_source": document}))
    hits += [dice.choice(hits) for _ in range(5)]
    jumbled = sorted(hits, key=lambda hit: hit[0] + dice.randint(0, SMALLEST_LOOK_BACK * MINUTE - 1))
    return [json.dumps(hit) for _, hit in jumbled]


def is_matched(line):
    hit = json.loads(line)
    return hit["_index"].startswith("logs-") and hit["_source"]["event"]["action"].startswith("go")


def defined_alerts(lines, rule):
    matched = {number for number, line in enumerate(lines, start=1) if is_matched(line)}
    alerts = brute_force.judge(lines, matched, rule["fields"], "@timestamp", rule["interval"] * MINUTE,
                               rule["look_back"] * MINUTE, rule["history"] * MINUTE, rule["max_signals"])
    return [(json.loads(lines[line - 1])["_id"], terms) for _, line, terms in alerts]


def raised_alerts(alerts, rule_id):
    return [(brute_force.values_of(alert, "kibana.alert.ancestors.id")[0],
             brute_force.values_of(alert, "kibana.alert.new_terms"))
            for alert in alerts if brute_force.values_of(alert, "kibana.alert.rule.rule_id") == [rule_id]]


def main():
    failures = num_alerts = 0
    for seed in range(NUM_SCENARIOS):
        dice = random.Random(seed)
        rules = [random_rule(dice, number) for number in range(NUM_RULES)]
        lines = random_events(dice)
        with scratch() as name:
            folder = pathlib.Path(name)
            for rule in rules:
                (folder / f"{rule['rule_id']}.toml").write_text(rule_text(rule), encoding="utf-8")
            (folder / "events.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
            alerts = json_lines(tripline("run", "--rules", folder, "--events", folder / "events.ndjson"))
        for rule in rules:
            wanted, found = defined_alerts(lines, rule), raised_alerts(alerts, rule["rule_id"])
            num_alerts += len(wanted)
            if wanted != found:
                failures += 1
                print(f"FAILED seed {seed}, {rule}\n  wanted {wanted}\n  found  {found}")
    print(f"{NUM_SCENARIOS} event files, {NUM_SCENARIOS * NUM_RULES} rules, {num_alerts} alerts, {failures} rules wrong")
    return 1 if failures or num_alerts < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
