"""Query and new_terms rules by their definitions alone, over whole sessions: the judge of `tripline run`.

    judge = Judge()
    alerts = judge.call(rules, events, now=None, ...)    # as `tripline run --state` over these lines
    alerts = judge.call(more_rules, more_events, ...)    # the next call with the same state

It keeps every event that it was ever shown and, for each run of a rule, looks at all of them: docs/windows.md read
sentence by sentence. Nothing here is shared with the engine: no code, no tables, no order of evaluation.
"""
import bisect
import collections
import dataclasses
import datetime
import hashlib
import ipaddress
import itertools
import json
import math
import re

from new_terms_brute_force import UNITS, milliseconds, values_of

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MAY_ALERT, HISTORY_ONLY = 0, 1  # at one time the event that may alert comes first


def iso(time):
    moment = EPOCH + datetime.timedelta(milliseconds=time)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


# Values ---------------------------------------------------------------------------------------------------------------

def as_date(value):
    """Milliseconds since the epoch, or None where the value is no date."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value)
    if value.lstrip("-").isdigit():
        return int(value)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


def as_keyword(value):
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def as_address(value):
    address = ipaddress.ip_address(value)
    return str(getattr(address, "ipv4_mapped", None) or address)


def as_boolean(value):
    return value if isinstance(value, bool) else {"true": True, "false": False, "": False}[value]


CONVERSIONS = {"keyword": as_keyword, "ip": as_address, "long": lambda value: int(value) if isinstance(value, str) else math.trunc(value),
               "boolean": as_boolean, "date": lambda value: iso(as_date(value))}


# Events ---------------------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Event:
    index: str
    identity: str      # _id of a search hit, else the hash of the document's canonical form
    is_hit: bool
    document: dict


def read_event(line):
    document = json.loads(line)
    if "_source" in document:
        return Event(document["_index"], document["_id"], True, document["_source"])
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Event("", hashlib.sha256(canonical.encode()).hexdigest(), False, document)


def time_of(event, rule):
    """By the rule's timestamp: its override, else @timestamp, which also stands in where the override is missing."""
    fields = [rule.get("timestamp_override", "@timestamp")]
    if "timestamp_override" in rule and not rule.get("timestamp_override_fallback_disabled"):
        fields.append("@timestamp")
    for field in fields:
        times = [time for time in map(as_date, values_of(event.document, field)) if time is not None]
        if times:
            return min(times)
    return None


def terms_of(event, rule, types):
    """Every combination of the fields' values, as JSON texts; none where the rule has no new terms to look for."""
    fields = []
    for field in rule["new_terms_fields"]:
        convert = CONVERSIONS[types[field]]
        fields.append({json.dumps(convert(value), ensure_ascii=False) for value in values_of(event.document, field)})
    return {"[" + ",".join(combination) + "]" for combination in itertools.product(*fields)}


def alert_id(rule, event, term):
    parts = ["tripline alert 1", rule["rule_id"], "hit" if event.is_hit else "document", event.index, event.identity,
             term]
    digest = hashlib.sha256()
    for part in (part.encode() for part in parts):
        digest.update(len(part).to_bytes(4, "little") + part)
    return digest.hexdigest()


# Runs -----------------------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Window:
    """What a run examines, all bounds included; a term is history from `history` on."""
    history: int
    start: int
    end: int


def at(math_text, now):
    """Date math: `now`, then offsets and roundings one after the other; all round down, in UTC, weeks to their Sunday."""
    moment = now
    for sign, number, unit, rounded in re.findall(r"([+-])(\d+)(ms|[smhHdw])|/([smhHdwMy])", math_text.removeprefix("now")):
        if unit:
            moment += int(sign + number) * UNITS[unit.lower()]
        elif rounded == "w":
            moment = (moment + 4 * UNITS["d"]) // UNITS["w"] * UNITS["w"] - 4 * UNITS["d"]
        elif rounded in "My":
            day = EPOCH + datetime.timedelta(milliseconds=moment)
            first = datetime.datetime(day.year, day.month if rounded == "M" else 1, 1, tzinfo=datetime.timezone.utc)
            moment = (first - EPOCH) // datetime.timedelta(milliseconds=1)
        else:
            moment = moment // UNITS[rounded.lower()] * UNITS[rounded.lower()]
    return moment


def window_of(rule, run):
    start, end = at(rule["from"], run), at(rule.get("to", "now"), run)
    return Window(at(rule["history_window_start"], end) if rule["type"] == "new_terms" else start, start, end)


def first_run_reaching(rule, time):
    """The first run whose window ends at or after this time."""
    interval = milliseconds(rule["interval"])
    run = -(-time // interval) * interval
    while window_of(rule, run).end < time:
        run += interval
    return run


def runs_over(rule, time):
    """The runs whose windows hold this time, in order."""
    interval = milliseconds(rule["interval"])
    run = -(-time // interval) * interval
    while (window := window_of(rule, run)).start <= time:
        if time <= window.end:
            yield run
        run += interval


@dataclasses.dataclass
class Memory:
    """All that a rule was ever shown: occurrences (time, use, index, id, event), per term or, for query rules, of no
    term; and the findings it has given."""
    position: int | None = None
    occurrences: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(list))
    candidates: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(set))  # run -> terms in it
    given: set = dataclasses.field(default_factory=set)
    examined: set = dataclasses.field(default_factory=set)     # findings of any run, given or not

    def observe(self, rule, event, time, use, types):
        terms = terms_of(event, rule, types) if rule["type"] == "new_terms" else {""}
        for term in terms:
            bisect.insort(self.occurrences[term], (time, use, event.index, event.identity, event), key=lambda o: o[:4])
        if terms and use == MAY_ALERT:
            for run in runs_over(rule, time):
                self.candidates[run].update(terms)

    def findings_at(self, rule, run):
        """What the definition gives at this run, in its order, whether or not it was given before."""
        window = window_of(rule, run)
        findings = []
        for term in self.candidates[run]:
            all_of_it = self.occurrences[term]
            first = bisect.bisect_left(all_of_it, window.history, key=lambda o: o[0])
            end = bisect.bisect_right(all_of_it, window.end, key=lambda o: o[0])
            if rule["type"] == "query":
                findings += [(*o, term) for o in all_of_it[first:end] if o[1] == MAY_ALERT]
            elif first < end and all_of_it[first][0] > window.start and all_of_it[first][1] == MAY_ALERT:
                findings.append((*all_of_it[first], term))
        return sorted(findings, key=lambda f: (f[0], f[2], f[3], f[5].encode()))

    def run_up_to(self, rule, last):
        """Yields (run, event, term) of the runs after `position` up to `last`."""
        for run in sorted(run for run in self.candidates
                          if run <= last and (self.position is None or run > self.position)):
            room = rule["max_signals"]
            for *_, index, identity, event, term in self.findings_at(rule, run):
                self.examined.add((index, identity, term))
                if room > 0 and (index, identity, term) not in self.given:
                    self.given.add((index, identity, term))
                    room -= 1
                    yield run, event, term
        self.position = last


def kinds_of(rule, memory, time):
    """What the summary counts a matched event as: it may be too late for some runs, or for all."""
    yield "matches"
    if time is None:
        yield "without a usable time"
        return
    runs = list(runs_over(rule, time))
    if not runs:
        yield "between two windows"
    elif memory.position is not None and runs[0] <= memory.position:
        yield "late events"
        if runs[-1] <= memory.position:
            yield "too late for every run"


class Judge:
    """The calls of one state folder; or one call without."""

    def __init__(self, types, matches, has_state=True):
        self.types = types          # field -> type of its values
        self.matches = matches      # (rule, event) -> whether the rule's query, filters and exceptions let it pass
        self.has_state = has_state
        self.clock = None
        self.memories = {}
        self.delivered = set()
        self.counts = {}            # of the last call: rule_id -> what its summary counts

    def forget(self, rule_id):
        """The rule means something else from now on: its history starts anew, from its position on."""
        if rule_id in self.memories:
            self.memories[rule_id] = Memory(position=self.memories[rule_id].position)

    def call(self, rules, events, history=(), now=None, first=None, last=None):
        """The alerts, in order: (run, rule_id, index, id, terms, alert id)."""
        largest = now
        self.counts = {rule["rule_id"]: collections.Counter() for rule in rules}
        for rule in rules:
            memory = self.memories.setdefault(rule["rule_id"], Memory())
            for event, use in itertools.chain(((e, HISTORY_ONLY) for e in history), ((e, MAY_ALERT) for e in events)):
                time = time_of(event, rule)
                if use == MAY_ALERT and now is None and time is not None:
                    largest = time if largest is None else max(largest, time)
                if not self.matches(rule, event):
                    continue
                if use == MAY_ALERT:
                    self.counts[rule["rule_id"]].update(kinds_of(rule, memory, time))
                if time is None:
                    continue
                is_outside = (first is not None and time < first) or (last is not None and time > last)
                memory.observe(rule, event, time, HISTORY_ONLY if is_outside else use, self.types)
        if now is None and self.clock is not None:
            largest = self.clock if largest is None else max(largest, self.clock)
        if largest is None:
            return []
        self.clock = max(largest, self.clock) if self.clock is not None else largest
        return self._run(rules, events, largest, now, first)

    def _run(self, rules, events, end, now, first):
        raised = []
        for place, rule in enumerate(rules):
            memory = self.memories[rule["rule_id"]]
            interval = milliseconds(rule["interval"])
            if self.has_state or now is not None:
                last_run = end // interval * interval
            else:
                last_run = first_run_reaching(rule, end)
            if memory.position is None:
                times = [time for event in events if (time := time_of(event, rule)) is not None]
                if not times or first_run_reaching(rule, max(min(times), first or 0)) > last_run:
                    if times and self.has_state:
                        memory.position = last_run  # its first run is still to come, in a later call
                    continue
            elif last_run <= memory.position:
                continue
            for order, (run, event, term) in enumerate(memory.run_up_to(rule, last_run)):
                raised.append((run, place, order, rule, event, term))
        alerts = []
        for run, _, _, rule, event, term in sorted(raised, key=lambda one: one[:3]):
            name = alert_id(rule, event, term)
            if name not in self.delivered:
                self.delivered.add(name)
                alerts.append((iso(run), rule["rule_id"], event.index, event.identity, term, name))
        return alerts

    def num_cut(self, rule_id):
        """Findings that some run examined and none gave."""
        memory = self.memories[rule_id]
        return len(memory.examined - memory.given)
