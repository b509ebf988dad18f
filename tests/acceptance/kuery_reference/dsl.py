"""Syntax tree -> query DSL as a detection rule sends it: only the fields that the query names are known, times are UTC."""
import re

from kuery_reference import fields as data_view
from kuery_reference.syntax import MARK, parse

RESERVED = re.compile(r'[-+=&|><!(){}\[\]^"~*?:\\/]')
OUTSIDE = object()  # not in any group over nested objects; a group's path may be null or empty


class Untranslatable(Exception):
    """A field is asked outside its nested object, or in another one."""


def translate(text, fields=()):
    """The DSL of a query's text over a field list; raises Refused or Untranslatable."""
    tree = parse(text)
    view = data_view.loaded(fields, set(names(tree))) if fields else []
    clause = _Translation(view).node(tree, OUTSIDE)
    return {"bool": {"must": [], "filter": [] if clause == {"match_all": {}} else [clause], "should": [], "must_not": []}}


def scalar(node):
    """A literal's value, or a pattern with its stars as typed."""
    return node["value"].replace(MARK, "*") if node["type"] == "wildcard" else node["value"]


def spelled(value):
    """A value inside a longer text, as JavaScript writes it."""
    return {None: "null", True: "true", False: "false"}[value] if not isinstance(value, str) else value


def pattern(node):
    """The stars of a pattern, with everything else that means something to a query string escaped."""
    return "*".join(RESERVED.sub(r"\\\g<0>", piece) for piece in node["value"].split(MARK))


def lone(node):
    """Only a star; two are a pattern."""
    return node["type"] == "wildcard" and node["value"] == MARK


def names(tree):
    """The field names that are loaded for a tree: of a group over nested objects only its path."""
    kind, first = tree["function"], tree["arguments"][0]
    if kind in ("and", "or", "not"):
        for part in tree["arguments"]:
            yield from names(part)
    elif first["value"] is not None:
        yield spelled(scalar(first))


def any_of(clauses):
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def timed(bounds, value):
    return bounds if isinstance(value, str) and re.fullmatch("[0-9]+", value) else {**bounds, "time_zone": "Zulu"}


class _Translation:
    def __init__(self, view):
        self.view = view
        self.by_name = {field.name: field for field in view}

    def node(self, tree, group):
        return getattr(self, "on_" + tree["function"])(tree["arguments"], group)

    def on_and(self, parts, group):
        return {"bool": {"filter": [self.node(part, group) for part in parts]}}

    def on_or(self, parts, group):
        return any_of([self.node(part, group) for part in parts])

    def on_not(self, parts, group):
        return {"bool": {"must_not": self.node(parts[0], group)}}

    def on_nested(self, parts, group):
        path = scalar(parts[0])
        if group is not OUTSIDE and group:
            path = f"{spelled(group)}.{spelled(path)}"
        return {"nested": {"path": path, "query": self.node(parts[1], path), "score_mode": "none"}}

    def on_is(self, parts, group):
        field, value = parts
        if lone(field) and lone(value):
            return {"match_all": {}}
        name = self.full_name(field, group)
        if name["value"] is None:
            if value["type"] == "wildcard":
                return {"query_string": {"query": pattern(value)}}
            return {"multi_match": {"type": "phrase" if value["isQuoted"] else "best_fields", "query": value["value"],
                                    "lenient": True}}
        return self.over_fields(name, group, lambda key, known: self.leaf(key, known, value))

    def on_range(self, parts, group):
        field, operator, bound = parts
        value = scalar(bound)

        def leaf(key, known):
            bounds = {operator: value}
            return {"range": {spelled(key): timed(bounds, value) if known and known.date else bounds}}

        return self.over_fields(self.full_name(field, group), group, leaf)

    def leaf(self, key, known, value):
        named = spelled(key)
        if lone(value):
            return {"exists": {"field": key}}
        keyword = known and known.keyword
        if value["type"] == "wildcard":
            if keyword:
                return {"wildcard": {named: {"value": pattern(value)}}}
            return {"query_string": {"fields": [key], "query": pattern(value)}}
        plain = value["value"]
        if known and known.date:
            return {"range": {named: timed({"gte": plain, "lte": plain}, plain)}}
        if keyword:
            return {"term": {named: {"value": plain}}}
        return {"match_phrase" if value["isQuoted"] else "match": {named: plain}}

    # --- field names ---

    def fits(self, name):
        if name["type"] == "wildcard":
            whole = data_view.starred(name["value"].split(MARK))
            return [field for field in self.view if whole.fullmatch(field.name)]
        known = self.by_name.get(name["value"])
        return [known] if known else []

    def full_name(self, field, group):
        """The field's node with its group's path before it; raises where a known field is asked in the wrong place."""
        prefixed = group is not OUTSIDE and group
        name = {**field, "value": f"{spelled(group)}.{spelled(field['value'])}"} if prefixed else field
        if name["type"] == "wildcard" and not prefixed:
            return name
        wrong = [text for text in (self.misplaced(known, group) for known in self.fits(name)) if text]
        if wrong:
            raise Untranslatable("\n".join(wrong))
        return name

    @staticmethod
    def misplaced(known, group):
        inside = group is not OUTSIDE and group
        if inside and known.nested is None:
            return (f'{known.name} is not a nested field but is in nested group "{spelled(group)}" in the KQL '
                    "expression.")
        if known.nested is not None and not inside:
            return f"{known.name} is a nested field, but is not in a nested group in the KQL expression."
        if known.nested != (None if group is OUTSIDE else group) or (group is None and known.nested is None):
            correct = known.nested if known.nested is not None else "undefined"
            return (f"Nested field {known.name} is being queried with the incorrect nested path. The correct path is "
                    f"{correct}.")
        return None

    def over_fields(self, name, group, leaf):
        """One clause a field, even for one; a name that fits no field is taken as it is written."""
        clauses = []
        for known in self.fits(name):
            clause = leaf(known.name, known)
            if name["type"] == "wildcard" and known.nested and group is OUTSIDE:
                clause = {"nested": {"path": known.nested, "query": clause, "score_mode": "none"}}
            clauses.append(clause)
        return any_of(clauses or [leaf(scalar(name), None)])
