#!/usr/bin/env python3
"""The demo in a cluster: a real OpenSearch node with the plugin, the seed rules' sample events indexed with ECS mappings,
the rules uploaded and started over those weeks, and the alerts fetched back from the index: they must be those that the
desk gives for the same events. Leaves them in build/cluster-demo/alerts.ndjson, the documents as fetched, one a line.
"""
import datetime
import json
import pathlib
import subprocess
import sys
import time

import jdk
import load
import mapping
from local_cluster import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "cluster-demo"
RULES = ROOT / "rules"
PLUGIN = "/_plugins/_tripline"
RULESET = "demo"
# Where each rule's sample events go: indices that both rules' patterns find.
INDICES = {"command_and_control_suspicious_network_activity_from_unknown_executable": "logs-endpoint.events.network-demo",
           "command_and_control_spike_in_traffic_to_a_country": "filebeat-demo"}
TEMPLATE = "tripline-demo"
HOUR = datetime.timedelta(hours=1)
PATIENCE_SECONDS = 600


def step(text):
    print(f"\n== {text}", flush=True)


def newest_plugin():
    zips = sorted((ROOT / "build").glob("tripline-opensearch-*.zip"), key=lambda path: path.stat().st_mtime)
    if not zips:
        sys.exit("there is no plugin zip in build/; make plugin builds it")
    return zips[-1]


def compile_rules():
    """Every rule folder as one ruleset file."""
    file = OUT / "rules.trl"
    subprocess.run([ROOT / "build" / "tripline", "compile", RULES, "-o", file], check=True)
    return file.read_bytes()


def index_samples(client):
    """Answers the events as search hits, in the order of their time."""
    client.expect("PUT", f"/_index_template/{TEMPLATE}",
                  {"index_patterns": sorted(INDICES.values()), "template": mapping.index_body()})
    hits = []
    for folder, index in INDICES.items():
        files = sorted((RULES / folder).glob("events.ndjson*"))
        client.expect("PUT", f"/{index}")
        loaded = load.load(client, index, load.lines_of(files), ids=load.line_id)
        client.expect("POST", f"/{index}/_refresh")
        print(f"{index}: {loaded.indexed} events indexed, {loaded.rejected} rejected")
        for number, line in load.lines_of(files):
            if line:
                event = load.read_event(number, line, load.line_id)
                hits.append({"_index": index, "_id": event.id, "_source": json.loads(event.source)})
    return sorted(hits, key=lambda hit: hit["_source"]["@timestamp"])


def time_of(hit):
    return datetime.datetime.fromisoformat(hit["_source"]["@timestamp"].replace("Z", "+00:00"))


def wait_until_run(client, to):
    """Until every rule that runs has run up to `to` (less an interval), and every alert is published."""
    last_wanted = (to - HOUR).timestamp() * 1000
    begun = time.monotonic()
    while True:
        ruleset = client.expect("GET", f"{PLUGIN}/_stats")["rulesets"][RULESET]
        running = ruleset.get("running", {})
        rules = running.get("rules", {})
        if (len(rules) == len(INDICES) and not running["pending_alerts"]
                and all(rule["last_run"] >= last_wanted for rule in rules.values())):
            return running
        if time.monotonic() - begun > PATIENCE_SECONDS:
            sys.exit(f"the rules have not run up to {to} after {PATIENCE_SECONDS} s: {json.dumps(ruleset)}")
        time.sleep(1)


def fetch_alerts(client):
    """All alert documents, by time and id."""
    client.expect("POST", "/tripline-alerts/_refresh")
    answer = client.expect("POST", "/tripline-alerts/_search",
                           {"size": 1000, "sort": ["kibana.alert.original_time", "kibana.alert.uuid"]})
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def desk_alerts(hits, to):
    """What `tripline run` alerts on the same events, with the same rules."""
    events = OUT / "events.ndjson"
    events.write_text("".join(json.dumps(hit) + "\n" for hit in hits), encoding="utf-8")
    answer = subprocess.run(
        [ROOT / "build" / "tripline", "run", "--rules", OUT / "rules.trl", "--events", events, "--now", to.isoformat()],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def differences(alerts, expected):
    """Alerts by their ids: what only one side has, and what both have with different contents."""
    ours = {alert["kibana.alert.uuid"]: alert for alert in alerts}
    theirs = {alert["kibana.alert.uuid"]: alert for alert in expected}
    found = [f"only in the cluster: {id}" for id in ours.keys() - theirs.keys()]
    found += [f"only at the desk: {id}" for id in theirs.keys() - ours.keys()]
    for id in ours.keys() & theirs.keys():
        fields = sorted(name for name in ours[id].keys() | theirs[id].keys() if ours[id].get(name) != theirs[id].get(name))
        found += [f"{id}: {name} is {ours[id].get(name)!r}, at the desk {theirs[id].get(name)!r}" for name in fields]
    return found


def run(client):
    step("four weeks of sample events, into indices with ECS mappings from a template")
    hits = index_samples(client)
    begin, to = time_of(hits[0]) - HOUR, time_of(hits[-1]) + 2 * HOUR

    step(f"PUT {PLUGIN}/rulesets/{RULESET}")
    ruleset = client.expect("PUT", f"{PLUGIN}/rulesets/{RULESET}", compile_rules())
    print(f"{ruleset['rules']} rules, {ruleset['bytes']} bytes, content hash {ruleset['content_hash'][:16]}...")

    step(f"POST {PLUGIN}/_match")
    print(json.dumps(client.expect("POST", f"{PLUGIN}/_match", {"ruleset": RULESET})["counts"]))

    window = {"from": begin.isoformat(), "to": to.isoformat()}
    step(f"POST {PLUGIN}/rulesets/{RULESET}/_start {json.dumps(window)}")
    client.expect("POST", f"{PLUGIN}/rulesets/{RULESET}/_start", window)
    running = wait_until_run(client, to)
    for rule_id, rule in running["rules"].items():
        print(f"{rule_id}: {rule['runs']} runs, the last at {rule['last_run_at']}, {rule['alerts']} alerts")
    print(f"{running['commits']} commits, state {running['state_bytes']} bytes, time {json.dumps(running['stages_ms'])}")

    alerts = fetch_alerts(client)
    (OUT / "alerts.ndjson").write_text("".join(json.dumps(alert) + "\n" for alert in alerts), encoding="utf-8")
    return alerts, desk_alerts(hits, to)


def main():
    try:
        jdk.find_jdk()
    except jdk.NoJdk as error:
        sys.exit(f"cluster-demo: {error}")
    OUT.mkdir(parents=True, exist_ok=True)
    step("an OpenSearch node with the plugin")
    with Cluster(1, plugins=[newest_plugin()]) as cluster:
        print(f"up at {cluster.url}, process {cluster.nodes[0].pid}")
        alerts, expected = run(cluster.client)
    print("\nthe node is stopped")
    found = differences(alerts, expected)
    if not alerts or found:
        sys.exit("\n".join([f"{len(alerts)} alerts in the cluster, {len(expected)} at the desk"] + found[:20]))
    print(f"{len(alerts)} alerts, the same as at the desk, field by field")

    step(f"the alerts ({(OUT / 'alerts.ndjson').relative_to(ROOT)})")
    subprocess.run([sys.executable, "-B", ROOT / "scripts" / "show_alerts.py", OUT / "alerts.ndjson"], check=True)


if __name__ == "__main__":
    main()
