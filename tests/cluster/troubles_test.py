#!/usr/bin/env python3
"""Scheduled runs on one node in times of trouble: a month's end between two repeats of a run, indices that may not be written
(as a full disk makes them), a node that dies while alerts are written, mappings that stop fitting. Nothing is lost or twice
once it heals, and what is wrong is said.

Time is made up: a ruleset is started from a day's end to some minute, then to a later one, and so on.
"""
import itertools
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import load
import owners_events as stream
from client import ndjson
from local_cluster import Cluster
from owners_nodes import Fire
from plugin_node import PREFIX, Verdict, put, require_plugin

RULESET = "troubles"
INDEX, LATER_INDEX = "logs-trouble.one-default", "logs-trouble.two-default"
BEGIN = datetime(2026, 5, 31, 22, tzinfo=UTC)
ALERTS = "tripline-alerts"
_BLOCK = "index.blocks.read_only_allow_delete"


def rule(rule_id, query, **more):
    return stream.rule(rule_id, query, index=["logs-trouble.*"], interval="5m", **{"from": "now-11m", **more})


RULES = [
    rule("failures", "event.outcome:failure"),
    rule("ports", "destination.port >= 60000"),
    rule("quiet", "event.action:exec and process.name:bash"),
    rule("users", "user.name:*", type="new_terms", new_terms_fields=["user.name"], history_window_start="now-2d"),
    rule("pairs", "host.name:*", type="new_terms", new_terms_fields=["host.name", "process.name"], history_window_start="now-2d"),
]


def at(minutes):
    return BEGIN + timedelta(minutes=minutes)


def shown(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Story:
    """What has happened so far: events up to a minute, runs up to it."""

    def __init__(self, cluster, verdict):
        self.cluster = cluster
        self.verdict = verdict
        self.fire = Fire(cluster, RULESET, [rule["rule_id"] for rule in RULES])
        self.begin = BEGIN
        self.minute = 0
        self._chance = random.Random(3)
        self._number = itertools.count()

    @property
    def client(self):
        return self.cluster.client

    def event(self, moment, **more):
        chance, number = self._chance, next(self._number)
        document = {"@timestamp": shown(moment),
                    "event": {"sequence": number, "kind": "event", "action": chance.choice(["exec", "connect"]),
                              "outcome": chance.choice(["success"] * 9 + ["failure"])},
                    "user": {"name": f"u{int(chance.paretovariate(0.8)) % 60}"}, "host": {"name": f"h{chance.randrange(4)}"},
                    "process": {"name": chance.choice(["bash", "vi", "cat", f"p{number % 50}"])},
                    "destination": {"port": chance.choice([22, 443, 443, 60_001])}}
        return f"e{number}", document | more

    def index(self, minutes, index=INDEX, per_minute=6, **more):
        """Events of the next minutes."""
        lines = []
        for number in range(minutes * per_minute):
            name, document = self.event(at(self.minute) + timedelta(minutes=number / per_minute), **more)
            lines += [{"create": {"_index": index, "_id": name}}, document]
        answer = self.client.expect("POST", "/_bulk?refresh=true", ndjson(lines))
        if answer["errors"]:
            raise RuntimeError(f"events were refused: {json.dumps(answer)[:500]}")

    def start(self, minute):
        self.client.expect("POST", f"{PREFIX}/rulesets/{RULESET}/_start", {"from": shown(self.begin), "to": shown(at(minute))})

    def run_to(self, minute):
        self.start(minute)
        self.fire.wait_for_run(int(at(minute).timestamp() * 1_000) - 1, 90)
        self.minute = minute

    def go_on(self, minutes):
        """Events, and the runs over them."""
        self.index(minutes)
        self.run_to(self.minute + minutes)

    def compare(self, what, rules=None):
        wanted = stream.desk_alerts(stream.indexed(self.client, "logs-trouble.*"), rules or RULES)
        deadline = time.monotonic() + 60
        while True:
            found = stream.stored_alerts(self.client)
            ids = [name for _, name, _ in found]
            if wanted.keys() <= set(ids) or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        names = {rule["rule_id"] for rule in rules or RULES}
        found = [one for one in found if one[2]["kibana.alert.rule.rule_id"] in names]
        ids = [name for _, name, _ in found]
        self.verdict.check(f"{what}: lost", [], sorted(stream.finding(wanted[one]) for one in wanted.keys() - set(ids))[:8])
        more = sorted(stream.finding(alert) for _, one, alert in found if one not in wanted)
        self.verdict.check(f"{what}: nobody's", [], more[:8])
        self.verdict.check(f"{what}: alerts and their documents", (len(set(ids)), True), (len(ids), bool(ids)))
        return wanted

    def said(self, word, timeout_s=30):
        """Whether the stats come to say a word."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if word in json.dumps(self.fire.stats() or {}):
                return True
            time.sleep(0.25)
        return False


def month_end(story):
    """Runs on both sides of midnight; the same again from the beginning; one of them by hand."""
    story.index(240)
    story.run_to(240)
    story.compare("over the month's end")
    months = sorted(index for index in story.client.expect("GET", f"/_alias/{ALERTS}"))
    story.verdict.check("months", [f"{ALERTS}-2026.05", f"{ALERTS}-2026.06"], months)
    before = len(stream.stored_alerts(story.client))
    story.client.expect("POST", f"{PREFIX}/rulesets/{RULESET}/_stop")
    story.begin -= timedelta(minutes=5)  # another beginning: everything is run again
    story.start(240)
    story.fire.wait_for_beginning(int(story.begin.timestamp() * 1_000))
    story.run_to(240)
    story.compare("the same again")
    by_hand = story.client.expect("POST", f"{PREFIX}/rulesets/{RULESET}/_run", {"from": shown(at(115)), "to": shown(at(125))})
    story.verdict.check("by hand over midnight: written", 0, by_hand["written"])
    story.verdict.check("alerts after all of it", before, len(stream.stored_alerts(story.client)))


def blocked(story, index, what):
    """An index that may not be written while runs go on."""
    story.client.expect("PUT", f"/{index}/_settings", {_BLOCK: True})
    story.index(30)
    story.start(story.minute + 30)
    story.verdict.check(f"{what}: it is said", True, story.said("block"))
    status = story.client.request("GET", "/_cluster/health")[0]
    story.verdict.check(f"{what}: the node goes on", 200, status)
    story.client.expect("PUT", f"/{index}/_settings", {_BLOCK: None})
    story.run_to(story.minute + 30)
    story.compare(what)


def killed(story):
    """The node dies at random moments while a backlog is worked off."""
    story.index(120)
    minute = story.minute + 120
    story.start(minute)
    node = story.cluster.nodes[0]
    for pause in (0.05, 0.4):
        time.sleep(pause)
        story.fire.kill(node.name)
        story.fire.start_again(node)
    story.run_to(minute)
    story.compare("killed while it caught up")


def conflict_of_types(story):
    """An index appears whose ports are words: rules that ask for ports say so, the others see it."""
    words = {name: {"type": "keyword"} for name in ("action", "outcome", "kind")}
    body = {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {
        "@timestamp": {"type": "date"}, "event": {"properties": words | {"sequence": {"type": "long"}}},
        "user": {"properties": {"name": {"type": "keyword"}}}, "host": {"properties": {"name": {"type": "keyword"}}},
        "process": {"properties": {"name": {"type": "keyword"}}},
        "destination": {"properties": {"port": {"type": "geo_point"}}}}}}
    story.client.expect("PUT", f"/{LATER_INDEX}", body)
    story.index(30)
    story.index(30, index=LATER_INDEX, destination={"port": "12.5,7.5"})
    story.start(story.minute + 30)
    story.verdict.check("an index with another type is named", True, story.said(LATER_INDEX))
    deadline, others = time.monotonic() + 60, [rule for rule in RULES if rule["rule_id"] != "ports"]
    while time.monotonic() < deadline and not _has_run(story, story.minute + 30, {rule["rule_id"] for rule in others}):
        time.sleep(0.5)
    story.compare("rules that do not ask it", others)
    story.client.expect("DELETE", f"/{LATER_INDEX}")
    story.run_to(story.minute + 30)


def _has_run(story, minute, names):
    rules = (story.fire.stats() or {}).get("rules", {})
    rows = rules.items() if isinstance(rules, dict) else ((row.get("rule_id"), row) for row in rules)
    wanted = int(at(minute).timestamp() * 1_000)
    return all((row.get("last_run") or 0) >= wanted for name, row in rows if name in names)


def conflict_of_alerts(story):
    """Events whose fields cannot both be in one alert index: the alert is there all the same."""
    story.index(10, vendor={"ticket": "a word"})
    story.run_to(story.minute + 10)
    story.index(10, vendor={"ticket": {"number": 7}})
    story.run_to(story.minute + 10)


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with Cluster(plugins=[plugin], heap="768m") as cluster:
        load.create_index(cluster.client, INDEX)
        put(cluster.client, RULESET, ndjson(RULES))
        story = Story(cluster, verdict)
        month_end(story)
        blocked(story, f"{ALERTS}-2026.06", "an alert index that is read-only")
        blocked(story, ".tripline-state", "a state that is read-only")
        killed(story)
        conflict_of_alerts(story)
        story.compare("fields that fit no index together")
        whole = [alert for _, _, alert in stream.stored_alerts(cluster.client) if "tripline.unindexed" in alert]
        verdict.check("alerts whose event is not indexed", True, len(whole) > 0)
        conflict_of_types(story)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
