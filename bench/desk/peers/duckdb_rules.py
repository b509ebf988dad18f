"""Conditions as SQL of DuckDB over columns of lists (duckdb_runner.py). A missing field is a null list, which no test holds
of; `coalesce` keeps a negation of it from being null."""
import ipaddress

import conditions
import tau_rules


class Writer:
    def __init__(self):
        self.fields = []

    def written(self, condition):
        """SQL that is true or false, never null. Raises Inexpressible."""
        if isinstance(condition, conditions.Not):
            return f"NOT ({self.written(condition.inner)})"
        if isinstance(condition, conditions.Group):
            return "(" + f" {condition.word} ".join(self.written(member) for member in condition.members) + ")"
        if condition.field not in self.fields:
            self.fields.append(condition.field)
        column = f"f{self.fields.index(condition.field)}"
        if conditions.EXISTS in condition.values:
            return f"coalesce(len({column}) > 0, false)"
        texts = [_quoted(value) for value in condition.values if isinstance(value, str)]
        tests = [test for value in condition.values if not isinstance(value, str) for test in _tests(value)]
        parts = [f"list_has_any({column}, [{', '.join(texts)}])"] if texts else []
        if tests:
            parts.append(f"len(list_filter({column}, lambda x: {' OR '.join(tests)})) > 0")
        return f"coalesce({' OR '.join(parts)}, false)"


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


def _tests(value):
    if isinstance(value, conditions.Range):
        operator = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[value.operator]
        return [f"coalesce(try_cast(x AS DOUBLE) {operator} {value.number}, false)"]
    if isinstance(value, conditions.Glob):
        pieces = value.pieces
        if len(pieces) == 2 and not pieces[1]:
            return [f"starts_with(x, {_quoted(pieces[0])})"]
        if len(pieces) == 2 and not pieces[0]:
            return [f"ends_with(x, {_quoted(pieces[1])})"]
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            return [f"contains(x, {_quoted(pieces[1])})"]
        escaped = "%".join(piece.replace("!", "!!").replace("%", "!%").replace("_", "!_") for piece in pieces)
        return [f"x LIKE {_quoted(escaped)} ESCAPE '!'"]
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return [f"x = {_quoted(text.strip(chr(34)))}" if text.startswith('"') else f"starts_with(x, {_quoted(text[:-1])})"
                for text in tau_rules.addresses(value)]
    raise conditions.Inexpressible("a value that nobody foresaw")
