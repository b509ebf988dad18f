#!/usr/bin/env python3
"""Users who may see a part, on a node of OpenSearch 3.4.0 with its security plugin (scripts/cluster/security.py says how it is
modified): fields hidden, fields masked, documents hidden, and all of that at once. What the aggregation, `_match` and dry runs
tell a user is what the same user's own searches with the rules as DSL find: whoever asks first, with caches cold and warm, read
postings first and from columns. Who may not is told so (403), and the ruleset index is nobody's but the plugin's.

The judge lists documents; it does not count them: a node that only counts `exists` over a masked field answers 0 by a short cut,
and finds the documents when it collects them.
"""
import json
import re
import subprocess
import sys
import tempfile

import scripts_folder
import assemble
import native_matches
import security
import second_plugin
import secured_events as world
import secured_runs
from client import Client, ndjson
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, put, require_library
from program import scratch, skip

PLUGIN = scripts_folder.ROOT / "build" / f"tripline-opensearch-{security.VERSION}.zip"
RESTRICTED = [name for name in world.RIGHTS if name != "full"]
# Who sees every value, of all documents or of some, is answered from what is kept.
FAST = {"full", "rows", "rows-of-a-list"}
NUM_EVENTS, DELETED = 360, range(3, 360, 40)
RUN = {"index": world.INDEX, "from": "2026-05-01T12:00:00Z", "to": "2026-05-02T00:00:00Z", "dry_run": True}
FROM_MS, HISTORY = 1_777_636_800_000, "2026-04-24T12:00:00Z"


def fill(client):
    """Several segments, with documents deleted from them."""
    client.expect("PUT", f"/{world.INDEX}", {"settings": {"number_of_shards": 2, "number_of_replicas": 0},
                                             "mappings": {"properties": world.MAPPING}})
    client.expect("PUT", f"/{world.LIST}/_doc/names?refresh=true", {"names": ["u2", "u3"]})
    for begin in range(0, NUM_EVENTS, 90):
        lines = []
        for number in range(begin, begin + 90):
            lines += [{"index": {"_index": world.INDEX, "_id": str(number)}}, world.event(number)]
        answer = client.expect("POST", "/_bulk?refresh=true", ndjson(lines))
        if answer["errors"]:
            sys.exit(f"FAILED: the node takes not all events: {json.dumps(answer)[:1000]}")
    for number in DELETED:
        client.expect("DELETE", f"/{world.INDEX}/_doc/{number}")
    client.expect("POST", f"/{world.INDEX}/_refresh")


def translated():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"mappings": {"properties": world.MAPPING}}, file)
        file.flush()
        return native_matches.translations(world.QUERIES, file.name)


def within(query, begin, end):
    return {"bool": {"filter": [query, {"range": {"@timestamp": {"gte": begin, "lte": end}}}]}}


def own_counts(client, queries):
    """Rule id -> how many documents the user's own searches find."""
    found = native_matches.node_matches(client, world.INDEX, queries)
    return {f"q{number}": len(ids) for number, ids in enumerate(found) if ids != native_matches.REFUSED}


def aggregated(client, ruleset, reading, query=None):
    """(counts of the rules, whether columns were read) of a search that carries the aggregation."""
    body = {"size": 0, "query": query or {"match_all": {}}, "aggs": {"t": {"tripline": {"ruleset": ruleset, "reading": reading}}}}
    answer = client.expect("POST", f"/{world.INDEX}/_search", body)["aggregations"]["t"]
    return {rule: result["count"] for rule, result in answer["rules"].items()}, answer["values_read"] > 0


def differences(wanted, found):
    return {world.QUERIES[int(rule[1:])]: (count, found.get(rule, 0)) for rule, count in wanted.items()
            if count != found.get(rule, 0)}


def check_order(clients, verdict, own, name, order):
    """A ruleset that no node has asked about yet, by these users in turn, twice."""
    put(clients["admin"], name, world.rules_body(name))
    for reading in ("columns", "postings_first", "verdicts"):
        for temperature in ("cold", "warm"):
            for user in order:
                found, reads_columns = aggregated(clients[user], name, reading)
                title = f"{name}, {reading}, {temperature}, {user}"
                verdict.check(title, {}, differences(own[user], found))
                if reading == "columns":
                    verdict.check(f"{title}: reads columns", user in FAST, reads_columns)
    for user in order[::-1]:
        match = clients[user].expect("POST", f"{PREFIX}/_match", {"ruleset": name, "index": world.INDEX})["counts"]
        verdict.check(f"{name}, _match, {user}", {}, differences(own[user], match))


def check_part(clients, verdict, queries, ruleset):
    """A search that asks for some of the documents."""
    begin, end = "2026-05-01T03:00:00Z", "2026-05-01T15:00:00Z"
    for user in world.RIGHTS:
        wanted = own_counts(clients[user], [within(query, begin, end) for query in queries])
        query = {"range": {"@timestamp": {"gte": begin, "lte": end}}}
        verdict.check(f"half a day, {user}", {}, differences(wanted, aggregated(clients[user], ruleset, "verdicts", query)[0]))


def shown_events(client, query, *fields):
    """Hits of the user's own search, with times and these fields' values as the user is shown them."""
    return client.expect("POST", f"/{world.INDEX}/_search", {"size": 10_000, "query": query, "docvalue_fields": [
        {"field": "@timestamp", "format": "epoch_millis"}, *fields]})["hits"]["hits"]


def time_of(hit):
    return int(hit["fields"]["@timestamp"][0])


def own_new_terms(client, fields):
    """(terms in the history, terms that are new in the window), of what the user is shown."""
    earliest = {}
    for hit in shown_events(client, within({"terms": {"event.category": ["network", "process"]}}, HISTORY, RUN["to"]), *fields):
        terms = [()]
        for field in fields:
            terms = [(*term, value) for term in terms for value in hit["fields"].get(field, [])]
        for term in terms:
            earliest[term] = min(earliest.get(term, 1 << 62), time_of(hit))
    return len(earliest), sum(time > FROM_MS for time in earliest.values())


def check_alerts(client, verdict, user, alerts):
    """Alerts say of an event what its reader is shown of it."""
    shown = {hit["_id"]: hit for hit in shown_events(client, {"match_all": {}})}
    for alert in alerts:
        source = shown[alert["kibana.alert.ancestors"][0]["id"]]["_source"]
        for field in ("user", "process", "source", "message"):
            if alert.get(field) != source.get(field):
                verdict.fail(f"an alert for {user} has {field} {alert.get(field)}, and the event {source.get(field)}")
                return
        own_words = json.dumps({key: value for key, value in alert.items() if not key.startswith("kibana.alert.rule.")})
        if user in world.NEVER_SHOWN_NAMES and re.search(r"\bu\d\b", own_words):
            verdict.fail(f"an alert for {user} names a user: {own_words}")
            return


def check_run(clients, verdict, queries, ruleset, user):
    """A dry run sees what its caller sees."""
    client = clients[user]
    answer = client.expect("POST", f"{PREFIX}/rulesets/{ruleset}/_run", RUN, timeout_s=300)
    rules, alerts = answer["rules"], answer["alert_documents"]
    wanted = own_counts(client, [within(query, RUN["from"], RUN["to"]) for query in queries])
    verdict.check(f"run, {user}", {}, differences(wanted, {rule: result["matches"] for rule, result in rules.items()}))
    for rule, fields in world.NEW_TERMS.items():
        # A node cannot show a masked address; masking makes different addresses different texts.
        judge = clients["full"] if "source.ip" in fields and "source.ip" in world.RIGHTS[user].get("masked_fields", []) else client
        verdict.check(f"run, {user}, {rule}", own_new_terms(judge, fields), (rules[rule]["candidates"], rules[rule]["alerts"]))
    hits = shown_events(client, within({"range": {"process.pid": {"gte": 0}}}, RUN["from"], RUN["to"]))
    wanted = [hit["_id"] for hit in sorted(hits, key=lambda hit: (time_of(hit), hit["_id"]))][:world.CAP]
    found = [alert["kibana.alert.ancestors"][0]["id"] for alert in alerts if alert["kibana.alert.rule.rule_id"] == world.CAPPED]
    verdict.check(f"run, {user}, the first {world.CAP}", sorted(wanted), sorted(found))
    check_alerts(client, verdict, user, alerts)


def check_slices(clients, verdict, own, ruleset):
    """The same by several threads for each shard."""
    setting = "search.concurrent_segment_search.mode"
    clients["admin"].expect("PUT", "/_cluster/settings", {"persistent": {setting: "all"}})
    for user in world.RIGHTS:
        verdict.check(f"slices, {user}", {}, differences(own[user], aggregated(clients[user], ruleset, "verdicts")[0]))
    clients["admin"].expect("PUT", "/_cluster/settings", {"persistent": {setting: None}})


def check_refusals(clients, verdict, own, ruleset):
    match = ("POST", "_match", {"ruleset": ruleset, "index": world.INDEX})
    run = ("POST", f"rulesets/{ruleset}/_run", RUN)
    one = f"rulesets/{ruleset}"
    manage = [("PUT", "rulesets/another", world.rules_body("another")), ("GET", "rulesets", None), ("GET", one, None),
              ("DELETE", one, None), ("PUT", f"{one}/exceptions", None), ("GET", f"{one}/exceptions", None), ("GET", "_stats", None),
              *(("POST", f"{one}/{verb}", None) for verb in ("_rollback", "_start", "_stop", "rules/q1/_enable", "rules/q1/_disable"))]
    refused = {"nobody": [*manage, match, run], "searcher": [*manage, match, run], "matcher": [*manage, match, run],
               "full": [*manage, ("POST", run[1], {**RUN, "dry_run": False})]}
    for user, requests in refused.items():
        for method, path, body in requests:
            status, answer = clients[user].request(method, f"{PREFIX}/{path}", body)
            verdict.check(f"{method} {path} by {user}", (403, "security_exception"), (status, answer["error"]["type"]))
    search = {"size": 0, "aggs": {"t": {"tripline": {"ruleset": ruleset}}}}
    for user in ("nobody", "matcher"):
        verdict.check(f"aggregation by {user}", 403, clients[user].request("POST", f"/{world.INDEX}/_search", search)[0])
    found = aggregated(clients["searcher"], ruleset, "verdicts")[0]
    verdict.check("a search needs no more than the right to search", {}, differences(own["full"], found))
    verdict.check("no alert was written", 404, clients["admin"].request("GET", "/tripline-alerts")[0])


def check_own_index(clients, verdict):
    """The rulesets are there, and nobody sees or changes them but through the plugin."""
    verdict.check("rulesets", 2, len(clients["admin"].expect("GET", f"{PREFIX}/rulesets")["rulesets"]))
    found = clients["admin"].expect("POST", "/.tripline-rulesets/_search", {})
    verdict.check("documents that admin sees of the ruleset index", 0, found["hits"]["total"]["value"])
    verdict.check("a ruleset written past the plugin", 403,
                  clients["admin"].request("PUT", "/.tripline-rulesets/_doc/mine", {"name": "mine"})[0])
    verdict.check("state written past the plugin", 403,
                  clients["admin"].request("PUT", "/.tripline-state/_doc/mine", {"name": "mine"})[0])
    verdict.check("the ruleset index deleted", 403, clients["admin"].request("DELETE", "/.tripline-rulesets")[0])


def check(url, guard, verdict):
    clients = {name: Client(url, user=guard.user(name)) for name in (security.ADMIN, *world.USERS)}
    fill(clients["admin"])
    queries = translated()
    own = {user: own_counts(clients[user], queries) for user in world.RIGHTS}
    for user in RESTRICTED:
        verdict.check(f"{user} finds something else than full", user != "timeless", own[user] != own["full"])
    check_order(clients, verdict, own, "restricted-first", [*RESTRICTED, "full"])
    check_order(clients, verdict, own, "full-first", ["full", *RESTRICTED])
    check_part(clients, verdict, queries, "full-first")
    for user in world.RIGHTS:
        check_run(clients, verdict, queries, "full-first", user)
    check_slices(clients, verdict, own, "full-first")
    secured_runs.check_writers(clients, verdict, "full-first", lambda user, found: differences(own[user], found))
    secured_runs.check_rollback(clients, verdict)
    check_refusals(clients, verdict, own, "full-first")
    check_own_index(clients, verdict)
    secured_runs.check_schedule(clients, verdict)


def rights_plugin(folder):
    return second_plugin.build(PLUGIN, folder, "rights", "org.tripline.probe.RightsProbe", ["tripline-opensearch"], security.VERSION)


def main():
    require_library()
    try:
        assemble.assemble(security.VERSION)
        guard = security.Guard(world.USERS, world.ROLES)
    except assemble.CannotAssemble as error:
        skip("cluster", f"no test with users ran: {str(error).splitlines()[0]}")
    subprocess.run([scripts_folder.ROOT / "scripts" / "plugin.sh", security.VERSION], check=True)
    verdict = Verdict()
    with scratch() as folder, Cluster(version=security.VERSION, plugins=[guard.archive, PLUGIN, rights_plugin(folder)], heap="1g", settings=guard.settings,
                 config_files=guard.config_files, user=guard.admin) as cluster:
        check(cluster.url, guard, verdict)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
