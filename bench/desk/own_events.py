"""Events where ../shared is not there: the sample events of rules/, again and again until there are enough, with other ids
and one rising clock. No measure of anything but this program on this machine; whoever makes them says so."""
import json
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(work, chosen):
    """The file of `chosen` (workload.Workload), by its name."""
    print(f"../shared is not there: {chosen.name} is made of the few sample events of rules/", file=sys.stderr)
    lines = [json.loads(line) for path in sorted((ROOT / "rules").rglob("events.ndjson"))
             for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    random.Random(1).shuffle(lines)
    path = pathlib.Path(work) / f"events-{chosen.name}.ndjson"
    partial = path.with_suffix(".partial")
    with open(partial, "w", encoding="utf-8") as file:
        for number in range(chosen.count):
            line = lines[number % len(lines)]
            document = line.get("_source", line)
            event = {**document.get("event", {}), "id": f"e{number}", "ingested": chosen.stamp(number)}
            file.write(json.dumps({**document, "@timestamp": chosen.stamp(number), "event": event},
                                  separators=(",", ":")) + "\n")
    partial.rename(path)
