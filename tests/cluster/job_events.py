"""Events and anomaly jobs for the tests of counting: values that are missing, several, repeated, of every type that splits or
influences; times on the edges of buckets and before 1970."""
import json
import random
from datetime import UTC, datetime, timedelta

INDICES = ["logs-one-default", "logs-two-default"]
_BEGIN_MS = 1_775_779_200_000  # 2026-04-10
_BEFORE_1970_MS = -86_400_000 * 3
_HOUR_MS = 3_600_000


def job(job_id, span, detectors, influencers, query, **more):
    config = {"bucket_span": span, "detectors": detectors, "influencers": influencers}
    config.update({key: more.pop(key) for key in list(more) if key == "summary_count_field_name"})
    return {"job_id": job_id, "analysis_config": config, "data_description": {"time_field": more.pop("time_field", "@timestamp")},
            "datafeed_config": {"indices": more.pop("indices", ["logs-*"]), "query": query}}


JOBS = [
    # Counts by one kind, by pairs of two, and of everything; whoever brings too little is not looked for.
    job("kinds", "15m", [{"function": "count", "by_field_name": "event.action"},
                         {"function": "high_non_zero_count", "by_field_name": "user.name",
                          "partition_field_name": "host.name"},
                         {"function": "high_count"},
                         {"function": "low_count", "by_field_name": "host.name"}],
        ["source.ip", "user.name", "event.action"],
        {"bool": {"filter": [{"term": {"event.kind": "event"}}], "must_not": [{"term": {"event.action": "skipped"}}]}}),
    # Values that are there or not; what all their events share.
    job("seldom", "1h", [{"function": "rare", "by_field_name": "process.name"},
                         {"function": "rare", "by_field_name": "source.ip", "partition_field_name": "host.name"}],
        ["user.name", "source.ip", "event.action", "destination.port"],
        {"exists": {"field": "process.name"}}, indices=["logs-one-*"]),
    # Events that are counts already, by numbers, dates, truths and floats, at another time.
    job("summed", "6m", [{"function": "high_non_zero_count", "by_field_name": "destination.port"},
                         {"function": "non_zero_count", "by_field_name": "process.tty.char_device.major",
                          "partition_field_name": "event.risk_score"}],
        ["event.created", "destination.port", "event.risk_score", "source.ip", "host.geo.timezone"],
        {"match_all": {}}, time_field="event.ingested", summary_count_field_name="event.sequence"),
]


def _maybe_several(chance, draw):
    values = [draw() for _ in range(chance.choice([0, 1, 1, 1, 1, 2, 3]))]
    return values[0] if len(values) == 1 else values


def _time_ms(chance):
    begin = _BEFORE_1970_MS if chance.random() < 0.1 else _BEGIN_MS
    if chance.random() < 0.1:  # the last millisecond of a bucket, and the first
        return begin + chance.randrange(1, 20) * 900_000 - chance.randrange(2)
    return begin + chance.randrange(5 * _HOUR_MS)


def _written(chance, time_ms):
    """As a number, or as a text; before 1970 a number would be read as a year. Digits behind the milliseconds are cut."""
    if time_ms > 0 and chance.random() < 0.7:
        return time_ms
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", chance.choice(["Z", "678Z"]))


def events(count, seed=11):
    """(index, id, document)."""
    chance = random.Random(seed)
    for number in range(count):
        time_ms = _time_ms(chance)
        document = {
            "event": {"kind": chance.choice(["event", "event", "event", "alert"]),
                      "action": _maybe_several(chance, lambda: chance.choice(["open", "close", "read", "skipped"])),
                      "ingested": _written(chance, time_ms + chance.randrange(90_000)),
                      "created": _written(chance, time_ms - time_ms % _HOUR_MS),
                      "category": chance.choice(["network", "network", "process"]),
                      "risk_score": _maybe_several(chance, lambda: chance.choice([6.1, 0.1, 47.0, -0.5]))},
            "host": {"name": f"host-{chance.randrange(3)}", "geo": {"timezone": chance.choice(["UTC", "CET"])}},
            "user": {"name": _maybe_several(chance, lambda: f"u{int(chance.paretovariate(0.7)) % 40}")},
            "process": {"name": _maybe_several(chance, lambda: f"p{int(chance.paretovariate(0.5)) % 60}"),
                        "tty": {"char_device": {"major": chance.randrange(3)}}},
            "source": {"ip": _maybe_several(chance, lambda: chance.choice(
                [f"10.0.0.{chance.randrange(30)}", f"2001:db8::{chance.randrange(5):x}"]))},
            "destination": {"port": _maybe_several(chance, lambda: chance.choice([80, 443, 443, 8080])),
                            "ip": f"203.0.113.{chance.randrange(9)}",
                            "as": {"organization": {"name": chance.choice(["Acme", "Beta", "Öst"])}},
                            "geo": {"country_name": _maybe_several(chance, lambda: chance.choice(["Norway", "Japan", "Peru"]))}},
        }
        if chance.random() > 0.03:
            document["@timestamp"] = _written(chance, time_ms)
            if chance.random() < 0.2:
                document["@timestamp"] = [_written(chance, time_ms + 7_000_000), document["@timestamp"]]
        if chance.random() < 0.9:
            document["event"]["sequence"] = chance.choice([1, 1, 2, 5, 0, -3, [2, 2, 3]])
        if chance.random() < 0.1:
            del document["host"]["name"]
        yield INDICES[number % 2], f"e{number}", document


def documents_of(rule_folder):
    """The seed rule's job as it stands beside it, and the made-up ones."""
    return [json.loads((rule_folder / "job.json").read_text(encoding="utf-8")), *JOBS]
