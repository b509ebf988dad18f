"""Whose rights a ruleset has when nobody asks: those of who wrote it last. A part of security_test.py. A second plugin
(rights_plugin/) searches as scheduled runs do, for anybody; and rulesets of users who see a part run by schedule."""
import json
import time

import secured_events as world
from plugin_node import PREFIX, put

# Whose rulesets run by schedule.
RUNNING = ("full", "excluding", "masking-some", "rows", "rows-and-fields", "timeless")
# No time field, no event in time.
BLIND = {"timeless"}
EVERYTHING = {"size": 10_000, "query": {"match_all": {}}, "sort": ["_doc"]}


def by_id(answer):
    return {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}


def search_as(client, writer, body, after=""):
    """What the probe answers: a search with the rights that a scheduled run of the writer's ruleset has."""
    named = "" if writer is None else f"user={writer[0]}&roles={','.join(writer[1])}&"
    return client.request("POST", f"/_rights_probe?{named}index={world.INDEX}{after}", body)


def check_writers(clients, verdict, ruleset, differences):
    """Rulesets run with the rights of who wrote them last, whoever asks, and nobody else gets any of them. differences: of
    counts to those of a user's own searches."""
    counting = {"size": 0, "aggs": {"t": {"tripline": {"ruleset": ruleset}}}}
    for user in world.RIGHTS:
        put(clients[f"writer-{user}"], "theirs", world.rules_body("theirs"))
        shown = clients["admin"].expect("GET", f"{PREFIX}/rulesets/theirs")
        verdict.check(f"the writer is known, {user}", (f"writer-{user}", {f"sees-{user}", "writes"}),
                      (shown["written_by"], set(shown["roles"])))
        writer = shown["written_by"], shown["roles"]
        status, answer = search_as(clients["nobody"], writer, counting)
        found = {} if status != 200 else {rule: result["count"] for rule, result in answer["aggregations"]["t"]["rules"].items()}
        verdict.check(f"counts as {user}'s", {}, differences(user, found))
        status, answer = search_as(clients["nobody"], writer, EVERYTHING)
        verdict.check(f"events as {user}'s", (200, True), (status, status == 200 and by_id(answer) == visible(clients[user])))
    clients["admin"].expect("DELETE", f"{PREFIX}/rulesets/theirs")
    verdict.check("the caller's rights are back", 403, search_as(clients["nobody"], ("full", ["sees-full"]), EVERYTHING, "&after=own")[0])
    for name, writer in {"without roles": ("ann", []), "nobody": None, "with a role that is gone": ("ann", ["gone"])}.items():
        status, answer = search_as(clients["admin"], writer, EVERYTHING)
        verdict.check(f"a writer {name}", 403, status)
        print(f"  {json.dumps(answer)[:200]}")
    own_name = by_id(search_as(clients["nobody"], ("u2", ["sees-own-name"]), EVERYTHING)[1])
    wanted = {one for one, source in visible(clients["full"]).items() if "u2" in str(source.get("user", {}).get("name", ""))}
    verdict.check("a role that speaks of the writer's name", (True, wanted), (len(wanted) > 10, set(own_name)))
    status, answer = search_as(clients["nobody"], ("u2", ["sees-own-groups"]), EVERYTHING)
    verdict.check("a role that speaks of groups", True, status != 200 or not by_id(answer))


def check_rollback(clients, verdict):
    """Versions go back to who wrote them; starting and exceptions change nothing of that."""
    put(clients["writer-rows"], "versions", world.rules_body("versions"))
    put(clients["writer-full"], "versions", world.rules_body("versions-2"))
    clients["writer-masking"].expect("POST", f"{PREFIX}/rulesets/versions/_start", {"from": "2026-05-01"})
    shown = clients["writer-masking"].expect("POST", f"{PREFIX}/rulesets/versions/_rollback")
    verdict.check("rolled back", ("writer-rows", "writer-full"), (shown["written_by"], shown["previous"]["written_by"]))
    clients["writer-masking"].expect("POST", f"{PREFIX}/rulesets/versions/_stop")
    clients["admin"].expect("DELETE", f"{PREFIX}/rulesets/versions")


def visible(client):
    """Events by id, as their reader is shown them."""
    return by_id(client.expect("POST", f"/{world.INDEX}/_search", EVERYTHING))


def alerts_of(client, rule_id):
    status, _ = client.request("POST", "/tripline-alerts/_refresh")
    if status != 200:
        return {}
    query = {"term": {"kibana.alert.rule.rule_id": rule_id}}
    hits = client.expect("POST", "/tripline-alerts/_search", {"size": 5_000, "query": query})["hits"]["hits"]
    return {hit["_source"]["kibana.alert.ancestors"][0]["id"]: hit["_source"] for hit in hits}


def wait_until_run(client, name, num_alerts):
    """Until the ruleset has no run left and its alerts are there, or a minute is over."""
    deadline = time.monotonic() + 60
    while len(alerts_of(client, name)) < num_alerts and time.monotonic() < deadline:
        time.sleep(0.5)
    return alerts_of(client, name)


def check_schedule(clients, verdict):
    """Scheduled runs alert on what the writer sees, and say of it what the writer is shown. Whoever started them may be
    somebody else; nobody of them may write alerts."""
    admin = clients["admin"]
    admin.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.max_backfill": "3650d"}})
    for user in RUNNING:
        name = f"by-{user}"
        body = json.dumps(world.rule(name, "event.category: *", interval="1d", max_signals=500)).encode()
        put(clients[f"writer-{user}"], name, body)
        clients["writer-full"].expect("POST", f"{PREFIX}/rulesets/{name}/_start", {"from": "2026-05-01", "to": "2026-05-02"})
    for user in RUNNING:
        shown = {} if user in BLIND else visible(clients[user])
        wanted = {one: source for one, source in shown.items() if source.get("event", {}).get("category")}
        found = wait_until_run(admin, f"by-{user}", len(wanted))
        verdict.check(f"scheduled, {user}", (len(wanted), sorted(wanted)), (len(found), sorted(found)))
        told = [one for one, alert in found.items()
                if any(alert.get(field) != wanted.get(one, {}).get(field) for field in ("user", "process", "source", "message"))]
        verdict.check(f"alerts say what {user} is shown", [], told)
    verdict.check("a writer cannot read alerts", 403, clients["writer-full"].request("POST", "/tripline-alerts/_search", {})[0])
    for user in RUNNING:
        admin.expect("DELETE", f"{PREFIX}/rulesets/by-{user}")
