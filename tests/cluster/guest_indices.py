"""Which indices a rule looks at: its patterns mean what they mean in a search of its own, which is the judge here. Indices
that are missing or closed are skipped with a warning; other clusters and snapshots are the affair of the rules that name
them."""
from leaf_errors import body, fill, rule
from plugin_node import PREFIX, put

MAPPING = {"@timestamp": {"type": "date"}, "process": {"properties": {"name": {"type": "keyword"}}},
           "host": {"properties": {"name": {"type": "keyword"}}}}
# By rule: its patterns.
PATTERNS = {
    "stream": ["logs-my-app-one"], "streams": ["logs-my-app-*"], "backing": [".ds-logs-my-app-*"], "plain": ["seen-a"],
    "star": ["seen-*"], "all": ["*"], "hidden": [".seen-*"], "named-hidden": [".seen-hidden"], "all-dots": [".*"],
    "excluded": ["seen-*", "-seen-b"], "excluded-star": ["seen-*", "-*-b"], "minus-first": ["-seen-b", "seen-a"],
    "back-again": ["seen-*", "-seen-*", "seen-b"], "alias": ["everything"], "filtered": ["only-h1"],
    "two-filters": ["only-h1", "only-h2"], "filtered-and-more": ["only-h1", "seen-a"], "filtered-star": ["only-*"],
    "filtered-and-not": ["only-h1", "seen-*", "-seen-a"], "missing": ["nowhere", "seen-a"], "missing-star": ["nowhere-*", "seen-a"],
    "closed": ["closed-one", "seen-b"], "closed-star": ["closed-*", "seen-b"], "hidden-alias": ["secret-*"],
    "of-hidden": ["secret-h1"]}


def documents(count):
    return [{"@timestamp": f"2026-05-01T10:00:{number:02}Z", "process": {"name": "curl" if number % 2 else "sh"},
             "host": {"name": f"h{number % 3}"}} for number in range(count)]


def fill_all(client):
    client.expect("PUT", "/_index_template/streams", {
        "index_patterns": ["logs-my-app-*"], "data_stream": {}, "priority": 900,
        "template": {"settings": {"number_of_replicas": 0}, "mappings": {"properties": MAPPING}}})
    for name, count in {"logs-my-app-one": 7, "logs-my-app-two-9": 9}.items():
        for document in documents(count):
            client.expect("POST", f"/{name}/_doc", document)
        client.expect("POST", f"/{name}/_rollover")
        client.expect("POST", f"/{name}/_doc?refresh=true", documents(2)[1])
    for name, count in {"seen-a": 11, "seen-b": 13, ".seen-hidden": 17, "closed-one": 19, "seen-closed": 3}.items():
        fill(client, name, MAPPING, documents(count), {"index.hidden": name.startswith(".")})
    client.expect("POST", "/closed-one/_close")
    client.expect("POST", "/seen-closed/_close")
    client.expect("POST", "/_aliases", {"actions": [
        {"add": {"indices": ["seen-a", "seen-b"], "alias": "everything"}},
        {"add": {"indices": ["seen-a", "seen-b"], "alias": "only-h1", "filter": {"term": {"host.name": "h1"}}}},
        {"add": {"indices": ["seen-a", "seen-b"], "alias": "only-h2", "filter": {"term": {"host.name": "h2"}}}},
        {"add": {"index": "seen-a", "alias": "secret-h1", "filter": {"term": {"host.name": "h1"}}, "is_hidden": True}}]})


def own_count(client, patterns):
    path = f"/{','.join(patterns)}/_count?ignore_unavailable=true&allow_no_indices=true"
    return client.expect("POST", path, {"query": {"term": {"process.name": "curl"}}})["count"]


def check_patterns(client, verdict):
    put(client, "patterns", body([rule(name, "process.name: curl", index=index) for name, index in PATTERNS.items()]))
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "patterns"})
    for name, index in PATTERNS.items():
        verdict.check(f"patterns: {name} {index}", own_count(client, index), answer["counts"][name])
    verdict.check("patterns: errors", {}, answer["errors"])
    verdict.check("patterns: warnings", [
        "index [closed-one] is closed: skipped", "index [seen-closed] is closed: skipped",
        "no index matches [nowhere-*]: skipped", "no index matches [nowhere]: skipped",
        "no index matches [secret-*]: skipped"], answer["warnings"])
    # Alone, a filtered alias is the server's own affair; with others it is ours.
    put(client, "alias-alone", body([rule("filtered", "process.name: curl", index=["only-h1"])]))
    counts = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "alias-alone"})["counts"]
    verdict.check("an alias alone", own_count(client, ["only-h1"]), counts["filtered"])


def check_named(client, verdict):
    """What the caller names."""
    def ask(index):
        status, answer = client.request("POST", f"{PREFIX}/_match", {"ruleset": "alias-alone", "index": index})
        return status, answer.get("counts", {}).get("filtered"), answer.get("warnings")

    verdict.check("named: a filtered alias", (200, own_count(client, ["only-h1"]), []), ask("only-h1"))
    verdict.check("named: some missing", (200, own_count(client, ["seen-a"]), ["no index matches [nowhere]: skipped"]), ask("nowhere,seen-a"))
    verdict.check("named: some closed", (200, own_count(client, ["seen-a"]), ["index [closed-one] is closed: skipped"]),
                  ask("seen-a,closed-one"))
    verdict.check("named: missing", 404, ask("nowhere")[0])
    verdict.check("named: closed", 400, ask("closed-one")[0])
    verdict.check("named: excluded", (200, own_count(client, ["seen-a"]), ["index [seen-closed] is closed: skipped"]), ask("seen-*,-seen-b"))
    verdict.check("named: a stream", (200, own_count(client, ["logs-my-app-one"]), []), ask("logs-my-app-one"))


def check_elsewhere(client, verdict):
    """Other clusters are refused to the rules that name them."""
    rules = {"remote": ["other:seen-*"], "partly": ["other:seen-*", "seen-a"], "dated": ["<seen-{now/d}>", "seen-a"], "local": ["seen-a"]}
    put(client, "elsewhere", body([rule(name, "process.name: curl", index=index) for name, index in rules.items()]))
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "elsewhere"})
    here = own_count(client, ["seen-a"])
    verdict.check("elsewhere: counts", {"remote": 0, "partly": here, "dated": here, "local": here}, answer["counts"])
    refused = [{"index": "other:seen-*", "reason": "indices of other clusters are not searched"}]
    dated = [{"index": "<seen-{now/d}>", "reason": "dates in index patterns are not followed"}]
    verdict.check("elsewhere: errors", {"remote": refused, "partly": refused, "dated": dated}, answer["errors"])
    put(client, "far", body([rule("remote", "process.name: curl", index=["other:seen-*"])]))
    for way in ("_match", "rulesets/far/_run"):
        answer = client.expect("POST", f"{PREFIX}/{way}", {"ruleset": "far"} if way == "_match" else {"dry_run": True})
        errors = answer["errors"] if way == "_match" else {name: one["errors"] for name, one in answer["rules"].items()}
        verdict.check(f"elsewhere alone: {way}", {"remote": refused}, errors)


def check_snapshot(client, verdict, folder):
    """An index that is only in a snapshot is searched by the server, and refused by us: to the rules that look at it."""
    client.expect("PUT", "/_snapshot/kept", {"type": "fs", "settings": {"location": folder}})
    client.expect("PUT", "/_snapshot/kept/one?wait_for_completion=true", {"indices": "seen-a", "include_global_state": False})
    client.expect("POST", "/_snapshot/kept/one/_restore?wait_for_completion=true", {
        "indices": "seen-a", "storage_type": "remote_snapshot", "rename_pattern": "(.+)", "rename_replacement": "cold-$1",
        "include_aliases": False})
    verdict.check("snapshot: the server's own", own_count(client, ["seen-a"]), own_count(client, ["cold-seen-a"]))
    put(client, "cold", body([rule("both", "process.name: curl", index=["*seen-a"]), rule("warm", "process.name: curl", index=["seen-a"])]))
    answer = client.expect("POST", f"{PREFIX}/_match", {"ruleset": "cold"})
    here = own_count(client, ["seen-a"])
    verdict.check("snapshot: counts", {"both": here, "warm": here}, answer["counts"])
    verdict.check("snapshot: errors", {"both": [{
        "index": "cold-seen-a", "reason": "the index is a searchable snapshot, which is not searched"}]}, answer["errors"])


def check(client, verdict, snapshots):
    fill_all(client)
    check_patterns(client, verdict)
    check_named(client, verdict)
    check_elsewhere(client, verdict)
    check_snapshot(client, verdict, snapshots)
