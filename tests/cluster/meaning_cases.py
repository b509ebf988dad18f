"""What a condition means on each type of field (the table of docs/kql.md): mappings, values and queries that
meaning_test.py asks of a real node and of the program. Every case is one field `f` (and what belongs to it) in an index
of its own; every query is asked of every value."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    mapping: dict  # the properties of the index
    values: list  # documents, or, where they are no objects, values of the field f
    queries: list
    settings: dict = dataclasses.field(default_factory=dict)

    def documents(self):
        """The first one has nothing."""
        return [{}] + [value if isinstance(value, dict) else {"f": value} for value in self.values]


STRINGS = ["curl", "Curl", "CURL", "", "a b", "a  b", "a*b", "a?b", "axb", "C:\\Windows\\cmd.exe", "true", True, 5, 5.0, 1.50,
           "5", "null", None, [], [None], ["curl", "x"], ["", None], "curl\n", " curl", "é", "É", "x" * 20, "日本語 テスト",
           "foo-bar", "Foo Bar baz", "foo", "bar foo", "10.0.0.1"]
ASKED_OF_STRINGS = [
    "f: curl", 'f: "curl"', "f: CURL", "f: c*", "f: C*", "f: *url", "f: *", "f: **", "not f: *", "not f: curl", 'f: ""', "f: a b",
    'f: "a b"', "f: a*b", "f: a\\*b", 'f: "a*b"', "f: a?b", "f: a?*", "f: *\\\\Windows\\\\*", 'f: "C:\\\\Windows\\\\cmd.exe"', "f: true",
    "f: 5", "f: 5.0", "f: 1.5", 'f: "null"', "f: é", "f: É*", "f: (curl or foo)", "f: (foo and not bar)", "f: foo-bar", 'f: "foo bar"',
    "f: foo bar", "f: foo* bar", "f: Foo*", "f: FOO", "f: *o* b*", "f >= curl", "f > curl", "f < b", "f <= B", "f > 5", "f >= \"\"",
    "f: 日本語", 'f: "日本語"', "f: テスト", "f: 日*", 'f: "..."', "f: -", "f: 10.0.0.1", "f: 10.0*", "f: xxxxxxxxxxxxxxxxxxxx", "f: x*",
    "f >= a and f < d", "f: \\AND", "f: a \\OR b"]

WHOLE = [0, 1, -1, 5, "5", 5.0, "5.0", 5.7, "5.7", -5.7, 80, 443, [1, 80], None, "", 127, -128, 7]
ASKED_OF_NUMBERS = ["f: 5", 'f: "5"', "f: 5.0", "f: 5.7", "f: 1.5", "f: -1", "f > 5", "f >= 5", "f < 5", "f <= 5", "f > 5.5", "f < 5.5",
                    "f >= 5.7", "f <= -5.5", "f > -5", "f < 0", "f: *", "not f: *", "not f: 5", "f: (1 or 80)", "f > 1 and f < 80",
                    "f: abc", "f: 5*", "f: true", "f > abc", "f: 1e1", "f < 1e2", "f: 5 ", 'f: ""', "f: 0x5", "f: 99999", "f > 99999",
                    "f < 99999", "f < -99999", "f >= 127", "f: 0.1", "f: .5", "f: +5", "f > 1.0E0"]
LONGS = [9223372036854775807, -9223372036854775808, 9007199254740993, 9007199254740992, "9007199254740993", 1, 0]
ASKED_OF_LONGS = ["f: 9223372036854775807", "f: 9223372036854775808", "f: 9007199254740993", "f: 9007199254740992", "f > 9007199254740992",
                  "f >= 9007199254740993", "f < -9223372036854775807", "f: -9223372036854775808", "f > 9223372036854775807",
                  "f >= 9223372036854775807.5", "f < 1e30", "f > 1e30"]
UNSIGNED = [0, 1, 9223372036854775807, 9223372036854775808, 18446744073709551615, 18446744073709551614, "18446744073709551615",
            9007199254740993, 5.5]
ASKED_OF_UNSIGNED = ["f: 18446744073709551615", "f: 18446744073709551614", "f > 18446744073709551614", "f >= 9223372036854775808",
                     "f < 9223372036854775808", "f: 9007199254740993", "f: 9007199254740992", "f: -1", "f > -1", "f >= 0", "f: 5", "f: 5.5",
                     "f < 5.5", "f > 4.5", "f: 18446744073709551616", "f < 18446744073709551616", "f: *", "f: abc"]
FRACTIONS = [0.1, 0.2, 0.5, 5, 5.5, 6.1, 6.125, -3.25, 47.0, 100.25, "6.1", 16777217, 0.30000001, 65504, 1e-8, [0.1, 6.1], None, 2.675]
ASKED_OF_FRACTIONS = ["f: 0.1", "f: 6.1", 'f: "6.1"', "f: 6.125", "f: 5", "f: 5.0", "f: 16777217", "f: 16777216", "f >= 6.1", "f > 6.1", "f <= 6.1",
                      "f < 6.1", "f > 0.3", "f: 0.3", "f < 0.1", "f <= 0.1", "f > 65503", "f: 65504", "f: 1e-8", "f > 0", "f: *", "not f: *",
                      "f: abc", "f: 5*", "f: 2.675", "f > 2.67", "f: 2.68", "f < 2.675", "f >= 2.675", "f: -3.25", "f: 100.25", "f: 1e400"]
BOOLEANS = [True, False, "true", "false", "", None, [True, False], []]
ASKED_OF_BOOLEANS = ["f: true", "f: false", 'f: "true"', 'f: "false"', 'f: ""', "f: *", "not f: true", "not f: *", "f > false", "f >= false",
                     "f < true", "f <= true", "f > true", "f < false", "f: yes", "f: 1", "f: tru*", "f: TRUE", "f: T", "f > 0"]
ADDRESSES = ["10.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1", "fe80::1", "192.168.1.1", ["10.0.0.9", "8.8.8.8"], None, "2001:db8::1",
             "0.0.0.0", "255.255.255.255", "::ffff:192.168.1.1", "2001:0DB8:0:0::1"]
ASKED_OF_ADDRESSES = ["f: 10.0.0.1", 'f: "10.0.0.1"', 'f: "::ffff:10.0.0.1"', 'f: "::ffff:a00:1"', 'f: "10.0.0.0/8"', "f: 10.0.0.0/8",
                      'f: "10.1.2.3/8"', 'f: "::/0"', "f: 0.0.0.0/0", 'f: "fe80::/10"', 'f: "2001:db8::/32"', 'f: "2001:DB8::1"', "f > 10.0.0.1",
                      'f >= "10.0.0.1"', 'f < "10.0.0.2"', 'f <= "::1"', 'f > "::1"', 'f > "255.255.255.255"', "f: *", "not f: *",
                      'not f: "10.0.0.0/8"', "f: 10.*", "f: abc", "f: 10.0.0", "f > 10.0.0.0/8", 'f: "::ffff:0:0/96"', 'f: "::ffff:10.0.0.0/104"',
                      "f: 10.0.0.1/32", "f: 10.0.0.1/33", "f: 010.0.0.1", 'f: ""', "f: (10.0.0.1 or 8.8.8.8)"]
DATES = ["2024-01-02", "2024-01-02T00:00:00Z", "2024-01-02T00:00:00.000Z", "2024-01-02T23:59:59.999Z", "2024-01-03T00:00:00Z",
         "2024-01-02T12:34:56.789+02:00", "2024-01-02T12:34:56.789123456Z", 1704153600000, "1704153600000", 1704240000000, "2024-01", "2024",
         "2024-01-02T05", "2024-01-02T05:06", "2024-01-02T05:06:07", "2024-01-02T05:06:07.8", "2024-02-29T00:00:00Z", "1969-12-31T23:59:59.999Z",
         None, 2024, -5, "-5", -1704153600, "1704153600000.5", 20240102, ["2023-12-31", "2024-06-01"], "2024-01-02T00:00:00-0500", "2024-01-02T00:00:00+01"]
ASKED_OF_DATES = ['f: "2024-01-02"', "f: 2024-01-02", 'f: "2024-01"', "f: 2024", 'f: "2024-01-02T12"', 'f: "2024-01-02T05:06"',
                  'f: "2024-01-02T05:06:07"', 'f: "2024-01-02T05:06:07.8Z"', 'f: "2024-01-02T12:34:56.789Z"', "f: 1704153600000",
                  'f: "1704153600000"', 'f > "2024-01-02"', 'f >= "2024-01-02"', 'f < "2024-01-02"', 'f <= "2024-01-02"', 'f > "2024-01"',
                  'f <= "2024"', "f > 2023", 'f >= "2024-01-02T23:59:59.999Z"', 'f > "2024-01-02T23:59:59.999Z"', 'f: "2024-01-02||/M"',
                  'f > "2024-01-02||+1d"', 'f >= "2024-01-15||/M"', 'f < "2024-01-15||/M"', 'f <= "2024-01-15||/M"', 'f > "2024-01-15||/M"',
                  'f: "2024-01-02T00:00:00+01:00"', 'f >= "2024-01-02T00:00:00-05:00"', "f: *", "not f: *", 'not f: "2024-01-02"', "f: 2024*",
                  "f: abc", "f > abc", 'f >= "now-1d"', 'f < "now"', 'f > "now/d"', 'f <= "now-10y/y"', 'f: "now/d"', "f > 0", "f < 0", "f: -5", "f > -5", "f >= -5", "f <= -5", "f < -5", "f: -1704153600", 'f: "1704153600000.5"',
                  'f: "2024-02-30"', 'f: "2024-13"', 'f < "2024-02-29"', 'f > "2024-01-02||-1y/y"', 'f: ""', 'f >= "2024-01-02T12:34:56.789123Z"']
NANOS = ["2024-01-02T00:00:00.000000001Z", "2024-01-02T00:00:00.000500Z", "2024-01-02T00:00:00.000Z", "2024-01-02T00:00:00.001Z",
         "2024-01-02", "2024-01-01T23:59:59.999999999Z", 1704153600000, None]
ASKED_OF_NANOS = ['f > "2024-01-02T00:00:00.000Z"', 'f >= "2024-01-02T00:00:00.000Z"', 'f: "2024-01-02T00:00:00.000Z"',
                  'f: "2024-01-02T00:00:00.000000001Z"', 'f: "2024-01-02"', 'f < "2024-01-02"', 'f <= "2024-01-02T00:00:00.000Z"',
                  'f > "2024-01-02T00:00:00.0005Z"', 'f < "2024-01-02T00:00:00.0005Z"', "f: 1704153600000", "f > 1704153600000", "f: *",
                  'f >= "now-1d"']
FLAT = [{"f": {"a": "x", "b": {"c": "y z", "n": 5}}}, {"f": {"a": ["x", "X"], "t": True}}, {"f": {"a": ""}}, {"f": {}}, {"f": {"a": "xy"}},
        {"f": {"b.c": "q"}}, {"f": {"a": None}}, {"f": {"d": 1.5, "a": "f.a=x"}}, {"f": None}]
ASKED_OF_FLAT = ["f.a: x", 'f.a: "x"', "f.a: X", "f.a: x*", "f.a: *", "not f.a: *", "f.b.c: y z", 'f.b.c: "y z"', "f.b.c: y*", "f.b.n: 5",
                 "f.b.n > 4", "f.t: true", "f: x", 'f: "x"', "f: *", "not f: *", "f: y z", "f: x*", "f.b: *", "f.b.c: q", "f.d: 1.5", "f.a >= x",
                 "f.missing: *", "f: X"]
NESTED = [{"f": [{"k": "a", "n": 1}, {"k": "b", "n": 2}]}, {"f": {"k": "a", "n": 2}}, {"f": []}, {"f": [{"k": ["a", "b"]}]}, {"f": [{}]},
          {"f": [{"n": 5, "t": "Foo bar"}, {"t": "baz"}]}, {"f": None}, {"f": [{"o": [{"k": "x"}, {"k": "y", "n": 3}], "k": "a"}]},
          {"f": [{"o": {"k": "y"}, "n": 3}, {"o": {"n": 3}}]}, {"f": [{"d": "2024-01-02"}, {"i": "10.0.0.1"}]}, {"f.k": "a"}]
ASKED_OF_NESTED = ["f:{ k: a }", "f:{ k: a and n: 2 }", "f:{ k: a } and f:{ n: 2 }", "not f:{ k: a }", "f:{ not k: a }", "f:{ k: a and not n: 1 }",
                   "f:{ k: (a and b) }", "f:{ k: * }", "f:{ not k: * }", "f:{ n > 1 }", "f:{ n > 1 and n < 3 }", "f:{ t: foo }", 'f:{ t: "foo bar" }',
                   "f:{ o:{ k: y and n: 3 } }", "f:{ o:{ k: y } and k: a }", "f:{ o:{ k: x } and o:{ n: 3 } }", "f:{ not o:{ k: y } }",
                   "f:{ k: a* or n: 5 }", "f:{ n: 2 or (k: b and not n: 1) }", 'f:{ i: "10.0.0.0/8" }', 'f:{ d > "2024-01-01" }', "f:{ missing: x }"]
OBJECTS = [{"f": {"a": "x"}}, {"f.a": "x"}, {"f": [{"a": "x"}, {"a": "y", "b": 1}]}, {"f": {"b": 1}}, {"f": {}}, {"f": None},
           {"f": {"g": {"h": "z"}}}, {"f.g.h": "z"}, {"f": {"g.h": ["z", "w"]}}, {"f.g": {"h": "z"}, "f.a": "q"}]
ASKED_OF_OBJECTS = ["f.a: x", "f.a: (x and y)", "f.a: x and f.b: 1", "f: *", "not f: *", "f: x", "f.g: *", "f.g.h: z", "not f.g.h: z", "f.*: x",
                    "f.*: 1", "f*: z", "f.*: *", "*.h: w", "f.g.*: (z and w)", "f.* > 0", "f.a: x*"]
MULTI = ["Curl Wget", "curl", "CURL", ["curl", "Foo Bar"], "", None, "x" * 12]
ASKED_OF_MULTI = ["f: curl", "f.text: curl", 'f.text: "curl wget"', "f.text: wget curl", "f.low: CURL", "f.low: cu*", "f.low: CU*", "also: curl",
                  "also: C*", "f.text: *", "f.low: *", "f: *", "f.low >= D", "f.text: c* w*", "f*: curl", "f.*: curl", "also: *", "f.low: x*", "f: x*",
                  "f.len: *", "f.simple: curl", "f.space: Curl", "f.space: curl", "f.stop: the", "f.whole: curl wget"]

FORMATTED = ["02/01/2024", "02/01/2024 05:06", "31/12/2023 23:59", "1704153600", 1704153600, 1704153600.5, "2024-01-02", "2/1/2024",
             "30/02/2024", None, ["01/01/2024", "1704240000"], 5, "", "15/01/2024"]
ASKED_OF_FORMATTED = ['f: "02/01/2024"', "f: 1704153600", 'f: "1704153600.5"', 'f > "02/01/2024"', 'f >= "02/01/2024 05:06"', 'f < "02/01/2024"',
                      'f <= "02/01/2024"', 'f: "2024-01-02"', 'f >= "02/01/2024||/M"', 'f > "01/12/2023||+1M/d"', 'f <= "02/01/2024||-1d"',
                      "f: *", "not f: *", 'f > "now-10y"', 'f: "30/02/2024"', "f: 02*", 'f < "31/12/2023 23:59||+1m"', "f > 5", "f: 5"]
WEEKS = ["2024-W02-3", "2024-W02-4", "2023-W52-7", "2024-W53-1", "2020-W53-1", "2024-01-10", None]
ASKED_OF_WEEKS = ['f: "2024-W02-3"', 'f >= "2024-W02-3"', 'f < "2024-W02-3"', 'f > "2024-W02-3"', 'f <= "2024-W02-3"', "f: *", 'f: "2024-01-10"']
BASIC = ["20240102", 20240102, "20240102T030405Z", "20240102T030405+0100", "2024-01-02", 1704153600000, None]
ASKED_OF_BASIC = ["f: 20240102", 'f: "20240102T030405Z"', "f > 20240101", "f <= 20240102", 'f < "20240102T030405Z"', "f: *", "f > 2024"]
ANALYSIS = {"analysis": {
    "analyzer": {"lines": {"type": "custom", "tokenizer": "whitespace", "filter": ["lowercase"]},
                 "cased": {"tokenizer": "standard"}, "one": {"tokenizer": "keyword", "filter": ["lowercase"]},
                 "few": {"type": "standard", "stopwords": "_english_"}},
    "normalizer": {"low": {"type": "custom", "filter": ["lowercase"]}, "same": {"type": "custom", "filter": []}}}}
SEARCHED = {"analysis": {"analyzer": {**ANALYSIS["analysis"]["analyzer"], "default_search": {"type": "whitespace"}}}}
ANALYZED = ["Foo Bar-baz", "foo bar-baz", "the Foo and bar", "THE", "foo", "Bar-Baz foo", "", None, ["Foo", "Bar-baz"], "Éa éA"]
ASKED_OF_ANALYZED = ["f: foo", "f: Foo", "f: bar-baz", 'f: "foo bar-baz"', 'f: "Foo Bar-baz"', "f: the", 'f: "foo bar"', "f: B*", "f: b*", "f: *",
                     'f: "the foo"', "f: éa", "f: ÉA", "f >= foo", "f: and", 'f: "foo and bar"', "f: bar"]

KEYWORD = {"f": {"type": "keyword"}}
CASES = [
    Case("keyword", KEYWORD, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_short", {"f": {"type": "keyword", "ignore_above": 10}}, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_normalized", {"f": {"type": "keyword", "normalizer": "lowercase"}}, STRINGS, ASKED_OF_STRINGS),
    Case("keyword_unindexed", {"f": {"type": "keyword", "index": False}}, STRINGS, ASKED_OF_STRINGS),
    Case("wildcard", {"f": {"type": "wildcard"}}, STRINGS, ASKED_OF_STRINGS),
    Case("constant", {"f": {"type": "constant_keyword", "value": "curl"}, "g": {"type": "keyword"}},
         [{"f": "curl"}, {"g": "x"}], ["f: curl", "f: c*", "f: *", "not f: *", "f: x", "f: CURL", 'f: "curl"', "not f: curl", "f >= a"]),
    Case("text", {"f": {"type": "text"}}, STRINGS, ASKED_OF_STRINGS),
    Case("match_only_text", {"f": {"type": "match_only_text"}}, STRINGS, ASKED_OF_STRINGS),
    *(Case(kind, {"f": {"type": kind}}, WHOLE, ASKED_OF_NUMBERS) for kind in ("long", "integer", "short", "byte", "double", "float")),
    Case("long_far", {"f": {"type": "long"}}, LONGS, ASKED_OF_LONGS),
    Case("unsigned", {"f": {"type": "unsigned_long"}}, UNSIGNED, ASKED_OF_UNSIGNED),
    *(Case(f"{kind}_fractions", {"f": {"type": kind}}, FRACTIONS, ASKED_OF_FRACTIONS) for kind in ("double", "float", "half_float")),
    Case("scaled", {"f": {"type": "scaled_float", "scaling_factor": 100}}, FRACTIONS, ASKED_OF_FRACTIONS),
    Case("boolean", {"f": {"type": "boolean"}}, BOOLEANS, ASKED_OF_BOOLEANS),
    Case("ip", {"f": {"type": "ip"}}, ADDRESSES, ASKED_OF_ADDRESSES),
    Case("date", {"f": {"type": "date"}}, DATES, ASKED_OF_DATES),
    Case("date_formats", {"f": {"type": "date", "format": "dd/MM/yyyy HH:mm||dd/MM/yyyy||epoch_second"}}, FORMATTED, ASKED_OF_FORMATTED),
    Case("date_weeks", {"f": {"type": "date", "format": "strict_week_date"}}, WEEKS, ASKED_OF_WEEKS),
    Case("date_basic", {"f": {"type": "date", "format": "basic_date_time_no_millis||basic_date"}}, BASIC, ASKED_OF_BASIC),
    *(Case(f"analyzer_{name}", {"f": {"type": "text", "analyzer": name}}, ANALYZED, ASKED_OF_ANALYZED, ANALYSIS)
      for name in ("lines", "cased", "one", "few")),
    Case("default_search", {"f": {"type": "text"}}, ANALYZED, ASKED_OF_ANALYZED, SEARCHED),
    Case("default_search_beside", {"f": {"type": "text", "analyzer": "lines"}}, ANALYZED, ASKED_OF_ANALYZED, SEARCHED),
    Case("search_analyzer", {"f": {"type": "text", "analyzer": "lines", "search_analyzer": "one"}}, ANALYZED, ASKED_OF_ANALYZED, SEARCHED),
    *(Case(f"normalizer_{name}", {"f": {"type": "keyword", "normalizer": name}}, STRINGS, ASKED_OF_STRINGS, ANALYSIS)
      for name in ("low", "same")),
    Case("date_nanos", {"f": {"type": "date_nanos"}}, NANOS, ASKED_OF_NANOS),
    Case("flat_object", {"f": {"type": "flat_object"}}, FLAT, ASKED_OF_FLAT),
    Case("nested", {"f": {"type": "nested", "properties": {
        "k": {"type": "keyword"}, "n": {"type": "long"}, "t": {"type": "text"}, "d": {"type": "date"}, "i": {"type": "ip"},
        "o": {"type": "nested", "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}}}}}}, NESTED, ASKED_OF_NESTED),
    Case("objects", {"f": {"properties": {"a": {"type": "keyword"}, "b": {"type": "long"},
                                          "g": {"properties": {"h": {"type": "keyword"}}}}}}, OBJECTS, ASKED_OF_OBJECTS),
    Case("multi", {"f": {"type": "keyword", "ignore_above": 10, "fields": {
        "text": {"type": "text"}, "low": {"type": "keyword", "normalizer": "lowercase"}, "simple": {"type": "text", "analyzer": "simple"},
        "space": {"type": "text", "analyzer": "whitespace"}, "stop": {"type": "text", "analyzer": "stop"},
        "whole": {"type": "text", "analyzer": "keyword"}, "len": {"type": "keyword"}}},
        "also": {"type": "alias", "path": "f"}}, MULTI, ASKED_OF_MULTI),
]
