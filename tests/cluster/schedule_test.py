#!/usr/bin/env python3
"""Rulesets that run by schedule on one node, over three days of event time that are indexed step by step: the alerts in
the index are, field by field, those of the desk for the same events. Meanwhile the ruleset is replaced by an equal one, its
state is damaged, an alert index is read-only for a while and alerts that wait for it are lost, the node is restarted.
TRIPLINE_LONG=1: more of it, and a damaged head."""
import fnmatch
import json
import os
import pathlib
import sys
import time
from datetime import timedelta

import scripts_folder  # noqa: F401 -- brings the scripts into reach
import load
import scheduled_world
from client import ndjson
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, put, require_plugin
from program import json_lines, scratch, tripline

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
EVENTS = 6_000 if IS_LONG else 2_000
STEPS = 6 if IS_LONG else 4
PATIENCE_S = 240
NAME = "world"
SETTINGS = {"plugins.tripline.cpu_share": 1.0}


def wait_for(what, done, tell=lambda: ""):
    """done() -> something true once it is so; tell() -> what to say if it does not come."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        found = done()
        if found:
            return found
        time.sleep(0.5)
    sys.exit(f"FAILED: {what}: not within {PATIENCE_S} s {tell()}")


def running(client):
    return client.expect("GET", f"{PREFIX}/_stats")["rulesets"][NAME].get("running", {})


def is_done(client, to):
    """Every rule that runs has run up to its last run before `to`, and nothing is pending."""
    now = running(client)
    if not now.get("rules") or now["pending_alerts"] or now.get("last_error"):
        return None
    lagging = [rule_id for rule_id, rule in now["rules"].items()
               if rule["last_run"] < to.timestamp() * 1000 - interval_ms(rule_id)]
    return None if lagging or len(now["rules"]) < len(scheduled_world.rules()) - 1 else now


def interval_ms(rule_id):
    text = next(rule["interval"] for rule in scheduled_world.rules() if rule.get("rule_id") == rule_id)
    return int(text[:-1]) * {"m": 60_000, "h": 3_600_000}[text[-1]]


def index(client, events):
    lines = []
    for name, id, source in events:
        lines += [{"index": {"_index": name, "_id": id}}, source]
    if lines and client.expect("POST", "/_bulk?refresh=true", ndjson(lines), timeout_s=300)["errors"]:
        sys.exit("FAILED: events were not indexed")


def alerts(client):
    client.expect("POST", "/tripline-alerts/_refresh")
    hits = client.expect("POST", "/tripline-alerts/_search", {"size": 10_000})["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}, len(hits)


def desk(events, to, folder):
    (folder / "rules.ndjson").write_bytes(scheduled_world.ruleset())
    (folder / "events.ndjson").write_text(scheduled_world.as_hits(events), encoding="utf-8")
    answer = tripline("run", "--rules", folder / "rules.ndjson", "--events", folder / "events.ndjson", "--now", to.isoformat())
    return {alert["kibana.alert.uuid"]: alert for alert in json_lines(answer)}


def compare(verdict, name, found, wanted):
    by_rule = {}
    for alert in wanted.values():
        by_rule[alert["kibana.alert.rule.rule_id"]] = by_rule.get(alert["kibana.alert.rule.rule_id"], 0) + 1
    verdict.check(f"{name}: alerts only in the cluster", [], tell(found, found.keys() - wanted.keys()))
    verdict.check(f"{name}: alerts only at the desk", [], tell(wanted, wanted.keys() - found.keys()))
    differs = [(id, field) for id in found.keys() & wanted.keys() for field in found[id].keys() | wanted[id].keys()
               if found[id].get(field) != wanted[id].get(field)]
    verdict.check(f"{name}: fields that differ", [], differs[:5])
    print(f"{name}: {len(wanted)} alerts {json.dumps(by_rule)}", flush=True)
    return by_rule


def tell(all_alerts, ids):
    return sorted((all_alerts[id]["kibana.alert.rule.rule_id"], all_alerts[id]["kibana.alert.original_time"],
                   str(all_alerts[id].get("kibana.alert.new_terms"))) for id in ids)[:8]


def start(client, **window):
    """From now on; goes on behind what has run if it was started before."""
    client.expect("POST", f"{PREFIX}/rulesets/{NAME}/_stop")
    client.expect("POST", f"{PREFIX}/rulesets/{NAME}/_start", {key: at.isoformat() for key, at in window.items()})


def damage_state(client, which):
    """Takes one part of what is kept away: of the state, or of the alerts that wait."""
    client.expect("POST", "/.tripline-state/_refresh")
    parts = client.expect("POST", "/.tripline-state/_search", {"size": 1000, "_source": False,
                                                               "query": {"term": {"kind": "part"}}})["hits"]["hits"]
    found = [part["_id"] for part in parts if fnmatch.fnmatch(part["_id"], which)]
    client.expect("DELETE", f"/.tripline-state/_doc/{found[0]}?refresh=true")


def damage_head(client):
    client.expect("POST", f"/.tripline-state/_update/head-{NAME}?refresh=true", {"doc": {"state": "oops"}})


def block_alerts(client, is_blocked):
    client.expect("PUT", "/tripline-alerts-*/_settings", {"index.blocks.write": is_blocked})


def disturb(verdict, cluster, step, to):
    client = cluster.client
    if step == 1:  # an equal ruleset in its place
        put(client, NAME, scheduled_world.ruleset())
    if step == 2:
        damage_state(client, "*-state-*")
        restart(cluster)
    if step == 3:
        block_alerts(client, True)
        start(client, to=to)
        error = wait_for("an error of the blocked index", lambda: running(client).get("last_error"))
        verdict.check("the error of a blocked alert index names it", True, "tripline-alerts-" in error)
        verdict.check("alerts wait", True, running(client)["pending_alerts"] > 0)
        damage_state(client, "*-alerts-*")
        block_alerts(client, False)
    if step == 4:
        damage_head(client)
        restart(cluster)


def restart(cluster):
    cluster.restart(cluster.nodes[0])
    wait_for("the ruleset's owner after a restart", lambda: running(cluster.client).get("owner"))


def main():
    plugin = require_plugin()
    verdict = Verdict()
    events = scheduled_world.events(5, EVENTS)
    end = scheduled_world.BEGIN + timedelta(days=scheduled_world.DAYS, hours=3)
    with scratch() as scratched, Cluster(1, plugins=[plugin], settings=SETTINGS) as cluster:
        client, folder = cluster.client, pathlib.Path(scratched)
        for name in scheduled_world.INDICES:
            load.create_index(client, name, settings={"number_of_shards": 2})
        put(client, NAME, scheduled_world.ruleset())
        shown = 0
        for step in range(STEPS):
            to = scheduled_world.BEGIN + (end - scheduled_world.BEGIN) * (step + 1) / STEPS
            now_there = [event for event in events if event[2]["@timestamp"] <= to.isoformat()]
            index(client, now_there[shown:])
            shown = len(now_there)
            disturb(verdict, cluster, step, to)
            if step == 0:
                start(client, **{"from": scheduled_world.BEGIN - timedelta(hours=1), "to": to})
            else:
                start(client, to=to)
            begun = time.monotonic()
            state = wait_for(f"the runs up to {to}", lambda to=to: is_done(client, to), lambda: json.dumps(running(client)))
            print(f"step {step}: {time.monotonic() - begun:.0f} s, {json.dumps(state['stages_ms'])}", flush=True)
            found, number = alerts(client)
            compare(verdict, f"step {step}", found, desk(now_there, to, folder))
        by_rule = compare(verdict, "all", found, desk(events, end, folder))
        verdict.check("every kind of rule alerts", {"often", "hourly", "one_index", "by_day", "new_user", "new_pair", "new_port",
                                                    "spike"}, set(by_rule))
        print(json.dumps({key: state[key] for key in ("owner", "commits", "state_bytes", "stages_ms")}))
        verdict.check("each alert once", number, len(found))
        verdict.check("what max_signals cut is told", True, state["rules"]["one_index"]["cut"] > 0)
        gaps = [rule for rule in state["rules"].values() if rule.get("gaps")]
        verdict.check("gaps", [], gaps)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
