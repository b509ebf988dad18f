#!/usr/bin/env python3
"""The demo in a cluster: a real OpenSearch node with the plugin, the seed rule's sample events indexed with ECS mappings,
the rules uploaded, one run, and the alerts fetched back from the index. Leaves them in build/cluster-demo/alerts.ndjson,
the documents as fetched, one a line.
"""
import json
import pathlib
import subprocess
import sys

import jdk
import load
from local_cluster import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "cluster-demo"
RULES = ROOT / "rules"
INDEX = "logs-endpoint.events.network-demo"
# One run over the busy day and a half of the sample; the weeks before are its history.
WINDOW = {"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T09:00:00Z"}
RULESET = "demo"


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


def fetch_alerts(client):
    """All alert documents, by time and id."""
    client.expect("POST", "/tripline-alerts/_refresh")
    answer = client.expect("POST", "/tripline-alerts/_search",
                           {"size": 1000, "sort": ["kibana.alert.original_time", "kibana.alert.uuid"]})
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def run(client):
    step(f"sample events into {INDEX}, with ECS mappings")
    load.create_index(client, INDEX)
    events = sorted(RULES.glob("*/events.ndjson"))
    loaded = load.load(client, INDEX, load.lines_of(events), ids=load.line_id)
    client.expect("POST", f"/{INDEX}/_refresh")
    print(f"{loaded.indexed} events indexed, {loaded.rejected} rejected")

    step(f"PUT /_plugins/_tripline/rulesets/{RULESET}")
    ruleset = client.expect("PUT", f"/_plugins/_tripline/rulesets/{RULESET}", compile_rules())
    print(f"{ruleset['rules']} rules, {ruleset['bytes']} bytes, content hash {ruleset['content_hash'][:16]}...")

    step("POST /_plugins/_tripline/_match")
    print(json.dumps(client.expect("POST", "/_plugins/_tripline/_match", {"ruleset": RULESET})["counts"]))

    step(f"POST /_plugins/_tripline/rulesets/{RULESET}/_run {json.dumps(WINDOW)}")
    answer = client.expect("POST", f"/_plugins/_tripline/rulesets/{RULESET}/_run", WINDOW)
    print(json.dumps({name: answer[name] for name in ("rules", "alerts", "written")}))

    alerts = fetch_alerts(client)
    (OUT / "alerts.ndjson").write_text("".join(json.dumps(alert) + "\n" for alert in alerts), encoding="utf-8")
    return answer["alerts"], alerts


def main():
    try:
        jdk.find_jdk()
    except jdk.NoJdk as error:
        sys.exit(f"cluster-demo: {error}")
    OUT.mkdir(parents=True, exist_ok=True)
    step("an OpenSearch node with the plugin")
    with Cluster(1, plugins=[newest_plugin()]) as cluster:
        print(f"up at {cluster.url}, process {cluster.nodes[0].pid}")
        raised, alerts = run(cluster.client)
    print("\nthe node is stopped")
    if not alerts or len(alerts) != raised:
        sys.exit(f"the run raised {raised} alerts, and {len(alerts)} were fetched from the index")

    step(f"the alerts ({(OUT / 'alerts.ndjson').relative_to(ROOT)})")
    subprocess.run([sys.executable, "-B", ROOT / "scripts" / "show_alerts.py", OUT / "alerts.ndjson"], check=True)


if __name__ == "__main__":
    main()
