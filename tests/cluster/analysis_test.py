#!/usr/bin/env python3
"""What becomes of a text under an analyzer, by a real node: its `_analyze` and the program's own tokens for every code point
in several surroundings, and for random texts of mixed scripts, joiners, emoji and what logs hold. They have to be the same.

A sample by default; all code points and 20,000 texts for each analyzer with TRIPLINE_LONG=1 (`make test-long`). What may
differ stands below with its reason, and in docs/kql.md.
"""
import os
import subprocess
import sys

import scripts_folder
import analysis_texts
from local_cluster import Cluster
from one_node_test import require_node_parts
from plugin_node import Verdict

SHOW_TOKENS = os.environ.get("TRIPLINE_SHOW_TOKENS",
                             str(scripts_folder.ROOT / "build" / "release" / "tests" / "cluster" / "tripline_show_tokens"))
ANALYZERS = ["standard", "simple", "whitespace", "stop", "keyword"]
IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
# Letters of Unicode 15.1 and 16, which the node's Java has, but ICU 72 has not: either side may have them.
NEW_LETTERS = {"simple", "stop"}, [
    (0x1C89, 0x1C8A), (0xA7CB, 0xA7CD), (0xA7DA, 0xA7DC), (0x105C0, 0x105F3), (0x10D4A, 0x10D65), (0x10D6F, 0x10D85),
    (0x10EC2, 0x10EC4), (0x11380, 0x113D3), (0x11BC0, 0x11BE0), (0x13460, 0x143FA), (0x16100, 0x1611D), (0x16D40, 0x16D6C),
    (0x18CFF, 0x18CFF), (0x1E5D0, 0x1E5F0), (0x2EBF0, 0x2EE5D)]
_MOST_TOKENS = 10_000  # of an answer; a code point is at most one token
_TEXTS_AT_ONCE = 100


def utf16_length(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def batches(texts):
    """Lists of texts that one request may ask for."""
    batch, size = [], 0
    for text in texts:
        if batch and (size + len(text) > _MOST_TOKENS or len(batch) == _TEXTS_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def tokens_of_node(client, analyzer, texts):
    """Per text its tokens, with None for the places of words that were dropped between two."""
    found = []
    for batch in batches(texts):
        answer = client.expect("POST", "/_analyze", {"analyzer": analyzer, "text": batch})["tokens"]
        begins, offset = [], 0
        for text in batch:
            begins.append(offset)
            offset += utf16_length(text) + 1
        begins.append(offset)
        number, rows = 0, [[] for _ in batch]
        for token in answer:
            while token["start_offset"] >= begins[number + 1]:
                number += 1
            rows[number].append((token["position"], token["token"]))
        found += [_with_places(row) for row in rows]
    return found


def _with_places(row):
    tokens = []
    for position, token in row:
        if tokens:
            tokens += [None] * (position - row[0][0] - len(tokens))
        tokens.append(token)
    return tokens


def tokens_of_program(analyzer, texts):
    lines = "".join(text.encode("utf-8").hex() + "\n" for text in texts)
    done = subprocess.run([SHOW_TOKENS, analyzer], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    found = []
    for line in done.stdout.splitlines():
        tokens = [None if token == "-" else bytes.fromhex(token).decode("utf-8") for token in line.split()]
        while tokens and tokens[0] is None:
            tokens.pop(0)
        while tokens and tokens[-1] is None:
            tokens.pop()
        found.append(tokens)
    return found


def differing(client, analyzer, texts):
    """(text, node's tokens, ours) where they are not the same."""
    asked = [text for text in texts if analyzer != "keyword" or text]
    rows = zip(asked, tokens_of_node(client, analyzer, asked), tokens_of_program(analyzer, asked), strict=True)
    return [row for row in rows if row[1] != row[2]]


def code_points_that_differ(client, analyzer, codes):
    """Code points, found by looking closer and closer at a run of them in which something differs."""
    size = 128
    runs = [codes[i:i + size] for i in range(0, len(codes), size)]
    while size > 1:
        texts = ["".join(map(analysis_texts.surroundings, run)) for run in runs]
        wrong = {row[0] for row in differing(client, analyzer, texts)}
        size = max(1, size // 8)
        runs = [run[i:i + size] for run, text in zip(runs, texts, strict=True) if text in wrong for i in range(0, len(run), size)]
    return differing(client, analyzer, [analysis_texts.surroundings(run[0]) for run in runs])


def is_known(analyzer, code):
    analyzers, ranges = NEW_LETTERS
    return analyzer in analyzers and any(first <= code <= last for first, last in ranges)


def main():
    require_node_parts()
    verdict = Verdict()
    codes = analysis_texts.code_points()
    if not IS_LONG:
        codes = [code for code in codes if code < 0x3100 or code % 16 == 5]
    texts = analysis_texts.random_texts(20_000 if IS_LONG else 1_000, seed=7)
    with Cluster(1, heap="512m") as cluster:
        for analyzer in ANALYZERS:
            for text, node, ours in code_points_that_differ(cluster.client, analyzer, codes):
                if not is_known(analyzer, ord(text[0])):
                    verdict.fail(f"{analyzer}: U+{ord(text[0]):04X}: the node {node}, ours {ours}")
            rows = differing(cluster.client, analyzer, texts)
            for text, node, ours in rows[:20]:
                verdict.fail(f"{analyzer}: {text!a}: the node {node}, ours {ours}")
            print(f"{analyzer}: {len(codes)} code points, {len(texts)} texts, {len(rows)} texts differ", flush=True)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
