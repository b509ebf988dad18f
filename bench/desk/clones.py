"""Clones of rules with other constants, so that a ruleset grows as one does that people write: more programs, paths,
addresses and numbers, asked of the same fields behind the same guards.

Clone k of a rule has another rule_id, and instead of each constant one of the same kind: a name or a glob gets `k<k>` into
its longest word (`*\\powershell.exe` -> `*\\powershellk3.exe`), an address or a block moves k blocks on, a number grows by
k. Fields whose values are a small closed list (event.category, host.os.type, ...) stay, since new rules ask for the same
ones; so do stars, booleans, dates and the names of fields. A clone is written as KQL again and read by the same parser.
"""
import ipaddress
import json
import re
import tomllib
import uuid

import kql_tree

_NAMESPACE = uuid.UUID("5a2a6f0e-3c5b-5d0f-8d51-2f1c6a3e7b90")
_CLOSED = {"agent.type", "data_stream.type", "event.category", "event.kind", "event.module", "event.outcome", "event.type",
           "host.os.family", "host.os.type", "network.direction", "network.transport", "network.type", "event.dataset",
           "data_stream.dataset", "event.provider", "winlog.channel"}
_DATE = re.compile(r"\d{4}-\d\d|now\b")
_QUERY = re.compile(r"^query[ \t]*=[ \t]*(?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\")",
                    re.DOTALL | re.MULTILINE)


def _moved_block(text, copy):
    """The address or the block `copy` of its own size further on, within 32 or 128 bits; None if it is neither."""
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    bits = block.max_prefixlen
    number = (int(block.network_address) + (copy << (bits - block.prefixlen))) % (1 << bits)
    moved = type(block.network_address)(number)
    return f"{moved}/{block.prefixlen}" if "/" in text else str(moved)


def _marked(text, copy):
    """The text with the clone's number behind its longest word."""
    words = list(re.finditer(r"[A-Za-z0-9]+", text.replace(kql_tree.WILDCARD, "*" * len(kql_tree.WILDCARD))))
    if not words:
        return text
    longest = max(words, key=lambda word: word.end() - word.start())
    return f"{text[:longest.end()]}k{copy}{text[longest.end():]}"


def _changed(field, node, copy, kept=frozenset()):
    value = node["value"]
    if field in kept or not isinstance(value, str) or _DATE.match(value):
        return node
    if node["type"] == "literal":
        moved = _moved_block(value, copy)
        if moved is not None:
            return {**node, "value": moved, "isQuoted": ":" in moved}
        if re.fullmatch(r"-?\d+", value):
            return {**node, "value": str(int(value) + copy)}
    return {**node, "value": _marked(value, copy)}


def _changed_tree(tree, copy):
    """Where guards are all that a rule has, they change too: else the clone were the rule itself."""
    for kept in (_CLOSED, frozenset()):
        changed = kql_tree.change_values(tree, lambda field, _, node: _changed(field, node, copy, kept))
        if changed != tree:
            return changed
    return tree  # it only asks whether fields exist


def clone_all(tripline, texts):
    """[(rule document as TOML text, number of the clone, 0 for the rule itself)] -> texts, in order."""
    texts = list(texts)
    queries = [tomllib.loads(text)["rule"]["query"] for text, _ in texts]
    distinct = sorted(set(queries))
    trees = dict(zip(distinct, kql_tree.parse(tripline, distinct), strict=True))
    changed = [_changed_tree(trees[query], copy) for query, (_, copy) in zip(queries, texts)]
    written = [kql_tree.write(tree) for tree in changed]
    if kql_tree.parse(tripline, written) != changed:
        raise SystemExit("FAILED: clones do not read as what they were made to be")
    return [_with_query(text, query, copy) if copy else text for (text, copy), query in zip(texts, written)]


def _with_query(text, query, copy):
    rule = tomllib.loads(text)["rule"]
    rule_id = str(uuid.uuid5(_NAMESPACE, f"{rule['rule_id']} {copy}"))
    head, section, body = text.partition("\n[rule]\n")  # before it, transforms have queries of their own
    body, num_queries = _QUERY.subn(lambda _: f"query = {json.dumps(query)}", body, count=1)
    made = head + section + body
    made = re.sub(r'^rule_id[ \t]*=.*$', f'rule_id = "{rule_id}"', made, count=1, flags=re.MULTILINE)
    read = tomllib.loads(made)["rule"]
    if num_queries != 1 or read["query"] != query or read["rule_id"] != rule_id:
        raise SystemExit(f"FAILED: {rule['name']} could not be cloned")
    return made
