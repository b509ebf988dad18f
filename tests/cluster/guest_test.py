#!/usr/bin/env python3
"""The aggregation as a guest of the server: a byte budget for what a shard sends back, several slices of a shard at once,
shards that are not asked because of a time range, profiles, timeouts, scrolls, points in time, other clusters, and places
where it may not stand. And which indices a rule looks at (guest_indices.py). The judge is the node itself, by one search
for each rule, or the same search without what is tried here."""
import json
import pathlib
import random
import sys
import tempfile

import scripts_folder  # noqa: F401 -- puts the next ones in reach
import guest_indices
from client import ndjson
from leaf_errors import body, rule
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, match_counts, put, require_plugin

DAYS = ["2026-05-01", "2026-05-02", "2026-05-03"]
MAPPING = {"@timestamp": {"type": "date"}, "process": {"properties": {"name": {"type": "keyword"}, "pid": {"type": "long"}}},
           "host": {"properties": {"name": {"type": "keyword"}}}, "message": {"type": "text"}}
# The rule, and the same question to the node.
QUERIES = {"names": ("process.name: (p1 or p2*)", {"bool": {"should": [
               {"term": {"process.name": "p1"}}, {"prefix": {"process.name": "p2"}}]}}),
           "numbers": ("process.pid > 500", {"range": {"process.pid": {"gt": 500}}}),
           "without": ("host.name: h1 and not process.name: p1*", {"bool": {
               "filter": [{"term": {"host.name": "h1"}}], "must_not": [{"prefix": {"process.name": "p1"}}]}}),
           "words": ('message: "so goes"', {"match_phrase": {"message": "so goes"}})}
NEW_TERMS = {"type": "new_terms", "history_window_start": "now-10d"}
RUN = {"from": "2026-05-02T00:00:00Z", "to": "2026-05-03T23:59:59Z", "dry_run": True}


def documents(day, count):
    chance = random.Random(day)
    for number in range(count):
        yield {"@timestamp": f"{day}T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z",
               "process": {"name": f"p{chance.randrange(40)}", "pid": chance.randrange(1000)},
               "host": {"name": f"h{chance.randrange(3)}", "id": f"{day}-{number}"},
               "message": chance.choice(["so it goes", "so goes it", "it goes so"])}


def fill(client, count=600, segments=12):
    """An index a day, each of many segments."""
    for day in DAYS:
        client.expect("PUT", f"/guest-{day}", {
            "settings": {"number_of_replicas": 0, "refresh_interval": -1, "merge.policy.max_merge_at_once": 100,
                         "merge.policy.segments_per_tier": 100},
            "mappings": {"properties": {**MAPPING, "host": {"properties": {"name": {"type": "keyword"}, "id": {"type": "keyword"}}}}}})
        every = list(documents(day, count))
        for begin in range(0, count, count // segments):
            lines = [line for one in every[begin:begin + count // segments] for line in ({"index": {}}, one)]
            client.expect("POST", f"/guest-{day}/_bulk?refresh=true", ndjson(lines))


def own_counts(client, index, extra=()):
    return {name: client.expect("POST", f"/{index}/_count", {"query": {"bool": {"filter": [query, *extra]}}})["count"]
            for name, (_, query) in QUERIES.items()}


def put_rules(client, name, **more):
    """Each with a content of its own, for which nothing is kept yet."""
    rules = [rule(rule_id, query, index=["guest-*"], description=name) for rule_id, (query, _) in QUERIES.items()]
    put(client, name, body(rules + [
        rule("terms", "host.name: h1", index=["guest-*"], new_terms_fields=["process.name"], **NEW_TERMS, **more),
        rule("many-terms", "host.name: *", index=["guest-*"], new_terms_fields=["host.id"], **NEW_TERMS, **more)]))


def aggregation(client, ruleset, index="guest-*", path="_search", **more):
    return client.request("POST", f"/{index}/{path}", {"size": 0, "aggs": {"t": {"tripline": {"ruleset": ruleset}}}, **more})


def counts_of(answer):
    rules = answer["aggregations"]["t"]["rules"]
    return {name: rules.get(name, {}).get("count", 0) for name in QUERIES}


def held(client):
    nodes = client.expect("GET", "/_nodes/stats/breaker")["nodes"].values()
    return sum(node["breakers"]["request"]["estimated_size_in_bytes"] for node in nodes)


def set_cluster(client, **settings):
    client.expect("PUT", "/_cluster/settings", {"persistent": {key.replace("__", "."): value for key, value in settings.items()}})


def run(client, ruleset):
    answer = client.expect("POST", f"{PREFIX}/rulesets/{ruleset}/_run", RUN)
    alerts = sorted(json.dumps(alert, sort_keys=True) for alert in answer["alert_documents"])
    return answer["rules"], alerts


def check_budget(client, verdict):
    """The rule that holds most is cut, and says so; the others are whole; nothing stays with the breaker."""
    put_rules(client, "budget")
    whole, _ = run(client, "budget")
    verdict.check("budget: enough", None, whole["many-terms"].get("errors"))
    set_cluster(client, plugins__tripline__result_budget="64kb")
    cut, _ = run(client, "budget")
    verdict.check("budget: cut", (0, whole["many-terms"]["matches"], True), (
        cut["many-terms"]["alerts"], cut["many-terms"]["matches"], cut["many-terms"]["errors"][0]["reason"].startswith("cut: ")))
    for name in (*QUERIES, "terms"):
        verdict.check(f"budget: {name} is whole", whole[name], cut[name])
    set_cluster(client, plugins__tripline__result_budget="1kb")
    least, _ = run(client, "budget")
    verdict.check("budget: nearly none", (True, [rule["matches"] for rule in whole.values()]), (
        all("errors" in least[name] for name in ("terms", "many-terms")), [rule["matches"] for rule in least.values()]))
    set_cluster(client, plugins__tripline__result_budget=None)
    verdict.check("budget: enough again", whole, run(client, "budget")[0])
    verdict.check("budget: the breaker holds nothing", 0, held(client))


def check_slices(client, verdict):
    """Each time with a ruleset that no segment knows yet, so that slices meet over the same segments."""
    wanted = own_counts(client, "guest-*")
    modes = {"none": {"mode": "none"}, "all": {"mode": "all"}, "force": {"mode": "all", "partition_strategy": "force"},
             "balanced": {"mode": "all", "partition_strategy": "balanced"}}
    runs = {}
    for name, mode in modes.items():
        settings = {f"search__concurrent_segment_search__{key}": value for key, value in mode.items()}
        set_cluster(client, search__concurrent__max_slice_count=4, **settings)
        put_rules(client, f"slices-{name}")
        for turn in ("cold", "warm"):
            verdict.check(f"slices, {name}, {turn}", wanted, counts_of(aggregation(client, f"slices-{name}")[1]))
        rules, alerts = run(client, f"slices-{name}")
        runs[name] = (rules, [alert.replace(f"slices-{name}", "") for alert in alerts])
        set_cluster(client, search__concurrent__max_slice_count=None, **dict.fromkeys(settings))
    for name, found in runs.items():
        verdict.check(f"slices, {name}: alerts", (runs["none"][0], len(runs["none"][1])), (found[0], len(found[1])))


def check_time_range(client, verdict):
    put_rules(client, "range")
    day = {"from": f"{DAYS[1]}T00:00:00Z", "to": f"{DAYS[1]}T23:59:59Z"}
    inside = {"range": {"@timestamp": {"gte": day["from"], "lte": day["to"]}}}
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "range", "index": "guest-*", **day})
    verdict.check("range: shards", (3, 2), (answer["shards"], answer["skipped_shards"]))
    wanted = own_counts(client, "guest-*", [inside])
    verdict.check("range: counts", wanted, {name: answer["counts"][name] for name in QUERIES})
    _, found = aggregation(client, "range", path="_search?pre_filter_shard_size=1", query=inside)
    verdict.check("range: a search's own", (2, wanted), (found["_shards"]["skipped"], counts_of(found)))
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "range", "index": "guest-*", "from": "2027-01-01", "to": "2027-01-02"})
    verdict.check("range: outside of all", {0}, set(answer["counts"].values()))


def check_searches(client, verdict):
    """Searches of all kinds that carry it."""
    put_rules(client, "kinds")
    wanted = own_counts(client, "guest-*")
    status, answer = aggregation(client, "kinds", profile=True)
    verdict.check("profile", (200, wanted, True), (status, counts_of(answer), any(
        part["type"] == "TriplineAggregator" for shard in answer["profile"]["shards"] for part in shard["aggregations"])))
    status, answer = aggregation(client, "kinds", path="_search?scroll=1m", size=5)
    verdict.check("scroll", (200, wanted), (status, counts_of(answer)))
    client.expect("DELETE", "/_search/scroll", {"scroll_id": answer["_scroll_id"]})
    pit = client.expect("POST", "/guest-*/_search/point_in_time?keep_alive=1m")["pit_id"]
    client.expect("POST", f"/guest-{DAYS[0]}/_bulk?refresh=true", ndjson([{"index": {"_id": "late"}}, {"process": {"name": "p1", "pid": 900}}]))
    for after in ({}, {"search_after": [1]}):
        status, answer = client.request("POST", "/_search", {
            "size": 1, "pit": {"id": pit}, "sort": [{"process.pid": "asc"}], **after,
            "aggs": {"t": {"tripline": {"ruleset": "kinds"}}}})
        verdict.check(f"point in time {after}", (200, wanted), (status, counts_of(answer)))
    client.expect("DELETE", "/_search/point_in_time", {"pit_id": [pit]})
    client.expect("DELETE", f"/guest-{DAYS[0]}/_doc/late?refresh=true")
    status, answer = aggregation(client, "kinds", size=0, terminate_after=10)
    verdict.check("terminate_after", (200, True), (status, counts_of(answer)["numbers"] <= wanted["numbers"]))
    verdict.check("searches: the breaker holds nothing", 0, held(client))


def check_places(client, verdict):
    """Above and below others it is refused, beside them it may stand."""
    ours = {"tripline": {"ruleset": "kinds"}}
    names = {"terms": {"field": "host.name"}}
    for name, aggs in {"below": {"n": {**names, "aggs": {"t": ours}}}, "above": {"t": {**ours, "aggs": {"n": names}}}}.items():
        status, answer = client.request("POST", "/guest-*/_search", {"size": 0, "aggs": aggs})
        verdict.check(name, (400, True), (status, "stands at the top" in json.dumps(answer)))
    status, answer = client.request("POST", "/guest-*/_search", {"size": 0, "aggs": {"t": ours, "n": names}})
    verdict.check("beside", (200, own_counts(client, "guest-*"), 3),
                  (status, counts_of(answer), len(answer["aggregations"]["n"]["buckets"])))


def check_other_clusters(client, verdict, node):
    """This cluster as another one of its own: the same rules by the same hash."""
    set_cluster(client, cluster__remote__other__seeds=[f"127.0.0.1:{node.transport_port}"])
    wanted = {name: 2 * count for name, count in own_counts(client, "guest-*").items()}
    for minimize in ("true", "false"):
        status, answer = aggregation(client, "kinds", "guest-*,other:guest-*", f"_search?ccs_minimize_roundtrips={minimize}")
        verdict.check(f"other cluster, {minimize}", (200, wanted), (status, counts_of(answer) if status == 200 else answer))
    status, answer = client.request("POST", f"{PREFIX}/_match", {"ruleset": "kinds", "index": "other:guest-*"})
    verdict.check("other cluster, _match", (400, True), (status, "only indices of this one" in json.dumps(answer)))


def check_timeout(client, verdict):
    """A search that has no time left ends with what it has, and says so, or was done before anybody looked at the clock, which
    ticks seldom (leaf_errors.py has one that surely was not)."""
    put_rules(client, "hurry")
    status, answer = aggregation(client, "hurry", timeout="1nanos")
    is_whole = status == 200 and counts_of(answer) == own_counts(client, "guest-*")
    verdict.check("timeout", (200, True), (status, answer.get("timed_out") or is_whole))
    status, answer = aggregation(client, "hurry")
    verdict.check("timeout: the next one", (200, own_counts(client, "guest-*")), (status, counts_of(answer)))
    verdict.check("_match", own_counts(client, "guest-*"),
                  {name: match_counts(client, "hurry", "guest-*")[name] for name in QUERIES})


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="tripline-snapshots-") as snapshots:
        pathlib.Path(snapshots).chmod(0o777)
        settings = {"path.repo": [snapshots], "node.search.cache.size": "20mb",
                    "node.roles": ["cluster_manager", "data", "ingest", "remote_cluster_client", "warm"]}
        with Cluster(plugins=[plugin], heap="768m", settings=settings) as cluster:
            client, (node,) = cluster.client, cluster.nodes
            fill(client)
            check_budget(client, verdict)
            check_slices(client, verdict)
            check_time_range(client, verdict)
            check_searches(client, verdict)
            check_places(client, verdict)
            check_other_clusters(client, verdict, node)
            check_timeout(client, verdict)
            guest_indices.check(client, verdict, snapshots)
            node.require_running()
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
