#!/usr/bin/env python3
"""Makes an index with ECS mappings and loads events into it: NDJSON files, gzip or not, of plain documents or of search
hits ({"_index", "_id", "_source"}).

    scripts/cluster/load.py --url http://127.0.0.1:9200 --index events --ids line events.ndjson.gz

Prints one line of JSON: how many documents were indexed and rejected, and why; ends with 1 where some were rejected.
A document goes out as the bytes of its line, in bounded batches.
"""
import argparse
import collections
import dataclasses
import gzip
import json
import pathlib
import sys
import time

import mapping
from client import BadAnswer, Client, Unreachable

BATCH_DOCUMENTS = 1_000
BATCH_BYTES = 5 << 20
_KEPT_REJECTIONS = 100
_TOO_BUSY = 429
_RETRIES = 5


@dataclasses.dataclass(frozen=True)
class Event:
    """One document to index: where it stood, where it goes, and its JSON text."""
    line: int  # 1-based, counted through all files of a call
    source: bytes
    index: str | None = None  # as the hit says
    id: str | None = None


@dataclasses.dataclass(frozen=True)
class Rejection:
    line: int
    id: str | None
    status: int  # 0: never sent
    reason: str


@dataclasses.dataclass
class Loaded:
    """The outcome: the first rejections in full, all of them counted by reason."""
    indexed: int = 0
    rejected: int = 0
    rejections: list = dataclasses.field(default_factory=list)
    reasons: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def reject(self, rejection):
        self.rejected += 1
        self.reasons[rejection.reason.partition(":")[0]] += 1
        if len(self.rejections) < _KEPT_REJECTIONS:
            self.rejections.append(rejection)


def create_index(client, index, *, more_fields=None, settings=None):
    """Makes the index; raises BadAnswer where the node does not take it."""
    client.expect("PUT", f"/{index}", mapping.index_body(more_fields=more_fields, settings=settings))


def lines_of(paths):
    """(number, line) over all files, numbers going on from file to file; blank lines count too."""
    number = 0
    for path in map(pathlib.Path, paths):
        opened = gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")
        with opened as file:
            for line in file:
                number += 1
                yield number, line.strip()


def read_event(number, line, ids):
    """The Event of a line. ids(number, document) names plain documents; hits keep their own ids. Raises ValueError."""
    document = json.loads(line)
    if not isinstance(document, dict):
        raise ValueError(f"a document is a JSON object; found {type(document).__name__}")
    if isinstance(document.get("_source"), dict):
        source = json.dumps(document["_source"], separators=(",", ":")).encode("utf-8")
        return Event(number, source, document.get("_index"), document.get("_id"))
    return Event(number, line, id=ids(number, document))


def line_id(number, _):
    return f"L{number}"


def no_id(*_):
    return None


def _action(event, index):
    target = {"_index": index or event.index}
    if event.id is not None:
        target["_id"] = event.id
    return json.dumps({"index": target}, separators=(",", ":")).encode("utf-8")


def _send(client, events, index, loaded):
    """One batch, and again what the node was too busy for."""
    for attempt in range(_RETRIES + 1):
        body = b"".join(_action(event, index) + b"\n" + event.source + b"\n" for event in events)
        status, answer = client.request("POST", "/_bulk", body, timeout_s=300)
        if status == _TOO_BUSY and attempt < _RETRIES:
            time.sleep(2 ** attempt)
            continue
        if status >= 300:
            raise BadAnswer(f"_bulk answered {status}: {json.dumps(answer)[:2000]}")
        again = []
        for event, item in zip(events, answer["items"], strict=True):
            result = item["index"]
            if result["status"] < 300:
                loaded.indexed += 1
            elif result["status"] == _TOO_BUSY and attempt < _RETRIES:
                again.append(event)
            else:
                error = result["error"]
                cause = error.get("caused_by") or {}
                reason = f"{error['type']}: {error['reason']}" + (f" ({cause['reason']})" if cause.get("reason") else "")
                loaded.reject(Rejection(event.line, result.get("_id"), result["status"], reason))
        events = again
        if not events:
            return
        time.sleep(2 ** attempt)


def load(client, index, numbered_lines, *, ids=no_id):
    """Indexes lines as lines_of() gives them and makes them searchable; answers a Loaded. Without an index (None) hits go
    where their _index says."""
    loaded, batch, size = Loaded(), [], 0
    touched = set()
    for number, line in numbered_lines:
        if not line:
            continue
        try:
            event = read_event(number, line, ids)
            if not (index or event.index):
                raise ValueError("no index was given, and the line names none")
        except (ValueError, RecursionError) as error:
            loaded.reject(Rejection(number, None, 0, f"not a document: {error}"))
            continue
        touched.add(index or event.index)
        batch.append(event)
        size += len(event.source)
        if len(batch) >= BATCH_DOCUMENTS or size >= BATCH_BYTES:
            _send(client, batch, index, loaded)
            batch, size = [], 0
    if batch:
        _send(client, batch, index, loaded)
    for name in sorted(touched):
        client.expect("POST", f"/{name}/_refresh", timeout_s=300)
    return loaded


def _options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="NDJSON, .gz or not")
    parser.add_argument("--url", required=True)
    parser.add_argument("--index", required=True, help="made with ECS mappings where it is not there")
    parser.add_argument("--ids", choices=("auto", "line"), default="auto",
                        help="of plain documents: the node's choice, or L<line number>")
    parser.add_argument("--field", action="append", default=[], metavar="NAME=TYPE", help="a field beside those of ECS")
    return parser.parse_args()


def main():
    options = _options()
    client = Client(options.url)
    try:
        if client.request("HEAD", f"/{options.index}")[0] == 404:
            create_index(client, options.index, more_fields=dict(field.split("=", 1) for field in options.field))
        loaded = load(client, options.index, lines_of(options.files), ids=line_id if options.ids == "line" else no_id)
    except (BadAnswer, Unreachable, mapping.BadTable, OSError, ValueError) as error:
        print(f"load: {error}", file=sys.stderr)
        return 1
    for rejection in loaded.rejections:
        print(f"load: line {rejection.line} rejected: {rejection.reason}", file=sys.stderr)
    print(json.dumps({"indexed": loaded.indexed, "rejected": loaded.rejected, "reasons": dict(loaded.reasons)}))
    return 1 if loaded.rejected else 0


if __name__ == "__main__":
    sys.exit(main())
