#!/usr/bin/env python3
"""Three nodes, events that flow, rules and an anomaly job that run every few seconds, and their owner killed or stopped in
the middle of it: the alerts are those of the desk's run over the same events, none lost, none twice; and after each new
election the next run comes within a minute.

TRIPLINE_LONG=1: twenty kills, five stops of 90 s, and three times cut off from the others for as long, at random moments; else
three kills and a stop.
TRIPLINE_SEED=n: other moments. TRIPLINE_HARMS="3 1 0": so many kills, stops, cuts.
"""
import os
import random
import sys
import time

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import owners_events as stream
from client import ndjson
from local_cluster import Cluster
from owners_network import CuttableCluster
from owners_nodes import Fire
from plugin_node import PREFIX, Verdict, put, require_plugin

IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
KILLS, STOPS, CUTS = map(int, os.environ.get("TRIPLINE_HARMS", "20 5 3" if IS_LONG else "3 1 0").split())
STOPPED_S = 90 if IS_LONG else 30
RULESET = "fire"
RULE_IDS = [rule["rule_id"] for rule in stream.RULES]
# The cluster's own idea of when a node is gone; with the defaults it takes half a minute.
SETTINGS = {f"cluster.fault_detection.{check}_check.{name}": value for check in ("follower", "leader")
            for name, value in (("timeout", "4s"), ("interval", "1s"), ("retry_count", 2))}
# A bucket is judged once all that a dying node held up is there.
SETTINGS["plugins.tripline.job_delay"] = "90s"
_SETTLE_S = 180


def compare(client, verdict, what="alerts"):
    """Desk and cluster over what is in the indices; waits for alerts that are still on their way."""
    hits = stream.indexed(client)
    wanted = stream.desk_alerts(hits, stream.DOCUMENTS)
    deadline = time.monotonic() + _SETTLE_S
    while True:
        found = stream.stored_alerts(client)
        ids = {one for _, one, _ in found}
        if ids >= wanted.keys() or time.monotonic() > deadline:
            break
        time.sleep(1)
    time.sleep(5)  # whoever writes something twice does it now
    found = stream.stored_alerts(client)
    ids = {one for _, one, _ in found}
    lost, more = wanted.keys() - ids, ids - wanted.keys()
    published = {one: alert for _, one, alert in found}
    print(f"{what}: {len(hits)} events, {len(wanted)} alerts wanted, {len(ids)} found", flush=True)
    verdict.check(f"{what}: lost", [], sorted(stream.finding(wanted[one]) for one in lost)[:10])
    verdict.check(f"{what}: nobody's", [], sorted(stream.finding(published[one]) for one in more)[:10])
    verdict.check(f"{what}: documents for each", len(ids), len(found))
    per_rule = {}
    for alert in wanted.values():
        name = alert["kibana.alert.rule.rule_id"]
        per_rule[name] = per_rule.get(name, 0) + 1
    silent = [rule["rule_id"] for rule in stream.RULES if not per_rule.get(rule["rule_id"])]
    print(f"alerts per rule: {per_rule}", flush=True)
    verdict.check("rules that found nothing", [], silent)
    return wanted


def start(client):
    put(client, RULESET, ndjson(stream.DOCUMENTS))
    client.expect("POST", f"{PREFIX}/rulesets/{RULESET}/_start", {"from": stream.stamp(time.time() - 1)})


def after(fire, before, what):
    elected, ran = fire.wait_for_next_owner(before)
    print(f"{what}: a new owner after {elected:.1f} s, its first run {ran:.1f} s later", flush=True)


def kill(fire):
    owner = fire.wait_for_owner()
    killed = fire.kill(owner.node)
    after(fire, owner, f"{owner.node} killed")
    fire.start_again(killed)
    fire.wait_until_whole()


def stop(fire):
    owner = fire.wait_for_owner()
    begin = time.monotonic()
    with fire.frozen(owner.node):
        after(fire, owner, f"{owner.node} stopped")
        time.sleep(max(0.0, begin + STOPPED_S - time.monotonic()))
    fire.wait_until_whole()


def cut(fire):
    owner = fire.wait_for_owner()
    begin = time.monotonic()
    with fire.cut_off(owner.node):
        after(fire, owner, f"{owner.node} cut off")
        time.sleep(max(0.0, begin + STOPPED_S - time.monotonic()))
    fire.wait_until_whole()


def main():
    plugin = require_plugin()
    verdict, chance = Verdict(), random.Random(int(os.environ.get("TRIPLINE_SEED", "1")))
    harms = [kill] * KILLS + [stop] * STOPS + [cut] * CUTS
    chance.shuffle(harms)
    with (CuttableCluster if CUTS else Cluster)(3, plugins=[plugin], heap="512m", settings=SETTINGS) as cluster:
        stream.make_indices(cluster.client)
        fire = Fire(cluster, RULESET, RULE_IDS)
        start(cluster.client)
        feeder = stream.Feeder(cluster.nodes)
        feeder.start()
        first = fire.wait_for_owner()
        fire.wait_for_run(first.last_run)
        for harm in harms:
            time.sleep(chance.uniform(2, 12))
            harm(fire)
        time.sleep(5)
        feeder.end()
        fire.wait_for_run(int(feeder.last_stamp * 1_000) + 5_000, 120)
        compare(cluster.client, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
