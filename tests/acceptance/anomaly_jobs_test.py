#!/usr/bin/env python3
"""Anomaly jobs as a user meets them: cut into calls, shared by rules, without a rule, explained, damaged, mistaken."""
import gzip
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

from program import ROOT, json_lines, scratch

SEED = ROOT / "rules" / "command_and_control_spike_in_traffic_to_a_country"
JOB = "high_count_by_destination_country"
TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))


def run(*arguments):
    done = subprocess.run([TRIPLINE, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr


def check(holds, what, *shown):
    if not holds:
        sys.exit(f"FAILED: {what}\n" + "\n".join(map(str, shown)))


def alert_ids(text):
    return [alert["kibana.alert.uuid"] for alert in json_lines(text)]


def folder_of(parent, name, rule_changes=(), job_changes=None):
    """A rule folder like the seed's; `job_changes` edits the job, `rule_changes` are replacements in the rule's text."""
    folder = pathlib.Path(parent) / name
    folder.mkdir(parents=True)
    text = (SEED / "rule.toml").read_text()
    for old, new in rule_changes:
        check(old in text, f"the rule has {old}")
        text = text.replace(old, new)
    (folder / "rule.toml").write_text(text)
    job = json.loads((SEED / "job.json").read_text())
    if job_changes:
        job_changes(job)
    (folder / "job.json").write_text(json.dumps(job))
    return folder


def in_calls_as_in_one(folder):
    lines = gzip.open(SEED / "events.ndjson.gz", "rt").readlines()
    _, whole, _ = run("run", "--rules", SEED, "--events", SEED / "events.ndjson.gz", "--records", folder / "whole")
    state, alerts, records, most_parts = folder / "state", "", "", 0
    cuts = [0, 1500, 1501, 4000, 6500, 8700, len(lines)]
    for begin, end in zip(cuts, cuts[1:]):
        part = folder / "part.ndjson"
        part.write_text("".join(lines[begin:end]))
        last = ["--now", "2027-01-01T00:00:00Z"] if end == len(lines) else []
        code, out, _ = run("run", "--rules", SEED, "--events", part, "--state", state, "--records", folder / "some", *last)
        check(code == 0, "a call succeeds", code)
        alerts += out
        records += (folder / "some").read_text()
        database = sqlite3.connect(state / "tripline.db")
        most_parts = max(most_parts, database.execute("SELECT max(number) + 1 FROM part WHERE owner = 'job'").fetchone()[0])
        database.close()
    check(alert_ids(alerts) == alert_ids(whole) != [], "calls give the alerts of one run", alerts)
    check(records == (folder / "whole").read_text(), "and its records, to the last digit")
    check(most_parts >= 2, "a small call adds a delta to the checkpoint", most_parts)


def damaged_state_harms_one_job(folder):
    two = folder / "two"
    folder_of(two, "one")
    folder_of(two, "other", [rule_id_change(), (f'"{JOB}"', '"other_job"')], lambda job: job.update(job_id="other_job"))
    state = folder / "damaged"
    run("run", "--rules", two, "--events", SEED / "events.ndjson.gz", "--state", state)
    with sqlite3.connect(state / "tripline.db") as database:
        database.execute("UPDATE part SET bytes = zeroblob(100) WHERE owner = 'job' AND id = 'other_job'")
    code, _, said = run("run", "--rules", two, "--events", SEED / "events.ndjson.gz", "--state", state)
    check(code == 0 and "other_job" in said and "start anew" in said, "the damaged job starts anew and says so", said)
    check(said.count("start anew") == 1, "the other one goes on", said)


TO_VERSION_1 = """
CREATE TABLE old_rule(rule_id TEXT PRIMARY KEY, detector_key TEXT NOT NULL, position INTEGER,
                      checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO old_rule SELECT rule_id, detector_key, position, checksum
  FROM rule JOIN part ON owner = 'rule' AND id = rule_id AND number = 0 AND piece = 0;
CREATE TABLE old_part(rule_id TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
                      PRIMARY KEY(rule_id, number)) STRICT;
INSERT INTO old_part SELECT id, piece, bytes FROM part WHERE owner = 'rule' AND number = 0;
CREATE TABLE old_alert(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
                       rule_id TEXT NOT NULL, run_at INTEGER NOT NULL, document TEXT) STRICT;
INSERT INTO old_alert SELECT sequence, id, rule_id, run_at, document FROM alert;
DROP TABLE rule; DROP TABLE part; DROP TABLE alert; DROP TABLE job; DROP TABLE run; DROP TABLE gap;
DROP TABLE output;
ALTER TABLE old_rule RENAME TO rule;
ALTER TABLE old_part RENAME TO part;
ALTER TABLE old_alert RENAME TO alert;
CREATE INDEX undelivered ON alert(sequence) WHERE document IS NOT NULL;
CREATE INDEX alert_by_run ON alert(rule_id, run_at);
PRAGMA user_version = 1;
"""


def state_of_an_older_version_is_taken_over(folder):
    state = folder / "older"
    run("run", "--rules", ROOT / "rules", "--events", SEED / "events.ndjson.gz", "--state", state)
    with sqlite3.connect(state / "tripline.db") as database:  # as it was before there were jobs in it
        database.executescript(TO_VERSION_1)
    code, _, said = run("run", "--rules", ROOT / "rules", "--events", SEED / "events.ndjson.gz", "--state", state)
    check(code == 0, "a state without jobs is taken over", said)
    check(sqlite3.connect(state / "tripline.db").execute("SELECT count(*) FROM job").fetchone() == (1,), "and has them now")


def rule_id_change():
    for line in (SEED / "rule.toml").read_text().splitlines():
        if line.startswith("rule_id"):
            return line, line[:-5] + 'beef"'
    sys.exit("FAILED: the rule has no rule_id")


def rules_and_jobs_in_any_number(folder):
    rules = folder / "many"
    # One rule over two jobs, another one over the first of them with a lower threshold, and a job without a rule.
    folder_of(rules, "both", [(f'machine_learning_job_id = "{JOB}"', f'machine_learning_job_id = ["{JOB}", "by_port"]')])
    folder_of(rules, "lower", [rule_id_change(), ("anomaly_threshold = 75", "anomaly_threshold = 50")])
    (rules / "lower" / "job.json").unlink()

    def by_port(job):
        job["job_id"] = "by_port"
        job["analysis_config"]["detectors"] = [{"function": "high_non_zero_count", "by_field_name": "destination.port"}]

    def unnamed(job):
        job["job_id"] = "unnamed"
        job["analysis_config"]["detectors"] = [{"function": "rare", "by_field_name": "process.name"}]

    for name, change in (("port", by_port), ("alone", unnamed)):
        folder_of(rules, name, job_changes=change)
        (rules / name / "rule.toml").unlink()
    code, out, said = run("run", "--rules", rules, "--events", SEED / "events.ndjson.gz", "--records", folder / "r",
                          "--buckets", folder / "b", "--influencers", folder / "i")
    check(code == 0, "such a folder runs", said)
    by_rule, jobs_of_both = {}, set()
    for alert in json_lines(out):
        by_rule.setdefault(alert["kibana.alert.rule.rule_id"], []).append(alert)
        if alert["kibana.alert.rule.rule_id"] == json_of_seed_rule_id():
            jobs_of_both.add(alert["job_id"])
    check(len(by_rule) == 2, "both rules alert", by_rule.keys())
    check(jobs_of_both == {JOB, "by_port"}, "a rule over two jobs alerts from both", jobs_of_both)
    lower = by_rule[rule_id_change()[1].split('"')[1]]
    check(len(lower) > sum(alert["job_id"] == JOB for alert in by_rule[json_of_seed_rule_id()]),
          "a lower threshold gives more, from the same job", len(lower))
    records, buckets, influencers = (json_lines((folder / name).read_text()) for name in "rbi")
    check({each["job_id"] for each in buckets} == {JOB, "by_port", "unnamed"}, "every job gives results")
    for results, kind in ((records, "record"), (buckets, "bucket"), (influencers, "influencer")):
        check(results and all(each["result_type"] == kind for each in results), f"the file has {kind}s only")
    check(all(0 < each["probability"] < 0.05 for each in records), "records are unlikely")
    check(sum(each["event_count"] for each in buckets if each["job_id"] == JOB) == 8895, "buckets count every event")


def json_of_seed_rule_id():
    return rule_id_change()[0].split('"')[1]


def explained(folder):
    run("run", "--rules", SEED, "--events", SEED / "events.ndjson.gz", "--records", folder / "e")
    records = json_lines((folder / "e").read_text())
    best = max(range(len(records)), key=lambda i: records[i]["record_score"])
    code, screen, _ = run("explain", "--event", f"{folder / 'e'}:{best + 1}")
    country = records[best]["by_field_value"]
    check(code == 0, "a record is explained", screen)
    for word in (country, "expected", "x time of day", "What would have been normal", "source.ip", "Who made it"):
        check(word in screen, f"the explanation says {word}", screen)
    check(len(screen.splitlines()) <= 40, "on one screen", screen)
    _, alerts, _ = run("run", "--rules", SEED, "--events", SEED / "events.ndjson.gz")
    (folder / "a").write_text(alerts)
    code, screen, _ = run("explain", "--event", folder / "a")
    check(code == 0 and "What would have been normal" in screen, "an alert is explained, too", screen)
    for what, text in (("no JSON", "{"), ("an event", '{"a":1}'), ("nothing", ""), ("a deep one", "[" * 5000),
                       ("a strange record", '{"record_score":[],"job_id":7,"function":{},"anomaly_score_explanation":[1]}')):
        (folder / "x").write_text(text)
        code, _, said = run("explain", "--event", folder / "x")
        check(code in (0, 2) and "bug" not in said, f"{what} does no harm", code, said)


def mistakes(folder):
    def changed(name, change, *words):
        parent = folder / f"mistake_{name}"
        folder_of(parent, "wrong", [rule_id_change(), (f'"{JOB}"', '"wrong"')],
                  lambda job: (job.update(job_id="wrong"), change(job["analysis_config"]["detectors"][0], job["analysis_config"], job)))
        folder_of(parent, "right")
        _, out, said = run("run", "--rules", parent, "--events", SEED / "events.ndjson.gz")
        for word in words:
            check(word in said, f"{name}: `{word}` is said", said)
        check(len(json_lines(out)) == 2, f"{name}: the other job runs on", said)

    changed("no_detector", lambda d, c, j: c.update(detectors=[]), "job.no_detector", "add one")
    changed("span_zero", lambda d, c, j: c.update(bucket_span="0m"), "job.bad_bucket_span", "1s to 7d")
    changed("span_of_a_year", lambda d, c, j: c.update(bucket_span="365d"), "job.bad_bucket_span", "1s to 7d")
    changed("split", lambda d, c, j: d.update(partition_field_name=d["by_field_name"]), "job.contradictory_split")
    changed("rare", lambda d, c, j: (d.update(function="rare"), d.pop("by_field_name")), "by_field_name")
    changed("typo", lambda d, c, j: d.update(function="hihg_count"), "did you mean `high_count`")
    changed("not_yet", lambda d, c, j: d.update(function="high_mean"), "not_yet.job", "high_mean")
    changed("memory", lambda d, c, j: j.update(analysis_limits={"model_memory_limit": "-1mb"}), "model_memory_limit")


def two_jobs_of_one_id(folder):
    parent = folder / "twins"
    folder_of(parent, "a")
    folder_of(parent, "b", [rule_id_change()], lambda job: job.update(description="another"))
    code, out, said = run("run", "--rules", parent, "--events", SEED / "events.ndjson.gz", "--records", folder / "twin_records")
    check(code == 1 and "job.duplicate_id" in said and str(parent / "a" / "job.json") in said, "the second one is an error", said)
    ids = [(each["timestamp"], each["by_field_value"]) for each in json_lines((folder / "twin_records").read_text())]
    check(ids and len(set(ids)) == len(ids), "and gives no records beside the first", len(ids))


def a_clock_that_leaps_is_told(folder):
    lines = gzip.open(SEED / "events.ndjson.gz", "rt").readlines()
    future = json.loads(lines[-1])
    future["@timestamp"] = "2031-01-01T00:00:00Z"
    (folder / "leap.ndjson").write_text("".join(lines[:3000]) + json.dumps(future) + "\n")
    _, _, said = run("run", "--rules", SEED, "--events", folder / "leap.ndjson", "--state", folder / "leap")
    check("they wait in the state" in said and "2031" in said and "--now" in said, "an event of the future is told", said)
    _, _, said = run("run", "--rules", SEED, "--events", folder / "leap.ndjson", "--state", folder / "leap2", "--now",
                     "2026-04-20T00:00:00Z")
    check("moved the clock" not in said and "later than --now" in said, "and --now bounds it", said)


def one_second_buckets(folder):
    def change(job):
        job["analysis_config"]["bucket_span"] = "1s"

    rules = folder_of(folder, "second", job_changes=change)
    code, _, said = run("run", "--rules", rules, "--events", SEED / "events.ndjson.gz")
    check(code == 0 and "buckets" in said, "a span of a second runs", said)


def counts_that_are_none(folder):
    """Summary counts that are negative, not finite, huge or no numbers; times that go backwards."""
    def change(job):
        job["analysis_config"]["summary_count_field_name"] = "n"
        job["analysis_config"]["detectors"] = [{"function": "high_count"}]
        job["analysis_config"]["influencers"] = []
        job["datafeed_config"]["query"] = {"match_all": {}} if "datafeed_config" in job else None

    rules = folder_of(folder, "counts", job_changes=change)
    events = []
    for bucket in range(2000):
        minute = bucket * 15 + 5
        events.append({"@timestamp": f"2026-04-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z", "n": 10 + bucket % 5})
    for bad in (-5, "NaN", 1e308, "many", None, [], {"a": 1}, "1e400", -1e308):
        events.append({"@timestamp": "2026-04-21T20:00:00Z", "n": bad, "i": str(bad)})
    events += list(reversed(events[:500]))
    (folder / "counts.ndjson").write_text("\n".join(map(json.dumps, events)))
    code, _, said = run("run", "--rules", rules, "--events", folder / "counts.ndjson", "--records", folder / "cr")
    check(code == 0, "strange counts are passed over", code, said)
    check("without a usable count" in said, "and counted", said)


def main():
    with scratch() as name:
        folder = pathlib.Path(name)
        for part in (in_calls_as_in_one, rules_and_jobs_in_any_number, damaged_state_harms_one_job,
                     state_of_an_older_version_is_taken_over, explained, mistakes,
                     two_jobs_of_one_id, a_clock_that_leaps_is_told, one_second_buckets, counts_that_are_none):
            part(folder)
            print("ok", part.__name__)
        shutil.rmtree(folder / "state", ignore_errors=True)


if __name__ == "__main__":
    main()
