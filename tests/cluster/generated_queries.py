"""Queries for judges: generated over the fields and values that documents really have, so that most of them match something.

    queries = QueryGenerator(documents, types, seed=1).make(5000)
"""
import random

_OPERATORS = ["<", "<=", ">", ">="]
_SPECIAL = set('\\():<>"*{}')
_TEXTS = {"keyword", "wildcard", "text", "match_only_text"}
_MOST_VALUES = 200
_LONGEST_VALUE = 300  # of a wildcard field, the server makes a clause a letter of a value, and has a bound for clauses


def values_of(document, types):
    """(path, scalar) of every known field; objects in lists are walked, nested fields are not."""
    found = []

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for element in value:
                walk(element, path)
        elif value is not None and path in types:
            found.append((path, value))

    walk(document, "")
    return found


def sampled_values(documents, types, longest):
    """Field -> some of its values over all documents, as texts, in the order in which they come."""
    found = {}
    for document in documents:
        for path, value in values_of(document, types):
            seen = found.setdefault(path, {})
            if len(seen) < _MOST_VALUES and len(str(value)) <= longest:
                seen[str(value).lower() if isinstance(value, bool) else str(value)] = None
    return {path: list(seen) for path, seen in found.items()}


class QueryGenerator:
    """types: field -> type, of the fields that may be asked; multi: field -> names of its multi-fields, with their types."""

    def __init__(self, documents, types, seed, multi=None, nested=None):
        self._random = random.Random(seed)
        self._types = types
        self._multi = multi or {}
        self._values = sampled_values(documents, types, _LONGEST_VALUE)
        self._fields = sorted(path for path, seen in self._values.items() if seen)
        self._nested = nested or []  # (path, generator of queries over the objects)

    def make(self, count):
        queries = []
        while len(queries) < count:
            query = self._query(self._random.choice([0, 1, 1, 2, 2, 3]))
            if len(query) < 4000:
                queries.append(query)
        return queries

    def _query(self, depth):
        if depth == 0 or self._random.random() < 0.15:
            return self._leaf()
        word = self._random.choice([" and ", " and ", " or "])
        parts = []
        for _ in range(self._random.randint(2, 3)):
            part = self._query(depth - 1)
            negation = "not " if self._random.random() < 0.2 else ""
            parts.append(negation + (f"({part})" if " " in part else part))
        return word.join(parts)

    def _leaf(self):
        if self._nested and self._random.random() < 0.2:
            path, inner = self._random.choice(self._nested)
            return f"{path}:{{ {inner._query(self._random.choice([0, 1]))} }}"
        field = self._random.choice(self._fields)
        value = self._random.choice(self._values[field])
        name, kind = self._random.choice([(field, self._types[field])] * 2 + self._multi.get(field, []))
        draw = self._random.random()
        if draw < 0.1:
            return f"{name}: *"
        if draw < 0.2 and kind != "wildcard":  # which the server cannot compare
            return f"{name} {self._random.choice(_OPERATORS)} {_quoted(value)}"
        if draw < 0.35:
            others = " or ".join(self._value(kind, self._random.choice(self._values[field])) for _ in range(2))
            return f"{name}: ({self._value(kind, value)} or {others})"
        if draw < 0.4 and self._is_all_text(field):
            return f"{field.rsplit('.', 1)[0]}.*: {_quoted(value)}"
        return f"{name}: {self._value(kind, value)}"

    def _is_all_text(self, field):
        """True if any value can be asked of all the fields around: the server refuses the whole search otherwise."""
        prefix = field.rpartition(".")[0] + "."
        return prefix != "." and all(kind in _TEXTS for name, kind in self._types.items() if name.startswith(prefix))

    def _value(self, kind, value):
        draw = self._random.random()
        if kind in ("keyword", "wildcard", "constant_keyword", "text", "match_only_text", "flat_object") and draw < 0.35 and value:
            return self._pattern(value)
        if kind == "ip" and draw < 0.4:
            bits = self._random.choice([8, 16, 24, 96] if ":" not in value else [10, 32, 64, 96])
            return _quoted(f"{value}/{min(bits, 32) if ':' not in value else bits}")
        if kind in ("date", "date_nanos") and draw < 0.5 and "T" in value:
            return _quoted(value[:self._random.choice([4, 7, 10, 13, 16, 19])])
        return _quoted(value) if draw < 0.75 else _unquoted(value)

    def _pattern(self, value):
        begin = self._random.randrange(len(value))
        end = min(len(value), begin + self._random.randint(1, 12))
        piece = value[begin:end].strip()
        front, back = begin > 0, end < len(value)
        middle = _escaped(piece)
        if not middle or piece[:1].isspace():
            return "*"
        return ("*" if front else "") + middle + ("*" if back or not front else "")


def _quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(value):
    """The value with what is special escaped; quoted where words of it could be taken for operators."""
    words = value.lower().split()
    is_plain = value.strip() == value and value and not any(c.isspace() and c != " " for c in value)
    if not is_plain or any(word.endswith("not") or word in ("and", "or", "not") for word in words):
        return _quoted(value)
    return _escaped(value)


def _escaped(value):
    text = "".join("\\" + c if c in _SPECIAL else c for c in value)
    lowered = f" {text.lower()} "
    if any(f" {word} " in lowered for word in ("and", "or")) or "not " in lowered or "\n" in text or "\t" in text:
        return text.split()[0] if text.split() and not text.lower().split()[0].endswith("not") else "x"
    return text
