"""The public rules as the cluster's own searches: every KQL rule of ../shared/corpus and the seed rule, translated to query
DSL for a mapping; and the same searches narrowed to a time range as a detection rule would be."""
import dataclasses
import json
import pathlib
import re
import tempfile
import tomllib

import mapping
from plugin_node import SEED_RULE
from program import shared_folder, tripline

TIMESTAMP = "@timestamp"
BATCH = 50


@dataclasses.dataclass(frozen=True)
class Rule:
    path: pathlib.Path
    id: str
    query: str
    timestamp_field: str
    has_fallback: bool


def read_rules():
    """The seed rule first, then the corpus by path; rules without a KQL query are left out."""
    rules = []
    for path in [SEED_RULE, *sorted((shared_folder() / "corpus").rglob("*.toml"))]:
        rule = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
        if rule.get("language") == "kuery" and "query" in rule:
            rules.append(Rule(path, rule["rule_id"], rule["query"], rule.get("timestamp_override", TIMESTAMP),
                              not rule.get("timestamp_override_fallback_disabled", False)))
    # One of the corpus may be the seed rule again.
    return list({rule.id: rule for rule in reversed(rules)}.values())[::-1]


def _translate(rules, to, index_mapping=None):
    with tempfile.TemporaryDirectory(prefix="tripline-") as folder:
        queries = pathlib.Path(folder) / "queries.ndjson"
        queries.write_text("".join(json.dumps({"query": rule.query}) + "\n" for rule in rules), encoding="utf-8")
        arguments = ["translate", "--queries", queries, "--to", to]
        if index_mapping is not None:
            file = pathlib.Path(folder) / "mapping.json"
            file.write_text(json.dumps(index_mapping), encoding="utf-8")
            arguments += ["--mapping", file]
        return [json.loads(line) for line in tripline(*arguments).splitlines()]


def searches(rules, index_mapping):
    """Rule id -> query DSL under these mappings, of those that translate."""
    answers = _translate(rules, "dsl", index_mapping)
    return {rule.id: without_idle_escapes(answer)
            for rule, answer in zip(rules, answers, strict=True) if "error" not in answer}


def without_idle_escapes(query):
    """The same query without backslashes that protect nothing. OpenSearch 3.8.0 looks for them in the n-grams of its
    wildcard fields and finds no document (docs/cluster_differences.md)."""
    if isinstance(query, list):
        return [without_idle_escapes(part) for part in query]
    if not isinstance(query, dict):
        return query
    kept = {name: without_idle_escapes(part) for name, part in query.items()}
    for pattern in kept.get("wildcard", {}).values():
        pattern["value"] = re.sub(r"\\(.)", lambda found: found[0] if found[1] in "*?\\" else found[1],
                                  pattern["value"], flags=re.DOTALL)
    return kept


def fields_outside_ecs(rules):
    """Names of the fields that the queries ask for and the schema lacks, without patterns; a multi-field that the schema
    does not know of (process.name.caseless) has no place in an index."""
    found = set()

    def look(node):
        if not isinstance(node, dict):
            return
        arguments = node.get("arguments", [])
        if node.get("function") in ("is", "range", "exists", "nested") and isinstance(arguments[0], dict):
            name = arguments[0].get("value")
            if isinstance(name, str) and "*" not in name:
                found.add(name)
        for argument in arguments:
            look(argument)

    for tree in _translate(rules, "ast"):
        look(tree)
    known = {field.name: field.type for field in mapping.read_table()}
    return sorted(name for name in found - set(known)
                  if known.get(name.rpartition(".")[0], "object") in ("object", "nested"))


def within(rule, query, begin, end):
    """The search of a rule's run: its own timestamp inside, or where a document has none, @timestamp."""
    def inside(field):
        return {"range": {field: {"gte": begin, "lte": end, "format": "strict_date_optional_time"}}}

    times = [inside(rule.timestamp_field)]
    if rule.timestamp_field != TIMESTAMP and rule.has_fallback:
        times.append({"bool": {"must_not": [{"exists": {"field": rule.timestamp_field}}],
                               "filter": [inside(TIMESTAMP)]}})
    return {"bool": {"filter": [query, {"bool": {"should": times, "minimum_should_match": 1}}]}}


def counts(client, index, queries):
    """Id -> number of documents that the node's own search finds; a string where the node refuses the search."""
    found = {}
    names = list(queries)
    for begin in range(0, len(names), BATCH):
        batch = names[begin:begin + BATCH]
        lines = []
        for name in batch:
            lines += [{"index": index}, {"size": 0, "track_total_hits": True, "query": queries[name]}]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        answers = client.expect("POST", "/_msearch?max_concurrent_searches=2", body, timeout_s=300)["responses"]
        for name, answer in zip(batch, answers, strict=True):
            failures = answer.get("_shards", {}).get("failures") or answer.get("error")
            found[name] = json.dumps(failures)[:300] if failures else answer["hits"]["total"]["value"]
    return found
