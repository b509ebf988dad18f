#!/usr/bin/env python3
"""Bad input is answered with words that a person can act on, and with the right exit code; never with a crash."""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
SEED = ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable"

failures = []


def run(*arguments, stdin=None, **kwargs):
    return subprocess.run([TRIPLINE, *map(str, arguments)], input=stdin, capture_output=True, timeout=120, **kwargs)


def expect(what, answer, exit_code, *words):
    said = (answer.stderr + answer.stdout).decode("utf-8", "replace")
    if answer.returncode != exit_code:
        failures.append(f"{what}: exit code {answer.returncode}, expected {exit_code}\n{said[:2000]}")
    for word in words:
        if word not in said:
            failures.append(f"{what}: `{word}` is not said\n{said[:2000]}")


def rule(query, **more):
    document = {"rule_id": "r-1", "name": "a rule", "description": "d", "type": "query", "language": "kuery",
                "risk_score": 21, "severity": "low", "query": query, "index": ["logs-*"]}
    return json.dumps(document | more)


def write(folder, name, content):
    path = pathlib.Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rules_that_are_wrong(folder):
    def checked(what, query, exit_code, *words):
        expect(what, run("check", write(folder, "rule.json", rule(query))), exit_code, *words)

    checked("an unknown field", "proces.name : curl", 0, "warning[field.unknown]", "process.name", ":1:", "^^^")
    checked("a value of the wrong type", "source.port : abc", 1, "error[value.wrong_type]", "abc", "number")
    checked("a wildcard on an address", "source.ip : 10.*", 1, "value.wildcard_on_type")
    checked("an unparsable query", "process.name : (curl", 1, "error[kql.syntax]", "^")
    checked("a query of 100 MB", "a : b or " * 12_000_000 + "a : b", 1, "too")
    checked("100,000 parentheses", "(" * 100_000 + "a : b" + ")" * 100_000, 1, "kql.too_")
    expect("invalid UTF-8", run("check", write(folder, "rule.json", rule("a : @").encode().replace(b"@", b"\xff\xfe"))), 1,
           "UTF-8")
    expect("an empty rule file", run("check", write(folder, "empty.toml", "")), 1, "rule.empty_file")
    expect("a file that is no TOML", run("check", write(folder, "bad.toml", "[rule\nname = 1")), 1, "rule.not_toml", ":1:")
    expect("a file of NUL bytes", run("check", write(folder, "nul.json", b"\0" * 1000)), 1)
    huge = "[rule]\nname = \"x\"\nquery = '''\n" + "a : b or\n" * 3_000_000 + "'''\n"
    expect("a TOML of 27 MB", run("check", write(folder, "huge.toml", huge)), 1, "rule.too_large", "huge.toml", "16 MB")
    expect("TOML of 100,000 brackets", run("check", write(folder, "deep.toml", "a = " + "[" * 100_000)), 1, "deep.toml:1:")
    expect("TOML in UTF-16", run("check", write(folder, "wide.toml", "[rule]\nname = 1".encode("utf-16"))), 1, "rule.invalid_utf8", "UTF-16")
    twice = write(folder, "twice.ndjson", rule("a : b") + "\n" + rule("a : c"))
    expect("two rules of one id", run("check", twice), 1, "rule.duplicate_id", "twice.ndjson:1:", "twice.ndjson:2:")
    empty = pathlib.Path(folder) / "none"
    empty.mkdir()
    expect("a folder without rules", run("check", empty), 1, "rule.no_rules")
    expect("no such file", run("check", empty / "nothing.toml"), 2, "nothing.toml")
    expect("an unknown verb", run("chekc"), 2, "--help")
    expect("a rule that fails to compile",
           run("compile", write(folder, "rule.json", rule("source.port : abc")), "-o", empty / "x.trl"), 1, "--skip-invalid")
    expect("a full disk while a ruleset is written", run("compile", SEED, "-o", "/dev/full"), 2, "/dev/full", "No space")
    expect("a ruleset where there is no folder", run("compile", SEED, "-o", empty / "no" / "x.trl"), 2, "x.trl")


def mappings_and_lists_that_are_wrong(folder):
    rules = write(folder, "rule.json", rule("process.name : curl", exceptions_list=[{"list_id": "l", "namespace_type": "single"}]))

    def mapped(what, content, *words):
        expect(what, run("check", rules, "--mapping", write(folder, "mapping.txt", content)), 2, "mapping.txt:1:", *words)

    for what, content in {"text": "hello", "an empty file": "", "NUL bytes": b"\0" * 100, "half a mapping": '{"mappings":{'}.items():
        mapped(f"a mapping that is {what}", content, "this is not JSON", "GET <index>/_mapping")
    mapped("a mapping in UTF-16", '{"mappings":{}}'.encode("utf-16"), "UTF-16", "save it as UTF-8")
    mapped("a mapping of 5,000 levels", '{"mappings":' + '{"properties":{"a":' * 5000, "nested too deeply", "100 levels")
    for what, content in {"a list": "[1]", "an event": '{"process":{"name":"curl"}}', "a rule": rule("a : b")}.items():
        mapped(f"a mapping that is {what}", content, "this is no index mapping", "GET <index>/_mapping")
    mapped("a mapping whose type is a number", '{"mappings":{"properties":{"a":{"type":1}}}}', "must be a string")
    expect("a mapping that is a folder", run("check", rules, "--mapping", folder), 2, "Is a directory")
    wide = json.dumps({"mappings": {"properties": {f"f{n}": {"type": "keyword"} for n in range(100_000)}}})
    expect("a mapping of 100,000 fields", run("check", rules, "--mapping", write(folder, "wide.txt", wide)), 0)

    item = {"item_id": "i", "list_id": "l", "entries": [
        {"field": "proces.name", "type": "list", "operator": "included", "list": {"id": "names", "type": "keyword"}}]}
    exceptions = ("--exceptions", write(folder, "lists.ndjson", json.dumps(item)))
    names = write(folder, "values", "curl\n")
    expect("an exception on an unknown field", run("check", rules, *exceptions, "--value-list", f"names={names}"), 0,
           "warning[field.unknown]", "lists.ndjson:1:", "did you mean `process.name`")
    expect("exceptions that are rules", run("check", rules, "--exceptions", rules), 1, "exception.no_lists", "--rules")
    expect("a value list that is nowhere", run("check", rules, *exceptions), 1, "exception.value_list_missing", "--value-list")
    expect("a value list of no file", run("check", rules, *exceptions, "--value-list", "names=/nowhere"), 1, "/nowhere")
    twice = ("--value-list", f"names={names}", "--value-list", f"names={rules}")
    expect("two value lists of one name", run("check", rules, *exceptions, *twice), 2, "--value-list names=", "once")
    empty = write(folder, "no_values", "")
    expect("a value list of nothing", run("check", rules, *exceptions, "--value-list", f"names={empty}"), 0,
           "warning[exception.empty_value_list]", "lists.ndjson:1:", "no_values")
    wide = write(folder, "wide_values", "curl\n".encode("utf-16"))
    expect("a value list in UTF-16", run("check", rules, *exceptions, "--value-list", f"names={wide}"), 1, "UTF-16")


def files_that_are_odd(folder):
    good = rule("process.name : curl")
    toml = '[rule]\nrule_id = "a"\nname = "n"\ndescription = "d"\nrisk_score = 1\nseverity = "low"\ntype = "query"\nquery = "a : b"\n'
    for what, content in {"a byte order mark": "\ufeff" + toml, "CRLF": toml.replace("\n", "\r\n")}.items():
        expect(f"TOML with {what}", run("check", write(folder, "odd.toml", content)), 0, "1 KQL rule")
    expect("TOML in Latin-1", run("check", write(folder, "odd.toml", toml.replace('"n"', '"n\xe9"').encode("latin-1"))), 1,
           "odd.toml:3:", "save the file as UTF-8")
    expect("JSON with a byte order mark", run("check", write(folder, "odd.json", "\ufeff" + good)), 0, "1 KQL rule")
    expect("JSON in UTF-16", run("check", write(folder, "odd.json", good.encode("utf-16"))), 1, "UTF-16")
    expect("a key that stands twice", run("check", write(folder, "odd.json", good[:-1] + ',"query":"a : b"}')), 0, "rule.repeated_key")
    expect("half a line", run("check", write(folder, "odd.ndjson", good + "\n" + good[:50])), 1, "rule.not_json", "odd.ndjson:2:")
    expect("TOML of 1,500,000 keys", run("check", write(folder, "keys.toml", "".join(f"a{n} = 1\n" for n in range(1_500_000)))), 1,
           "rule.too_large")
    expect("a key of 100,000 parts", run("check", write(folder, "dots.toml", ".".join(["a"] * 100_000) + " = 1")), 1, "rule.too_deep")
    loop = pathlib.Path(folder) / "loop"
    loop.symlink_to("loop")
    expect("a link to itself", run("check", loop), 2, "loop")
    expect("half a job", run("check", write(folder, "job.json", '{"job_id":"j"')), 1, "rule.not_json")
    expect("a job of no detectors", run("check", write(folder, "job.json", json.dumps(
        {"job_id": "j", "analysis_config": {"bucket_span": "x", "detectors": []}, "data_description": {}, "datafeed_config": {}}))),
        1, "job.bad_bucket_span", "job.no_detector")


def events_that_are_wrong(folder):
    good = json.dumps({"process": {"name": "curl"}})
    rules = write(folder, "rule.json", rule("process.name : curl"))
    lines = [good, "{\"process\":", "[1]", "{\"a\": \"\xff\"}", "", "{\"x\":\"" + "y" * 50_000_000 + "\"}", "[" * 100_000, good]
    events = write(folder, "events.ndjson", "\n".join(lines).encode("latin-1"))
    answer = run("match", "--rules", rules, "--events", events)
    expect("broken lines", answer, 0, ":2:", ":3:", ":4:", ":6:", ":7:", "5 of 8 lines were broken")
    if [json.loads(line)["line"] for line in answer.stdout.splitlines()] != [1, 8]:
        failures.append("broken lines: the good ones beside them were lost\n" + answer.stdout.decode())
    expect("no such events", run("match", "--rules", rules, "--events", events.with_name("none.ndjson")), 2, "none.ndjson")
    expect("a folder as events", run("match", "--rules", rules, "--events", folder), 2)
    expect("events that are no gzip", run("match", "--rules", rules, "--events", write(folder, "e.gz", b"\x1f\x8bnothing")), 2,
           "e.gz")
    for verb in (["match", "--rules", rules, "--events", events], ["compile", rules, "-o", "-"], ["check", rules],
                 ["translate", "--query", "a : b", "--to", "dsl"], ["test", SEED]):
        with open("/dev/full", "wb") as full:
            wrote = subprocess.run([TRIPLINE, *map(str, verb)], stdout=full, stderr=subprocess.PIPE, timeout=60)
        if wrote.returncode != 2 or b"standard output" not in wrote.stderr:
            failures.append(f"{verb[0]} to a full standard output: exit code {wrote.returncode}, {wrote.stderr[-300:]!r}")


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def states_that_are_wrong(folder):
    state = pathlib.Path(folder) / "state"
    arguments = ("run", "--rules", SEED, "--events", SEED / "events.ndjson", "--state", state)
    answer = run(*arguments, preexec_fn=limit_files)
    expect("a full disk while state is written", answer, 2, "state")
    if answer.stdout:
        failures.append("a full disk while state is written: alerts were given before they were safe")
    first = run(*arguments)
    expect("the run after the disk was full", first, 0)
    if first.stdout.count(b"\n") < 50:
        failures.append("the run after the disk was full lost alerts")
    again = run(*arguments)
    expect("the same events again", again, 0)
    if again.stdout:
        failures.append("the same events with the same state alerted twice")
    for file in state.iterdir():
        file.write_bytes(b"this is no database " * 500)
    expect("a state that is no state", run(*arguments), 2, "state")
    expect("a state folder that is a file", run(*arguments[:-1], write(folder, "file", "")), 2)


def main():
    with tempfile.TemporaryDirectory() as folder:
        rules_that_are_wrong(folder)
    with tempfile.TemporaryDirectory() as folder:
        mappings_and_lists_that_are_wrong(folder)
    with tempfile.TemporaryDirectory() as folder:
        files_that_are_odd(folder)
    with tempfile.TemporaryDirectory() as folder:
        events_that_are_wrong(folder)
    with tempfile.TemporaryDirectory() as folder:
        states_that_are_wrong(folder)
    for failure in failures:
        print("FAILED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
