#!/usr/bin/env python3
"""What is wrong with one rule, one index, one event or one month of alerts stays there: the other rules of a ruleset that runs
by schedule go on, and the statistics say what is wrong and where. A rule that comes to a running ruleset begins then."""
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import scripts_folder  # noqa: F401 -- brings the scripts into reach
from client import ndjson
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, put, require_plugin

BEGIN = datetime(2026, 5, 10, 10, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 30, 23, 50, tzinfo=UTC)
PATIENCE_S = 90
SETTINGS = {"plugins.tripline.cpu_share": 1.0}


def at(minutes, begin=BEGIN):
    return (begin + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def rule(name, index, **more):
    return {"rule_id": name, "name": name, "description": name, "type": "query", "language": "kuery", "query": "event.action: x",
            "index": [index], "interval": "5m", "from": "now-6m", "max_signals": 100, "severity": "low", "risk_score": 21, **more}


def upload(client, name, rules):
    put(client, name, "".join(json.dumps(document) + "\n" for document in rules).encode())


def index(client, name, documents):
    lines = []
    for id, source in documents:
        lines += [{"index": {"_index": name, "_id": id}}, source]
    if client.expect("POST", "/_bulk?refresh=true", ndjson(lines))["errors"]:
        sys.exit("FAILED: events were not indexed")


def plain(number, begin=BEGIN):
    return [(f"p{i}", {"@timestamp": at(i, begin), "event": {"action": "x"}}) for i in range(1, number + 1)]


def stats(client, name):
    return client.expect("GET", f"{PREFIX}/_stats")["rulesets"][name].get("running", {})


def alerts(client, **term):
    client.expect("POST", "/tripline-alerts*/_refresh?ignore_unavailable=true")
    query = {"term": term} if term else {"match_all": {}}
    answer = client.expect("POST", "/tripline-alerts*/_search?ignore_unavailable=true",
                           {"size": 0, "track_total_hits": True, "query": query})
    return answer["hits"]["total"]["value"]


def alerts_of(client, rule_id):
    return alerts(client, **{"kibana.alert.rule.rule_id": rule_id})


def wait_for(verdict, what, done):
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        if done():
            verdict.check(what, True, True)
            return
        time.sleep(0.5)
    verdict.fail(f"{what}: not within {PATIENCE_S} s")


def start(client, name, begin=0, end=30):
    client.expect("POST", f"{PREFIX}/rulesets/{name}/_start", {"from": at(begin), "to": at(end)})


def delete(client, name):
    client.expect("DELETE", f"{PREFIX}/rulesets/{name}")


def check_red_index(verdict, client):
    """A rule whose index cannot be searched."""
    client.expect("PUT", "/red-x?wait_for_active_shards=0",
                  {"settings": {"index.routing.allocation.require._name": "nobody", "number_of_replicas": 0}})
    upload(client, "red", [rule("of_red", "red-*"), rule("beside_red", "plain-*")])
    start(client, "red")
    wait_for(verdict, "a rule runs beside one whose index is red", lambda: alerts_of(client, "beside_red") == 20)
    of_red = stats(client, "red")["rules"]["of_red"]
    verdict.check("the rule of the red index says so", True, "shard" in of_red["last_error"])
    verdict.check("and has not run", 0, of_red["runs"])
    client.expect("DELETE", "/red-x")
    wait_for(verdict, "it runs once its index is gone", lambda: stats(client, "red")["rules"]["of_red"]["runs"] > 0)
    delete(client, "red")


def check_deep_event(verdict, client):
    """An event as deep as an index takes: what is made of it is deeper than an index takes."""
    client.expect("PUT", "/deep-x", {"mappings": {"dynamic": False, "properties": {
        "@timestamp": {"type": "date"}, "event": {"properties": {"action": {"type": "keyword"}}}}}})
    depth = 999
    text = f'{{"@timestamp":"{at(7)}","event":{{"action":"x"}},"d":{"{" + chr(34) + "a" + chr(34) + ":"}'
    text = text + '{"a":' * (depth - 1) + "1" + "}" * depth + "}"
    client.expect("PUT", "/deep-x/_doc/deep?refresh=true", text.encode())
    upload(client, "deep", [rule("of_deep", "deep-*"), rule("beside_deep", "plain-*")])
    start(client, "deep")
    wait_for(verdict, "a rule runs beside one with an event that no index takes", lambda: alerts_of(client, "beside_deep") == 20)
    wait_for(verdict, "nothing is pending", lambda: stats(client, "deep").get("pending_alerts") == 0)
    delete(client, "deep")


def check_closed_month(verdict, client):
    """A month whose alerts' index takes none any more."""
    index(client, "plain-april", plain(5, APRIL))
    client.expect("PUT", "/tripline-alerts-2026.04", {"aliases": {"tripline-alerts": {}}})
    client.expect("POST", "/tripline-alerts-2026.04/_close")
    upload(client, "months", [rule("over_months", "plain-*")])
    client.expect("POST", f"{PREFIX}/rulesets/months/_start", {"from": at(0, APRIL), "to": at(30)})
    wait_for(verdict, "alerts of May come while April is closed", lambda: alerts_of(client, "over_months") == 20)
    error = stats(client, "months").get("last_error", "")
    verdict.check("the closed index is named", True, "tripline-alerts-2026.04" in error)
    client.expect("POST", "/tripline-alerts-2026.04/_open")
    wait_for(verdict, "alerts of April follow", lambda: alerts_of(client, "over_months") == 25)
    delete(client, "months")


def check_new_rule(verdict, client):
    """A rule that is added is not made up for."""
    upload(client, "grows", [rule("old", "plain-*")])
    start(client, "grows")
    wait_for(verdict, "the first rule runs", lambda: alerts_of(client, "old") == 20)
    upload(client, "grows", [rule("old", "plain-*"), rule("new", "plain-*")])
    client.expect("POST", f"{PREFIX}/rulesets/grows/_stop")
    client.expect("POST", f"{PREFIX}/rulesets/grows/_start", {"to": at(60)})
    wait_for(verdict, "both rules run", lambda: stats(client, "grows").get("rules", {}).get("new", {}).get("runs", 0) > 0)
    verdict.check("runs of the rule that came later", 6, stats(client, "grows")["rules"]["new"]["runs"])
    delete(client, "grows")


def check_small_budget(verdict, client):
    """More finds than a shard may send at once: fewer runs at a time bring them all."""
    index(client, "many-x", [(f"m{i}", {"@timestamp": at(i / 10), "event": {"action": "x"}}) for i in range(300)])
    client.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.result_budget": "12kb"}})
    upload(client, "many", [rule("of_many", "many-*")])
    start(client, "many")
    wait_for(verdict, "nothing is lost of finds that had to be cut", lambda: alerts_of(client, "of_many") == 300)
    client.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.result_budget": None}})
    delete(client, "many")


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with Cluster(1, plugins=[plugin], settings=SETTINGS) as cluster:
        index(cluster.client, "plain-x", plain(20))
        for check in (check_red_index, check_deep_event, check_closed_month, check_new_rule, check_small_budget):
            begun = time.monotonic()
            check(verdict, cluster.client)
            print(f"{check.__name__}: {time.monotonic() - begun:.0f} s", flush=True)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
