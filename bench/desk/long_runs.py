"""The parts that only `make bench-long` has: ten million events, and peers that take seconds for what others do in one."""
import json
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

import figures
import kql_tree
import measure
import peer_runs
import rulesets
from table import Part, Row

import conditions  # peer_runs puts it in reach

_MILLION = 1_000_000
_TIMES = 10


def ten_million(context):
    """Ten times a million events through a pipe, each time with other ids, so that nothing of the size lies on the disk."""
    ruleset = context.rulesets.compiled(context.rulesets.corpus())
    events = context.events("w1", _MILLION)
    rows = []
    with measure.Floor(context.floor, events, context.core) as floor:
        before = floor.measure().cpu_s
        with subprocess.Popen([sys.executable, "-B", pathlib.Path(__file__).parent / "repeat_events.py", str(events),
                               str(_TIMES)], stdout=subprocess.PIPE) as feeder:
            done = measure.run(context.match(ruleset, "-"), (context.core,), stdin=feeder.stdout)
        floor_s = (before + floor.measure().cpu_s) / 2
    num_events = _TIMES * _MILLION
    rows.append(Row(f"{num_events:,} events through a pipe", floor_s * _TIMES / done.cpu_s, "of the floor",
                    note=f"{done.cpu_s / num_events * 1e6:.3f} us an event; {figures.total_matches(done.output):,} matches"))
    rows.append(Row("peak memory of the run", done.peak_bytes / 1e6, "MB", wanted=500, at_least=False))
    return Part("Ten million events", "All corpus rules; w1 of a million events, ten times with other ids, from a pipe (which "
                "costs more system time than a file). One run.", rows)


def slow_peers(context):
    rows = []
    for measured in (_python, _jq, _duckdb):
        try:
            rows += measured(context)
        except peer_runs.Missing as reason:
            print(f"PEER LEFT OUT: {reason}", file=sys.stderr)
            rows.append(Row(f"{measured.__name__.strip('_')}: not measured", 0, "", note=str(reason)))
    return Part("Slow peers", "One run each over few events; counts are compared with ours.", rows)


def _told(context, name, ruleset, events, cpu_s, theirs, asked, note):
    """A row of a peer's run; ours counts the same events."""
    ours = figures.counts(measure.run(context.match(ruleset, events), (context.core,)).output)
    different = [rule for rule in asked if ours.get(rule, 0) != theirs.get(rule, 0)]
    num_events = sum(1 for _ in open(events, "rb"))
    with measure.Floor(context.floor, events, context.core) as floor:
        rate = floor.measure().cpu_s / cpu_s
    verdict = "counts equal" if not different else f"{len(different)} rules count differently: {', '.join(different[:3])}"
    return Row(name, rate, "of the floor", note=f"{cpu_s / num_events * 1e6:,.1f} us an event, {note}; "
                                               f"{len(asked)} rules, {verdict}")


def _python(context):
    import python_evaluator
    rows = []
    for name, paths, count in (("seed", [rulesets.SEED], 60_000), ("corpus", rulesets.corpus_rules(), 2_000)):
        events = figures.head(context.work, context.events("positives"), count)
        asked = _expressible(context, paths, python_evaluator.compiled)
        documents = [json.loads(line) for line in open(events, "rb")]
        begin = time.process_time()
        counts = python_evaluator.count(asked, documents)
        took = time.process_time() - begin
        ruleset = context.rulesets.compiled(figures.CASES[name].rules(context.rulesets))
        rows.append(_told(context, f"Python closures over dictionaries, {name}", ruleset, events, took, counts, list(asked),
                          "parsing left out"))
    return rows


def _expressible(context, paths, write):
    """{rule id: write(condition)} of the rules that can be said."""
    reader, made = conditions.Reader(), {}
    rules = [tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))["rule"] for path in paths]
    for rule, tree in zip(rules, kql_tree.parse(context.tripline, [rule["query"] for rule in rules])):
        try:
            if "filters" not in rule:
                made[rule["rule_id"]] = write(reader.read(tree))
        except conditions.Inexpressible:
            pass
    return made


def _duckdb(context):
    import duckdb_rules
    library = context.build / "peers" / "duckdb"
    if not (library / "duckdb").is_dir():
        done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", library, "duckdb>=1.3"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise peer_runs.Missing(f"pip could not install duckdb: {done.stderr.strip().splitlines()[-1]}")
    rows = []
    for name, paths in (("seed", [rulesets.SEED]), ("corpus", rulesets.corpus_rules())):
        events = figures.head(context.work, context.events("positives"), 60_000)
        writer = duckdb_rules.Writer()
        rules = _expressible(context, paths, writer.written)
        file = context.work / f"duckdb-{name}.json"
        file.write_text(json.dumps({"fields": writer.fields, "rules": rules}), encoding="utf-8")
        runner = peer_runs.FOLDER / "duckdb_runner.py"
        done = measure.run(["env", f"PYTHONPATH={library}", sys.executable, "-B", runner, file, events], (context.core,))
        told = json.loads(done.output)
        ruleset = context.rulesets.compiled(figures.CASES[name].rules(context.rulesets))
        rows.append(_told(context, f"{told['version']}, {name}, from NDJSON", ruleset, events,
                          told["load_s"] + told["query_s"], told["counts"], list(rules),
                          f"of which the query over the table {told['query_s'] / 60_000 * 1e6:.1f}"))
    return rows


def _jq(context):
    import jq_filter
    if shutil.which("jq") is None:
        raise peer_runs.Missing("jq is not there: apt-get install jq")
    rule = tomllib.loads(rulesets.SEED.read_text(encoding="utf-8"))["rule"]
    condition = conditions.Reader().read(kql_tree.parse(context.tripline, [rule["query"]])[0])
    events = figures.head(context.work, context.events("w1"), 60_000)
    done = measure.run(["jq", "-c", f"select({jq_filter.written(condition)}) | 1", events], (context.core,))
    ruleset = context.rulesets.compiled(rulesets.SEED)
    version = subprocess.run(["jq", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return [_told(context, f"{version}, the seed rule", ruleset, events, done.cpu_s,
                  {rule["rule_id"]: done.output.count(b"1")}, [rule["rule_id"]], "parsing included")]
