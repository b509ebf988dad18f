#!/usr/bin/env python3
"""200,000 generated events, labelled by construction: `tripline match` with the seed rule answers exactly the labelled
lines, and `tripline run` raises exactly the alerts that the definition of new terms gives for them."""
import json
import sys

import new_terms_brute_force as brute_force
from program import ROOT, generated_events, json_lines, scratch, tripline
from seed_rule_oracle import RULE

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def difference(name, wanted, found):
    if wanted == found:
        print(f"{name}: {len(found)}, all as they must be")
        return 0
    print(f"FAILED {name}: {len(wanted)} wanted, {len(found)} found; missing {sorted(wanted - found)[:5]}, "
          f"too many {sorted(found - wanted)[:5]}")
    return 1


def main():
    rule = ROOT / "rules" / RULE
    with scratch() as folder:
        events, labels = generated_events(folder, 200_000, 5)
        labelled = {int(number) + 1 for number in labels.read_text().split()}
        matched = json_lines(tripline("match", "--rules", rule, "--events", events))
        failures = difference("matched lines", labelled, {answer["line"] for answer in matched})

        lines = events.read_text(encoding="utf-8").splitlines()
        defined = brute_force.judge(lines, labelled, ["process.executable"], "event.ingested",
                                    interval=5 * MINUTE, look_back=59 * MINUTE, history=20 * DAY, max_signals=100)
        ids = [json.loads(line)["event"]["id"] for line in lines]
        raised = json_lines(tripline("run", "--rules", rule, "--events", events))
        failures += difference(
            "alerts", {(ids[line - 1], *terms) for _, line, terms in defined},
            {(brute_force.values_of(alert, "event.id")[0], *brute_force.values_of(alert, "kibana.alert.new_terms"))
             for alert in raised})
        failures += difference("alerts counted", {len(defined)}, {len(raised)})
    return 1 if failures or not labelled or not defined else 0


if __name__ == "__main__":
    sys.exit(main())
