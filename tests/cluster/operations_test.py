#!/usr/bin/env python3
"""Rulesets as they are operated, on one node: versions and the way back, two who replace at once, started and stopped, rules
switched off, exceptions joined without compiling (the desk's answers over the same files are the judge), documents of the
index that are damaged, of an older or of a newer form, and the switch that stops everything on a node."""
import base64
import concurrent.futures
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import time

import scripts_folder  # noqa: F401 -- puts the next ones in reach
from client import ndjson
from local_cluster import Cluster
from plugin_node import PREFIX, Verdict, match_counts, put, require_plugin
from program import scratch, tripline

INDEX = "logs-operations"
MAPPING = {"properties": {"@timestamp": {"type": "date"}, "user": {"properties": {"name": {"type": "keyword"}}},
                          "process": {"properties": {"name": {"type": "keyword"}}},
                          "source": {"properties": {"ip": {"type": "ip"}}}}}
EVENTS = [{"@timestamp": f"2026-05-04T00:{number % 60:02}:00Z", "user": {"name": f"u{number % 5}"},
           "process": {"name": f"p{number % 7}"}, "source": {"ip": f"10.0.{number % 3}.{number % 11}"}} for number in range(300)]
LIST = [{"id": "x", "list_id": "known", "namespace_type": "single", "type": "detection"}]
INTERNAL = "/.tripline-rulesets"


def rule(rule_id, query, **more):
    return {"rule_id": rule_id, "name": f"Rule {rule_id}", "description": "For a test.", "type": "query", "language": "kuery",
            "query": query, "index": ["logs-*"], "interval": "5m", "from": "now-6m", "risk_score": 47, "severity": "medium",
            "exceptions_list": LIST, **more}


FIRST = [rule("users", "user.name: (u1 or u2)"), rule("processes", "process.name: p3")]
SECOND = [rule("users", "user.name: u1"), rule("processes", "process.name: *"), rule("none", "user.name: nobody")]


def item(item_id, *entries):
    return {"list_id": "known", "item_id": item_id, "namespace_type": "single", "type": "simple", "name": item_id,
            "description": "", "os_types": [], "entries": list(entries)}


def entry(field, kind, **value):
    return {"field": field, "type": kind, "operator": "included", **value}


OF_USERS = ndjson([item("a", entry("user.name", "match", value="u1"), entry("process.name", "match_any", value=["p1", "p2"]))])
OF_ADDRESSES = ndjson([item("b", entry("source.ip", "list", list={"id": "ours", "type": "ip"})),
                       {"value_list": "ours", "values": ["10.0.0.0/24"]}, {"value_list": "ours", "values": ["10.0.1.7"]}])


def desk_counts(rules, exceptions=None):
    """What `tripline match --count` says of the same events."""
    with scratch() as folder:
        files = {"rules.ndjson": ndjson(rules), "events.ndjson": ndjson(EVENTS), "exceptions.ndjson": exceptions or b""}
        for name, content in files.items():
            (pathlib.Path(folder) / name).write_bytes(content)
        more = ["--exceptions", f"{folder}/exceptions.ndjson"] if exceptions else []
        lines = tripline("match", "--rules", f"{folder}/rules.ndjson", "--events", f"{folder}/events.ndjson", "--count", *more,
                         stderr=subprocess.DEVNULL).splitlines()
        return {line.split("\t")[0]: int(line.split("\t")[1]) for line in lines}


class Operator:
    """Requests about one ruleset."""

    def __init__(self, client, name):
        self.client, self.name = client, name

    def get(self):
        return self.client.expect("GET", f"{PREFIX}/rulesets/{self.name}")

    def counts(self):
        return match_counts(self.client, self.name, INDEX)

    def post(self, path, body=None):
        return self.client.request("POST", f"{PREFIX}/rulesets/{self.name}/{path}", body)

    def does(self, path, body=None):
        return self.client.expect("POST", f"{PREFIX}/rulesets/{self.name}/{path}", body)

    def except_(self, body):
        return self.client.request("PUT", f"{PREFIX}/rulesets/{self.name}/exceptions", body)


def reason(answer):
    return answer["error"]["reason"]


def check_refused(verdict, name, wanted, answered, *words):
    """The status, and words of the message."""
    status, answer = answered
    missing = [word for word in words if word not in json.dumps(answer)]
    if status != wanted or missing:
        verdict.fail(f"{name}: wanted {wanted} with {missing}, found {status}: {json.dumps(answer)[:500]}")


def check_versions(client, verdict):
    mine = Operator(client, "mine")
    first = put(client, "mine", ndjson(FIRST))["content_hash"]
    check_refused(verdict, "nothing to go back to", 409, mine.post("_rollback"), "no version before")
    second = put(client, "mine", ndjson(SECOND))["content_hash"]
    verdict.check("the version before is kept", (second, first), (mine.get()["content_hash"], mine.get()["previous"]["content_hash"]))
    verdict.check("counts of the second", desk_counts(SECOND), mine.counts())
    put(client, "mine", ndjson(SECOND))
    verdict.check("the same again pushes nothing out", first, mine.get()["previous"]["content_hash"])
    answer = mine.does("_rollback")
    verdict.check("rolled back", (first, second, 2), (answer["content_hash"], answer["previous"]["content_hash"], answer["rules"]))
    verdict.check("counts of the first", desk_counts(FIRST), mine.counts())
    mine.does("_rollback")
    verdict.check("and forth", desk_counts(SECOND), mine.counts())
    check_refused(verdict, "rollback of nothing", 404, Operator(client, "missing").post("_rollback"), "missing")
    check_refused(verdict, "rollback with a body", 400, mine.post("_rollback", {"to": 1}), "no body")


def check_two_at_once(client, verdict):
    """Who is slower is told, and what was put first stays."""
    bodies = [ndjson([rule(f"r{number}", f"user.name: u{turn} and process.name: p{number}*") for number in range(400)])
              for turn in range(4)]
    with concurrent.futures.ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: client.request("PUT", f"{PREFIX}/rulesets/contested", body, timeout_s=120), bodies))
    statuses = sorted(status for status, _ in answers)
    verdict.check("uploads at once: some win, who loses is told", (True, True), (statuses[0] == 200, set(statuses) == {200, 409}))
    hashes = {answer["content_hash"] for status, answer in answers if status == 200}
    for status, answer in answers:
        if status == 409:
            check_refused(verdict, "the slower upload", 409, (status, answer), "changed", "while this request", "send this again")
    verdict.check("one of those that won is there", True, Operator(client, "contested").get()["content_hash"] in hashes)
    client.expect("DELETE", f"{PREFIX}/rulesets/contested")


def check_runs(client, verdict):
    mine = Operator(client, "mine")
    verdict.check("not started", (False, []), (mine.get()["started"], mine.get()["disabled_rules"]))
    check_refused(verdict, "a wrong key", 400, mine.post("_start", {"form": "now-1d"}), "unknown field [form]", "from")
    check_refused(verdict, "no time", 400, mine.post("_start", {"from": "yesterday"}), "yesterday")
    check_refused(verdict, "an end before the beginning", 400,
                  mine.post("_start", {"from": "2026-05-05", "to": "2026-05-04"}), "after")
    check_refused(verdict, "a list", 400, mine.post("_start", []))
    check_refused(verdict, "a long body", 413, mine.post("_start", {"from": "x" * 70_000}), "at most")
    check_refused(verdict, "a long body of _match", 413,
                  client.request("POST", f"{PREFIX}/_match", {"ruleset": "x" * 70_000}), "at most")
    check_refused(verdict, "start of nothing", 404, Operator(client, "missing").post("_start"), "missing")
    started = mine.does("_start", {"from": "2026-05-04T00:00:00Z", "to": 1_777_939_200_000})
    verdict.check("started", (True, "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"), (started["started"], started["from"], started["to"]))
    verdict.check("started again", started["started_at"], mine.does("_start")["started_at"])
    check_refused(verdict, "started again with times", 409, mine.post("_start", {"from": "now"}), "_stop it first")
    put(client, "mine", ndjson(FIRST))
    verdict.check("replaced, it stays started", (True, started["from"]), (mine.get()["started"], mine.get()["from"]))
    mine.does("_rollback")
    verdict.check("rolled back, too", (True, started["started_at"]), (mine.get()["started"], mine.get()["started_at"]))
    check_refused(verdict, "stop with a body", 400, mine.post("_stop", {"now": True}), "no body")
    verdict.check("stopped", (False, False), (mine.does("_stop")["started"], mine.does("_stop")["started"]))


def check_rules(client, verdict):
    mine = Operator(client, "mine")
    verdict.check("disabled", ["none"], mine.does("rules/none/_disable")["disabled_rules"])
    verdict.check("rules shown", {"users": True, "processes": True, "none": False},
                  {one["rule_id"]: one["enabled"] for one in mine.get()["rule_list"]})
    check_refused(verdict, "a rule that is not there", 404, mine.post("rules/user/_disable"), "user", "did you mean [users]")
    check_refused(verdict, "a name for an id", 404, mine.post("rules/Rule%20users/_enable"), "did you mean [users]")
    check_refused(verdict, "nothing alike", 404, mine.post("rules/42/_disable"), "GET the ruleset")
    put(client, "mine", ndjson(FIRST))
    verdict.check("who is gone stays as it is", ["none"], mine.get()["disabled_rules"])
    verdict.check("and can be enabled", [], mine.does("rules/none/_enable")["disabled_rules"])
    odd = "a/b c+d%"
    put(client, "odd", ndjson([rule(odd, "user.name: u1")]))
    verdict.check("an odd id", [odd], Operator(client, "odd").does("rules/a%2Fb%20c%2Bd%25/_disable")["disabled_rules"])
    client.expect("DELETE", f"{PREFIX}/rulesets/odd")
    put(client, "mine", ndjson(SECOND))


def check_exceptions(client, verdict):
    mine = Operator(client, "mine")
    base = mine.get()["content_hash"]
    verdict.check("no exceptions", (200, None), client.request("GET", f"{PREFIX}/rulesets/mine/exceptions"))
    for name, exceptions in (("of users", OF_USERS), ("of addresses", OF_ADDRESSES), ("both", OF_USERS + OF_ADDRESSES)):
        status, answer = mine.except_(exceptions)
        verdict.check(f"exceptions {name}", (200, True), (status, answer.get("has_exceptions")))
        verdict.check(f"counts with exceptions {name}", desk_counts(SECOND, exceptions), mine.counts())
    verdict.check("they take something out", True, desk_counts(SECOND, OF_USERS + OF_ADDRESSES) != desk_counts(SECOND))
    shown = mine.get()
    verdict.check("what was uploaded is known", (base, True), (shown["content_hash_without_exceptions"], shown["content_hash"] != base))
    found = client.request("GET", f"{PREFIX}/rulesets/mine/exceptions")[1]
    verdict.check("exceptions as they were sent", (OF_USERS + OF_ADDRESSES).decode(), found)
    refused = {"missing value list": (OF_ADDRESSES.splitlines()[0], "exception.value_list_missing", "value_list"),
               "no exceptions": (ndjson(FIRST), "exception.no_lists", "Kibana"),
               "a broken item": (ndjson([item("c", {"type": "match"})]), "rule.", "line"),
               "no JSON": (b"{", "rule.", "line")}
    for name, (body, *words) in refused.items():
        check_refused(verdict, name, 400, mine.except_(body), "diagnostics", *words)
    verdict.check("refused, they change nothing", found, client.request("GET", f"{PREFIX}/rulesets/mine/exceptions")[1])
    put(client, "mine", ndjson(FIRST))
    verdict.check("another upload has them", desk_counts(FIRST, OF_USERS + OF_ADDRESSES), mine.counts())
    mine.except_(OF_USERS)
    verdict.check("rolled back, with those of then", (True, desk_counts(SECOND, OF_USERS + OF_ADDRESSES)),
                  (mine.does("_rollback")["has_exceptions"], mine.counts()))
    mine.does("_rollback")
    verdict.check("and forth, with those of now", desk_counts(FIRST, OF_USERS), mine.counts())
    status, answer = mine.except_(None)
    verdict.check("an empty body takes them away", (200, False, desk_counts(FIRST)), (status, answer["has_exceptions"], mine.counts()))
    check_refused(verdict, "exceptions of nothing", 404, Operator(client, "missing").except_(OF_USERS), "missing")


def with_part(file, kind, flags, payload):
    """A ruleset file with one more part (docs/ruleset_format.md)."""
    number = int.from_bytes(file[12:16], "little")
    table = [struct.unpack_from("<IIQQ", file, 16 + 24 * part) for part in range(number)]
    table = [(*entry[:2], entry[2] + 24, entry[3]) for entry in table]
    table.append((kind, flags, table[-1][2] + table[-1][3], len(payload)))
    made = file[:12] + (number + 1).to_bytes(4, "little") + b"".join(struct.pack("<IIQQ", *entry) for entry in table)
    made += file[16 + 24 * number:-32] + payload
    return made + hashlib.sha256(made).digest()


def check_uploads(client, verdict):
    """Files of other versions, and with parts that this version does not know."""
    with scratch() as folder:
        rules, file = pathlib.Path(folder) / "rules.ndjson", pathlib.Path(folder) / "rules.trl"
        rules.write_bytes(ndjson(FIRST))
        tripline("compile", rules, "-o", file, "--no-native", stderr=subprocess.DEVNULL)
        content = file.read_bytes()
    newer = content[:8] + (int.from_bytes(content[8:12], "little") + 1).to_bytes(4, "little") + content[12:]
    check_refused(verdict, "a file of a newer version", 400, client.request("PUT", f"{PREFIX}/rulesets/other", newer), "version")
    native = with_part(content, 77, 0, b"machine code of a stranger")
    answer = put(client, "native", native)
    plain = put(client, "plain", content)
    verdict.check("a part that may be passed over is, with a note", (1, True, []),
                  (len(answer["notes"]), "kind 77, 26 bytes" in answer["notes"][0], plain["notes"]))
    verdict.check("and changes nothing", (plain["content_hash"], plain["bytes"]), (answer["content_hash"], answer["bytes"]))
    check_refused(verdict, "a part that must be known", 400,
                  client.request("PUT", f"{PREFIX}/rulesets/other", with_part(content, 77, 1, b"?")), "77")
    for name in ("native", "plain"):
        client.expect("DELETE", f"{PREFIX}/rulesets/{name}")
    check_refused(verdict, "is not kept", 404, client.request("GET", f"{PREFIX}/rulesets/other"))


def check_signatures(client, verdict, folder):
    """Who signed a file is known, and whether its machine code stays; a file that was changed since counts as not signed."""
    rules, file = folder / "rules.ndjson", folder / "rules.trl"
    rules.write_bytes(ndjson(FIRST))
    plain = put(client, "signed", ndjson(FIRST))["content_hash"]
    for key, trusted in (("trusted.key", True), ("other.key", False)):
        tripline("compile", rules, "-o", file, stderr=subprocess.DEVNULL)
        tripline("sign", file, "--key", folder / key, stderr=subprocess.DEVNULL)
        answer = put(client, "signed", file.read_bytes())
        shown = client.expect("GET", f"{PREFIX}/rulesets/signed")
        public = (folder / f"{key}.pub").read_text().strip()
        is_kept = not any("machine code in the file" in note for note in answer["notes"])
        verdict.check(f"signed with {key}", (plain, trusted, public, trusted),
                      (answer["content_hash"], is_kept, shown["signed_by"], shown["signature_trusted"]))
    content = file.read_bytes()
    forged = content[:-40] + bytes([content[-40] ^ 1]) + content[-39:-32]
    answer = put(client, "signed", forged + hashlib.sha256(forged).digest())
    shown = client.expect("GET", f"{PREFIX}/rulesets/signed")
    verdict.check("changed since", (True, None), ("does not fit" in answer["notes"][0], shown.get("signed_by")))
    client.expect("DELETE", f"{PREFIX}/rulesets/signed")


def keys(folder):
    """Two, of which the node trusts the first."""
    return [tripline("keygen", "-o", folder / name, stderr=subprocess.DEVNULL).strip() for name in ("trusted.key", "other.key")]


def check_documents(client, verdict):
    """The index is read with suspicion."""
    stored = client.expect("GET", f"{INTERNAL}/_doc/mine")["_source"]
    client.expect("PUT", f"{INTERNAL}/_doc/newer?refresh=true", {**stored, "name": "newer", "format": 99})
    client.expect("PUT", f"{INTERNAL}/_doc/broken?refresh=true", {**stored, "name": "broken", "ruleset": {"current": 7}})
    listed = client.expect("GET", f"{PREFIX}/rulesets")
    verdict.check("rulesets that can be read, and those that cannot", (["mine"], ["broken", "newer"]),
                  ([one["name"] for one in listed["rulesets"]], sorted(listed["unusable"])))
    check_refused(verdict, "of a newer form", 500, client.request("GET", f"{PREFIX}/rulesets/newer"), "format 99", "upgrade the node")
    check_refused(verdict, "broken", 500, client.request("POST", f"{PREFIX}/_match", {"ruleset": "broken"}), "upload it again")
    verdict.check("others go on", desk_counts(FIRST), match_counts(client, "mine", INDEX))
    for name in ("newer", "broken"):
        client.expect("DELETE", f"{PREFIX}/rulesets/{name}")
    check_older_form(client, verdict, stored)
    files = client.expect("POST", f"{INTERNAL}/_search", {"query": {"term": {"kind": "file"}}, "size": 1, "seq_no_primary_term": True})
    mine = client.expect("GET", f"{PREFIX}/rulesets/mine")
    victim = f"file:{mine['previous']['content_hash']}"
    client.expect("DELETE", f"{INTERNAL}/_doc/{victim}?refresh=true")
    check_refused(verdict, "a version whose file is gone", 404, Operator(client, "mine").post("_rollback"), "gone or damaged")
    verdict.check("there were files", True, files["hits"]["total"]["value"] > 0)


def check_older_form(client, verdict, stored):
    """A ruleset of the first plugins, with its file in it."""
    content_hash = stored["content_hash"]
    file = client.expect("GET", f"{INTERNAL}/_doc/file:{content_hash}")["_source"]["file"]
    old = put(client, "old", ndjson([rule("old", "user.name: u4")]))
    file = client.expect("GET", f"{INTERNAL}/_doc/file:{old['content_hash']}")["_source"]["file"]
    client.expect("DELETE", f"{PREFIX}/rulesets/old")
    client.expect("DELETE", f"{INTERNAL}/_doc/file:{old['content_hash']}")
    client.expect("PUT", f"{INTERNAL}/_doc/old?refresh=true", {
        "name": "old", "content_hash": old["content_hash"], "num_rules": 1, "updated_at": 1_777_852_800_000, "file": file})
    time.sleep(4)  # the nodes let go of it
    wanted = desk_counts([rule("old", "user.name: u4")])
    verdict.check("counts of the first form", wanted, match_counts(client, "old", INDEX))
    verdict.check("base64 as it was", True, len(base64.b64decode(file)) > 100)
    verdict.check("exceptions for the first form", 200, Operator(client, "old").except_(OF_ADDRESSES)[0])
    verdict.check("and its counts", desk_counts([rule("old", "user.name: u4")], OF_ADDRESSES), match_counts(client, "old", INDEX))
    client.expect("DELETE", f"{PREFIX}/rulesets/old")


def num_files(client):
    client.expect("POST", f"{INTERNAL}/_refresh")
    return client.expect("POST", f"{INTERNAL}/_count", {"query": {"term": {"kind": "file"}}})["count"]


def check_files_go(client, verdict):
    """Only what rulesets refer to is kept."""
    client.expect("DELETE", f"{PREFIX}/rulesets/mine")
    deadline = time.monotonic() + 20
    put(client, "last", ndjson(FIRST))
    while num_files(client) > 1 and time.monotonic() < deadline:
        time.sleep(3)
        put(client, "last", ndjson(FIRST))
    verdict.check("files that are kept", 1, num_files(client))


def check_switch(client, verdict):
    for share in ("0", "1.5", "-1", "x", "NaN"):
        check_refused(verdict, f"a share of {share}", 400, client.request(
            "PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.cpu_share": share}}), "above 0")
    client.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.cpu_share": 0.25}})
    client.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.enabled": False}})
    search = {"size": 0, "aggs": {"t": {"tripline": {"ruleset": "last"}}}}
    requests = [("GET", f"{PREFIX}/rulesets", None), ("GET", f"{PREFIX}/rulesets/last", None),
                ("PUT", f"{PREFIX}/rulesets/last", ndjson(FIRST)), ("DELETE", f"{PREFIX}/rulesets/last", None),
                ("POST", f"{PREFIX}/_match", {"ruleset": "last"}), ("POST", f"/{INDEX}/_search", search),
                ("GET", f"{PREFIX}/rulesets/last/exceptions", None), ("PUT", f"{PREFIX}/rulesets/last/exceptions", OF_USERS),
                *(("POST", f"{PREFIX}/rulesets/last/{verb}", None)
                  for verb in ("_run", "_start", "_stop", "_rollback", "rules/users/_disable"))]
    for method, path, body in requests:
        check_refused(verdict, f"{method} {path}, switched off", 503, client.request(method, path, body), "plugins.tripline.enabled")
    verdict.check("other searches go on", 300, client.expect("POST", f"/{INDEX}/_count")["count"])
    client.expect("PUT", "/_cluster/settings", {"persistent": {"plugins.tripline.enabled": None}})
    verdict.check("switched on again", desk_counts(FIRST), match_counts(client, "last", INDEX))


def check(client, verdict, folder):
    client.expect("PUT", f"/{INDEX}", {"mappings": MAPPING, "settings": {"number_of_replicas": 0}})
    lines = [line for event in EVENTS for line in ({"index": {"_index": INDEX}}, event)]
    verdict.check("events", False, client.expect("POST", "/_bulk?refresh=true", ndjson(lines))["errors"])
    check_signatures(client, verdict, folder)
    for part in (check_versions, check_two_at_once, check_runs, check_rules, check_exceptions, check_uploads, check_documents,
                 check_files_go, check_switch):
        begin = time.monotonic()
        part(client, verdict)
        print(f"{part.__name__}: {time.monotonic() - begin:.1f} s", flush=True)


def main():
    plugin = require_plugin()
    verdict = Verdict()
    with scratch() as name:
        folder = pathlib.Path(name)
        settings = {"plugins.tripline.trusted_keys": keys(folder)[:1]}
        with Cluster(plugins=[plugin], heap="512m", settings=settings) as cluster:
            check(cluster.client, verdict, folder)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
