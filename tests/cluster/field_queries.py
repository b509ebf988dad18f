"""Random conditions on the fields of a small index: over the values that its documents have and others near them, by every
verb that KQL has, joined by and, or and not.

    queries = FieldQueries(["f", "f.text"], values, seed=1).make(40)
"""
import datetime
import random

_SPECIAL = set('\\():<>"*{}')
_STRANGE = ["curl", "CURL", "foo bar", "a", "", "*", "x y", "0", "1", "-1", "5.5", "1e3", "true", "false", "2024-01-02", "2024-01", "10.0.0.0/8",
            "::1", "9223372036854775807", "18446744073709551615", "é", "\\", "a*b", "now-1d"]


def texts_of(value):
    """The scalars in a value of a document, as they are written."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_of(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_of(inner)]
    if value is None:
        return []
    return [str(value).lower() if isinstance(value, bool) else str(value)]


class FieldQueries:
    """names: fields that may be asked; values: texts."""

    def __init__(self, names, values, seed):
        self._random = random.Random(seed)
        self._names = names
        self._values = [value for value in dict.fromkeys(values) if "\n" not in value and len(value) < 100] or ["x"]

    def make(self, count):
        return [self._query() for _ in range(count)]

    def _query(self):
        if self._chance(0.6):
            return ("not " if self._chance(0.2) else "") + self._leaf()
        word = self._random.choice([" and ", " or ", " and not "])
        return f"({self._leaf()}){word}({self._leaf()})"

    def _leaf(self):
        name, draw = self._random.choice(self._names), self._random.random()
        if draw < 0.08:
            return f"{name}: *"
        if draw < 0.33:
            return f"{name} {self._random.choice(['<', '<=', '>', '>='])} {_quoted(self._value())}"
        if draw < 0.48:
            return f"{name} >= {_quoted(self._value())} and {name} < {_quoted(self._value())}"
        if draw < 0.63:
            return f"{name}: {self._pattern()}"
        if draw < 0.75:
            return f"{name}: ({_quoted(self._value())} or {_unquoted(self._value())})"
        return f"{name}: {_quoted(self._value()) if draw < 0.88 else _unquoted(self._value())}"

    def _value(self):
        value = self._random.choice(self._values)
        draw = self._random.random()
        if draw < 0.6:
            return value
        if draw < 0.75:
            return self._near(value)
        return self._random.choice(_STRANGE)

    def _near(self, value):
        """A number, a date or a text that is a little different."""
        try:
            step = self._random.choice([1, -1, 0.5, -0.5, 0.001, 1000])
            whole = int(value)
            return str(whole + int(step)) if step == int(step) else str(whole + step)
        except ValueError:
            pass
        try:
            return str(float(value) + self._random.choice([0.1, -0.1, 1, 0.0001]))
        except ValueError:
            pass
        try:
            day = datetime.date.fromisoformat(value[:10])
            return str(day + datetime.timedelta(days=self._random.choice([-1, 1, 31])))
        except ValueError:
            changed = self._random.choice([value.upper(), value.lower(), value[:-1], value + "x", value.replace(" ", "-"), value.capitalize()])
            return changed or "x"

    def _pattern(self):
        value = self._value() or "x"
        begin = self._random.randrange(len(value))
        end = min(len(value), begin + self._random.randint(1, 6))
        text = _escaped(value[begin:end].strip()) or "x"
        return ("*" if begin or self._chance(0.2) else "") + text + ("*" if end < len(value) or self._chance(0.5) else "")

    def _chance(self, of_one):
        return self._random.random() < of_one


def _quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(value):
    words = value.lower().split()
    if not value or value.strip() != value or any(word in ("and", "or", "not") or word.endswith("not") for word in words):
        return _quoted(value)
    return _escaped(value)


def _escaped(value):
    """Words of it that could be taken for operators are rare enough: such a query is refused, and not compared."""
    return "".join("\\" + letter if letter in _SPECIAL else letter for letter in value)
