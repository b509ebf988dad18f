#!/usr/bin/env python3
"""Shows a file of alerts (one JSON document a line) as a short table, and the first one in full words."""
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
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text.replace("\n", "\\n")


COLUMNS = [("time", "kibana.alert.original_time"), ("rule", "kibana.alert.rule.name"), ("severity", "kibana.alert.severity"),
           ("host", "host.name"), ("new term", "kibana.alert.new_terms"), ("to", "destination.ip")]
WIDEST = {"rule": 34, "new term": 38, "to": 22}


def fit(text, width):
    return text if len(text) <= width else text[: width - 1] + "…"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        alerts = [json.loads(line) for line in file if line.strip()]
    if not alerts:
        print("no alerts")
        return 1
    rows = [[fit(cell(value_of(alert, path)), WIDEST.get(name, 24)) for name, path in COLUMNS] for alert in alerts]
    widths = [max(len(name), *(len(row[at]) for row in rows)) for at, (name, _) in enumerate(COLUMNS)]
    terminal = shutil.get_terminal_size((160, 40)).columns
    for row in [[name for name, _ in COLUMNS]] + rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()[:terminal])
    print(f"\n{len(alerts)} alerts. The first one in words:")
    print(f"  {cell(value_of(alerts[0], 'kibana.alert.reason'))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
