"""Index mappings of the Elastic Common Schema for OpenSearch, made from the table that the compiler has compiled in
(compiler/ecs_fields.inc): what a rule's query is checked against is what the index holds.

Fields that are not in the table are not indexed (dynamic: false); the caller may add some. Where OpenSearch has no such
type, or a stricter one, the nearest takes its place:
  constant_keyword -> keyword    any value can be indexed, not one per index
  match_only_text  -> text       phrases are answered from the index, not by reading every document again
  flattened        -> flat_object
  wildcard         -> wildcard   with doc values, which it leaves out by default; longer values than these can hold would
                                 have the document refused, so they are left out, as keyword's are by ignore_above
"""
import dataclasses
import pathlib
import re

ECS_TABLE = pathlib.Path(__file__).resolve().parents[2] / "compiler" / "ecs_fields.inc"
_ENTRY = re.compile(r'^\{"([^"]+)", FieldType::k(\w+), (\d+), (\d+), ([\w |]+)\},$')
# A doc value holds 32,766 bytes; ignore_above counts UTF-16 units, of up to three bytes in UTF-8.
_LONGEST_WILDCARD = 32_766 // 3
_TYPES = {
    "constant_keyword": {"type": "keyword"},
    "flattened": {"type": "flat_object"},
    "match_only_text": {"type": "text"},
    "wildcard": {"type": "wildcard", "doc_values": True, "ignore_above": _LONGEST_WILDCARD},
}
_HAS_DOC_VALUES = {"binary", "boolean", "byte", "date", "date_nanos", "double", "float", "half_float", "integer", "ip",
                   "keyword", "long", "scaled_float", "short", "unsigned_long", "wildcard"}
_INDEX_SWITCH = _HAS_DOC_VALUES - {"binary", "wildcard"} | {"text"}
# Room for what a caller adds to a made mapping later on.
_SPARE_FIELDS = 500


class BadTable(Exception):
    """The table, or a field that a caller adds, does not make a mapping."""


@dataclasses.dataclass(frozen=True)
class Field:
    name: str  # dotted; ends in .* for the keys of an object that all have one type
    type: str  # as in the schema: "match_only_text"
    ignore_above: int = 0
    scaling_factor: int = 0
    marks: frozenset = frozenset()


def read_table(path=ECS_TABLE):
    """The fields of the compiled-in table, in its order."""
    fields = []
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if not line.startswith("{"):
            continue
        found = _ENTRY.match(line)
        if found is None:
            raise BadTable(f"{path}:{number}: not an entry as scripts/generate_ecs_fields.py writes it: {line}")
        name, kind, ignore_above, factor, marks = found.groups()
        snake = re.sub(r"(?<!^)([A-Z])", r"_\1", kind).lower()
        fields.append(Field(name, snake, int(ignore_above), int(factor), frozenset(marks.split(" | ")) - {"0"}))
    if not fields:
        raise BadTable(f"{path}: no entries")
    return fields


def field_mapping(field):
    """What the mapping says of one field: {"type": "keyword", "ignore_above": 1024}."""
    mapping = dict(_TYPES.get(field.type, {"type": field.type}))
    if field.ignore_above and mapping["type"] in ("keyword", "wildcard"):
        mapping["ignore_above"] = field.ignore_above
    if mapping["type"] == "scaled_float":
        mapping["scaling_factor"] = field.scaling_factor
    if "kNotIndexed" in field.marks and mapping["type"] in _INDEX_SWITCH:
        mapping["index"] = False
    if "kNoDocValues" in field.marks and mapping["type"] in _HAS_DOC_VALUES:
        mapping["doc_values"] = False
    return mapping


def _place(properties, name):
    """The properties that hold the last part of a dotted name, objects on the way made as needed."""
    *way, last = name.split(".")
    for part in way:
        node = properties.setdefault(part, {"properties": {}})
        if node.get("type", "object") not in ("object", "nested"):
            raise BadTable(f"{name} lies below {part}, which is a {node['type']}")
        properties = node.setdefault("properties", {})
    return properties, last


def _find(properties, name):
    """The mapping of a dotted name that is there already."""
    holder, last = _place(properties, name)
    if last not in holder:
        raise BadTable(f"{name} has a multi-field and is itself not in the table")
    return holder[last]


def mappings(fields):
    """The body of "mappings" for these fields."""
    properties, templates = {}, []
    for field in fields:
        if "kMultiField" in field.marks:
            parent, _, last = field.name.rpartition(".")
            _find(properties, parent).setdefault("fields", {})[last] = field_mapping(field)
        elif "kAnyKey" in field.marks:
            owner = field.name.removesuffix(".*")
            # The rest of the document is not dynamic; these keys are, and take the type that the schema gives.
            _find(properties, owner).update({"type": "object", "dynamic": True})
            templates.append({owner: {"path_match": field.name, "mapping": field_mapping(field)}})
        else:
            holder, last = _place(properties, field.name)
            own = field_mapping(field)
            if last in holder and own["type"] not in ("object", "nested"):
                raise BadTable(f"{field.name} is a {own['type']} and has fields below it")
            holder.setdefault(last, {}).update(own)
    return {"dynamic": False, "dynamic_templates": templates, "properties": properties}


def index_body(fields=None, more_fields=None, settings=None):
    """What PUT /<index> takes: ECS mappings, one shard without replica, limits that fit. more_fields maps dotted names
    to types ("winlog.event_id": "keyword"); settings go over those here, with or without "index." in front."""
    fields = read_table() if fields is None else list(fields)
    known = {field.name for field in fields}
    fields += [Field(name, kind) for name, kind in (more_fields or {}).items() if name not in known]
    own = {"number_of_shards": 1, "number_of_replicas": 0, "mapping.total_fields.limit": len(fields) * 2 + _SPARE_FIELDS}
    given = {name.removeprefix("index."): value for name, value in (settings or {}).items()}
    return {"settings": {"index": {**own, **given}}, "mappings": mappings(fields)}
