"""Events with two random numbers each, spread over indices and shards in several ways.

    layout = Layout("60 shards", indices=20, shards=3)
    layout.load(client, events)
"""
import concurrent.futures
import dataclasses
import itertools
import json
import random

import client as http
import mapping

BATCH = 1_000
MARK_FIELDS = {"mark.a": "long", "mark.b": "long"}
_MARK_BITS = 32  # sums of 2^20 of them are exact as doubles


@dataclasses.dataclass(frozen=True)
class Event:
    number: int  # also its id
    share: float  # of the events that come before it
    source: dict
    marks: tuple

    @property
    def id(self):
        return str(self.number)


def marked(documents, seed=1):
    """Events of documents, with their place among them as id."""
    documents, numbers = list(documents), random.Random(seed)
    return [Event(place, place / len(documents), document, (numbers.getrandbits(_MARK_BITS), numbers.getrandbits(_MARK_BITS)))
            for place, document in enumerate(documents)]


def _lines(event, index):
    source = {**event.source, "mark": dict(zip("ab", event.marks, strict=True))}
    return [{"index": {"_index": index, "_id": event.id}}, source]


@dataclasses.dataclass(frozen=True)
class Layout:
    """How events lie: in so many indices of so many shards; every `refresh_every` events of an index are a segment of their
    own (of each shard), and segments stay; with is_merged one segment for each shard is left."""
    name: str
    indices: int = 1
    shards: int = 1
    refresh_every: int = 5_000
    is_merged: bool = False

    @property
    def pattern(self):
        return f"{self._prefix}*"

    @property
    def _prefix(self):
        return "events-" + self.name.replace(" ", "-").replace(",", "") + "-"

    def index_of(self, event):
        """By days, as it were: an index has what came one after the other."""
        return f"{self._prefix}{int(event.share * self.indices):02}"

    def load(self, client, events, more_fields):
        """Answers the events that the server took."""
        body = mapping.index_body(more_fields=more_fields | MARK_FIELDS, settings={
            "number_of_shards": self.shards, "translog.durability": "async", "refresh_interval": -1,
            "merge.policy.segments_per_tier": 1_000})
        for number in range(self.indices):
            client.expect("PUT", f"/{self._prefix}{number:02}", body)
        parts = {}
        for event in events:
            parts.setdefault(self.index_of(event), []).append(event)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            taken = list(pool.map(lambda part: self._load_index(client, *part), parts.items()))
        if self.is_merged:
            client.expect("POST", f"/{self.pattern}/_forcemerge?max_num_segments=1", timeout_s=600)
            client.expect("POST", f"/{self.pattern}/_refresh", timeout_s=300)
        return list(itertools.chain.from_iterable(taken))

    def _load_index(self, client, index, events):
        taken = []
        for begin in range(0, len(events), self.refresh_every):
            segment = events[begin:begin + self.refresh_every]
            for first in range(0, len(segment), BATCH):
                batch = segment[first:first + BATCH]
                body = http.ndjson(line for event in batch for line in _lines(event, index))
                answer = client.expect("POST", "/_bulk", body, timeout_s=300)
                taken += [event for event, item in zip(batch, answer["items"], strict=True) if item["index"]["status"] < 300]
            client.expect("POST", f"/{index}/_refresh", timeout_s=300)
        return taken

    def segments(self, client):
        rows = client.expect("GET", f"/_cat/segments/{self.pattern}?format=json")
        return sum(row["prirep"] == "p" for row in rows)

    def remove(self, client):
        for number in range(self.indices):
            client.expect("DELETE", f"/{self._prefix}{number:02}")


def documents_of(lines):
    return (json.loads(line) for line in lines)
