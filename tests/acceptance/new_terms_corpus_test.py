#!/usr/bin/env python3
"""All public new_terms rules in one pass over public and generated events: none fails, and the alerts of each are what the
definition gives over the lines that `tripline match` names for it. Documents made for a rule come again at other times, as
they are and with other terms, so that histories have something to remember.

TRIPLINE_LONG=1 generates 1,000,000 events, else 60,000. Prints events a second and the largest memory."""
import gzip
import heapq
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import tomllib

from histories.definition import MAY_ALERT, Event, Memory, alert_id, as_date, iso, milliseconds, time_of, values_of
from histories.scenarios import put
from program import ROOT, generated_events, json_lines, scratch, shared_folder, tripline

NUM_GENERATED = 1_000_000 if os.environ.get("TRIPLINE_LONG") else 60_000
NUM_RULES = 192
NUM_REPEATS = 40
DAY = 86_400_000
FIRST_REPEAT = 1_777_593_600_000  # 2026-05-01, in the midst of the generated events
RULE_DEFAULTS = {"interval": "5m", "from": "now-6m", "max_signals": 100}


def new_terms_rules():
    """(path, rule) of each, its new terms where the judge looks for them."""
    for path in sorted((shared_folder() / "corpus" / "detection-rules").rglob("*.toml")):
        rule = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
        if rule["type"] == "new_terms":
            terms = rule["new_terms"]
            yield path, RULE_DEFAULTS | rule | {"new_terms_fields": terms["value"],
                                                "history_window_start": terms["history_window_start"][0]["value"]}


def types_of_fields(rules):
    """By ECS; other fields are read as text."""
    known = {}
    field = None
    with open(shared_folder() / "data" / "ecs_flat.yml", encoding="utf-8") as file:
        for line in file:
            if found := re.match(r"(\S+):$", line):
                field = found.group(1)
            elif found := re.match(r"  type: (\w+)$", line):
                known[field] = found.group(1)
    texts = dict.fromkeys(("wildcard", "constant_keyword", "match_only_text", "text"), "keyword")
    fields = {field for rule in rules for field in rule["new_terms_fields"]}
    return {field: texts.get(known[field], known[field]) if field in known else "keyword" for field in fields}


def shared_documents():
    """(document, the rule it was made for, if it was)."""
    data = shared_folder() / "data"
    for name in ("windows_events_ecs", "filebeat_fixture_events", "geneve_positive_events"):
        with gzip.open(data / f"{name}.ndjson.gz", "rt", encoding="utf-8") as file:
            for line in file:
                document = json.loads(line)
                yield (document["doc"], document["rule_id"]) if name.startswith("geneve") else (document, None)


OTHER_TERMS = {"ip": ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"], "long": [7, 8, 4_200_000_000]}


def repeats(document, rule, types, dice):
    """The document at other times, its terms as they are or others of their type, one or several."""
    for _ in range(NUM_REPEATS):
        copy = json.loads(json.dumps(document))
        copy["@timestamp"] = iso(FIRST_REPEAT + dice.choice([dice.randrange(DAY), dice.randrange(25 * DAY)]))
        for field in rule["new_terms_fields"]:
            if dice.random() < 0.5:
                some = OTHER_TERMS.get(types[field], ["a", "b", "A thing"])
                put(copy, field, dice.choice([dice.choice(some), dice.sample(some, 2)]), is_dotted=False)
        yield copy


def time_of_document(document):
    for field in ("event.ingested", "@timestamp"):
        times = [time for time in map(as_date, values_of(document, field)) if time is not None]
        if times:
            return min(times)
    return None


def write_events(folder, path, rules, types):
    """All events as search hits, by their time: the numbers of lines are their ids. Answers how many, and the last time."""
    of_id = {rule["rule_id"]: rule for rule in rules}
    dice = random.Random(3)
    documents = []
    for document, rule_id in shared_documents():
        documents.append(document)
        if rule_id in of_id:
            documents += repeats(document, of_id[rule_id], types, dice)
    shared = sorted((time_of_document(document) or 0, number, json.dumps(document)) for number, document in enumerate(documents))
    generated, _ = generated_events(folder, NUM_GENERATED, 11)

    def generated_lines():
        with open(generated, encoding="utf-8") as file:
            for number, line in enumerate(file):
                yield time_of_document(json.loads(line)), -number, line.strip()

    last = 0
    num_lines = 0
    with open(path, "w", encoding="utf-8") as file:
        for moment, _, text in heapq.merge(shared, generated_lines(), key=lambda one: one[0]):
            num_lines += 1
            last = max(last, moment)
            file.write(f'{{"_id":"{num_lines:08}","_source":{text}}}\n')
    return num_lines, last


def memories_of_matches(rules, types, path, matched):
    memories = {rule["rule_id"]: Memory() for rule in rules}
    of_id = {rule["rule_id"]: rule for rule in rules}
    numbers = {answer["line"]: answer["rules"] for answer in matched}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if number in numbers:
                event = Event("", f"{number:08}", True, json.loads(line)["_source"])
                for rule_id in numbers[number]:
                    moment = time_of(event, of_id[rule_id])
                    if moment is not None:
                        memories[rule_id].observe(of_id[rule_id], event, moment, MAY_ALERT, types)
    return memories


def defined_alerts(rules, memories, last):
    alerts = set()
    for rule in rules:
        interval = milliseconds(rule["interval"])
        for run, event, term in memories[rule["rule_id"]].run_up_to(rule, -(-last // interval) * interval):
            alerts.add((iso(run), rule["rule_id"], event.identity, term, alert_id(rule, event, term)))
    return alerts


def raised_alerts(text):
    return [(alert["@timestamp"], alert["kibana.alert.rule.rule_id"], alert["kibana.alert.ancestors"][-1]["id"],
             json.dumps(alert["kibana.alert.new_terms"], ensure_ascii=False, separators=(",", ":")), alert["kibana.alert.uuid"])
            for alert in json_lines(text)]


def measured_run(ruleset, events, folder):
    """(seconds, MiB at most, alerts)."""
    program = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
    with open(folder / "out.ndjson", "wb") as out, open(folder / "talk.txt", "wb") as talk:
        started = time.monotonic()
        process = subprocess.Popen([program, "run", "--rules", ruleset, "--events", events, "--all-rules"], stdout=out, stderr=talk)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit("FAILED: " + (folder / "talk.txt").read_text(encoding="utf-8")[-2000:])
    return seconds, usage.ru_maxrss // 1024, (folder / "out.ndjson").read_text(encoding="utf-8")


def main():
    paths, rules = zip(*new_terms_rules())
    types = types_of_fields(rules)
    failures = []
    with scratch() as name:
        folder = pathlib.Path(name)
        events, ruleset = folder / "all.ndjson", folder / "rules.trl"
        tripline("compile", *paths, "-o", ruleset, stderr=open(folder / "talk.txt", "w", encoding="utf-8"))
        num_events, last = write_events(folder, events, rules, types)
        seconds, peak, text = measured_run(ruleset, events, folder)
        raised, said = raised_alerts(text), (folder / "talk.txt").read_text(encoding="utf-8")
        num_run = len(re.findall(r" runs, [\d,]+ matches, ", said))
        if num_run != NUM_RULES or len(rules) != NUM_RULES or "not run" in said or "broken" in said:
            failures.append(f"{num_run} of {len(rules)} rules ran, {NUM_RULES} wanted: {said[-1000:]}")
        with open(folder / "talk.txt", "w", encoding="utf-8") as talk:
            matched = json_lines(tripline("match", "--rules", ruleset, "--events", events, stderr=talk))
        memories = memories_of_matches(rules, types, events, matched)
        defined = defined_alerts(rules, memories, last)
    found = set(raised)
    if len(found) != len(raised):
        failures.append(f"{len(raised) - len(found)} alerts were given twice")
    for what, some in {"missing": defined - found, "too many": found - defined}.items():
        if some:
            failures.append(f"{len(some)} alerts {what}, such as {sorted(some)[:3]}")
    for failure in failures:
        print("FAILED " + failure)
    alerting = {alert[1] for alert in found}
    print(f"{len(rules)} new_terms rules, {num_events} events, {sum(len(m['rules']) for m in matched)} matches, {len(raised)} alerts "
          f"of {len(alerting)} rules; {seconds:.1f} s, {num_events / seconds:,.0f} events/s with writing the alerts, {peak} MiB at most")
    return 1 if failures or len(alerting) < 150 else 0


if __name__ == "__main__":
    sys.exit(main())
