"""The peers that are libraries: tau-engine (Rust) and AWS event-ruler (Java), built by the clients of their registries, run
over the same events as ours in the same minutes, and their counts compared with ours, rule by rule.

Each gets the rules that its language can express, and ours gets the same ones in a ruleset of their own.
"""
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

import figures
import kql_tree
import measure
import rulesets

FOLDER = pathlib.Path(__file__).resolve().parent / "peers"
sys.path[:0] = [str(FOLDER)]

import conditions  # noqa: E402
import ruler_rules  # noqa: E402
import tau_rules  # noqa: E402


class Missing(Exception):
    """The peer cannot be had here; says what to install."""


def _build(command, folder, remedy, environment=None):
    if shutil.which(command[0]) is None:
        raise Missing(f"{command[0]} is not there: {remedy}")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise Missing(f"`{' '.join(map(str, command))}` failed in {folder.relative_to(rulesets.ROOT)}:\n"
                      f"{(done.stdout + done.stderr)[-1500:]}")


def tau_program(build):
    target = pathlib.Path(build).resolve() / "peers" / "tau"
    _build(["cargo", "build", "--release", "--locked", "--quiet"], FOLDER / "tau",
           "install Rust (Debian's cargo is too old for tau-engine 1.16, which asks for edition 2024: 1.85)",
           {"CARGO_TARGET_DIR": str(target)})
    return [target / "release" / "tau-runner"]


def ruler_program(build):
    target = pathlib.Path(build).resolve() / "peers" / "event_ruler"
    _build(["mvn", "-q", "-B", "package", f"-Dbuild.folder={target}"], FOLDER / "event_ruler",
           "scripts/setup.sh --bench installs Maven and a JDK")
    return ["java", "-Xms2g", "-Xmx4g", "-cp", f"{target}/event-ruler-runner.jar:{target}/lib/*", "EventRulerRunner"]


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    program: object  # of the build folder: the command, to which rules and events are added
    translate: object  # of a condition: what the runner takes beside the rule's id
    positive: object  # the same for the part without negations, which asks too little; None: not needed
    warm_up: int  # passes before the measurement


PEERS = (
    Peer("tau-engine 1.16", tau_program, lambda condition: {"rule": tau_rules.rule(condition)}, None, 1),
    Peer("event-ruler 2.1.0", ruler_program, lambda condition: {"rules": ruler_rules.rules(condition)},
         lambda condition: {"rules": ruler_rules.positive(condition)}, 6),
)


@dataclasses.dataclass
class Translated:
    documents: list  # {"id", ...} for the runner
    paths: list      # of the rules, for ours
    left_out: dict   # reason -> number of rules
    is_partial: bool = False


def translate(tripline, peer, paths):
    """The rules that the peer can express."""
    reader = conditions.Reader()
    rules = [tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))["rule"] for path in paths]
    made = Translated([], [], {})
    for path, rule, tree in zip(paths, rules, kql_tree.parse(tripline, [rule["query"] for rule in rules])):
        try:
            if "filters" in rule:
                raise conditions.Inexpressible("filters in query DSL")
            made.documents.append({"id": rule["rule_id"], **peer.translate(reader.read(tree))})
            made.paths.append(path)
        except conditions.Inexpressible as reason:
            made.left_out[str(reason)] = made.left_out.get(str(reason), 0) + 1
    if len(rules) == 1 and not made.documents and peer.positive:
        made.documents = [{"id": rules[0]["rule_id"], **peer.positive(reader.read(
            kql_tree.parse(tripline, [rules[0]["query"]])[0]))}]
        made.paths, made.is_partial = list(paths), True
    return made


@dataclasses.dataclass
class Outcome:
    """One peer over one set of rules."""
    peer: str
    version: str
    num_rules: int
    num_refused: int
    left_out: dict
    is_partial: bool
    rate: measure.Spread        # events per CPU second over the floor's, parsing included
    cpu_us: measure.Spread      # per event, parsing included
    parse_us: measure.Spread    # per event, its parsing alone
    ours_rate: measure.Spread   # ours over the same rules and events, whole process
    ours_us: measure.Spread
    faster: float               # how many times ours is as fast
    num_equal: int              # rules with the same count
    num_matching: int           # of those, rules that match something
    differences: list           # (rule id, ours, theirs)


def compare(context, peer, name, paths, events, repeats):
    """Passes of the peer and of the floor, and runs of ours, in turns."""
    translated = translate(context.tripline, peer, paths)
    work = context.work / "peers"
    work.mkdir(exist_ok=True)
    stem = f"{peer.name.split()[0]}-{name}"
    rules_file = work / f"{stem}.ndjson"
    rules_file.write_text("".join(json.dumps(document) + "\n" for document in translated.documents), encoding="utf-8")
    folder = work / stem
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in translated.paths:
        shutil.copy(path, folder)
    ruleset = context.rulesets.compiled(folder, name=f"peers/{stem}")
    ours = figures.match(context.tripline, ruleset, events, *context.one_thread)
    with measure.Floor(context.floor, events, context.core) as floor, \
            measure.Passes([*peer.program(context.build), rules_file, events], context.core) as runner:
        for _ in range(peer.warm_up):
            runner.measure("match")
        turns = [(floor.measure().cpu_s, runner.measure("parse").cpu_s, runner.measure("match").cpu_s,
                  measure.run(ours, (context.core,))) for _ in range(repeats)]
        theirs = json.loads(runner.ask("counts"))
        refused = [line for line in runner.talk().splitlines() if line.startswith("refused")]
        version, num_events = runner.version, floor.num_events
    counted = figures.counts(turns[-1][3].output)
    asked = {document["id"] for document in translated.documents} - {line.split("\t")[1] for line in refused}
    different = [(rule, counted.get(rule, 0), theirs.get(rule, 0)) for rule in sorted(asked)
                 if counted.get(rule, 0) != theirs.get(rule, 0)]
    per_event = 1e6 / num_events
    faster = measure.Spread.of(match / done.cpu_s for _, _, match, done in turns).median
    return Outcome(peer.name, version, len(asked), len(refused), translated.left_out, translated.is_partial,
                   rate=measure.Spread.of(floor_s / match for floor_s, _, match, _ in turns),
                   cpu_us=measure.Spread.of(match * per_event for _, _, match, _ in turns),
                   parse_us=measure.Spread.of(parse * per_event for _, parse, _, _ in turns),
                   ours_rate=measure.Spread.of(floor_s / done.cpu_s for floor_s, _, _, done in turns),
                   ours_us=measure.Spread.of(done.cpu_s * per_event for _, _, _, done in turns), faster=faster,
                   num_equal=len(asked) - len(different),
                   num_matching=sum(counted.get(rule, 0) > 0 for rule in asked), differences=different)
