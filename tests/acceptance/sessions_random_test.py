#!/usr/bin/env python3
"""Random sessions: what `tripline run` raises, call by call, is what the definitions of query and new_terms rules give,
in the same order and with the same ids.

A scenario is one rule in one session (histories/scenarios.py says what is in it); many rules share a session, as they
share a pass. The seeds are fixed: a session that failed fails again with `sessions_random_test.py SEED`.
TRIPLINE_LONG=1 runs ten times as many."""
import json
import os
import pathlib
import random
import re
import sys

from histories import scenarios
from histories.definition import Judge, as_date, iso, read_event, values_of
from program import json_lines, scratch, tripline

NUM_RULES = 70
NUM_SESSIONS = 155 * (10 if os.environ.get("TRIPLINE_LONG") else 1)
COUNTED = ["matches", "late events", "too late for every run", "between two windows", "without a usable time"]
WIDE_EVENTS, WIDE_RULES = 6_000, 10  # of every 50th session: more than a block of events, in the lateness's disorder


def write(path, documents):
    path.write_text("".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents), encoding="utf-8")
    return path


def raised(text):
    """What the judge answers, read from alerts."""
    alerts = []
    for alert in json_lines(text):
        ancestor = alert["kibana.alert.ancestors"][-1]
        term = alert.get("kibana.alert.new_terms")
        alerts.append((alert["@timestamp"], alert["kibana.alert.rule.rule_id"], ancestor["index"], ancestor["id"],
                       "" if term is None else json.dumps(term, ensure_ascii=False, separators=(",", ":")),
                       alert["kibana.alert.uuid"]))
    return alerts


def run(folder, session, call):
    arguments = ["run", "--mapping", folder / "mapping.json", "--exceptions", folder / "calm.ndjson",
                 "--rules", write(folder / "rules.ndjson", call.rules), "--code", "interpreter"]
    for name, lines in {"--events": call.events, "--history": call.history}.items():
        if lines or name == "--events":
            path = folder / f"{name.strip('-')}.ndjson"
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            arguments += [name, path]
    for name, option in {"now": "--now", "first": "--from", "last": "--to", "lateness": "--lateness"}.items():
        if name in call.options:
            arguments += [option, call.options[name]]
    if session.has_state:
        arguments += ["--state", folder / "state"]
    with open(folder / "talk.txt", "w", encoding="utf-8") as talk:
        return raised(tripline(*arguments, stderr=talk))


def said(folder):
    """The numbers of each rule's summary: rule_id -> what was counted -> how many."""
    talk = (folder / "talk.txt").read_text(encoding="utf-8")
    return {f"rule-{number}": {what: int(count.replace(",", "")) for count, what in re.findall(r"([\d,]+) (\D+?)(?:,|$)", counts)}
            for number, counts in re.findall(r"^tripline: Rule (\d+)!*: (.*)$", talk, re.MULTILINE)}


def defined(judge, call):
    for rule_id in call.forgotten:
        judge.forget(rule_id)
    options = {name: as_date(value) for name, value in call.options.items() if name != "lateness"}
    return judge.call(call.rules, [read_event(line) for line in call.events],
                      [read_event(line) for line in call.history], **options)


def wrong_cuts(judge, rules, told_of):
    """Query rules may count a repeated event twice: what cannot be given is dropped before anybody asks what it is."""
    for rule in rules:
        cut = judge.num_cut(rule["rule_id"])
        told = told_of.get(rule["rule_id"], {}).get("findings cut by max_signals", 0)
        if told < cut or (told > cut and (rule["type"] == "new_terms" or cut == 0)):
            yield f"{rule['rule_id']} cut {cut}, but the summary says {told}"


def wrong_counts(judge, told_of):
    for rule_id, counts in judge.counts.items():
        told = told_of.get(rule_id, {})
        for what in COUNTED:
            if told.get(what, 0) != counts[what]:
                yield f"{rule_id}: {counts[what]} {what}, but the summary says {told.get(what, 0)}"


def first_difference(wanted, found):
    for place, (one, other) in enumerate(zip(wanted + [None], found + [None])):
        if one != other:
            return f"alert {place}: wanted {one}, found {other} (of {len(wanted)} and {len(found)})"
    return ""


def judge_session(seed):
    """The numbers of scenarios, alerts and failures of one session."""
    dice = random.Random(seed)
    session = (scenarios.random_wide_session(dice, WIDE_RULES, WIDE_EVENTS) if seed % 50 == 49 else
               scenarios.random_session(dice, NUM_RULES))
    num_rules = len(session.calls[0].rules)
    judge = Judge(scenarios.TYPES, scenarios.matches, session.has_state)
    num_alerts = 0
    with scratch() as name:
        folder = pathlib.Path(name)
        write(folder / "mapping.json", [scenarios.MAPPING])
        write(folder / "calm.ndjson", [scenarios.EXCEPTION])
        for number, call in enumerate(session.calls):
            wanted, found = defined(judge, call), run(folder, session, call)
            num_alerts += len(wanted)
            if wanted != found:
                print(f"FAILED seed {seed}, call {number} of {len(session.calls)}, options {call.options}: "
                      + first_difference(wanted, found))
                return num_rules, num_alerts, 1
        counts = list(wrong_counts(judge, said(folder)))
        if counts:
            print(f"FAILED seed {seed}, call {number} of {len(session.calls)}: {counts[:3]}")
            return num_rules, num_alerts, 1
        if not session.has_state and "now" not in session.calls[0].options:
            failures = list(wrong_cuts(judge, session.calls[0].rules, said(folder)))
            if failures:
                print(f"FAILED seed {seed}: " + ", ".join(failures))
                return num_rules, num_alerts, 1
    return num_rules, num_alerts, 0


def main():
    seeds = [int(seed) for seed in sys.argv[1:]] or range(NUM_SESSIONS)
    num_scenarios = num_alerts = failures = 0
    for seed in seeds:
        scenarios_in_it, alerts, failed = judge_session(seed)
        num_scenarios += scenarios_in_it
        num_alerts += alerts
        failures += failed
    print(f"{len(seeds)} sessions, {num_scenarios} scenarios, {num_alerts} alerts, {failures} sessions wrong")
    return 1 if failures or (len(seeds) > 100 and num_alerts < 60_000) else 0


if __name__ == "__main__":
    sys.exit(main())
