"""KQL trees, as `tripline translate --to ast` gives them (Kibana's node shapes): many at once, walked, and written as KQL
again."""
import json
import re
import tempfile

import measure

WILDCARD = "@kuery-wildcard@"
_KEYWORDS = {"and", "or", "not"}


def parse(tripline, queries):
    """The trees of KQL texts, in order. Errors end the program."""
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
        file.write("".join(json.dumps({"query": query}) + "\n" for query in queries))
        file.flush()
        done = measure.run([tripline, "translate", "--queries", file.name, "--to", "ast"], measure.all_cores())
    trees = [json.loads(line) for line in done.output.splitlines()]
    for query, tree in zip(queries, trees, strict=True):
        if "error" in tree:
            raise SystemExit(f"FAILED: {tree['error']['message']}\n{query}")
    return trees


def change_values(tree, change):
    """The tree with change(field name, operator, node) in the place of every node that is a value; operator is ":" or
    one of the range operators' names."""
    arguments = tree.get("arguments")
    if arguments is None:
        return tree
    if tree["function"] == "is":
        return {**tree, "arguments": [arguments[0], change(arguments[0]["value"], ":", arguments[1])]}
    if tree["function"] == "range":
        return {**tree, "arguments": [arguments[0], arguments[1], change(arguments[0]["value"], arguments[1], arguments[2])]}
    return {**tree, "arguments": [change_values(argument, change) for argument in arguments]}


def _escaped(text):
    """Blanks stay as they are: between words they belong to the value."""
    words = re.split(r"(\s)", text)
    return "".join("\\" + word if word.lower() in _KEYWORDS else re.sub(r'[\\():<>"*{}]', r"\\\g<0>", word) for word in words)


def _written(node):
    if node["type"] == "wildcard":
        return "*".join(_escaped(piece) for piece in node["value"].split(WILDCARD))
    value = node["value"]
    if not isinstance(value, str):
        return json.dumps(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if node.get("isQuoted") else _escaped(value)


_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def write(tree):
    """KQL of the same tree."""
    arguments = tree["arguments"]
    match tree["function"]:
        case "is":
            field, value = arguments
            return _written(value) if field["value"] is None else f"{_written(field)} : {_written(value)}"
        case "range":
            return f"{_written(arguments[0])} {_OPERATORS[arguments[1]]} {_written(arguments[2])}"
        case "exists":
            return f"{_written(arguments[0])} : *"
        case "not":
            return f"not ({write(arguments[0])})"
        case "nested":
            return f"{_written(arguments[0])} : {{ {write(arguments[1])} }}"
        case "and" | "or" as word:
            return f" {word} ".join(f"({write(argument)})" for argument in arguments)
    raise ValueError(f"{tree['function']}: a node that nobody foresaw")
