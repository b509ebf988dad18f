#!/usr/bin/env python3
"""Shows a file of alerts (one JSON document a line) as a short table for each rule, and the first one in full words."""
import json
import shutil
import sys


def value_of(document, path):
    """The value at a dotted path, whether the document nests or has dotted keys; None if there is none."""
    if path in document:
        return document[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        inner = document.get(".".join(parts[:length]))
        if isinstance(inner, dict):
            found = value_of(inner, ".".join(parts[length:]))
            if found is not None:
                return found
    return None


def cell(value):
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("\n", "\\n")


COLUMNS = [("time", "kibana.alert.original_time", 24), ("severity", "kibana.alert.severity", 8), ("host", "host.name", 16),
           ("new term", "kibana.alert.new_terms", 40), ("destination", "destination.ip", 22),
           ("series", "by_field_value", 24), ("actual", "actual", 10), ("typical", "typical", 10), ("score", "record_score", 8), ("sample's case", "labels.case", 32)]


def fit(text, width):
    return text if len(text) <= width else text[: width - 1] + "…"


def show(rule, alerts):
    """One rule's alerts as a table; columns that none of them fills are left out."""
    print(f"{rule}: {len(alerts)} alerts")
    table = [[name] + [fit(cell(value_of(alert, path)), width) for alert in alerts] for name, path, width in COLUMNS]
    table = [column for column in table if any(column[1:])]
    widths = [max(map(len, column)) for column in table]
    terminal = shutil.get_terminal_size((160, 40)).columns
    for row in zip(*table):
        print(("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())[:terminal])
    print(f"  the first one in words: {cell(value_of(alerts[0], 'kibana.alert.reason'))}")


def main():
    by_rule = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            alert = json.loads(line)
            by_rule.setdefault(value_of(alert, "kibana.alert.rule.name"), []).append(alert)
    for rule, alerts in by_rule.items():
        show(rule, alerts)
    if not by_rule:
        print("no alerts")
    return 0 if by_rule else 1


if __name__ == "__main__":
    sys.exit(main())
