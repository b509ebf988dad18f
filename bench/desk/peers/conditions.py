"""KQL trees as the conditions that other engines' languages are made of: and, or, not over leaves that ask one field for
any of several values. What no engine beside ours means by itself is Inexpressible here, with a reason."""
import dataclasses
import ipaddress
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
WILDCARD = "@kuery-wildcard@"
_ECS = re.compile(r'^\{"([^"]+)", FieldType::k(\w+),', re.MULTILINE)


class Inexpressible(Exception):
    """The rule has something that the engine's language has not."""


@dataclasses.dataclass(frozen=True)
class Glob:
    """Pieces between stars; the first and the last are anchored."""
    pieces: tuple

    def regex(self):
        return "(?s)^" + ".*".join(re.escape(piece) for piece in self.pieces) + "$"


@dataclasses.dataclass(frozen=True)
class Range:
    operator: str  # gt, gte, lt, lte
    number: int


class Exists:
    pass


EXISTS = Exists()


@dataclasses.dataclass(frozen=True)
class Leaf:
    """True if some value of the field is one of `values`: str, Glob, ip_network, Range, EXISTS."""
    field: str
    values: tuple


@dataclasses.dataclass(frozen=True)
class Not:
    inner: object


@dataclasses.dataclass(frozen=True)
class Group:
    word: str  # "and", "or"
    members: tuple


def field_types():
    """ECS types by field name, in the words of compiler/ecs_fields.inc."""
    return dict(_ECS.findall((ROOT / "compiler" / "ecs_fields.inc").read_text(encoding="utf-8")))


class Reader:
    def __init__(self, types=None):
        self._types = types or field_types()

    def read(self, tree):
        """The tree's condition. Raises Inexpressible."""
        arguments = tree["arguments"]
        match tree["function"]:
            case "and" | "or" as word:
                return _group(word, [self.read(argument) for argument in arguments])
            case "not":
                return Not(self.read(arguments[0]))
            case "is":
                return self._leaf(arguments[0], lambda field: self._value(field, arguments[1]))
            case "exists":
                return self._leaf(arguments[0], lambda field: EXISTS)
            case "range":
                return self._leaf(arguments[0], lambda field: self._range(field, arguments[1], arguments[2]))
            case "nested":
                raise Inexpressible("a group over nested objects")
        raise Inexpressible(tree["function"])

    def _leaf(self, field, value_of):
        if field["value"] is None:
            raise Inexpressible("a value without a field")
        if field["type"] == "wildcard":
            raise Inexpressible("a field name with stars")
        if field["value"].endswith((".caseless", ".text")):
            raise Inexpressible("a multi-field, which no event has")
        if self._types.get(field["value"], "") in ("Text", "MatchOnlyText"):
            raise Inexpressible("analysed text")
        return Leaf(field["value"], (value_of(field["value"]),))

    def _value(self, field, node):
        value = node["value"]
        if node["type"] == "wildcard":
            pieces = tuple(value.split(WILDCARD))
            return EXISTS if all(not piece for piece in pieces) else Glob(pieces)
        if value is None:
            raise Inexpressible("null")
        if isinstance(value, bool):
            return "true" if value else "false"
        if self._types.get(field) == "Ip":
            try:
                return ipaddress.ip_network(value, strict=False)
            except ValueError as error:
                raise Inexpressible(f"an address: {value}") from error
        if self._types.get(field) == "Date":
            raise Inexpressible("a date")
        return value

    def _range(self, field, operator, node):
        kind = self._types.get(field, "Keyword")
        if kind not in ("Long", "Integer", "Keyword") or not re.fullmatch(r"-?\d+", str(node["value"])):
            raise Inexpressible(f"a range of {kind}")
        return Range(operator, int(node["value"]))


def _group(word, members):
    """Nested groups of the same word become one; in an or, leaves of one field become one leaf."""
    flat = []
    for member in members:
        flat += member.members if isinstance(member, Group) and member.word == word else [member]
    if word == "or":
        joined = {}
        for member in flat:
            key = ("leaf", member.field) if isinstance(member, Leaf) else ("other", id(member))
            before = joined.get(key)
            joined[key] = Leaf(member.field, before.values + member.values) if before else member
        flat = list(joined.values())
    return flat[0] if len(flat) == 1 else Group(word, tuple(flat))
