#!/usr/bin/env python3
"""Where does a match spend its time? Sorts the stacks of a flight recording of a node into the stages of one pass.

    bench/cluster/stack_groups.py node.jfr [--top 15]

Reads jdk.CPUTimeSample (JDK 25), which counts a thread that runs native code as well as one that runs Java's. A stack
belongs to the first group of GROUPS that has a mark in any of its frames: opening postings while a segment is decided is
a decision. What no mark knows is the search around us.

    with recording(it.cluster.nodes[0].pid, path): ...     # of a running node
"""
import argparse
import collections
import contextlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts" / "cluster")]

import jdk  # noqa: E402

EVENT = "jdk.CPUTimeSample"
_SHARD, _SEARCH, _ENGINE = "org.tripline.opensearch.shard.", "org.tripline.opensearch.search.", "org.tripline.engine."
_SERVER = "org.opensearch."
# The first group with a mark in any frame of the stack is the stack's: from what is inside to what is around it.
GROUPS = (
    ("upload", ("org.tripline.opensearch.rulesets.PutRuleset", "org.tripline.opensearch.rulesets.DeleteRuleset")),
    ("ruleset lookup", ("org.tripline.opensearch.rulesets.",)),
    ("decisions", (_SHARD + "SegmentCache", _SHARD + "SegmentAnswers", _SHARD + "SegmentDecider", _SHARD + "LateAnswers",
                   _SHARD + "SegmentPass.answerLate")),
    ("columns", (_SHARD + "SegmentPass.readColumn", _SHARD + "SegmentPass.readValues", _SHARD + "ColumnReader")),
    ("postings", (_SHARD + "SegmentPass.addGiven", _SHARD + "SegmentPass.openGiven", _SHARD + "LeafSource",
                  _SHARD + "LeafWeights", _SHARD + "LeafQueries")),
    ("verdicts", (_SHARD + "BlockVerdicts",)),
    ("kernel", (_ENGINE + "Native.", _ENGINE + "Matcher.", _ENGINE + "BlockBuffer.")),
    ("finds", (_SEARCH + "RuleFinder", _SEARCH + "Find", _SHARD + "TermReader", _SHARD + "EventTimes")),
    ("reduce", (_SEARCH + "InternalTripline", _SEARCH + "RuleResult")),
    ("set-up", (_SEARCH + "TriplineAggregatorFactory", _SEARCH + "RuleTasks")),
    ("pass", (_SHARD, _SEARCH + "TriplineAggregator.", _ENGINE)),
    ("query phase", (_SERVER + "search.query.QueryPhase",)),
    ("search context", (_SERVER + "search.SearchService.createContext", _SERVER + "search.SearchService.canMatch",
                        _SERVER + "search.SearchService.createAndPutReaderContext")),
    ("shard request", (_SERVER + "search.SearchService",)),
    ("coordinator", (_SERVER + "action.search.",)),
    ("http", (_SERVER + "rest.", _SERVER + "http.", _SERVER + "transport.", _SERVER + "action.", "io.netty.",
              "org.tripline.opensearch.")),
)
# The parts that a breakdown is told in; every other group is the search around them.
STAGES = {"decisions": "decisions", "columns": "columns", "postings": "postings", "kernel": "kernel", "reduce": "reduce",
          "finds": "reduce", "pass": "kernel", "verdicts": "kernel"}
STAGE_NAMES = ("search", "postings", "columns", "decisions", "kernel", "reduce")
_LOOKUP_THREAD = "system_read"
_MACHINE_THREADS = ("C1 CompilerThread", "C2 CompilerThread", "GC Thread", "G1 ", "VM Thread", "JFR ")


@contextlib.contextmanager
def recording(pid, path):
    """Records the process into `path` as long as the block lasts."""
    home = jdk.find_jdk().home
    # The node writes the file itself, below its own folder, and under its own user.
    jcmd = [str(home / "bin" / "jcmd"), str(pid)]
    settings = pathlib.Path(path).with_suffix(".jfc")
    settings.write_text(f'<?xml version="1.0"?><configuration version="2.0"><event name="{EVENT}"><setting name="enabled">'
                        'true</setting><setting name="throttle">1ms</setting></event></configuration>', encoding="utf-8")
    settings.chmod(0o644)
    subprocess.run([*jcmd, "JFR.start", "name=bench", f"settings={settings}"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run([*jcmd, "JFR.stop", "name=bench", f"filename={path}"], check=True, stdout=subprocess.DEVNULL)


def stacks(path):
    """(thread, frames innermost first as class.method:line) of every sample."""
    jfr = jdk.find_jdk().home / "bin" / "jfr"
    done = subprocess.run([jfr, "print", "--json", "--stack-depth", "128", "--events", EVENT, path], check=True,
                          stdout=subprocess.PIPE)
    for event in json.loads(done.stdout)["recording"]["events"]:
        values = event["values"]
        frames = (values.get("stackTrace") or {}).get("frames", [])
        thread = (values.get("eventThread") or {}).get("javaName") or "?"
        yield thread, [f"{frame['method']['type']['name']}.{frame['method']['name']}:{frame['lineNumber']}"
                       .replace("/", ".") for frame in frames]


def group_of(thread, frames):
    if thread.startswith(_MACHINE_THREADS):
        return "the virtual machine"
    if _LOOKUP_THREAD in thread:
        return "ruleset lookup"
    for name, marks in GROUPS:
        if any(frame.startswith(marks) for frame in frames):
            return name
    return "rest of the node"


def stages(sampled):
    """Stage -> share of the samples."""
    counted = collections.Counter(STAGES.get(group_of(thread, frames), "search") for thread, frames in sampled)
    total = sum(counted.values()) or 1
    return {name: counted[name] / total for name in STAGE_NAMES}


def _short(frame):
    """Class.method of a frame, without the package."""
    return ".".join(frame.rpartition(":")[0].rsplit(".", 2)[-2:])


def _innermost(frames, depth):
    """The innermost frames, without those of the virtual machine's own library, which say little."""
    kept = [frame for frame in frames if not frame.startswith(("java.", "jdk."))] or frames
    return " < ".join(map(_short, kept[:depth]))


def tell(sampled, top, depth=4):
    """Prints the groups and, of each, the stacks that are met most."""
    grouped = collections.defaultdict(collections.Counter)
    for thread, frames in sampled:
        grouped[group_of(thread, frames)][_innermost(frames, depth)] += 1
    total = sum(sum(counted.values()) for counted in grouped.values()) or 1
    print(f"{total} samples")
    for name, counted in sorted(grouped.items(), key=lambda item: -sum(item[1].values())):
        print(f"{100 * sum(counted.values()) / total:5.1f} % {name}")
        for stack, number in counted.most_common(top):
            print(f"        {100 * number / total:5.1f} % {stack}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=pathlib.Path)
    parser.add_argument("--top", type=int, default=8, help="stacks of each group")
    parser.add_argument("--within", metavar="CLASS", help="only stacks that this is in, as TriplineAggregator")
    parser.add_argument("--depth", type=int, default=4, help="frames of each stack")
    options = parser.parse_args()
    sampled = [(thread, frames) for thread, frames in stacks(options.recording)
               if not options.within or any(options.within in frame for frame in frames)]
    tell(sampled, options.top, options.depth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
