"""A leaf that cannot be asked of an index, because its field's type refuses it or its query fails, is an error of the rules
that have it, for that index. The same rules' answers from other indices, and other rules, are as if nothing had happened."""
import json

from plugin_node import PREFIX, put

NAMES = ["curl", "wget", "sh", "bash"]
FAILS_WHEN = ["query", "stack", "rewrite", "weight", "scorer", "score"]
REASONS = {"query": "no query of [process.name] today", "stack": "StackOverflowError", "rewrite": "it fails: rewrite",
           "weight": "it fails: weight", "scorer": "it fails: scorer", "score": "it fails: score"}
RULES = {"one": "process.name: curl", "either": "process.name: curl or host.name: h1", "unless": "host.name: h1 and not process.name: curl",
         "pattern": "process.name: *url", "other": "host.name: h1", "nested": "process.name: (curl or wget) and event.kind: event"}
SLOW_DOCUMENTS = 8_000
WINDOW = {"from": "2026-05-01T00:00:00Z", "to": "2026-05-02T00:00:00Z"}


def rule(rule_id, query, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery", "query": query,
            "index": ["erring-*"], "severity": "low", "risk_score": 1, "from": "now-6m", "interval": "5m", **more}


def body(rules):
    return "".join(json.dumps(one) + "\n" for one in rules).encode()


def fill(client, index, properties, documents, settings=None):
    client.expect("PUT", f"/{index}", {"settings": {"number_of_replicas": 0, **(settings or {})},
                                       "mappings": {"dynamic": False, "properties": properties}})
    lines = "".join('{"index":{}}\n' + json.dumps(document) + "\n" for document in documents)
    answer = client.expect("POST", f"/{index}/_bulk?refresh=true", lines.encode())
    if answer["errors"]:
        raise AssertionError(f"{index}: {answer}")


def fill_three(client, when):
    """Three indices of the same documents; process.name of the second fails."""
    documents = [{"@timestamp": "2026-05-01T10:00:00Z", "process": {"name": name}, "host": {"name": f"h{number % 2}"},
                  "event": {"kind": "event"}} for number, name in enumerate(NAMES)]
    for place, name in enumerate(["keyword", {"type": "failing", "when": when}, "keyword"]):
        mapping = name if isinstance(name, dict) else {"type": name}
        fill(client, f"erring-{when}-{place}", {
            "@timestamp": {"type": "date"}, "process": {"properties": {"name": mapping}},
            "host": {"properties": {"name": {"type": "keyword"}}}, "event": {"properties": {"kind": {"type": "keyword"}}}},
             documents)


def matched(rule_id, fails):
    """Of NAMES, with process.name false where it fails."""
    named = [False if fails else name == "curl" for name in NAMES]
    of_host = [number % 2 == 1 for number in range(len(NAMES))]
    return sum({"one": named, "pattern": named, "other": of_host,
                "either": [a or b for a, b in zip(named, of_host, strict=True)],
                "unless": [b and not a for a, b in zip(named, of_host, strict=True)],
                "nested": [not fails and name in ("curl", "wget") for name in NAMES]}[rule_id])


def check_failing(client, verdict, when):
    fill_three(client, when)
    index = f"erring-{when}-1"
    wanted = {name: 2 * matched(name, False) + matched(name, True) for name in RULES}
    error = {"index": index, "field": "process.name", "reason": REASONS[when]}
    errors = {name: [error] for name in RULES if name != "other"}
    for turn in ("cold", "warm"):
        answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "erring", "index": f"erring-{when}-*"})
        verdict.check(f"{when}, {turn}: counts", wanted, answer["counts"])
        verdict.check(f"{when}, {turn}: errors", errors, answer["errors"])
        for reading in ("columns", "postings_first"):
            found = client.expect("POST", f"/erring-{when}-*/_search", {
                "size": 0, "aggs": {"t": {"tripline": {"ruleset": "erring", "reading": reading}}}})["aggregations"]["t"]["rules"]
            verdict.check(f"{when}, {turn}: {reading}", (wanted, errors),
                          ({name: found.get(name, {}).get("count", 0) for name in RULES},
                           {name: one["errors"] for name, one in found.items() if "errors" in one}))


def check_run(client, verdict):
    """A run says it too, and its rules' alerts from other indices are there."""
    answer = client.expect("POST", f"{PREFIX}/rulesets/erring/_run", {**WINDOW, "index": "erring-query-*", "dry_run": True})
    error = {"index": "erring-query-1", "field": "process.name", "reason": REASONS["query"]}
    verdict.check("run: errors", ([error], None), (answer["rules"]["one"].get("errors"), answer["rules"]["other"].get("errors")))
    verdict.check("run: alerts", (2, 6), (answer["rules"]["one"]["alerts"], answer["rules"]["other"]["alerts"]))


def check_real_failure(client, verdict):
    """Memory that a request may not have is no error of a leaf: the search fails."""
    fill_three(client, "breaker")
    status, answer = client.request("POST", f"{PREFIX}/_match", {"ruleset": "erring", "index": "erring-breaker-*"})
    verdict.check("breaker", (True, True), (status in (429, 503, 500), "too much for one request" in json.dumps(answer)))
    verdict.check("after it", 1, client.expect("POST", f"{PREFIX}/_match", {
        "ruleset": "erring", "index": "erring-breaker-0"})["counts"]["one"])


def check_refusals(client, verdict):
    """What types refuse: a pattern of a number, letters in a number, a field that cannot be searched, a group of no objects."""
    rules = {"pattern": "event.code: 4*", "letters": "event.code: abc or host.name: h", "closed": "event.original: x",
             "flag": "user.name: yes or user.name: true", "group": "file.elf.sections : { name : x }", "fine": "host.name: h"}
    put(client, "refused", body([rule(name, query) for name, query in rules.items()]))
    fill(client, "erring-refused", {
        "event": {"properties": {"code": {"type": "long"}, "original": {"type": "keyword", "index": False, "doc_values": False}}},
        "user": {"properties": {"name": {"type": "boolean"}}}, "host": {"properties": {"name": {"type": "keyword"}}},
        "file": {"properties": {"elf": {"properties": {"sections": {"properties": {"name": {"type": "keyword"}}}}}}}},
         [{"event": {"code": 42}, "host": {"name": "h"}, "user": {"name": True}}])
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "refused", "index": "erring-refused"})
    verdict.check("refused: counts", {"pattern": 0, "letters": 1, "closed": 0, "flag": 1, "group": 0, "fine": 1}, answer["counts"])
    fields = {name: sorted({one["field"] for one in errors}) for name, errors in answer["errors"].items()}
    verdict.check("refused: errors", {"pattern": ["event.code"], "letters": ["event.code"], "closed": ["event.original"],
                                      "flag": ["user.name"], "group": ["file.elf.sections"]}, fields)
    verdict.check("refused: reasons are short", True, all(
        0 < len(one["reason"]) <= 200 for errors in answer["errors"].values() for one in errors))


def check_bounds(client, verdict):
    """Of many errors the first are told, and that there were more."""
    fields = [f"event.f{number:02}" for number in range(14)]
    put(client, "many", body([rule("many", " or ".join(f"{field}: 4*" for field in fields))]))
    fill(client, "erring-many", {"event": {"properties": {field.split(".")[1]: {"type": "long"} for field in fields}}},
         [{"event": {"f00": 4}}])
    errors = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "many", "index": "erring-many"})["errors"]["many"]
    verdict.check("many errors", (fields[:10], ["there were more errors than these 10"]),
                  ([one["field"] for one in errors[:-1]], [errors[-1]["reason"]]))


def check_timeout(client, verdict):
    """A field that takes its time is no error, but a search that has none left ends; the next one has the answer."""
    fill(client, "erring-slow", {"process": {"properties": {"name": {"type": "failing", "when": "slow"}}}},
         [{"process": {"name": "sh"}}] * SLOW_DOCUMENTS)
    ask = {"size": 0, "aggs": {"t": {"tripline": {"ruleset": "erring"}}}}
    answer = client.expect("POST", "/erring-slow/_search", {**ask, "timeout": "200ms"})
    verdict.check("slow: timed out", True, answer["timed_out"])
    answer = client.expect("POST", "/erring-slow/_search", ask, timeout_s=120)
    rules = answer["aggregations"]["t"]["rules"]
    verdict.check("slow: in the end", (False, SLOW_DOCUMENTS, False), (
        answer["timed_out"], rules["one"]["count"], any("errors" in one for one in rules.values())))


def check(client, verdict):
    put(client, "erring", body([rule(name, query) for name, query in RULES.items()]))
    for when in FAILS_WHEN:
        check_failing(client, verdict, when)
    check_run(client, verdict)
    check_real_failure(client, verdict)
    check_refusals(client, verdict)
    check_bounds(client, verdict)
    check_timeout(client, verdict)
