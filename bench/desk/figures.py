"""The cases of the desk: which rules over which events, and what the project holds itself to."""
import dataclasses
import itertools
import pathlib
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench")]

import measure  # noqa: E402
import own_events  # noqa: E402
import rulesets  # noqa: E402
import workload  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Case:
    rules: Callable  # of a Rulesets: the folder of rules
    workload: str
    target: float    # the rate of simdjson's DOM that is wanted at least
    what: str


CASES = {
    "seed": Case(lambda made: made.seed_rules(), "w1", 0.9, "the seed rule"),
    "corpus": Case(lambda made: made.corpus(), "w1", 0.6, "all KQL rules of the corpus"),
    "positives": Case(lambda made: made.corpus(), "positives", 0.5, "the same, 5 % of the events made to match"),
    "tenfold": Case(lambda made: made.many(5880), "w1", 0.4, "5,880 rules"),
}


def events(work, name, count=None):
    """The event file of a workload; made where it is not there."""
    path = pathlib.Path(work) / f"events-{workload.named(name, count).name}.ndjson"
    if not path.exists():
        measure.in_child(_make, work, name, count)
    return path


def _make(work, name, count):
    if rulesets.shared_folder():
        workload.make(work, workload.named(name, count))
    else:
        own_events.make(work, workload.named(name, count))


def head(work, path, count):
    """The first events of a file, as a file."""
    made = pathlib.Path(work) / f"{path.stem}-first-{count}.ndjson"
    if not made.exists():
        partial = made.with_suffix(".partial")
        with open(path, "rb") as lines, open(partial, "wb") as file:
            file.writelines(itertools.islice(lines, count))
        partial.rename(made)
    return made


def no_events(work):
    path = pathlib.Path(work) / "no-events.ndjson"
    path.write_bytes(b"")
    return path


def match(tripline, ruleset, events_file, *options):
    return [tripline, "match", "--rules", ruleset, "--events", events_file, "--count", *options]


def counts(output):
    """Matches by rule id, of `match --count`."""
    return {line.split("\t")[0]: int(line.split("\t")[1]) for line in output.decode().splitlines()}


def total_matches(output):
    return sum(counts(output).values())
