#!/usr/bin/env python3
"""`translate` says of every query what an independent reading of the specification says (kuery_reference): accepted or
refused, the tree, the error's offset and its full text, and the DSL under several mappings.

TRIPLINE_LONG=1 asks ten times as many; TRIPLINE_SEED asks others."""
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import tomllib

import program
from kuery_reference import dsl, fields, queries, syntax
from program import ROOT, scratch, shared_folder

TRIPLINE = os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline"))
SHOWN = 5
KEYWORD = {"type": "keyword"}

ORDINARY = {"properties": {
    "a": KEYWORD, "b": {"properties": {"c": {"type": "text"}}}, "k": KEYWORD, "t": {"type": "text"}, "d": {"type": "date"},
    "dn": {"type": "date_nanos"}, "dr": {"type": "date_range"}, "l": {"type": "long"}, "ip": {"type": "ip"},
    "w": {"type": "wildcard"}, "ck": {"type": "constant_keyword", "value": "x"}, "mt": {"type": "match_only_text"},
    "f": {"type": "flattened"}, "al": {"type": "alias", "path": "d"}, "nested_alias": {"type": "alias", "path": "n.k"},
    "mk": {"type": "text", "fields": {"raw": KEYWORD, "w": {"type": "wildcard"}}},
    "process": {"properties": {"name": KEYWORD | {"fields": {"text": {"type": "match_only_text"}, "caseless": KEYWORD}}}},
    "n": {"type": "nested", "properties": {
        "k": KEYWORD, "d": {"type": "date"}, "m": {"type": "nested", "properties": {"x": KEYWORD, "y": {"type": "date"}}},
        "o": {"properties": {"z": {"type": "text", "fields": {"raw": KEYWORD}}}}}},
    "o": {"type": "object", "properties": {"p": {"type": "boolean"}}}, "or": KEYWORD, "true": KEYWORD,
    "null": {"type": "date"}, "false": {"type": "text"}, "a b": KEYWORD, "a:b": KEYWORD, "host name": {"type": "date"},
    "x.y.z": {"type": "date"}, "\u00fc": {"properties": {"x": KEYWORD}}, "off": {"type": "object", "enabled": False},
    "mixed": KEYWORD, "fam": KEYWORD, "dd": {"type": "date"}, "half": KEYWORD, "v": {"type": "version"}}}
OTHER = {"properties": {
    "mixed": {"type": "text"}, "fam": {"type": "wildcard"}, "dd": {"type": "date_nanos"}, "half": {"type": "date"}, "k": KEYWORD,
    "n": {"type": "nested", "properties": {"k": KEYWORD}}, "only": KEYWORD, "a": {"type": "constant_keyword"},
    "b": {"properties": {"c": {"type": "match_only_text"}}}, "o": {"type": "nested", "properties": {"p": KEYWORD}}}}
FLAT = {"runtime": {"rt": KEYWORD, "rd": {"type": "date"}},
        "properties": {"k": KEYWORD, "n": {"properties": {"k": {"type": "text"}}}, "n.m": {"properties": {"x": KEYWORD}}}}
MAPPINGS = {"one index": [ORDINARY], "two indices that disagree": [ORDINARY, OTHER], "no nested objects": [FLAT],
            "nothing of it": [{"properties": {"zzz": KEYWORD}}]}
TYPES = ("keyword", "text", "date", "long", "ip", "wildcard", "boolean", "match_only_text", "flattened", "date_nanos", "double")


def random_mapping(random):
    """Objects, nested objects and leaves under the names that the invented queries ask, two or three deep."""
    def level(depth):
        properties = {}
        for name in random.sample(("a", "b", "c", "d", "f", "k", "m", "n", "o", "p", "t", "x", "raw", "sub", "or"), 6):
            if depth and random.random() < 0.45:
                kind = random.choice(({}, {"type": "nested"}))
                properties[name] = kind | {"properties": level(depth - 1)}
            else:
                properties[name] = {"type": random.choice(TYPES)}
                if random.random() < 0.2:
                    properties[name]["fields"] = {"raw": KEYWORD, "x": {"type": "text"}}
        return properties

    return {"properties": level(3)}


def corpus_rules():
    for path in sorted((shared_folder() / "corpus" / "detection-rules").rglob("*.toml")):
        rule = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", {})
        if rule.get("language") == "kuery":
            yield path, rule


def judge_filters():
    """A rule's filters stand beside its query, the negated ones under must_not."""
    wrong, seen = 0, 0
    for path, rule in corpus_rules():
        if "filters" not in rule:
            continue
        [whole] = json.loads(f"[{program.tripline('translate', '--rule', path, '--to', 'dsl', stderr=subprocess.DEVNULL)}]")
        [wanted] = answers([rule["query"]], "--to", "dsl")
        for one in rule["filters"]:
            place = "must_not" if one["meta"].get("negate", False) else "filter"
            wanted["bool"][place].append(one.get("query") or {key: one[key] for key in one if key not in ("meta", "$state")})
        seen += 1
        wrong += judge(f"filters of {path.stem}", [rule["query"]], [whole], [wanted]) if whole != wanted else 0
    print(f"filters of rules: {seen} rules, {wrong} differences")
    return wrong if seen else 1


def answers(texts, *arguments):
    """The program's answer to each query. Half a character can only be sent as an escape, which JSON has for it."""
    lines = "".join(json.dumps({"query": text}) + "\n" for text in texts)
    done = subprocess.run([TRIPLINE, "translate", "--queries", "-", *map(str, arguments)], input=lines, text=True,
                          stdout=subprocess.PIPE, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(texts):
        sys.exit(f"FAILED: {len(texts)} queries, {len(found)} answers")
    return found


def expected(read, *arguments):
    try:
        return read(*arguments)
    except syntax.Refused as refused:
        return {"error": {"message": refused.message, "offset": refused.offset}}
    except dsl.Untranslatable as wrong:
        return {"error": {"message": str(wrong)}}


def judge(what, texts, found, wanted):
    """The number of differences, of which the first few are shown."""
    wrong = [(text, one, other) for text, one, other in zip(texts, found, wanted) if one != other]
    refused = sum("error" in one for one in wanted)
    print(f"{what}: {len(texts)} queries, {refused} of them refused, {len(wrong)} differences")
    for text, one, other in wrong[:SHOWN]:
        print(f"  {ascii(text)}\n    is     {json.dumps(one)[:800]}\n    wanted {json.dumps(other)[:800]}")
    return len(wrong)


def judge_halves():
    """Half a character can stand in the JSON of a query; it is one unit, which is all that is asked of it."""
    texts = ["a:\ud83d", 'a:"\ude00" x', "\ud83d\ude00\ud83d:(x", "a:\\\\ud83d"]
    replaced = ["a:\ufffd", 'a:"\ufffd" x', "\U0001f600\ufffd:(x", "a:\\\\ud83d"]
    return judge("halves of characters", texts, answers(texts, "--to", "ast"), [expected(syntax.parse, text) for text in replaced])


def judge_mappings(texts, mappings, folder):
    wrong = 0
    for what, indices in mappings.items():
        path = folder / "mapping.json"
        path.write_text(json.dumps({f"index-{i}": {"mappings": one} for i, one in enumerate(indices)}))
        known = fields.field_list(indices)
        wrong += judge(what, texts, answers(texts, "--to", "dsl", "--mapping", path),
                       [expected(dsl.translate, text, known) for text in texts])
    return wrong


def judge_all(outcome):
    scale = 10 if os.environ.get("TRIPLINE_LONG") == "1" else 1
    chance = random.Random(int(os.environ.get("TRIPLINE_SEED", "1")))
    corpus = [rule["query"] for _, rule in corpus_rules()]
    trees = corpus + [queries.invented(chance, corpus) for _ in range(20_000 * scale)]
    wrong = judge("trees and errors", trees, answers(trees, "--to", "ast"), [expected(syntax.parse, text) for text in trees])
    with scratch() as folder:
        mappings = MAPPINGS | {f"random mapping {i}": [random_mapping(chance) for _ in range(1 + i % 2)] for i in range(6)}
        texts = [queries.grown(chance) for _ in range(2_000 * scale)] + corpus[::10]
        wrong += judge_mappings(texts, mappings, pathlib.Path(folder))
    outcome.append(wrong + judge_halves() + judge_filters())


def main():
    # The reference recurses by its grammar, and the deepest groups need more than a main thread's stack.
    outcome = []
    sys.setrecursionlimit(100_000)
    threading.stack_size(256 << 20)
    judging = threading.Thread(target=judge_all, args=(outcome,))
    judging.start()
    judging.join()
    return 0 if outcome == [0] else 1


if __name__ == "__main__":
    sys.exit(main())
