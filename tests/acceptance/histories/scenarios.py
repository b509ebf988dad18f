"""Random sessions for the judge: rules, events, and the calls that they are cut into. The same dice give the same session.

    session = random_session(random.Random(7), num_rules=70)
    for call in session.calls: call.rules, call.events (lines), call.history, call.options

What is in them: query and new_terms rules over keyword, ip, long, boolean and date fields; arrays, missing and empty
values; ties and repeats; times by an override, with and without fallback, or by none; events late within a call (which
changes nothing) and beyond it; windows that overlap, that leave gaps, that end before their run, that are rounded to hours
or months, that are barely shorter than the history; caps;
filters and exceptions; histories fed beforehand; --from, --to, --now; empty calls; rules that are absent for a call,
whose words change, or whose meaning does.
"""
import dataclasses
import json

from histories.definition import as_keyword, iso, values_of

MINUTE = 60_000
START = 1_714_521_600_000  # 2024-05-01T00:00:00Z: long past, so that no clock doubts it
TYPES = {"user.name": "keyword", "host.name": "keyword", "client.ip": "ip", "n": "long", "flag": "boolean", "when": "date"}
MAPPING = {"mappings": {"properties": {
    "@timestamp": {"type": "date"},
    "event": {"properties": {"action": {"type": "keyword"}, "ingested": {"type": "date"}}},
    "user": {"properties": {"name": {"type": "keyword"}}}, "host": {"properties": {"name": {"type": "keyword"}}},
    "client": {"properties": {"ip": {"type": "ip"}}}, "n": {"type": "long"}, "flag": {"type": "boolean"},
    "when": {"type": "date"}}}}

VALUES = {
    "user.name": ["root", "Root", "eve", "b\u00f6b", "a \"quoted\\ one", "", "\U0001f600", 7, True],
    "host.name": ["a", "b", "c", "d", "e"],
    "client.ip": ["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2", "2001:DB8::0:1", "2001:db8::1", "192.168.7.1"],
    "n": [1, "1", 2, 2.0, 3, -3, 2 ** 53 + 1, 0],
    "flag": [True, False, "true", "false", ""],
    "when": ["2024-01-01", 1_704_067_200_000, "2024-01-01T02:00:00+02:00", "2023-12-31T23:59:59.999Z",
             "1969-07-20T20:17:40Z"],
}


# Queries as text and as Python; an event's values are those of the mapping's types.
def _action(event):
    return [as_keyword(value) for value in values_of(event.document, "event.action")]


QUERIES = {
    "event.action : go*": lambda e: any(a.startswith("go") for a in _action(e)),
    "event.action : (go or stay) and not host.name : c":
        lambda e: not {"go", "stay"}.isdisjoint(_action(e)) and "c" not in values_of(e.document, "host.name"),
    "n >= 2 or event.action : gone":
        lambda e: any(float(n) >= 2 for n in values_of(e.document, "n")) or "gone" in _action(e),
    "user.name : * and not flag : true":
        lambda e: bool(values_of(e.document, "user.name"))
        and not any(f in (True, "true") for f in values_of(e.document, "flag")),
    "client.ip : 10.0.0.0/8":
        lambda e: any("10.0.0." in ip for ip in values_of(e.document, "client.ip")),
}
FILTER = {"meta": {"disabled": False, "negate": True}, "query": {"match_phrase": {"host.name": "e"}}}
EXCEPTION = {"item_id": "calm", "list_id": "calm", "namespace_type": "single", "type": "simple", "name": "calm",
             "entries": [{"field": "user.name", "type": "match", "operator": "included", "value": "root"}]}
CALM = [{"id": "1", "list_id": "calm", "type": "detection", "namespace_type": "single"}]


def matches(rule, event):
    if event.is_hit and not event.index.startswith("logs-"):
        return False
    if "filters" in rule and "e" in values_of(event.document, "host.name"):
        return False
    if "exceptions_list" in rule and "root" in values_of(event.document, "user.name"):
        return False
    return QUERIES[rule["query"]](event)


def random_rule(dice, number):
    interval = dice.choice([1, 1, 2, 5, 7, 60])
    look_back = dice.choice([dice.randint(1, max(1, interval - 1)), interval, interval + dice.randint(0, 9), 3 * interval])
    seconds = dice.choice([0, 0, 0, 1, 30])
    rule = {"rule_id": f"rule-{number}", "name": f"Rule {number}", "description": "d", "language": "kuery",
            "risk_score": 1, "severity": "low", "type": "query", "query": dice.choice(list(QUERIES)),
            "index": ["logs-*"], "interval": f"{interval}m", "from": f"now-{look_back * 60 + seconds}s",
            "max_signals": dice.choice([1, 2, 5, 100, 100, 100])}
    if dice.random() < 0.7:
        fields = dice.sample(list(TYPES), dice.choice([1, 1, 2, 2, 3]))
        quiet = dice.choice([dice.randint(1, 100), dice.randint(60, 3600), 3 * 3600, 12 * 3600, 20 * 86400, 90 * 86400])
        rule |= {"type": "new_terms", "new_terms_fields": fields,
                 "history_window_start": f"now-{look_back * 60 + seconds + quiet}s"}
    if dice.random() < 0.25:
        rule |= random_math(dice, interval, rule["type"])
    if dice.random() < 0.4:
        rule["timestamp_override"] = "event.ingested"
        if dice.random() < 0.4:
            rule["timestamp_override_fallback_disabled"] = True
    if dice.random() < 0.2:
        rule["filters"] = [FILTER]
    if dice.random() < 0.2:
        rule["exceptions_list"] = CALM
    return rule


def random_math(dice, interval, kind):
    """Bounds with roundings, and windows that end before their run; those that span days only where runs are few."""
    bounds = [("now-7m/m", "now"), ("now-9m", "now-2m"), ("now-4m/m-30s", "now/m"), ("now-1s-5m", "now-1s")]
    if interval in (5, 7):
        bounds += [("now/h", "now")]
    if interval >= 5:
        bounds += [("now-1h/h", "now-2m"), ("now-1h/h", "now/h"), ("now/h-10m", "now-1m/m")]
    if interval == 60:
        bounds += [("now/d", "now"), ("now-1d/d", "now-1h"), ("now-1d/d", "now/d"), ("now/w", "now"), ("now/M", "now-1h")]
    start, end = dice.choice(bounds)
    histories = {"m": ["now-20m", "now-2h/h", "now-3d/d"], "h": ["now-3h/h", "now-2d", "now-1d/d", "now-1w/w"],
                 "d": ["now-3d/d", "now-49h", "now-2w/w"], "w": ["now-2w/w", "now-8d"], "M": ["now-62d", "now-32d/M"]}
    unit = start.split("/")[-1][0] if "/" in start else "m"
    return {"from": start, "to": end} | ({"history_window_start": dice.choice(histories[unit])} if kind == "new_terms" else {})


def edited(dice, rule):
    """The rule with other words, which keeps its history."""
    return rule | {"name": rule["name"] + "!", "severity": dice.choice(["high", "critical"]), "tags": ["edited"],
                   "description": "now with other words", "version": rule.get("version", 1) + 1}


def changed(dice, rule):
    """The rule with another meaning, whose history starts anew."""
    return rule | {"query": dice.choice([query for query in QUERIES if query != rule["query"]]), "max_signals": 100}


def random_values(dice, field):
    some = VALUES[field]
    return dice.choice([dice.choice(some)] * 8 + [None, [], dice.choices(some, k=2), dice.choices(some, k=3),
                                                  [[dice.choice(some)], None, dice.choice(some)]])


def put(document, field, value, is_dotted):
    outer, _, inner = field.partition(".")
    if not inner or is_dotted:
        document[field] = value
    else:
        document.setdefault(outer, {})[inner] = value


def written(dice, time):
    """One of the ways in which a document may say a time, if not that it has none."""
    text = iso(time)
    return dice.choice([text] * 20 + [time, str(time), text.replace("Z", "+00:00"), [text, iso(time + 5 * MINUTE)]])


def random_event(dice, time, number):
    document = {"event": {"action": dice.choice(["go", "go", "gone", "stay", ["go", "stay"], "other"])}}
    for field in TYPES:
        if dice.random() < 0.85:
            put(document, field, random_values(dice, field), dice.random() < 0.2)
    chance = dice.random()
    if chance > 0.04:
        document["@timestamp"] = written(dice, time)
    elif chance > 0.02:
        document["@timestamp"] = dice.choice(["yesterday", None, []])
    if dice.random() < 0.7:
        delay = dice.choice([0, 1, 999, MINUTE, 3 * MINUTE, dice.randint(0, 20 * MINUTE)])
        document["event"]["ingested"] = written(dice, time + delay)
    if dice.random() < 0.15:
        return document | {"serial": number}
    return {"_index": dice.choice(["logs-a", "logs-a", "logs-b", "other"]), "_id": f"{dice.randint(0, 999):03}-{number}",
            "_source": document}


def random_lines(dice):
    """Lines in the order of arrival: mostly that of time, some late, some long so."""
    time = START + dice.randint(0, 600 * MINUTE)
    arrivals = []
    for number in range(dice.randint(15, 70)):
        time += dice.choice([0, 0, 1, 500, 20_000, MINUTE, 2 * MINUTE, 5 * MINUTE])
        if dice.random() < 0.06:
            time += dice.choice([MINUTE * 30, MINUTE * 200, MINUTE * 1400, MINUTE * 60 * 24 * 15])
        if dice.random() < 0.3:
            time = -(-time // MINUTE) * MINUTE  # exactly on a bound
        delay = dice.choice([0] * 5 + [dice.randint(0, 4 * MINUTE), dice.randint(0, 90 * MINUTE)])
        arrivals.append((time + delay, json.dumps(random_event(dice, time, number), ensure_ascii=False)))
    arrivals += [(arrival + dice.randint(0, 30 * MINUTE), line) for arrival, line in dice.choices(arrivals, k=4)]
    return [line for _, line in sorted(arrivals, key=lambda one: one[0])]


LATENESS = 30 * MINUTE  # of a wide session


def random_wide_lines(dice, count):
    """More than a program holds at once, jumbled by less than the lateness, repeats as well."""
    time = START
    arrivals = []
    for number in range(count):
        time += dice.choice([0, 1, 500, 2_000, 20_000])
        event = random_event(dice, time, number)
        document = event.get("_source", event)
        document.get("event", {}).pop("ingested", None)
        if dice.random() < 0.5:
            put(document, "host.name", f"h{int(dice.paretovariate(0.6))}", False)
        for repeat in range(dice.choice([1] * 30 + [2])):
            arrivals.append((time + dice.randint(0, LATENESS - 6 * MINUTE), json.dumps(event, ensure_ascii=False)))
    return [line for _, line in sorted(arrivals, key=lambda one: one[0])]


@dataclasses.dataclass
class Call:
    rules: list
    events: list
    history: list = dataclasses.field(default_factory=list)
    options: dict = dataclasses.field(default_factory=dict)    # now, first, last, as they are given to the program
    forgotten: list = dataclasses.field(default_factory=list)  # rules whose meaning has changed since the call before


@dataclasses.dataclass
class Session:
    has_state: bool
    calls: list


def cut_up(dice, lines):
    """Into calls, some of them empty; some events are in two of them."""
    at = 0
    while at < len(lines):
        if dice.random() < 0.1:
            yield []
        end = min(len(lines), at + dice.randint(1, len(lines)))
        yield lines[max(0, at - dice.choice([0, 0, 0, 5])):end]
        at = end


def random_options(dice, lines):
    times = sorted(time for line in lines for time in [json.loads(line).get("_source", {}).get("@timestamp")]
                   if isinstance(time, str) and time[:4] == "2024" and time.endswith("Z"))
    options = {}
    if times and dice.random() < 0.3:
        options["now"] = dice.choice(times[len(times) // 2:])
    if times and dice.random() < 0.15:
        options["first"] = dice.choice(times[:len(times) // 2 + 1])
    if times and dice.random() < 0.15:
        options["last"] = dice.choice(times[len(times) // 2:])
    return options


def random_session(dice, num_rules):
    rules = [random_rule(dice, number) for number in range(num_rules)]
    lines = random_lines(dice)
    has_state = dice.random() < 0.75
    history = []
    if dice.random() < 0.4:
        cut = dice.randint(0, len(lines) // 2)
        history, lines = lines[:cut], lines[dice.choice([0, cut]):]
    if not has_state:
        return Session(False, [Call(rules, lines, history, random_options(dice, lines))])
    calls = []
    has_absences = dice.random() < 0.2
    for events in cut_up(dice, lines):
        call = Call(rules, events, history, random_options(dice, lines))
        if calls and dice.random() < 0.3:
            rules = [edited(dice, rule) if dice.random() < 0.3 else rule for rule in rules]
        if calls and dice.random() < 0.15:
            anew = {rule["rule_id"]: changed(dice, rule) for rule in rules if dice.random() < 0.1}
            rules = [anew.get(rule["rule_id"], rule) for rule in rules]
            call.forgotten = list(anew)
        call.rules = rules
        if has_absences:
            call.rules = [rule for rule in rules if dice.random() > 0.05]
        if has_absences or call.options.get("now", "9") < max((other.options.get("now", "") for other in calls), default=""):
            call.options.pop("now", None)  # it may lie before the kept clock, which rules may lag behind
        calls.append(call)
        history = []
    return Session(True, calls)


def random_wide_session(dice, num_rules, count):
    rules = [random_rule(dice, number) for number in range(num_rules)]
    lines = random_wide_lines(dice, count)
    has_state = dice.random() < 0.7
    cut = dice.randint(count // 2, len(lines)) if has_state else len(lines)
    calls = [Call(rules, lines[:cut], options={"lateness": "30m"})]
    if has_state:
        calls.append(Call(rules, lines[cut:], options={"lateness": "30m"}))
    return Session(has_state, calls)
