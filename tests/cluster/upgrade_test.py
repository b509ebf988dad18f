#!/usr/bin/env python3
"""Three nodes go from one version of the plugin to another, one by one, and then lose it, one by one, while events flow.

Between the versions no ruleset is run, the stats say for whom owners wait, searches with rulesets say which node is older,
and all other searches work. Once the last node is there the runs go on, and nothing that came in between is lost or twice.
Without the plugin the cluster is green, and its indices, the plugin's own too, are indices like others.

The other version is made here: the same plugin, but for the versions of what it sends and keeps.
"""
import json
import pathlib
import re
import subprocess
import sys
import time
import zipfile

import scripts_folder
import assemble
import jdk
import owners_events as stream
from local_cluster import Cluster
from owners_nodes import Fire
from owners_test import RULESET, RULE_IDS, SETTINGS, compare, start
from plugin_node import PREFIX, Verdict, require_plugin
from program import scratch

SOURCES = scripts_folder.ROOT / "plugin-shim" / "java" / "opensearch" / "src" / "main" / "java" / "org" / "tripline" / "opensearch"
# Constants that are one more in the newer version, and whoever has them compiled in.
VERSIONS = {"search/WireVersion.java": r"(int CURRENT = )(\d+)", "schedule/Head.java": r"(int FORMAT = )(\d+)"}
USERS = ("TriplinePlugin.java",)


def newer_plugin(plugin, folder):
    """The archive of the same plugin in the next version."""
    folder = pathlib.Path(folder)
    with zipfile.ZipFile(plugin) as packed:
        packed.extractall(folder / "old")
    (jar,) = (folder / "old").glob("tripline-opensearch-*.jar")
    sources = []
    for name in (*VERSIONS, *USERS):
        text = (SOURCES / name).read_text(encoding="utf-8")
        if name in VERSIONS:
            text, changed = re.subn(VERSIONS[name], lambda found: found[1] + str(int(found[2]) + 1), text)
            if changed != 1:
                raise RuntimeError(f"{name}: {changed} versions found")
        sources.append(folder / "source" / name)
        sources[-1].parent.mkdir(parents=True, exist_ok=True)
        sources[-1].write_text(text, encoding="utf-8")
    classes = folder / "classes"
    home = jdk.find_jdk().home
    subprocess.run([home / "bin" / "javac", "--release", "21", "-nowarn", "-d", classes, "-cp",
                    f"{folder / 'old'}/*:{assemble.assemble()}/lib/*", *sources], check=True)
    subprocess.run([home / "bin" / "jar", "uf", jar, "-C", classes, "."], check=True)
    archive = folder / "newer.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in (folder / "old").iterdir():
            made.write(path, path.name)
    return archive


def search(cluster, verdict, what):
    """An ordinary search sees everything."""
    for node in cluster.nodes:
        answer = node.client.expect("POST", f"/{stream.PATTERN}/_search", {"size": 1, "track_total_hits": True})
        if answer["_shards"]["failed"] or not answer["hits"]["total"]["value"]:
            verdict.fail(f"{what}: a search through {node.name} answers {json.dumps(answer['_shards'])}")


def check_between(cluster, fire, verdict, before):
    """Two versions in one cluster."""
    search(cluster, verdict, "between versions")
    deadline, reasons = time.monotonic() + 30, ""
    while time.monotonic() < deadline and "older" not in reasons:
        nodes = (fire.ask("GET", f"{PREFIX}/_stats") or {}).get("nodes", {})
        reasons = json.dumps([node.get("waiting_because") for node in nodes.values()])
        time.sleep(0.5)
    verdict.check("somebody says for whom owners wait", True, "older" in reasons)
    said = []
    for node in cluster.nodes:
        status, answer = node.client.request("POST", f"{PREFIX}/_match", {"ruleset": RULESET, "index": stream.PATTERN})
        said.append(status < 300 or "older" in json.dumps(answer))
    verdict.check("a search with a ruleset works, or says who is older", [True] * 3, said)
    return fire.owner() or before


def upgrade(cluster, fire, verdict, newer):
    before = fire.wait_for_owner()
    for number, node in enumerate(cluster.nodes):
        cluster.restart(node, plugins=[newer])
        if number < 2:
            at = check_between(cluster, fire, verdict, before)
            time.sleep(3)
            verdict.check(f"no runs while {2 - number} of 3 are older", at, fire.owner())
    ran = fire.wait_for_run(int(time.time() * 1_000), 90)
    print(f"runs go on, on {ran.node}, epoch {ran.epoch}", flush=True)


def take_settings_out(node):
    """No node starts with settings of a plugin that it does not have."""
    file = node.folder / "config" / "opensearch.yml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("plugins.tripline.")), encoding="utf-8")


def remove(cluster, verdict):
    alerts = len(stream.stored_alerts(cluster.client))
    for node in cluster.nodes:
        take_settings_out(node)
        cluster.restart(node, plugins=[])
    health = cluster.client.expect("GET", "/_cluster/health?wait_for_status=green&timeout=60s")
    verdict.check("health without the plugin", ("green", 3), (health["status"], health["number_of_nodes"]))
    search(cluster, verdict, "without the plugin")
    verdict.check("alerts without the plugin", alerts, len(stream.stored_alerts(cluster.client)))
    plugins = cluster.client.expect("GET", "/_cat/plugins?format=json")
    verdict.check("plugins", [], [one["component"] for one in plugins])


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with scratch() as folder, Cluster(3, plugins=[plugin], heap="512m", settings=SETTINGS) as cluster:
        newer = newer_plugin(plugin, folder)
        stream.make_indices(cluster.client)
        fire = Fire(cluster, RULESET, RULE_IDS)
        start(cluster.client)
        feeder = stream.Feeder(cluster.nodes)
        feeder.start()
        fire.wait_for_run(int(time.time() * 1_000))
        upgrade(cluster, fire, verdict, newer)
        feeder.end()
        fire.wait_for_run(int(feeder.last_stamp * 1_000) + 5_000, 120)
        compare(cluster.client, verdict, "over the upgrade")
        remove(cluster, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
