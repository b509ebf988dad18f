#!/usr/bin/env python3
"""Bad input to histories and states: windows that are too short, fields that change their type, times that are none or
absurd, state folders of another version, ruleset or program. Each is answered with words that a person can act on and the
right exit code, and nothing is lost: the next good call gives what it would have given.

(Full disks, locks and read-only folders: tests/durability/faults_test.py; damaged files: damage_test.py.)"""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

from program import ROOT, json_lines, scratch

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
failures = []


def rule(rule_id, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "risk_score": 21,
            "severity": "low", "query": "n : *", "index": ["logs-*"], "interval": "5m", "from": "now-6m"} | more


def new_terms(rule_id, history="now-1h", fields=("x",), **more):
    return rule(rule_id, type="new_terms", new_terms_fields=list(fields), history_window_start=history, **more)


def event(minute, x=None, **more):
    return {"@timestamp": f"2024-05-01T10:{minute:02}:00Z", "n": 1, "x": x} | more


def write(path, documents):
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def run(folder, rules, events, *more):
    """(exit code, alerts, what was said) of a call over these rules and events."""
    done = subprocess.run([TRIPLINE, "run", "--rules", write(folder / "rules.ndjson", rules),
                           "--events", write(folder / "events.ndjson", events), *map(str, more)],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json_lines(done.stdout), done.stderr


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found}, wanted {wanted}")


def expect_words(what, said, *words):
    for word in words:
        if word not in said:
            failures.append(f"{what}: `{word}` is not said: {said[-600:]}")


def terms(alerts):
    return [alert["kibana.alert.new_terms"][0] for alert in alerts]


def ids(alerts):
    return [alert["kibana.alert.uuid"] for alert in alerts]


def histories_that_are_too_short(folder):
    """The rule is an error of its file; rules beside it run."""
    for history in ("now-3m", "now-6m", "now", "now/d"):
        code, alerts, said = run(folder, [new_terms("short", history), rule("beside")], [event(1, "a")])
        expect(f"a history from {history}", (code, len(alerts)), (1, 1))
        expect_words(f"a history from {history}", said, "rule.history_shorter", "the history window is shorter than the interval + look-back",
                     "rules.ndjson:1:", "^^^")
    for history in ("now-1M", "2024-01-01", "now-1d/M-1M", "yesterday", "now-200y"):
        code, alerts, said = run(folder, [new_terms("odd", history), rule("beside")], [event(1, "a")])
        expect(f"a history from {history}", (code in (0, 1), [a["kibana.alert.rule.rule_id"] for a in alerts]), (True, ["beside"]))
        expect_words(f"a history from {history}", said, f"`{history}`", "rules.ndjson:1:", "now")
    code, alerts, _ = run(folder, [new_terms("barely", "now-361s")], [event(1, "a"), event(2, "a")])
    expect("a history that is barely longer", (code, terms(alerts)), (0, ["a"]))


VALUES = ["a", 5, 5.0, 5.5, True, {"y": 1}, [1, "a", {"b": 2}, None, [2]], None, 1e300, -0.0, "", 2 ** 70, "5", "1.2.3.4"]
TERMS = {  # of these values, a minute apart, by the field's type; as many values are no value of it
    None: (["a", "5", "5.0", "5.5", "true", "1", "2", "1e+300", "-0.0", "", "1180591620717411303424", "1.2.3.4"], 0),
    "keyword": (["a", "5", "5.0", "5.5", "true", "1", "2", "1e+300", "-0.0", "", "1180591620717411303424", "1.2.3.4"], 0),
    "long": ([5, 1, 2, 0], 6), "double": ([5.0, 5.5, 1.0, 2.0, 1e300, 0.0, 2.0 ** 70], 4), "ip": (["1.2.3.4"], 13),
    "boolean": ([True, False], 12),
    "date": ([f"1970-01-01T00:00:00.{ms:03}Z" for ms in (5, 1, 2, 0)], 7),
}


def mapping(folder, kind):
    return () if kind is None else ("--mapping", write(folder / "mapping.json", [
        {"mappings": {"properties": {"x": {"type": kind}, "n": {"type": "long"}}}}]))


def fields_that_change_their_type(folder):
    """From event to event, and from call to call: every event is read as the field's type, and what is none of it is said."""
    events = [event(minute, value) for minute, value in enumerate(VALUES)]
    for kind, (wanted, num_unread) in TERMS.items():
        what = f"values of every type in a field of type {kind}"
        code, alerts, said = run(folder, [new_terms("t")], events, *mapping(folder, kind))
        expect(what, (code, terms(alerts)), (0, wanted))
        if num_unread:
            expect_words(what, said, f"field `x`: {num_unread} values could not be read as its type")
        state = folder / f"state-{kind}"
        found = []
        for one in events:
            code, alerts, said = run(folder, [new_terms("t")], [one], *mapping(folder, kind), "--state", state)
            expect(what + ", a call each", code, 0)
            found += terms(alerts)
        code, alerts, said = run(folder, [new_terms("t")], [], *mapping(folder, kind), "--state", state, "--now", "2024-05-01T10:20:00Z")
        expect(what + ", a call each", found + terms(alerts), wanted)


def a_mapping_that_changes(folder):
    """The field's type is part of what a rule means: its history starts anew, and the summary says so."""
    state = ("--state", folder / "state")
    later = ("--now", "2024-05-01T10:10:00Z")
    _, alerts, _ = run(folder, [new_terms("t")], [event(1, "5")], *mapping(folder, "keyword"), *state, *later)
    expect("a term under the first mapping", terms(alerts), ["5"])
    code, alerts, said = run(folder, [new_terms("t")], [event(21, "5")], *mapping(folder, "long"), *state, "--now", "2024-05-01T10:30:00Z")
    expect("the term under another mapping", (code, terms(alerts)), (0, [5]))
    expect_words("the term under another mapping", said, "its history starts anew", "--history")


def times_that_are_odd(folder):
    """Events without a usable time are counted and never alert; the others alert as if they were alone."""
    good = [event(minute, f"u{minute}") for minute in range(0, 30, 3)]
    none = ["0000-12-31T00:00:00Z", "10000-01-01T00:00:00Z", "2024-13-45T00:00:00Z", "yesterday", "", None, [], {}, True, 1e300, -1e300, 1e19]
    odd = [event(0, f"n{place}") | {"@timestamp": time} for place, time in enumerate(none)]
    rules = [rule("q"), new_terms("t")]
    _, wanted, _ = run(folder, rules, good)
    for place in (0, 5, len(good)):
        code, alerts, said = run(folder, rules, good[:place] + odd + good[place:])
        expect(f"events without a time at {place}", (code, ids(alerts)), (0, ids(wanted)))
        expect_words(f"events without a time at {place}", said, f"{len(none)} events have no usable time in `@timestamp`")
    far = {"year 1": "0001-01-01T00:00:00.000Z", "year 9999": "9999-12-31T23:59:59.999Z", "before the year 1700": -9e12, "1969": -1}
    for what, time in far.items():
        for place in (0, 5, len(good)):
            code, alerts, _ = run(folder, rules, good[:place] + [event(0, "far") | {"@timestamp": time}] + good[place:])
            near = [alert["kibana.alert.uuid"] for alert in alerts if alert["x"] != "far"]
            expect(f"an event of {what} at {place}", (code, near, len(alerts)), (0, ids(wanted), len(wanted) + 2))


def overrides_that_are_odd(folder):
    """The override is no date: @timestamp takes its place, unless the rule forbids it."""
    rules = [new_terms("fallback", timestamp_override="event.ingested"),
             new_terms("none", timestamp_override="event.ingested", timestamp_override_fallback_disabled=True)]
    events = [event(1, "a", event={"ingested": "soon"}), event(2, "b", event={"ingested": "2024-05-01T10:03:00Z"}), event(4, "c")]
    code, alerts, said = run(folder, rules, events)
    found = [(alert["kibana.alert.rule.rule_id"], alert["kibana.alert.new_terms"][0]) for alert in alerts]
    expect("an override that is no date", (code, found), (0, [("fallback", "a"), ("fallback", "b"), ("fallback", "c"), ("none", "b")]))
    expect_words("an override that is no date", said, "2 events have no usable time in `event.ingested`")


def arrays_without_end(folder):
    """The first 10,000 combinations of an event are taken, and the summary says how many were left out; other events and
    rules lose nothing."""
    values = [f"v{number}" for number in range(150)]
    rules = [new_terms("pairs", fields=("x", "y"), max_signals=1000), new_terms("one", max_signals=1000)]
    events = [event(1, values, y=values), event(2, "v0", y="v0"), event(3, "v149", y="v149"), event(4, "v0", y="v149")]
    code, alerts, said = run(folder, rules, events)
    numbers = {rule_id: sum(alert["kibana.alert.rule.rule_id"] == rule_id for alert in alerts) for rule_id in ("pairs", "one")}
    expect("arrays of 150 values", (code, numbers), (0, {"pairs": 1000, "one": 150}))
    expect_words("arrays of 150 values", said, "1 events with too many combinations of values (12,500 left out)", "findings cut by max_signals")
    huge = [event(1, [f"v{number}" for number in range(4000)], y=list(range(4000)), z=list(range(4000)))]
    code, alerts, said = run(folder, [new_terms("triples", fields=("x", "y", "z"))], huge)
    expect("three arrays of 4,000 values", (code, len(alerts)), (0, 100))
    expect_words("three arrays of 4,000 values", said, "63,999,990,000 left out")


FIRST, SECOND = [event(1, "a"), event(12, "b")], [event(21, "a"), event(22, "c"), event(40)]


def states_that_are_not_ours(folder):
    """A call over them fails and leaves them as they were; with the right state it gives what it would have given."""
    rules = [rule("q"), new_terms("t")]
    right = folder / "right"
    run(folder, rules, FIRST, "--state", right)
    shutil.copytree(right, folder / "copy")
    _, wanted, _ = run(folder, rules, SECOND, "--state", folder / "copy")

    def refused(what, state, *words):
        before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} if state.is_dir() else None
        code, alerts, said = run(folder, rules, SECOND, "--state", state)
        expect(what, (code, alerts), (2, []))
        expect_words(what, said, "--state", *words)
        if before is not None and before != {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}:
            failures.append(f"{what}: the call has changed it")

    newer = shutil.copytree(right, folder / "newer") / "tripline.db"
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    refused("a state of a newer version", newer.parent, "version 99", "newer Tripline")
    foreign = folder / "foreign"
    foreign.mkdir()
    with sqlite3.connect(foreign / "tripline.db") as database:
        database.execute("CREATE TABLE orders(number INTEGER)")
    refused("another program's database", foreign, "not one that Tripline wrote")
    noise = folder / "noise"
    noise.mkdir()
    (noise / "tripline.db").write_bytes(b"PK\x03\x04 this is no database" * 300)
    refused("a file that is no database", noise, "damaged or was not written by Tripline")
    refused("a file in the folder's place", write(folder / "file", [1]))
    (folder / "loop").symlink_to("loop")
    refused("a link to itself", folder / "loop")
    (folder / "holder" / "tripline.db").mkdir(parents=True)
    refused("a folder in the file's place", folder / "holder")

    empty = folder / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("not ours")
    code, alerts, _ = run(folder, rules, FIRST, "--state", empty)
    expect("an empty folder", (code, len(alerts)), (0, 2))
    expect("what else lies in the folder", (empty / "notes.txt").read_text(), "not ours")
    (folder / "zero").mkdir()
    (folder / "zero" / "tripline.db").touch()
    code, _, _ = run(folder, rules, FIRST, "--state", folder / "zero")
    expect("an empty file", code, 0)
    code, _, _ = run(folder, rules, FIRST, "--state", folder / "new" / "deep \u00e4 'folder'")
    expect("a folder that is not there yet", code, 0)
    code, alerts, _ = run(folder, rules, SECOND, "--state", right)
    expect("the right state after all that", (code, ids(alerts)), (0, ids(wanted)))


def states_of_another_ruleset(folder):
    """Its rules keep what they have; the call's rules begin."""
    mine, other = [rule("q"), new_terms("t")], [new_terms("other")]
    state, calm = ("--state", folder / "state"), ("--state", folder / "calm")
    for place in (state, calm):
        run(folder, mine, FIRST, *place)
    _, wanted, _ = run(folder, mine, SECOND, *calm)
    code, alerts, _ = run(folder, other, [event(14, "z")], *state, "--now", "2024-05-01T10:16:00Z")
    expect("a state of another ruleset", (code, terms(alerts)), (0, ["z"]))
    code, alerts, _ = run(folder, mine, SECOND, *state)
    expect("the ruleset whose state it was", (code, ids(alerts)), (0, ids(wanted)))


def a_state_that_is_gone(folder):
    """A new one begins; what alerts again has the same ids, so it is the same alert."""
    rules, state = [rule("q"), new_terms("t")], folder / "state"
    _, first, _ = run(folder, rules, FIRST, "--state", state, "--now", "2024-05-01T10:20:00Z")
    shutil.rmtree(state)
    code, again, _ = run(folder, rules, FIRST, "--state", state, "--now", "2024-05-01T10:20:00Z")
    expect("a state folder that was deleted", (code, again), (0, first))
    code, alerts, _ = run(folder, rules, FIRST, "--state", state)
    expect("the same events after that", (code, alerts), (0, []))


PARTS = [histories_that_are_too_short, fields_that_change_their_type, a_mapping_that_changes, times_that_are_odd,
         overrides_that_are_odd, arrays_without_end, states_that_are_not_ours, states_of_another_ruleset, a_state_that_is_gone]


def main():
    for part in PARTS:
        if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
            with scratch() as name:
                part(pathlib.Path(name))
    for failure in failures:
        print("FAILED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
