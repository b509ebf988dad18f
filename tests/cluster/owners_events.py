"""Events that flow in real time while nodes die, the rules that look at them, and what the rules have to find.

    feeder = Feeder(cluster.nodes)      # a thread; sends batches one after another, each until it is taken
    feeder.start(); ...; feeder.end()
    wanted = desk_alerts(client)        # id -> alert: what the desk's run gives over the events that are in the index

A batch that no node takes in time is sent again, through another node and with the present time in it: an event is in the
index once (its id is its number, and it is only ever created), late by as much as one try may last. So what was indexed
is read back, and is the truth that both sides are asked about.

A term of the new_terms rules occurs again only when its first event has been taken ten seconds ago. Otherwise it would
depend on the order in which shards refresh which event was the first that a run saw.
"""
import collections
import itertools
import json
import pathlib
import random
import subprocess
import threading
import time
from datetime import UTC, datetime

import load
from client import Unreachable, ndjson
from program import json_lines, scratch, tripline

INDICES = ("logs-fire.network-default", "logs-fire.process-default", "logs-fire.auth-default")
PATTERN = "logs-fire.*"
SETTINGS = {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "1s"}
_TRY_S = 10
_RIPE_S = 10
_NEW_SHARE = 0.04
_BY_ID = {"kibana.alert.uuid": {"order": "asc", "unmapped_type": "keyword"}}  # of an index that has just been made


def stamp(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rule(rule_id, query, **more):
    """Windows of minutes over intervals of seconds: an event is late by what a dying node holds its batch up."""
    return {"rule_id": rule_id, "name": f"Rule {rule_id}", "description": "For a test.", "type": "query", "language": "kuery",
            "query": query, "index": [PATTERN], "interval": "3s", "from": "now-3m", "risk_score": 47, "severity": "medium",
            "max_signals": 1_000, "enabled": True, **more}


def new_terms(rule_id, query, fields, **more):
    return rule(rule_id, query, type="new_terms", new_terms_fields=fields, history_window_start="now-1d", **more)


RULES = [
    rule("failures", "event.outcome:failure and event.category:authentication", interval="2s"),
    rule("shell", "process.name:(bash or zsh) and not user.name:root", interval="3s"),
    rule("ports", "destination.port >= 60000 and event.category:network", interval="5s"),
    rule("subnet", "destination.ip:203.0.0.0/25", interval="4s", **{"from": "now-2m"}),
    rule("folder", "process.working_directory:/tmp/* and event.action:exec", interval="2s", **{"from": "now-2m"}),
    rule("ingested", "event.action:(logon or logoff) and event.outcome:failure", interval="5s",
         timestamp_override="event.ingested"),
    rule("one-index", "event.kind:event and destination.port:443", index=[INDICES[0]], interval="3s"),
    new_terms("user", "user.name:*", ["user.name"], interval="2s"),
    new_terms("host-program", "host.name:* and process.executable:*", ["host.name", "process.executable"], interval="3s"),
    new_terms("country", "event.category:network", ["destination.geo.country_name"], interval="5s",
              timestamp_override="event.ingested"),
]

# Now and then there is a burst of network events, which is an anomaly.
JOB = {"job_id": "volume", "data_description": {"time_field": "@timestamp"},
       "analysis_config": {"bucket_span": "5s", "influencers": ["event.action"],
                           "detectors": [{"function": "high_count", "partition_field_name": "event.category"},
                                         {"function": "rare", "by_field_name": "destination.port"}]},
       "datafeed_config": {"datafeed_id": "volume", "indices": [PATTERN], "query": {"term": {"event.kind": "event"}}}}
ANOMALIES = {name: value for name, value in rule("anomalies", "", type="machine_learning", machine_learning_job_id="volume",
                                                 anomaly_threshold=1, interval="5s").items()
             if name not in ("query", "language", "index")}
DOCUMENTS = [*RULES, ANOMALIES, JOB]


class _Names:
    """Who does what where: new ones now and then, and of the old ones those whose first event was taken long ago. Nobody,
    as long as there are none of these."""

    def __init__(self, chance):
        self._chance = chance
        self._count = itertools.count()
        self._ripe = []
        self._green = collections.deque()  # (taken at, names)
        self._unsent = []

    def _new(self):
        number = next(self._count)
        return {"user": {"name": f"user-{number}"}, "host": {"name": f"host-{number % 5}"},
                "process": {"name": f"p{number % 7}", "executable": f"/usr/bin/p{number // 5 + number % 5}"},
                "destination": {"geo": {"country_name": f"Country {number // 4}"}}}

    def draw(self):
        """(names, whether this is their first event)"""
        if self._chance.random() < _NEW_SHARE:
            names = self._new()
            # A country comes with several names: while one of them is not ripe, no other brings it.
            held = [one for _, one in self._green] + self._unsent
            if not any(one["destination"] == names["destination"] for one in held):
                self._unsent.append(names)
                return names, True
        return (self._chance.choice(self._ripe), False) if self._ripe else ({}, False)

    def taken(self, now):
        self._green.extend((now, names) for names in self._unsent)
        self._unsent.clear()
        while self._green and now - self._green[0][0] > _RIPE_S:
            self._ripe.append(self._green.popleft()[1])


def _event(number, chance, names, is_network):
    """The first event of names has to be one that all new_terms rules look at, which is a network event."""
    category = "network" if is_network else chance.choice(["network", "process", "authentication"])
    action = {"network": "connect", "process": "exec", "authentication": chance.choice(["logon", "logoff"])}[category]
    address = f"203.0.{chance.randrange(1, 40) if chance.random() < 0.98 else 0}.{chance.randrange(128)}"
    process = dict(names.get("process", {}))
    if chance.random() < 0.03:
        process["name"] = "bash"
    if chance.random() < 0.05:
        process["working_directory"] = "/tmp/build"
    return {"event": {"kind": "event", "category": category, "action": action, "sequence": number,
                      "outcome": "failure" if chance.random() < 0.05 else "success"},
            "user": names.get("user", {}), "host": names.get("host", {}), "process": process,
            "destination": {"ip": address, "port": chance.choice([443, 53, 22, 80, 8080] * 12 + [60_001]),
                            **names.get("destination", {})}}


class Feeder(threading.Thread):
    """Sends `rate` events a second, a batch every half second, to whichever node takes them. What went wrong for good is
    `failure`."""

    def __init__(self, nodes, rate=40, seed=7, clock=time.time):
        super().__init__(daemon=True)
        self.sent = 0
        self.last_stamp = None  # seconds; of the last batch that was taken
        self.tries = 0
        self.failure = None
        self._clients = itertools.cycle([node.client for node in nodes])
        self._client = next(self._clients)
        self._rate = rate
        self._chance = random.Random(seed)
        self._names = _Names(self._chance)
        self._clock = clock
        self._batches = 0
        self._is_over = threading.Event()

    def run(self):
        try:
            while not self._is_over.is_set():
                begin = time.monotonic()
                self._feed(max(1, self._rate // 2))
                self._batches += 1
                self._is_over.wait(max(0.0, begin + 0.5 - time.monotonic()))
        except Exception as error:  # of a thread: told by the one that waits for it
            self.failure = error

    def _feed(self, count):
        batch = []
        burst = 15 * count if self._batches % 150 == 140 else 0
        for number in range(self.sent, self.sent + count + burst):
            # With the same seed the same events, whatever happens to the nodes, but for who is ripe.
            names, is_first = self._names.draw()
            event = _event(number, self._chance, names, is_first or number >= self.sent + count)
            batch.append((number, INDICES[self._chance.randrange(len(INDICES))], event))
        left = batch
        while left:
            left = self._attempt(left)
            if left and self._is_over.wait(0.5):
                raise RuntimeError(f"{len(left)} events were not taken when the feeder had to end")
        self.sent += len(batch)
        self._names.taken(time.monotonic())

    def _attempt(self, batch):
        """Those that have to be sent again."""
        self.tries += 1
        now = self._clock()
        lines = []
        for number, index, event in batch:
            at = stamp(now + number % 100 / 1_000 - 0.1)
            event = {**event, "@timestamp": at, "event": {**event["event"], "ingested": at}}
            lines += [{"create": {"_index": index, "_id": f"e{number}"}}, event]
        try:
            status, answer = self._client.request("POST", f"/_bulk?timeout={_TRY_S}s", ndjson(lines), timeout_s=_TRY_S)
        except Unreachable:
            self._client = next(self._clients)
            return batch
        if status >= 300:
            return batch
        left = []
        for entry, item in zip(batch, answer["items"], strict=True):
            if item["create"]["status"] == 400:
                raise RuntimeError(f"an event was refused: {json.dumps(item)[:500]}")
            if item["create"]["status"] not in (201, 409):
                left.append(entry)
        self.last_stamp = now
        return left

    def end(self):
        """Ends the stream behind a whole batch; raises what went wrong."""
        while self.is_alive():
            self._is_over.set()
            self.join(1)
        if self.failure:
            raise self.failure


def make_indices(client, settings=None):
    for index in INDICES:
        load.create_index(client, index, settings=settings or SETTINGS)


def indexed(client, pattern=PATTERN):
    """Every event that is there, as a search hit, in the order of their numbers."""
    client.expect("POST", f"/{pattern}/_refresh")
    hits, after = [], None
    while True:
        body = {"size": 5_000, "sort": ["event.sequence"], **({"search_after": after} if after else {})}
        found = client.expect("POST", f"/{pattern}/_search", body, timeout_s=120)["hits"]["hits"]
        if not found:
            return hits
        hits += [{name: hit[name] for name in ("_index", "_id", "_source")} for hit in found]
        after = found[-1]["sort"]


def desk_alerts(hits, rules):
    """id -> alert, of the desk's run over the hits."""
    with scratch() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.ndjson").write_bytes(ndjson(rules))
        (folder / "hits.ndjson").write_bytes(ndjson(sorted(hits, key=lambda hit: hit["_source"]["@timestamp"])))
        alerts = json_lines(tripline("run", "--rules", folder / "rules.ndjson", "--events", folder / "hits.ndjson",
                                     stderr=subprocess.DEVNULL))
    return {alert["kibana.alert.uuid"]: alert for alert in alerts}


def stored_alerts(client):
    """[(index, id, alert)] of all alerts that were published."""
    status, _ = client.request("POST", "/tripline-alerts/_refresh")
    if status == 404:
        return []
    hits, after = [], None
    while True:
        body = {"size": 2_000, "sort": [_BY_ID], **({"search_after": after} if after else {})}
        found = client.expect("POST", "/tripline-alerts/_search", body, timeout_s=120)["hits"]["hits"]
        if not found:
            return hits
        hits += [(hit["_index"], hit["_id"], hit["_source"]) for hit in found]
        after = found[-1]["sort"]


def finding(alert):
    """What an alert is about, in words: rule, event, terms."""
    event = alert["kibana.alert.ancestors"][-1]
    terms = alert.get("kibana.alert.new_terms", [])
    return f"{alert['kibana.alert.rule.rule_id']}: {event.get('index')}/{event['id']} {terms if terms else ''}"
