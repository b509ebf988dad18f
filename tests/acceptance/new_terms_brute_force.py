#!/usr/bin/env python3
"""New terms by the definition alone, as slowly as it reads: the judge of the engine's new_terms detector.

    new_terms_brute_force.py --events ev.ndjson --matched lines.txt --field process.executable \
        --interval 5m --look-back 59m --history 20d [--timestamp event.ingested] [--max-signals 100]

`lines.txt` holds the 1-based numbers of the lines that the rule's query matches. Out come the alerts, one JSON object
a line: {"run", "line", "new_terms"}, in the order in which they are raised.

The definition: the rule runs at epoch multiples T of the interval. Its window is [T - look_back, T], its history is
[T - history, T], both ends included. A combination of values (one per field, every combination of an event's values)
is new if it occurs in the window and its earliest time in the history is after T - look_back. The alert's source is the
earliest event of the window that carries it; events of the same time go by index and id, else by line. The same event
and combination alert once, however many runs see them. A run raises at most max_signals alerts.

Nothing here is shared with the engine: no code, no tables, no order of evaluation.
"""
import argparse
import datetime
import itertools
import json
import sys

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


def milliseconds(duration):
    number = duration.rstrip("msdhw")
    return int(number) * UNITS[duration[len(number):]]


def values_of(document, path):
    """All values below a dotted path: nested objects, dotted keys and arrays alike; null is no value."""
    found = []

    def look(node, rest):
        if isinstance(node, list):
            for element in node:
                look(element, rest)
        elif not rest:
            if node is not None and not isinstance(node, dict):
                found.append(node)
        elif isinstance(node, dict):
            for length in range(1, len(rest) + 1):
                key = ".".join(rest[:length])
                if key in node:
                    look(node[key], rest[length:])

    look(document, path.split("."))
    return found


def time_of(document, timestamp_field):
    """Milliseconds since the epoch of the primary timestamp, else of @timestamp; None where there is neither."""
    for field in (timestamp_field, "@timestamp"):
        for value in values_of(document, field):
            if isinstance(value, (int, float)):
                return int(value)
            moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            return since // datetime.timedelta(milliseconds=1)
    return None


def read_event(line_number, text, timestamp_field):
    """(time, index, id, line, document) of one line, which is a document or a search hit around one."""
    document = json.loads(text)
    index = identity = ""
    if "_source" in document:
        index, identity = document.get("_index", ""), document.get("_id", "")
        document = document["_source"]
    return (time_of(document, timestamp_field), index, identity, line_number, document)


def new_terms(matched, last_time, fields, interval, look_back, history, max_signals):
    """Yields (run, line, combination); `matched` are read_event's answers, in any order."""
    occurrences = []
    for time, index, identity, line, document in matched:
        combinations = set(itertools.product(*(values_of(document, field) for field in fields)))
        for combination in sorted(combinations):
            occurrences.append((time, index, identity, line, combination))
    occurrences.sort(key=lambda one: one[:4])
    if not occurrences:
        return
    raised = set()
    run = -(-occurrences[0][0] // interval) * interval
    last_run = -(-last_time // interval) * interval
    while run <= last_run:
        start = run - look_back
        first_in_history = {}
        first_in_window = {}
        for occurrence in occurrences:
            time, combination = occurrence[0], occurrence[4]
            if run - history <= time <= run:
                first_in_history.setdefault(combination, time)
            if start <= time <= run:
                first_in_window.setdefault(combination, occurrence)
        room = max_signals
        for combination, source in sorted(first_in_window.items(), key=lambda one: (one[1][:4], one[0])):
            is_new = first_in_history[combination] > start
            if is_new and (source[3], combination) not in raised and room > 0:
                raised.add((source[3], combination))
                room -= 1
                yield run, source[3], list(combination)
        run += interval


def judge(lines, matched_lines, fields, timestamp_field, interval, look_back, history, max_signals):
    """new_terms over the texts of an event file; its clock is the largest time of any event in it."""
    matched = []
    last_time = None
    for number, text in enumerate(lines, start=1):
        event = read_event(number, text, timestamp_field)
        if event[0] is None:
            continue
        last_time = event[0] if last_time is None else max(last_time, event[0])
        if number in matched_lines:
            matched.append(event)
    if last_time is None:
        return []
    return list(new_terms(matched, last_time, fields, interval, look_back, history, max_signals))


def iso(time):
    moment = datetime.datetime.fromtimestamp(time // 1000, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


def main():
    parser = argparse.ArgumentParser(description="New terms by the definition alone.")
    parser.add_argument("--events", required=True)
    parser.add_argument("--matched", required=True, help="file with the 1-based numbers of matched lines")
    parser.add_argument("--field", action="append", required=True)
    parser.add_argument("--timestamp", default="@timestamp")
    parser.add_argument("--interval", default="5m")
    parser.add_argument("--look-back", required=True)
    parser.add_argument("--history", required=True)
    parser.add_argument("--max-signals", type=int, default=100)
    options = parser.parse_args()
    with open(options.matched, encoding="utf-8") as file:
        matched = {int(line) for line in file.read().split()}
    with open(options.events, encoding="utf-8") as file:
        alerts = judge(file, matched, options.field, options.timestamp, milliseconds(options.interval),
                       milliseconds(options.look_back), milliseconds(options.history), options.max_signals)
    for run, line, terms in alerts:
        print(json.dumps({"run": iso(run), "line": line, "new_terms": terms}, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
