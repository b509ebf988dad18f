"""The events that the benches of this folder stand on: two thirds generated network events, one third real and
rule-satisfying ones out of ../shared/data, repeated until there are enough. Shuffled with a fixed seed; event.ingested
rises by 20 ms from event to event, so that the newest 5 % of 300,000 are five minutes. The same number of events gives
the same bytes.

    path = workload.make(folder, 300_000)     # NDJSON; made once
"""
import gzip
import json
import pathlib
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "acceptance")]

from program import shared_folder  # noqa: E402

BEGIN = datetime(2026, 5, 1, tzinfo=timezone.utc)
STEP = timedelta(milliseconds=20)
_SEED = 1
_FILES = ("windows_events_ecs", "filebeat_fixture_events", "geneve_positive_events")


def ingested_at(number):
    """event.ingested of the event with this number, from 0."""
    return (BEGIN + number * STEP).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def newest(count, share):
    """The query that finds the newest share of the first `count` events."""
    return {"range": {"event.ingested": {"gte": ingested_at(count - int(count * share))}}}


def _recorded():
    """The lines of the data files, as documents."""
    documents = []
    for name in _FILES:
        with gzip.open(shared_folder() / "data" / f"{name}.ndjson.gz", "rb") as lines:
            for line in lines:
                document = json.loads(line)
                documents.append(document.get("doc", document))
    return documents


def _generated(folder, count):
    path = folder / f"generated-{count}.ndjson"
    if not path.exists():
        partial = path.with_suffix(".partial")
        subprocess.run([sys.executable, shared_folder() / "tools" / "gen_events.py", "-n", str(count), "--seed", str(_SEED),
                        "-o", partial, "--labels", folder / "labels.txt"], check=True, stdout=subprocess.DEVNULL)
        partial.rename(path)
    return path.read_bytes().splitlines()


def documents(folder, count):
    """The events as dictionaries, in the order of their numbers."""
    generated = _generated(folder, count * 2 // 3)
    recorded = _recorded()
    places = list(range(count))
    random.Random(_SEED).shuffle(places)
    for number, place in enumerate(places):
        if place < len(generated):
            document = json.loads(generated[place])
        else:
            document = recorded[(place - len(generated)) % len(recorded)]
        event = document.get("event")
        document["event"] = {**(event if isinstance(event, dict) else {}), "ingested": ingested_at(number)}
        yield document


def make(folder, count):
    """The file of the first `count` events in `folder`; made where it is not there."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events-{count}.ndjson"
    if not path.exists():
        partial = path.with_suffix(".partial")
        with open(partial, "w", encoding="utf-8") as file:
            for document in documents(folder, count):
                file.write(json.dumps(document, separators=(",", ":")) + "\n")
        partial.rename(path)
    return path
