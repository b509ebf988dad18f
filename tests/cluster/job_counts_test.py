#!/usr/bin/env python3
"""What the cluster counts for anomaly jobs, bucket by bucket, series by series, influencer by influencer: equal to a brute
force over the documents that the node's own search finds with the datafeed's query, and in its totals to the buckets of the
desk's run. Two indices of three shards with several segments each; the seed rule's job and three made-up ones."""
import json
import pathlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import scripts_folder
import load
from client import ndjson
from counted import brute_force, difference, of_answer
from job_events import INDICES, documents_of, events
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, put, require_plugin
from program import json_lines, scratch, tripline

SEED_FOLDER = scripts_folder.ROOT / "rules" / "command_and_control_spike_in_traffic_to_a_country"
EVENTS = 3_000
BATCHES = 4
WINDOWS = [(1_775_779_200_000 + 1_234_567, 1_775_779_200_000 + 9_000_000), (-250_000_000, -245_000_000), (1_775_779_200_000,) * 2]


def index_all(client, documents):
    for index in INDICES:
        load.create_index(client, index, settings={"number_of_shards": 3, "refresh_interval": -1})
    for batch in range(BATCHES):
        lines = []
        for index, name, document in documents[batch::BATCHES]:
            lines += [{"index": {"_index": index, "_id": name}}, document]
        answer = client.expect("POST", "/_bulk?refresh=true", ndjson(lines), timeout_s=300)
        if answer["errors"]:
            sys.exit(f"FAILED: {next(item for item in answer['items'] if 'error' in item['index'])}")


def found_by_node(client, job, index):
    """Ids of the datafeed's documents."""
    body = {"size": 10_000, "_source": False, "query": job["datafeed_config"]["query"]}
    answer = client.expect("POST", f"/{index}/_search", body, timeout_s=300)
    return {hit["_id"] for hit in answer["hits"]["hits"]}


def written(time_ms):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)).isoformat().replace("+00:00", "Z")


def match(client, **more):
    return client.expect("POST", f"{PREFIX}/_match", {"ruleset": "jobs", "jobs": True, **more}, timeout_s=300)["jobs"]


def compare(verdict, name, job, documents, answer, window=None):
    wanted = brute_force(job, documents, window)
    found = of_answer(answer) if answer else {}
    differs = difference(wanted, found)
    if differs:
        verdict.fail(f"{name} {job['job_id']}: {differs}")
    else:
        series = sum(len(of_detector) for bucket in wanted.values() for part, of_detector in bucket.items() if part != "events")
        print(f"{name} {job['job_id']}: {len(documents)} documents, {len(wanted)} buckets, {series} series", flush=True)
    if len(wanted) < (1 if window else 5):
        verdict.fail(f"{name} {job['job_id']}: {len(wanted)} buckets show little")
    for words in ("cut", "errors", "influencer_values_cut"):
        if answer and words in answer:
            verdict.fail(f"{name} {job['job_id']}: {words}: {answer[words]}")


def check_counts(client, verdict, jobs, by_id):
    of_job = {}
    for job in jobs:
        ids = found_by_node(client, job, ",".join(job["datafeed_config"]["indices"]))
        of_job[job["job_id"]] = [by_id[name] for name in ids]
    answers = match(client)
    for job in jobs:
        compare(verdict, "all", job, of_job[job["job_id"]], answers.get(job["job_id"]))
    for first, last in WINDOWS:
        answers = match(client, **{"from": written(first), "to": written(last)})
        for job in jobs:
            compare(verdict, f"{first}-{last}", job, of_job[job["job_id"]], answers.get(job["job_id"]), (first, last))
    for index in INDICES:
        answers = match(client, index=index)
        for job in jobs:
            documents = [by_id[name] for name in found_by_node(client, job, index)]
            compare(verdict, index, job, documents, answers.get(job["job_id"]))
    body = {"size": 0, "query": {"term": {"host.name": "host-1"}},
            "aggs": {"a": {"tripline": {"ruleset": "jobs", "jobs": True, "index_patterns": True}}}}
    answers = client.expect("POST", f"/{','.join(INDICES)}/_search", body, timeout_s=300)["aggregations"]["a"]["jobs"]
    for job in jobs:
        documents = [one for one in of_job[job["job_id"]] if one["host"].get("name") == "host-1"]
        compare(verdict, "aggregation", job, documents, answers.get(job["job_id"]))


def set_cluster(client, **settings):
    client.expect("PUT", "/_cluster/settings", {"transient": {name.replace("__", "."): value for name, value in settings.items()}})


def without_influencers(answer):
    return {bucket: {part: of_part if part == "events" else {key: count for key, (count, _) in of_part.items()}
                     for part, of_part in parts.items()} for bucket, parts in of_answer(answer).items()}


def check_slices(client, verdict, whole):
    """Each segment by a slice of its own."""
    set_cluster(client, search__concurrent_segment_search__mode="all", search__concurrent__max_slice_count=8)
    for name, answer in match(client).items():
        differs = difference(of_answer(whole[name]), of_answer(answer))
        verdict.check(f"slices {name}", None, differs)
    set_cluster(client, search__concurrent_segment_search__mode=None, search__concurrent__max_slice_count=None)


def check_cuts(client, verdict, whole):
    """Where there is no room for everything influencers go first; series stay whole, or the answer says that it is not."""
    said = set()
    for budget in ("16kb", "6kb", "1kb"):
        set_cluster(client, plugins__tripline__result_budget=budget)
        for name, answer in match(client).items():
            is_same = without_influencers(answer) == without_influencers(whole[name])
            is_whole = of_answer(answer) == of_answer(whole[name])
            said |= {words for words in ("cut", "influencer_values_cut") if words in answer}
            if is_same == ("cut" in answer) or (is_same and is_whole == ("influencer_values_cut" in answer)):
                verdict.fail(f"{budget} {name}: same series {is_same}, same influencers {is_whole}, said "
                             f"{answer.get('cut')}, {answer.get('influencer_values_cut')}")
    set_cluster(client, plugins__tripline__result_budget=None)
    verdict.check("what was said", {"cut", "influencer_values_cut"}, said)


def check_other_types(client, verdict, whole):
    """An index with a text where names are split by: it is not counted, which is said, and the others are."""
    client.expect("PUT", "/logs-odd", {"mappings": {"properties": {
        "@timestamp": {"type": "date"}, "event": {"properties": {"kind": {"type": "keyword"}, "action": {"type": "keyword"}}},
        "host": {"properties": {"name": {"type": "text"}}}, "user": {"properties": {"name": {"type": "keyword"}}},
        "source": {"properties": {"ip": {"type": "ip"}}}}}})
    document = {"@timestamp": "2026-04-10T00:00:00Z", "event": {"kind": "event", "action": "open"}, "host": {"name": "host-1"}}
    client.expect("POST", "/logs-odd/_bulk?refresh=true", ndjson([{"index": {}}, document]))
    answer = match(client)["kinds"]
    verdict.check("an index of another type", [("logs-odd", "host.name")],
                  [(error["index"], error["field"]) for error in answer["errors"]])
    verdict.check("the others' counts", None, difference(of_answer(whole["kinds"]), of_answer(answer)))
    client.expect("DELETE", "/logs-odd")


def check_desk(folder, verdict, client, jobs, documents):
    """The desk's run over the same events counts as many in each bucket that it judges."""
    rules, lines, buckets = folder / "jobs.json", folder / "events.ndjson", folder / "buckets.ndjson"
    rules.write_text(json.dumps(jobs), encoding="utf-8")
    with lines.open("w", encoding="utf-8") as file:
        for index, name, document in documents:
            file.write(json.dumps({"_index": index, "_id": name, "_source": document}) + "\n")
    tripline("run", "--rules", rules, "--events", lines, "--buckets", buckets, "--lateness", "90d",
             stderr=subprocess.DEVNULL)
    answers = match(client)
    totals = {name: {bucket["timestamp"]: bucket["event_count"] for bucket in answer["buckets"]}
              for name, answer in answers.items()}
    judged = 0
    for line in json_lines(buckets.read_text(encoding="utf-8")):
        wanted, found = line["event_count"], totals[line["job_id"]].get(line["timestamp"], 0)
        judged += wanted > 0
        if wanted != found:
            verdict.fail(f"the desk {line['job_id']} {line['timestamp']}: {wanted} events, the cluster {found}")
    print(f"the desk: {judged} buckets with events", flush=True)
    if judged < 50:
        verdict.fail(f"the desk has judged {judged} buckets with events: that shows little")


def main():
    plugin = require_plugin()
    verdict = Verdict()
    documents = list(events(EVENTS))
    jobs = documents_of(SEED_FOLDER)
    with Cluster(plugins=[plugin], heap="1g") as cluster, scratch() as folder:
        client = cluster.client
        index_all(client, documents)
        put(client, "jobs", json.dumps(jobs).encode())
        check_counts(client, verdict, jobs, {name: document for _, name, document in documents})
        whole = match(client)
        check_slices(client, verdict, whole)
        check_cuts(client, verdict, whole)
        check_other_types(client, verdict, whole)
        check_desk(pathlib.Path(folder), verdict, client, jobs, documents)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
