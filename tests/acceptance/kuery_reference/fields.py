"""Index mappings -> the field list that a data view shows, and the part of it that a rule's query makes it load.

One entry a name: the types that field capabilities report over all indices (by family), the one type that they come to, and
the nearest nested object around it. Objects themselves are no fields."""
import dataclasses
import re

FAMILIES = {"wildcard": "keyword", "constant_keyword": "keyword", "match_only_text": "text"}
KINDS = {**dict.fromkeys(("date", "date_nanos"), "date"),
         **dict.fromkeys(("keyword", "text", "version", "annotated_text"), "string"),
         **dict.fromkeys(("byte", "short", "integer", "long", "unsigned_long", "half_float", "float", "scaled_float",
                          "double", "token_count"), "number"),
         **dict.fromkeys(("integer_range", "long_range", "float_range", "double_range"), "number_range")}
GROUPS = ("object", "nested")


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    types: frozenset
    kind: str
    nested: str | None

    @property
    def keyword(self):
        return self.types == {"keyword"}

    @property
    def date(self):
        return self.kind == "date"


def reported(mappings):
    """One index: {name: type} of everything in it, objects and nested ones too; aliases as what they stand for."""
    found, aliases = {}, {}

    def look_at(name, definition):
        kind = definition.get("type", "object")
        if kind == "alias":
            aliases[name] = definition["path"]
            return
        found[name] = FAMILIES.get(kind, kind)
        for below in ("properties", "fields") if definition.get("enabled", True) else ():
            for key, child in definition.get(below, {}).items():
                look_at(f"{name}.{key}", child)

    for key, child in mappings.get("properties", {}).items():
        parts = key.split(".")  # a dotted name is an object with a field in it
        for depth in range(1, len(parts)):
            found.setdefault(".".join(parts[:depth]), "object")
        look_at(key, child)
    for name, definition in mappings.get("runtime", {}).items():
        found[name] = definition["type"]
    found.update({name: found[path] for name, path in aliases.items() if path in found})
    return found


def field_list(indices):
    """The sorted field list over several indices' mappings."""
    types = {}
    for mappings in indices:
        for name, kind in reported(mappings).items():
            types.setdefault(name, set()).add(kind)
    kinds = {}
    for name, several in types.items():
        known = {KINDS.get(kind, kind) for kind in several}
        kinds[name] = known.pop() if len(known) == 1 else "conflict"
    fields = []
    for name in sorted(types):
        if kinds[name] in GROUPS:
            continue
        parents = [name[:at] for at, char in enumerate(name) if char == "."]
        nested = next((parent for parent in reversed(parents) if kinds.get(parent) == "nested"), None)
        fields.append(Field(name, frozenset(types[name]), kinds[name], nested))
    return fields


def starred(pieces):
    """What a pattern whose stars stand between these pieces matches in full."""
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)


def loaded(fields, names):
    """The fields that a lazy data view loads for these names; a star in one is a pattern, quoted or not."""
    exact = {name for name in names if "*" not in name}
    patterns = [starred(name.split("*")) for name in names if "*" in name]
    return [field for field in fields
            if field.name in exact or any(pattern.fullmatch(field.name) for pattern in patterns)]
