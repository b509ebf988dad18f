"""What security_test.py asks: the events, who may see what of them, and the rules, with what each kind of rule is there for."""
import json

INDEX = "secured"
LIST = "secured-list"  # whose names a role looks up
_HOURS = 24

MAPPING = {
    "@timestamp": {"type": "date"},
    "event": {"properties": {"category": {"type": "keyword"}, "ingested": {"type": "date"}, "risk_score": {"type": "float"}}},
    "user": {"properties": {"name": {"type": "keyword", "fields": {"text": {"type": "text"}}}, "id": {"type": "keyword"}}},
    "process": {"properties": {"name": {"type": "keyword"}, "command_line": {"type": "wildcard", "doc_values": True},
                               "pid": {"type": "long"}, "interactive": {"type": "boolean"}}},
    "message": {"type": "text"},
    "source": {"properties": {"ip": {"type": "ip"}}},
    "destination": {"properties": {"port": {"type": "long"}}},
}

_EVERYTHING = ["user.name", "user.name.text", "user.id", "process.command_line", "message", "source.ip", "destination.port",
               "event.ingested", "event.risk_score", "process.interactive"]
# What a role says of the index, for one user each; all of them may ask for matches and runs.
RIGHTS = {
    "full": {},
    "excluding": {"fls": ["~user.name", "~source.ip", "~message", "~destination.port"]},
    "including": {"fls": ["@timestamp", "event.category", "process.*", "user.id"]},
    "masking": {"masked_fields": _EVERYTHING},
    "masking-some": {"masked_fields": ["user.name", "source.ip"]},
    "rows": {"dls": json.dumps({"term": {"event.category": "network"}})},
    "rows-of-a-list": {"dls": json.dumps({"terms": {"user.name": {"index": LIST, "id": "names", "path": "names"}}})},
    "rows-and-fields": {"dls": json.dumps({"bool": {"must_not": {"terms": {"user.name": ["u1", "u5"]}}}}), "fls": ["~process.name"],
                        "masked_fields": ["user.id"]},
    "timeless": {"fls": ["~@timestamp"]},
}
NEVER_SHOWN_NAMES = {"excluding", "including", "masking", "masking-some"}
# Who writes rulesets, with what each right lets see.
WRITERS = {f"writer-{name}": [f"sees-{name}", "writes"] for name in RIGHTS}
USERS = {**{name: [f"sees-{name}"] for name in RIGHTS}, **WRITERS, "searcher": ["searches"], "matcher": ["matches"], "nobody": []}
ACTIONS = ["cluster_composite_ops", "cluster:admin/tripline/match", "cluster:admin/tripline/ruleset/run"]


def _reads(more):
    return {"cluster_permissions": ACTIONS, "index_permissions": [
        {"index_patterns": [f"{INDEX}*"], "allowed_actions": ["read"], **more}]}


ROLES = {
    **{f"sees-{name}": _reads(more) for name, more in RIGHTS.items()},
    # May search, and no more; may ask for matches, but search nothing.
    "searches": {"index_permissions": [{"index_patterns": [f"{INDEX}*"], "allowed_actions": ["indices:data/read/search*"]}]},
    "matches": {"cluster_permissions": ACTIONS},
    # What a role says of whoever has it: of a writer the name is known, and nothing else.
    "sees-own-name": _reads({"dls": json.dumps({"term": {"user.name": "${user.name}"}})}),
    "sees-own-groups": _reads({"dls": '{"terms": {"user.name": [${user.roles}]}}'}),
    "writes": {"cluster_permissions": ["cluster:admin/tripline/ruleset/*"]},
}

QUERIES = [
    "user.name: u1", "user.name: u*", "user.name: *2", "user.name: (u1 or u2 or u3)", "not user.name: u1", "user.name: *",
    "not user.name: *", "user.name.text: u4", "user.id: i3 and user.name: u3", "user.id: i3 or user.name: u4", "not user.id: *",
    "process.name: (cmd.exe or sh)", "process.name: *md*", "process.name: * and not user.name: (u1 or u2)",
    "process.command_line: *secret*", "process.command_line: run*", "process.command_line: *", "not process.command_line: *5",
    "process.pid > 50", "process.pid <= 10 or user.name: u6", "process.interactive: true", "not process.interactive: true",
    "process.interactive: *", 'source.ip: "10.0.0.0/24"', "source.ip: 10.0.1.7", "source.ip: *", 'not source.ip: "10.0.0.0/24"',
    "destination.port: 443", "destination.port > 1000", "destination.port: *", "not destination.port: (80 or 443)",
    'event.ingested > "2026-05-01T06:00:00Z"', 'event.ingested: "2026-05-01"', "event.ingested: *", "event.risk_score >= 5.5",
    "event.risk_score: *", 'message: "user entered"', "message: (password or token)", "message: *", "not message: password",
    "event.category: network and user.name: u2", "event.category: network and not source.ip: *", "user.*: u5",
]
NEW_TERMS = {"new-name": ["user.name"], "new-pair": ["process.name", "user.id"], "new-address": ["source.ip"]}
CAPPED, CAP = "capped", 7


def event(number):
    """Every field is missing somewhere; some have several values."""
    found = {"@timestamp": f"2026-05-01T{number * 7 % _HOURS:02}:{number % 60:02}:00Z",
             "event": {"category": ["network", "process", "file"][number % 3]}}
    rows = {
        11: ("event", "ingested", f"2026-05-01T{number % _HOURS:02}:30:00Z"), 13: ("event", "risk_score", number % 17 / 2),
        5: ("user", "name", f"u{number % 8}" if number % 9 else [f"u{number % 8}", "u1"]), 7: ("user", "id", f"i{number % 5}"),
        6: ("process", "name", ["cmd.exe", "sh", "init"][number % 3] if number % 29 else f"rare-{number}"),
        8: ("process", "command_line", f"run {number} with {'secret' if number % 4 else 'care'} {number % 10}"),
        9: ("process", "pid", number % 100), 10: ("process", "interactive", number % 2 == 0),
        12: ("source", "ip", f"10.0.{number % 2}.{number % 20}" if number % 37 else f"10.9.0.{number % 256}"),
        14: ("destination", "port", [80, 443, 8080, 53][number % 4]),
    }
    for gap, (parent, name, value) in rows.items():
        if number % gap:
            found.setdefault(parent, {})[name] = value
    if number % 15:
        found["message"] = ["user entered a password", "a token was made", "nothing to see"][number % 3]
    return found


def rule(rule_id, query, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "query": query,
            "index": [f"{INDEX}*"], "severity": "low", "risk_score": 1, "from": "now-24h", "interval": "1h", **more}


def rules_body(marker):
    """All rules as an upload; another marker makes other content, of which a node has kept nothing yet."""
    rules = [rule(f"q{number}", query) for number, query in enumerate(QUERIES)]
    rules += [rule(rule_id, "event.category: (network or process)", type="new_terms", new_terms_fields=fields,
                   history_window_start="now-7d") for rule_id, fields in NEW_TERMS.items()]
    rules.append(rule(CAPPED, "process.pid >= 0", max_signals=CAP))
    rules.append(rule(f"marker-{marker}", "event.category: never"))
    return "".join(json.dumps(one) + "\n" for one in rules).encode()
