"""A condition as a filter of jq. Addresses are asked as texts, as of tau-engine."""
import json
import re

import conditions
import tau_rules


def written(condition):
    if isinstance(condition, conditions.Not):
        return f"({written(condition.inner)} | not)"
    if isinstance(condition, conditions.Group):
        return "(" + f" {condition.word} ".join(written(member) for member in condition.members) + ")"
    path = "." + ".".join(json.dumps(name) for name in condition.field.split(".")).replace(".", "?.")
    tests = " or ".join(_test(value) for value in condition.values)
    return f"([{path} | if type == \"array\" then .[] else . end | select(. != null) | tostring] | any({tests}))"


def _test(value):
    if value is conditions.EXISTS:
        return "true"
    if isinstance(value, str):
        return f". == {json.dumps(value)}"
    if isinstance(value, conditions.Glob):
        if len(value.pieces) == 2 and not value.pieces[1]:
            return f"startswith({json.dumps(value.pieces[0])})"
        return f"test({json.dumps('^' + '.*'.join(re.escape(piece) for piece in value.pieces) + '$')})"
    if isinstance(value, conditions.Range):
        raise conditions.Inexpressible("a range")
    return " or ".join(f". == {json.dumps(text.strip(chr(34)))}" if text.startswith('"') else
                       f"startswith({json.dumps(text[:-1])})" for text in tau_rules.addresses(value))
