#!/usr/bin/env python3
"""Holds the seed rule's sample folder against the definition, without the engine.

events.ndjson says of every event in labels.matches whether the query is true of it, and why; the query written by hand
(seed_rule_oracle.py) must agree. expected.ndjson must be what the definition (new_terms_brute_force.py) gives; its first
alert pins the filled guide too.
With TRIPLINE_UPDATE_GOLDEN=1 in the environment, expected.ndjson is written anew.
"""
import json
import os
import pathlib
import re
import tomllib
import unittest

import new_terms_brute_force as brute_force
import seed_rule_oracle as oracle

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "rules" / oracle.RULE
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def expected_alert(document, terms):
    """What expected.ndjson pins of an alert; original_time is the source's @timestamp, as the rule's schema has it."""
    return {
        "kibana.alert.rule.rule_id": "53617418-17b4-4e9c-8a2c-8deb8086ca4b",
        "kibana.alert.new_terms": terms,
        "kibana.alert.original_time": brute_force.iso(brute_force.time_of(document, "@timestamp")),
        "kibana.alert.severity": "low",
        "kibana.alert.risk_score": 21,
        "labels.case": brute_force.values_of(document, "labels.case")[0],
    }


def filled_guide(document):
    """The rule's guide for an alert from this event: placeholders outside of blocks filled. A block ends its line."""
    note = tomllib.loads((FOLDER / "rule.toml").read_text(encoding="utf-8"))["rule"]["note"]
    lines = []
    for line in note.split("\n"):
        text, mark, block = line.partition("!{")
        text = re.sub(r"\{\{(.*?)\}\}", lambda found: ", ".join(brute_force.values_of(document, found[1])), text)
        lines.append(text + mark + block)
    return "\n".join(lines)


class SeedSamples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lines = (FOLDER / "events.ndjson").read_text(encoding="utf-8").splitlines()
        cls.events = [brute_force.read_event(number, text, "event.ingested")
                      for number, text in enumerate(cls.lines, start=1)]

    def test_every_case_is_named_once(self):
        cases = [brute_force.values_of(event[4], "labels.case")[0] for event in self.events]
        self.assertEqual(len(cases), len(set(cases)))

    def test_labels_say_what_the_query_says(self):
        for _, index, _, _, document in self.events:
            label = brute_force.values_of(document, "labels.matches")[0]
            case = brute_force.values_of(document, "labels.case")[0]
            self.assertEqual(label, "yes" if oracle.matches(index, document) else "no", case)

    def test_expected_alerts_are_what_the_definition_gives(self):
        matched = {event[3] for event in self.events if oracle.matches(event[1], event[4])}
        alerts = brute_force.judge(self.lines, matched, ["process.executable"], "event.ingested",
                                   interval=5 * MINUTE, look_back=59 * MINUTE, history=20 * DAY, max_signals=100)
        defined = [expected_alert(self.events[line - 1][4], terms) for _, line, terms in alerts]
        defined[0]["kibana.alert.rule.note"] = filled_guide(self.events[alerts[0][1] - 1][4])
        path = FOLDER / "expected.ndjson"
        if os.environ.get("TRIPLINE_UPDATE_GOLDEN") == "1":
            path.write_text("".join(json.dumps(alert, ensure_ascii=False) + "\n" for alert in defined), encoding="utf-8")
        written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(written, defined)


if __name__ == "__main__":
    unittest.main()
