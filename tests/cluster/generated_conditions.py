"""Filters and exception items for judges: generated over the fields and values that documents really have, each with the query
DSL that a search engine is sent for it.

    generator = ConditionGenerator(documents, types, seed=1, nested=[("objects", inner)])
    filters, dsl = generator.filters()      # of a rule, and what they mean together
    items, dsl = generator.items("list")    # of an exception list, and what the list takes out
"""
import random

from generated_queries import sampled_values

_WORDS = {"keyword", "wildcard", "text", "match_only_text", "flat_object"}
_LONGEST_VALUE = 200
_SPECIAL = "\\*?"


class ConditionGenerator:
    """types: field -> type, of the fields that may be asked; nested: (path, generator over its objects)."""

    def __init__(self, documents, types, seed, nested=None, prefix=""):
        self._random = random.Random(seed)
        self._types = types
        self._prefix = prefix  # of the names in DSL: the path of the objects
        self._nested = nested or []
        self._values = sampled_values(documents, types, _LONGEST_VALUE)
        self._fields = sorted(path for path, seen in self._values.items() if seen)

    def filters(self):
        filters, required, excluded = [], [], []
        for _ in range(self._random.randint(1, 3)):
            query = self._query(self._random.choice([0, 0, 1, 2]))
            is_negated = self._chance(0.3)
            filters.append({"meta": {"negate": is_negated, "disabled": False}, "query": query})
            (excluded if is_negated else required).append(query)
        if self._chance(0.2):
            filters.append({"meta": {"negate": False, "disabled": True}, "query": {"match_none": {}}})
        return filters, {"bool": {"filter": required, "must_not": excluded}}

    def items(self, list_id):
        items, queries = [], []
        for number in range(self._random.randint(1, 3)):
            entries = [self._any_entry() for _ in range(self._random.randint(1, 3))]
            items.append({"item_id": f"{list_id}.{number}", "list_id": list_id, "namespace_type": "single", "type": "simple",
                          "name": "n", "description": "d", "entries": [entry for entry, _ in entries]})
            queries.append({"bool": {"filter": [query for _, query in entries]}})
        return items, {"bool": {"should": queries, "minimum_should_match": 1}}

    # ---- exception entries, as Kibana sends them --------------------------------------------------------------------------------

    def _any_entry(self):
        if self._nested and self._chance(0.25):
            path, inner = self._random.choice(self._nested)
            entries = [inner._entry() for _ in range(self._random.randint(1, 2))]
            query = {"nested": {"path": path, "score_mode": "none", "query": {"bool": {"filter": [q for _, q in entries]}}}}
            return {"field": path, "type": "nested", "entries": [entry for entry, _ in entries]}, query
        return self._entry()

    def _entry(self):
        field, value = self._pick()
        name = self._prefix + field
        entry = {"field": field, "operator": "included"}
        draw = self._random.random()
        if draw < 0.2:
            entry |= {"type": "exists"}
            query = {"exists": {"field": name}}
        elif draw < 0.45 and self._types[field] in _WORDS:
            pattern = self._pattern(value)
            entry |= {"type": "wildcard", "value": pattern}
            query = {"wildcard": {name: pattern}}
        elif draw < 0.7:
            values = [value] + [self._random.choice(self._values[field]) for _ in range(self._random.randint(1, 3))]
            entry |= {"type": "match_any", "value": values}
            query = {"bool": {"should": [{"match_phrase": {name: one}} for one in values], "minimum_should_match": 1}}
        else:
            entry |= {"type": "match", "value": value}
            query = {"match_phrase": {name: value}}
        if self._chance(0.3):
            entry["operator"] = "excluded"
            query = {"bool": {"must_not": query}}
        return entry, query

    # ---- query DSL --------------------------------------------------------------------------------------------------------------

    def _query(self, depth):
        if depth == 0 or self._chance(0.2):
            return self._leaf()
        parts = [self._query(depth - 1) for _ in range(self._random.randint(2, 3))]
        draw = self._random.random()
        if draw < 0.3:
            return {"bool": {"should": parts, **({"minimum_should_match": 1} if self._chance(0.5) else {})}}
        if draw < 0.4:
            return {"bool": {"should": parts, "minimum_should_match": len(parts)}}
        if draw < 0.5:
            return {"dis_max": {"queries": parts}}
        if draw < 0.6:
            return {"constant_score": {"filter": parts[0]}}
        return {"bool": {"must": parts[0], "filter": parts[1:2], "must_not": parts[2:]}}

    def _leaf(self):
        if self._nested and self._chance(0.2):
            path, inner = self._random.choice(self._nested)
            return {"nested": {"path": path, "query": inner._query(self._random.choice([0, 1])), "score_mode": "none"}}
        field, value = self._pick()
        name, kind, draw = self._prefix + field, self._types[field], self._random.random()
        if draw < 0.1:
            return {"exists": {"field": name}}
        if kind in _WORDS and draw < 0.35:
            return self._pattern_query(name, kind, value)
        if draw < 0.45 and kind != "wildcard":
            return {"range": {name: self._bounds(field, value)}}
        if draw < 0.55:
            return {"terms": {name: [self._term(kind, value), self._term(kind, self._random.choice(self._values[field]))]}}
        if draw < 0.6 and kind in ("text", "match_only_text"):
            return {"match": {name: {"query": value, "operator": "and"}}}
        if draw < 0.7:
            return {"match_phrase": {name: value if self._chance(0.5) else {"query": value}}}
        if draw < 0.85:
            return {"match": {name: value if self._chance(0.5) else {"query": value}}}
        term = self._term(kind, value)
        return {"term": {name: term if self._chance(0.5) else {"value": term}}}

    def _bounds(self, field, value):
        low, high = self._random.choice(["gt", "gte"]), self._random.choice(["lt", "lte"])
        if self._chance(0.5):
            return {self._random.choice([low, high]): value}
        return {low: value, high: self._random.choice(self._values[field])}

    def _term(self, kind, value):
        """Of text mostly one of its words, in lower case or as it is."""
        words = value.split()
        if kind not in ("text", "match_only_text") or not words or self._chance(0.2):
            return value
        word = self._random.choice(words)
        return word.lower() if self._chance(0.7) else word

    def _pattern_query(self, name, kind, value):
        ignores_case = {"case_insensitive": True} if self._chance(0.4) else {}
        # On a wildcard field the server takes a prefix's backslashes for escapes (docs/kql.md).
        if self._chance(0.3) and not (kind == "wildcard" and "\\" in value):
            return {"prefix": {name: {"value": value[:self._random.randint(1, 8)], **ignores_case}}}
        return {"wildcard": {name: {"value": self._pattern(value), **ignores_case}}}

    def _pattern(self, value):
        begin = self._random.randrange(len(value)) if value else 0
        end = min(len(value), begin + self._random.randint(1, 12))
        text = "".join("\\" + c if c in _SPECIAL else "?" if self._chance(0.05) else c for c in value[begin:end])
        if "?" in text and "\\?" in text:
            return "*"
        return ("*" if begin > 0 else "") + text + ("*" if end < len(value) or not text else "")

    def _pick(self):
        field = self._random.choice(self._fields)
        return field, self._random.choice(self._values[field])

    def _chance(self, of_one):
        return self._random.random() < of_one
