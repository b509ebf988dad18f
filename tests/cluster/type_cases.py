"""Fields as an index may have them, beyond those of meaning_cases.py: what a field's options make of it (no doc values, not
indexed, a value for nulls), types that rules hardly ask, and names that are no field of a document's own. The queries are
asked of a node with the plugin (field_types_test.py)."""
from meaning_cases import (ADDRESSES, ASKED_OF_ADDRESSES, ASKED_OF_BOOLEANS, ASKED_OF_DATES, ASKED_OF_FLAT, ASKED_OF_FRACTIONS,
                           ASKED_OF_MULTI, ASKED_OF_NANOS, ASKED_OF_NUMBERS, ASKED_OF_STRINGS, ASKED_OF_UNSIGNED, BOOLEANS, Case,
                           DATES, FLAT, FRACTIONS, MULTI, NANOS, STRINGS, UNSIGNED, WHOLE)

ANALYSIS = {"analysis": {
    "char_filter": {"dashes": {"type": "mapping", "mappings": ["- => _", "\\\\ => /"]}},
    "normalizer": {"folded": {"type": "custom", "filter": ["asciifolding", "lowercase"]},
                   "dashed": {"type": "custom", "char_filter": ["dashes"], "filter": []},
                   "upper": {"type": "custom", "filter": ["uppercase"]}},
    "analyzer": {"path": {"tokenizer": "path_hierarchy"}, "folding": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}}}}
KINDS = {
    "keyword": (STRINGS, ASKED_OF_STRINGS), "wildcard": (STRINGS, ASKED_OF_STRINGS), "text": (STRINGS, ASKED_OF_STRINGS),
    "ip": (ADDRESSES, ASKED_OF_ADDRESSES), "boolean": (BOOLEANS, ASKED_OF_BOOLEANS), "date": (DATES, ASKED_OF_DATES),
    "date_nanos": (NANOS, ASKED_OF_NANOS), "unsigned_long": (UNSIGNED, ASKED_OF_UNSIGNED),
    **dict.fromkeys(("long", "integer", "short", "byte"), (WHOLE, ASKED_OF_NUMBERS)),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), (FRACTIONS, ASKED_OF_FRACTIONS)),
}
NULLS = {"keyword": "NULL", "wildcard": "NULL", "ip": "10.0.0.9", "boolean": True, "date": "2024-01-02", "date_nanos": "2024-01-02", "long": 5,
         "integer": 5, "short": 5, "byte": 5, "unsigned_long": 5, "double": 6.1, "float": 6.1, "half_float": 6.1, "scaled_float": 6.1}
SCALE = {"scaled_float": {"scaling_factor": 100}}
EXISTS = ["f: *", "not f: *", "f.x: *", "g: x and f: *", "f: x"]


def _cases():
    for kind, (values, queries) in KINDS.items():
        base = {"type": kind, **SCALE.get(kind, {})}
        if kind not in ("wildcard", "text"):
            yield Case(f"{kind}_no_doc_values", {"f": {**base, "doc_values": False}}, values, queries)
        if kind != "wildcard":
            yield Case(f"{kind}_not_indexed", {"f": {**base, "index": False}}, values, queries)
            if kind != "text":
                yield Case(f"{kind}_neither", {"f": {**base, "index": False, "doc_values": False}}, values, queries)
                yield Case(f"{kind}_stored", {"f": {**base, "store": True}}, values, queries)
        if kind in NULLS:
            yield Case(f"{kind}_null_value", {"f": {**base, "null_value": NULLS[kind]}}, [*values, None, [None, None]], queries)
        if kind not in ("keyword", "wildcard", "text", "boolean"):
            yield Case(f"{kind}_malformed", {"f": {**base, "ignore_malformed": True}}, [*values, "junk", ["junk", values[1]], ""], queries)
        yield Case(f"{kind}_alias", {"real": base, "f": {"type": "alias", "path": "real"}},
                   [{"real": value} for value in values if not isinstance(value, dict)], [*queries, "real: *"])
        yield Case(f"{kind}_below", {"f": {"type": "keyword", "index": False, "doc_values": False, "fields": {"x": base}}},
                   [value for value in values if not isinstance(value, dict)], [query.replace("f", "f.x", 1) if query.startswith("f")
                                                                          else query.replace(" f", " f.x", 1) for query in queries])
        yield Case(f"{kind}_copied", {"a": {"type": "keyword", "copy_to": "f"}, "b": {"type": "keyword", "copy_to": "f"}, "f": base},
                   [{"a": value} for value in values if not isinstance(value, (dict, list))] +
                   [{"a": one, "b": two} for one, two in zip(values, values[1:]) if not isinstance(one, (dict, list))
                    and not isinstance(two, (dict, list))], queries)


# Beside the properties of a case's mapping.
BESIDE = {"derived": {"derived": {"f": {"type": "keyword", "script": {
    "source": "if (params._source.containsKey('g')) { emit(params._source['g'] + '!') }"}}}}}
RANGES = ["f: 5", "f > 5", "f: *", "not f: *", "f <= 3"]
METADATA = ["_id: 3", "_id: (1 or 2)", "_id: *", "not _id: 3", "_id: 1*", "_index: metadata", "_index: meta*", "_index: other", "not _index: metadata",
            "_index: *", "_routing: x", "_routing: *", "_source: x", "_source: *", "_field_names: f", "_ignored: f", "_ignored: *", "_seq_no: 3",
            "_seq_no > 3", "_version: 1", "_version: *", "_primary_term: 1", "_nested_path: f", "_type: _doc", "_doc_count: 1", "_tier: x", "_*: 3",
            "*: curl", "curl", "*: *", "f* : curl"]

CASES = [
    *_cases(),
    *(Case(f"normalizer_{name}", {"f": {"type": "keyword", "normalizer": name}}, [*STRINGS, "FOO-bar", "C:\\Foo", "Ünder", "STRASSE", "straße"],
           [*ASKED_OF_STRINGS, "f: FOO-bar", "f: foo_bar", "f: UNDER", "f: ünder*", "f: UND*", "f: C\\:/Foo", "f: straße", "f: STRASSE"], ANALYSIS)
      for name in ("folded", "dashed", "upper")),
    Case("keyword_split", {"f": {"type": "keyword", "split_queries_on_whitespace": True}}, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_split_normalized", {"f": {"type": "keyword", "split_queries_on_whitespace": True, "normalizer": "lowercase"}}, STRINGS,
         ASKED_OF_STRINGS),
    Case("keyword_short_unindexed", {"f": {"type": "keyword", "ignore_above": 4, "index": False}}, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_norms", {"f": {"type": "keyword", "norms": True, "doc_values": False}}, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_eager", {"f": {"type": "keyword", "eager_global_ordinals": True, "similarity": "boolean"}}, STRINGS, ASKED_OF_STRINGS),
    Case("wildcard_doc_values", {"f": {"type": "wildcard", "doc_values": True}}, STRINGS, ASKED_OF_STRINGS),
    Case("wildcard_short", {"f": {"type": "wildcard", "doc_values": True, "ignore_above": 4}}, STRINGS, ASKED_OF_STRINGS),
    Case("wildcard_normalized", {"f": {"type": "wildcard", "doc_values": True, "normalizer": "lowercase"}}, STRINGS, ASKED_OF_STRINGS),
    *(Case(f"analyzer_{name}", {"f": {"type": "text", "analyzer": name}}, [*STRINGS, "/usr/bin/curl", "Ünder bar"],
           [*ASKED_OF_STRINGS, "f: /usr", "f: /usr/bin/curl", "f: under"], ANALYSIS) for name in ("path", "folding", "english", "keyword")),
    Case("text_prefixes", {"f": {"type": "text", "index_prefixes": {}, "index_phrases": True}}, STRINGS, ASKED_OF_STRINGS),
    Case("text_no_norms", {"f": {"type": "text", "norms": False}}, STRINGS, ASKED_OF_STRINGS),
    Case("text_docs_only", {"f": {"type": "text", "index_options": "docs"}}, STRINGS, ASKED_OF_STRINGS),
    Case("text_fielddata", {"f": {"type": "text", "fielddata": True}}, STRINGS, ASKED_OF_STRINGS),
    Case("text_keyword", {"f": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 8}}}}, STRINGS,
         [*ASKED_OF_STRINGS, *(query.replace("f:", "f.keyword:") for query in ASKED_OF_STRINGS if "f:" in query)]),
    Case("search_as_you_type", {"f": {"type": "search_as_you_type"}}, STRINGS, [*ASKED_OF_STRINGS, "f._2gram: foo bar", "f._index_prefix: fo"]),
    Case("token_count", {"f": {"type": "token_count", "analyzer": "standard"}}, STRINGS, ["f: 1", "f: 2", "f > 1", "f >= 0", "f: *", "not f: *"]),
    Case("version", {"f": {"type": "version"}}, ["1.2.3", "1.10.0", "2.0.0-alpha", "2.0.0", ["1.0.0", "3.0.0"], None],
         ["f: 1.2.3", 'f: "2.0.0"', "f > 1.2.3", "f >= 2.0.0-alpha", "f < 2.0.0", "f: 1.*", "f: *", "not f: *", "f: (1.2.3 or 3.0.0)"]),
    Case("binary", {"f": {"type": "binary"}}, ["YWJj", "eHl6", None], EXISTS),
    Case("binary_doc_values", {"f": {"type": "binary", "doc_values": True}}, ["YWJj", "eHl6", None], EXISTS),
    Case("geo_point", {"f": {"type": "geo_point"}}, [{"f": {"lat": 1, "lon": 2}}, {"f": "1,2"}, {"g": 1}, {"f": [{"lat": 1, "lon": 2}, {"lat": 3, "lon": 4}]}],
         [*EXISTS, "f.lat: *", "f.lat: 1"]),
    Case("geo_point_indexed", {"f": {"type": "geo_point", "doc_values": False}}, [{"f": {"lat": 1, "lon": 2}}, {"f": "1,2"}, {"g": 1}], EXISTS),
    Case("geo_shape", {"f": {"type": "geo_shape"}}, [{"f": {"type": "point", "coordinates": [1, 2]}}, {"f": "POINT (1 2)"}, {"g": 1}], EXISTS),
    Case("completion", {"f": {"type": "completion"}}, ["curl", ["a", "b"], None], EXISTS),
    Case("rank_feature", {"f": {"type": "rank_feature"}}, [1, 5.5, None], [*EXISTS, "f: 1"]),
    Case("rank_features", {"f": {"type": "rank_features"}}, [{"f": {"a": 1, "b": 2}}, {"g": 1}], [*EXISTS, "f.a: *"]),
    Case("integer_range", {"f": {"type": "integer_range"}}, [{"f": {"gte": 1, "lte": 5}}, {"f": {"gt": 5}}, {"g": 1}], RANGES),
    Case("long_range_unindexed", {"f": {"type": "long_range", "index": False}}, [{"f": {"gte": 1, "lte": 5}}, {"f": {"gt": 5}}, {"g": 1}], RANGES),
    Case("double_range", {"f": {"type": "double_range"}}, [{"f": {"gte": 1.5, "lte": 5}}, {"f": {"gt": 5}}, {"g": 1}], RANGES),
    Case("ip_range", {"f": {"type": "ip_range"}}, ["10.0.0.0/8", {"f": {"gte": "10.0.0.1", "lte": "10.0.0.9"}}, "::/0", None],
         ["f: 10.0.0.5", "f: 11.0.0.1", "f: *", "not f: *", "f: 10.0.0.0/24", "f > 10.0.0.3"]),
    Case("date_range", {"f": {"type": "date_range"}}, [{"f": {"gte": "2024-01-01", "lte": "2024-02-01"}}, {"f": {"gt": "2025-01-01"}}, {"g": 1}],
         ['f: "2024-01-05"', 'f > "2024-06-01"', "f: *", "not f: *", 'f <= "2023-12-31"']),
    Case("percolator", {"f": {"type": "percolator"}, "g": {"type": "keyword"}}, [{"f": {"term": {"g": "x"}}}, {"g": "x"}], EXISTS),
    Case("join", {"f": {"type": "join", "relations": {"asks": "tells"}}}, [{"f": "asks"}, {"f": {"name": "asks"}}, {"g": 1}],
         ["f: asks", "f: tells", "f: *", "not f: *", "f: a*", "f#asks: *", "f.name: asks", "not f: asks"]),
    Case("disabled", {"f": {"type": "object", "enabled": False}}, [{"f": {"a": 1}}, {"f": "x"}, {"g": 1}], [*EXISTS, "f.a: 1", "f.a: *", "not f.a: 1"]),
    Case("derived", {"g": {"type": "keyword"}}, [{"g": "x"}, {"g": "curl"}, {"h": "y"}], ["f: x!", "f: curl!", "f: x", "f: x*", "not f: x!",
                                                                                 "g: curl and f: curl!"]),
    Case("flat_objects", {"f": {"type": "flat_object"}, "g": {"properties": {"h": {"type": "flat_object"}}}},
         [*FLAT, {"g": {"h": {"a": {"b": "x"}}}}, {"f": {}}, {"f": {"a": None}}, {"f": {"a": {}}}, {"f": {"a": [{"b": 1}, {"b": ["x", 2]}]}}, {"f": {"": "x"}}],
         [*ASKED_OF_FLAT, "f: *", "not f: *", "g.h: *", "g.h: x", "g.h.a.b: x", "g.h.a: *", "f.a.b: *", "f.a.b: (1 or 2)", "f.*: x", "g.*: x", "g.*: *"]),
    Case("flat_object_alias", {"f": {"type": "alias", "path": "real"}, "real": {"type": "flat_object"}},
         [{"real": {"a": "x"}}, {"real": {"b": {"c": 1}}}, {"g": 1}], ["f: *", "f: x", "f.a: x", "f.a: *", "real.a: x", "not f: x"]),
    Case("metadata", {"f": {"type": "keyword", "ignore_above": 4}}, ["curl", "toolong", None, ["a", "b"]], METADATA),
    Case("odd_names", {"f": {"properties": {"a b": {"type": "keyword"}, "x-y": {"type": "long"}, "@t": {"type": "date"}, "é": {"type": "keyword"}}}},
         [{"f": {"a b": "x"}}, {"f": {"x-y": 5}}, {"f": {"@t": "2024-01-02"}}, {"f": {"é": "é"}}],
         ["f.a\\ b: x", "f.x-y: 5", "f.x-y > 4", "f.@t: *", 'f.@t > "2023"', "f.é: é", "f.*: x", "f.*: *"]),
    Case("multi_deep", {"f": {"type": "text", "fields": {
        "keyword": {"type": "keyword", "ignore_above": 6}, "low": {"type": "keyword", "normalizer": "lowercase", "doc_values": False},
        "text": {"type": "match_only_text"}, "simple": {"type": "text", "analyzer": "simple"}, "space": {"type": "text", "analyzer": "whitespace"},
        "stop": {"type": "text", "analyzer": "stop"}, "whole": {"type": "wildcard", "doc_values": True}, "len": {"type": "keyword", "index": False}}},
        "also": {"type": "alias", "path": "f.keyword"}}, MULTI, ASKED_OF_MULTI),
]
