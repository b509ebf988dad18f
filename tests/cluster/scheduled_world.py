"""A small world for scheduled runs: rules of every kind with windows and caps that bind, an anomaly job, and three days of
events over three indices."""
import json
import random
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 5, 30, 22, 0, tzinfo=UTC)  # a month ends on the way
DAYS = 3
INDICES = ["logs-a-default", "logs-b-default", "filebeat-c"]
JOB_ID = "many_by_country"


def rule(name, query, *, interval, look_back, max_signals=100, indices=("logs-*", "filebeat-*"), **more):
    """A query rule, or with new_terms_fields a new_terms rule; as a Kibana export has it."""
    made = {"rule_id": name, "name": name, "description": name, "type": "query", "language": "kuery", "query": query,
            "index": list(indices), "interval": interval, "from": look_back, "to": "now", "max_signals": max_signals,
            "severity": "low", "risk_score": 21, "author": ["us"], "license": "Apache-2.0", **more}
    return made


def new_terms(name, query, fields, history, **more):
    return rule(name, query, type="new_terms", new_terms_fields=fields, history_window_start=history, **more)


def rules():
    job = {"job_id": JOB_ID,
           "analysis_config": {"bucket_span": "15m", "influencers": ["user.name"],
                               "detectors": [{"function": "high_non_zero_count", "by_field_name": "destination.geo.country_name"}]},
           "data_description": {"time_field": "@timestamp"},
           "datafeed_config": {"indices": ["logs-*"], "query": {"exists": {"field": "destination.geo.country_name"}}}}
    spike = {"rule_id": "spike", "name": "spike", "description": "spike", "type": "machine_learning", "anomaly_threshold": 30,
             "machine_learning_job_id": JOB_ID, "interval": "15m", "from": "now-45m", "severity": "low", "risk_score": 21}
    return [
        rule("often", "event.action : start", interval="5m", look_back="now-9m", max_signals=3),
        rule("hourly", "user.name : (ann or bob) and not event.action : stop", interval="1h", look_back="now-70m", max_signals=20),
        rule("one_index", "event.action : *", interval="10m", look_back="now-10m", max_signals=2, indices=["logs-a-*"]),
        rule("no_such_index", "event.action : *", interval="10m", look_back="now-10m", indices=["absent-*"]),
        rule("by_day", "event.action : rare", interval="6h", look_back="now-1d/d"),
        new_terms("new_user", "event.action : *", ["user.name"], "now-1d", interval="5m", look_back="now-9m"),
        new_terms("new_pair", "event.action : start", ["user.name", "host.ip"], "now-12h", interval="15m", look_back="now-1h",
                  max_signals=4),
        new_terms("new_port", "destination.port >= 1", ["destination.port"], "now-30h", interval="1h", look_back="now-61m"),
        spike, job]


def ruleset():
    return "".join(json.dumps(document) + "\n" for document in rules()).encode()


def events(seed, number):
    """(index, id, source), in the order of time."""
    chance = random.Random(seed)
    made = []
    for place in range(number):
        at = BEGIN + timedelta(milliseconds=chance.randrange(DAYS * 86_400_000))
        user = chance.choice(["ann", "bob", "eve", f"u{chance.randrange(60)}", f"u{int(at.timestamp()) // 20_000}"])
        source = {"@timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                  "event": {"action": chance.choice(["start", "stop", "go", "go", "rare" if chance.random() < 0.1 else "go"])},
                  "user": {"name": user if chance.random() < 0.8 else [user, "root"]},
                  "host": {"ip": f"10.0.0.{chance.randrange(9)}"},
                  "destination": {"port": chance.choice([22, 80, 443, chance.randrange(1, 3_000)])}}
        if chance.random() < 0.7:
            source["destination"]["geo"] = {"country_name": chance.choice(["Peru", "Chad", "Laos"])}
        made.append((chance.choice(INDICES), f"e{place}", source))
    # One country suddenly, on the last day.
    begin = BEGIN + timedelta(days=2, hours=7, minutes=1)
    for place in range(120):
        at = begin + timedelta(seconds=5 * place)
        made.append(("logs-b-default", f"s{place}",
                     {"@timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "user": {"name": "eve"},
                      "destination": {"geo": {"country_name": "Laos"}}}))
    return sorted(made, key=lambda event: (event[2]["@timestamp"], event[1]))


def as_hits(made):
    return "".join(json.dumps({"_index": index, "_id": id, "_source": source}) + "\n" for index, id, source in made)
