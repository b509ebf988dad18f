#!/usr/bin/env python3
"""The plugin's requests on a real node: rulesets put, replaced, shared by names, deleted; what is refused, with which
status and diagnostics; _match and _run with wrong words; runs dry, real and repeated, whose alerts are those of the desk's
run over the same hits, byte for byte as JSON. And a cluster of three nodes counts as one node does, one of them started
again in between."""
import json
import pathlib
import random
import subprocess
import sys

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import load
from client import ndjson
from local_cluster import Cluster
from plugin_node import PREFIX, SEED_RULE, Verdict, match_counts, put, require_plugin
from program import json_lines, scratch, tripline

INDEX = "logs-endpoint.events.network-test"
# The rules below run once a day; this is the one run whose alerts are compared.
RUN = {"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z"}
QUERY = ('event.category:network and host.os.type:linux and event.action:connection_attempted and '
         'process.executable:(/home/* or /tmp/* or /var/tmp/*) and not destination.ip:(10.0.0.0/8 or 127.0.0.0/8)')


def rule(rule_id, **more):
    return {"rule_id": rule_id, "name": f"Rule {rule_id}", "description": "For a test.", "type": "query",
            "language": "kuery", "query": QUERY, "index": ["logs-endpoint.events.*"], "interval": "1d", "from": "now-24h",
            "risk_score": 47, "severity": "medium", "max_signals": 100, "enabled": True, **more}


def new_terms(rule_id, fields, history, **more):
    return rule(rule_id, type="new_terms", new_terms_fields=fields, history_window_start=history, **more)


RULES = [rule("plain", max_signals=30),
         new_terms("one-field", ["process.executable"], "now-20d", timestamp_override="event.ingested"),
         new_terms("two-fields", ["host.name", "destination.ip"], "now-10d"),
         rule("none", query="process.name:nobody_has_this")]


def events(count=4_000):
    """Documents over 25 days, some with two addresses, some late, some without what the rules ask for."""
    chance = random.Random(5)
    begin_ms = 1_775_779_200_000  # 2026-04-10
    for number in range(count):
        time_ms = begin_ms + chance.randrange(25 * 86_400_000)
        rank = int(chance.paretovariate(0.6))
        folder = chance.choice(["/tmp", "/home/a", "/usr/bin", "/var/tmp"])
        addresses = [f"{chance.choice([10, 93, 203])}.0.{rank % 50}.{chance.randrange(3)}" for _ in range(2)]
        yield {"@timestamp": time_ms, "event": {"category": "network", "action": "connection_attempted",
                                                "ingested": time_ms + chance.randrange(90_000), "id": f"e{number}"},
               "host": {"name": f"host-{chance.randrange(4)}", "os": {"type": chance.choice(["linux"] * 9 + ["macos"])}},
               "process": {"executable": f"{folder}/p{min(rank, 400)}"},
               "destination": {"ip": addresses if chance.random() < 0.2 else addresses[0]}}


def put_raw(client, name, body):
    return client.request("PUT", f"{PREFIX}/rulesets/{name}", body)


def compiled(documents):
    with scratch() as folder:
        source, file = pathlib.Path(folder) / "rules.ndjson", pathlib.Path(folder) / "rules.trl"
        source.write_bytes(documents)
        tripline("compile", source, "-o", file, stderr=subprocess.DEVNULL)
        return file.read_bytes()


def check_names_and_contents(client, verdict):
    verdict.check("no ruleset yet", [], client.expect("GET", f"{PREFIX}/rulesets")["rulesets"])
    first = put(client, "one", ndjson(RULES))
    verdict.check("rules put", (4, []), (first["rules"], first["not_run"]))
    file = compiled(ndjson(RULES))
    verdict.check("a file is the same content", first["content_hash"], put(client, "two", file)["content_hash"])
    shown = client.expect("GET", f"{PREFIX}/rulesets/one")
    verdict.check("rules shown", [one["rule_id"] for one in RULES], [one["rule_id"] for one in shown["rule_list"]])
    listed = client.expect("GET", f"{PREFIX}/rulesets")["rulesets"]
    verdict.check("rulesets listed", ["one", "two"], [one["name"] for one in listed])
    wanted = match_counts(client, "one", INDEX)
    verdict.check("rules with matches", [True, True, True, False], [wanted[one["rule_id"]] > 0 for one in RULES])
    verdict.check("counts under the other name", wanted, match_counts(client, "two", INDEX))
    client.expect("DELETE", f"{PREFIX}/rulesets/two")
    verdict.check("the deleted name", 404, client.request("GET", f"{PREFIX}/rulesets/two")[0])
    verdict.check("the other name goes on", wanted, match_counts(client, "one", INDEX))
    put(client, "one", ndjson(RULES[:1]))
    verdict.check("replaced", {"plain": wanted["plain"]}, match_counts(client, "one", INDEX))
    status, _ = put_raw(client, "one", b'{"rule_id":"x","type":"query","query":"a :"}')
    verdict.check("a refused upload", 400, status)
    verdict.check("leaves what was there", {"plain": wanted["plain"]}, match_counts(client, "one", INDEX))
    verdict.check("delete", True, client.expect("DELETE", f"{PREFIX}/rulesets/one")["acknowledged"])
    verdict.check("delete again", 404, client.request("DELETE", f"{PREFIX}/rulesets/one")[0])


def damaged(file):
    """Ruleset files with one thing wrong each."""
    yield "cut in the middle", file[:len(file) // 2]
    yield "the beginning alone", file[:16]
    yield "longer than it says", file + b"\0" * 64
    chance = random.Random(3)
    for at in sorted(chance.sample(range(8, len(file)), 12)):
        yield f"byte {at} turned", file[:at] + bytes([file[at] ^ 0x5A]) + file[at + 1:]


def check_refused_uploads(client, verdict):
    bad_query = ndjson([rule("good"), rule("bad", query="process.name : (curl or wget")])
    status, answer = put_raw(client, "bad", bad_query)
    problems = [one for one in answer["error"]["diagnostics"] if one["severity"] == "error"]
    verdict.check("a mistake in a query", (400, "invalid_ruleset"), (status, answer["error"]["type"]))
    verdict.check("is shown with line, column and code", (2, True, "kql.syntax"),
                  (problems[0]["line"], problems[0]["column"] > 1, problems[0]["code"]))
    bodies = {"text": b"no rule at all", "bytes": bytes(range(256)) * 40, "an empty object": b"{}", "a list": b"[1,2]",
              "null": b"null", "deep": b'{"a":' * 5_000, "half a rule": ndjson(RULES)[:200], "white space": b" \n \n",
              "not UTF-8": b'{"rule_id":"\xff\xfe"}', "wrong type": ndjson([rule("x", query=7)])}
    bodies |= dict(damaged(compiled(ndjson(RULES))))
    for name, body in bodies.items():
        status, answer = put_raw(client, "bad", body)
        if status != 400 or not answer["error"]["reason"]:
            verdict.fail(f"the body '{name}' was answered with {status}: {json.dumps(answer)[:300]}")
    print(f"{len(bodies)} broken bodies were refused")
    verdict.check("an empty body", 400, put_raw(client, "bad", None)[0])
    huge = ndjson([rule("huge", query="process.name:(" + " or ".join(f"p{i}" for i in range(2_500_000)) + ")")])
    status, answer = put_raw(client, "bad", huge)
    verdict.check(f"a body of {len(huge) >> 20} MB", True, status in (400, 413))
    for name in ("_x", "A", "a%20b", "a" * 129, "%2e%2e%2fx", "a%2fb", "%00", "*"):
        status, _ = put_raw(client, name, ndjson(RULES))
        verdict.check(f"the name {name[:12]}", True, status in (400, 405))
    verdict.check("nothing was kept", [], client.expect("GET", f"{PREFIX}/rulesets")["rulesets"])


def check_wrong_requests(client, verdict):
    put(client, "good", ndjson(RULES))
    cases = [("_match", {"ruleset": "missing", "index": INDEX}, 404), ("_match", {"ruleset": "good", "index": "no-index"}, 404),
             ("_match", {"index": INDEX}, 400), ("_match", {"ruleset": "../x"}, 400), ("_match", {"ruleset": 7}, 400),
             ("_match", {"ruleset": "good", "index": INDEX, "form": "now"}, 400), ("_match", [], 400),
             ("_match", {"ruleset": "good", "index": INDEX, "from": "yesterday"}, 400),
             ("_match", {"ruleset": "good", "index": INDEX, "from": "2026-05-02", "to": "2026-05-01"}, 400),
             ("_match", b"{", 400), ("rulesets/missing/_run", {}, 404), ("rulesets/good/_run", {"to": {}}, 400),
             ("rulesets/good/_run", {"dry_run": "perhaps"}, 400), ("rulesets/UPPER/_run", {}, 400)]
    for path, body, wanted in cases:
        status, answer = client.request("POST", f"{PREFIX}/{path}", body)
        if status != wanted:
            verdict.fail(f"{path} {body}: {status} instead of {wanted}: {json.dumps(answer)[:300]}")
    aggregations = [({"ruleset": "missing"}, 404), ({}, 400), ({"ruleset": "good", "more": 1}, 400)]
    for body, wanted in aggregations:
        status, answer = client.request("POST", f"/{INDEX}/_search", {"size": 0, "aggs": {"t": {"tripline": body}}})
        if status != wanted:
            verdict.fail(f"aggregation {body}: {status} instead of {wanted}: {json.dumps(answer)[:300]}")
    nested = {"size": 0, "aggs": {"h": {"terms": {"field": "host.name"}, "aggs": {"t": {"tripline": {"ruleset": "good"}}}}}}
    verdict.check("below another aggregation", 400, client.request("POST", f"/{INDEX}/_search", nested)[0])
    print(f"{len(cases) + len(aggregations)} wrong requests were refused")


def exported(client):
    """Every hit of the index as the desk reads it."""
    hits, after = [], None
    while True:
        body = {"size": 2_000, "sort": ["_doc"], "query": {"match_all": {}}, **({"search_after": after} if after else {})}
        answer = client.expect("POST", f"/{INDEX}/_search", body)["hits"]["hits"]
        if not answer:
            return hits
        hits += [{name: hit[name] for name in ("_index", "_id", "_source")} for hit in answer]
        after = answer[-1]["sort"]


def desk_alerts(client):
    """What the desk's run gives for the same day, over the hits of the index."""
    with scratch() as folder:
        rules, hits = pathlib.Path(folder) / "rules.ndjson", pathlib.Path(folder) / "hits.ndjson"
        rules.write_bytes(ndjson(RULES))
        hits.write_bytes(ndjson(exported(client)))
        return json_lines(tripline("run", "--rules", rules, "--events", hits, "--now", RUN["to"], "--from", RUN["from"],
                                   "--to", RUN["to"], stderr=subprocess.DEVNULL))


def by_id(alerts):
    return {alert["kibana.alert.uuid"]: alert for alert in alerts}


def check_alerts(verdict, name, wanted, found):
    """Both by id."""
    if sorted(wanted) != sorted(found):
        verdict.fail(f"{name}: {len(wanted)} alerts wanted, {len(found)} found, only wanted "
                     f"{sorted(set(wanted) - set(found))[:3]}, only found {sorted(set(found) - set(wanted))[:3]}")
    differing = [uuid for uuid in wanted if uuid in found and wanted[uuid] != found[uuid]]
    for uuid in differing[:2]:
        fields = {key: (wanted[uuid].get(key), found[uuid].get(key)) for key in wanted[uuid].keys() | found[uuid].keys()
                  if wanted[uuid].get(key) != found[uuid].get(key)}
        verdict.fail(f"{name}: the alert {uuid} differs: {json.dumps(fields)[:600]}")
    print(f"{name}: {len(found)} alerts, {len(differing)} of them differ", flush=True)


def stored_alerts(client):
    client.expect("POST", "/tripline-alerts/_refresh")
    hits = client.expect("POST", "/tripline-alerts/_search", {"size": 5_000})["hits"]["hits"]
    for hit in hits:
        if hit["_id"] != hit["_source"]["kibana.alert.uuid"]:
            raise AssertionError(f"the alert {hit['_id']} is stored under another id than its own")
    return by_id(hit["_source"] for hit in hits)


def check_runs(client, verdict):
    wanted = by_id(desk_alerts(client))
    per_rule = {one["rule_id"]: sum(alert["kibana.alert.rule.rule_id"] == one["rule_id"] for alert in wanted.values())
                for one in RULES}
    verdict.check("the desk's alerts", (30, True, True, 0),
                  (per_rule["plain"], per_rule["one-field"] > 3, per_rule["two-fields"] > 3, per_rule["none"]))
    put(client, "good", ndjson(RULES))
    run = f"{PREFIX}/rulesets/good/_run"
    dry = client.expect("POST", run, {**RUN, "dry_run": True})
    plain = dry["rules"]["plain"]
    verdict.check("alerts over the cap are counted", plain["matches"], plain["alerts"] + plain["cut"])
    check_alerts(verdict, "dry run", wanted, by_id(dry["alert_documents"]))
    verdict.check("a dry run writes nothing", 404, client.request("GET", "/tripline-alerts")[0])
    real = client.expect("POST", run, RUN)
    verdict.check("written", (len(wanted), 0), (real["written"], real["already_there"]))
    check_alerts(verdict, "stored", wanted, stored_alerts(client))
    again = client.expect("POST", run, RUN)
    verdict.check("a repeat writes nothing", (0, len(wanted)), (again["written"], again["already_there"]))
    check_alerts(verdict, "stored after the repeat", wanted, stored_alerts(client))
    indices = sorted(client.expect("GET", "/_alias/tripline-alerts"))
    verdict.check("the month's index", ["tripline-alerts-2026.05"], indices)


def events_got(client, index):
    """How many documents were got by their ids so far."""
    return client.expect("GET", f"/{index}/_stats/get")["_all"]["total"]["get"]["exists_total"]


def check_events_are_read_once(client, verdict):
    """However many rules found an event; and of large ones no more at once than fit, nor more shown than that."""
    put(client, "same", ndjson([rule(f"same-{number}") for number in range(3)]))
    before = events_got(client, INDEX)
    answer = client.expect("POST", f"{PREFIX}/rulesets/same/_run", {**RUN, "dry_run": True})
    found = answer["rules"]["same-0"]["matches"]
    verdict.check("a rule's events are some", True, 30 < found <= 100)
    verdict.check("alerts, events read, documents got", (3 * found, found, found),
                  (answer["alerts"], answer["events_read"], events_got(client, INDEX) - before))
    load.create_index(client, "large")
    event = {"@timestamp": RUN["from"], "process": {"name": "large"}, "padding": "x" * 1_500_000}
    for number in range(0, 20, 2):
        client.expect("POST", "/large/_bulk?refresh=true", ndjson(
            line for one in (number, number + 1) for line in ({"index": {"_id": f"l{one}"}}, event)))
    put(client, "large", ndjson([rule(f"large-{number}", query="process.name:large", index=["large"]) for number in range(3)]))
    answer = client.expect("POST", f"{PREFIX}/rulesets/large/_run", {**RUN, "dry_run": True}, timeout_s=300)
    shown = len(answer["alert_documents"])
    verdict.check("alerts and documents got of large events", (60, 20), (answer["alerts"], events_got(client, "large")))
    verdict.check("large alerts shown, and the others counted", (True, 60), (15 < shown < 60, shown + answer["alert_documents_left_out"]))
    client.expect("DELETE", "/large")


def load_events(client, settings=None):
    load.create_index(client, INDEX, settings=settings)
    return load.load(client, INDEX, enumerate(ndjson(events()).splitlines(), start=1), ids=load.line_id).indexed


def one_node(plugin, verdict):
    with Cluster(plugins=[plugin], heap="1g") as cluster:
        client = cluster.client
        verdict.check("events", 4_000, load_events(client))
        check_names_and_contents(client, verdict)
        check_refused_uploads(client, verdict)
        check_wrong_requests(client, verdict)
        check_runs(client, verdict)
        check_events_are_read_once(client, verdict)
        verdict.check("health", True, client.expect("GET", "/_cluster/health")["status"] in ("green", "yellow"))
        seed = match_counts(client, put(client, "seed", SEED_RULE.read_bytes())["name"], INDEX)
        return match_counts(client, "good", INDEX) | seed


def three_nodes(plugin, verdict, wanted):
    with Cluster(nodes=3, plugins=[plugin], heap="512m") as cluster:
        client = cluster.client
        load_events(client, {"number_of_shards": 3, "number_of_replicas": 1})
        answer = put(client, "all", ndjson(RULES))
        verdict.check("nodes that loaded it", (3, 0), (answer["nodes"]["loaded"], answer["nodes"]["failed"]))
        put(client, "seed", SEED_RULE.read_bytes())
        for node in cluster.nodes:
            counts = match_counts(node.client, "all", INDEX) | match_counts(node.client, "seed", INDEX)
            verdict.check(f"counts through {node.name}", wanted, counts)
        cluster.restart(cluster.nodes[2])
        for node in cluster.nodes[1:]:
            counts = match_counts(node.client, "all", INDEX) | match_counts(node.client, "seed", INDEX)
            verdict.check(f"counts through {node.name} after a restart", wanted, counts)


def main():
    plugin = require_plugin()
    verdict = Verdict()
    wanted = one_node(plugin, verdict)
    three_nodes(plugin, verdict, wanted)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
