"""Where the aggregation and the node's own search are known to find other documents: the rows of docs/cluster_differences.md
and docs/kql.md that tests over types of fields meet."""
import re

ANALYZED = {"text", "match_only_text", "search_as_you_type"}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SEVERAL_TOKENS = re.compile(r"[:(] *[^()<>]*?([^\w*() :]|\w[ *]+\w|\*|[\u3040-\u9fff]{2})")


def kinds_of(field):
    """Types of a field's mapping and of its multi-fields."""
    return {field.get("type"), *(inner.get("type") for inner in field.get("fields", {}).values())}


def reason(kinds, query, *, is_mapped):
    """Why the two may differ on fields of these types; None if they should not. is_mapped: the rule was compiled for the
    index's mapping, and not for keywords."""
    if "wildcard" in kinds and '""' in query:
        return "the server does not find empty values of wildcard fields"
    if not is_mapped and kinds & ANALYZED and _SEVERAL_TOKENS.search(_QUOTED.sub("q", query)):
        return "as a keyword a value is meant whole, and a pattern, too"
    if not is_mapped and re.search(r"\bf\* *:", query):
        return "a name with stars stands for the fields that are known when a rule is compiled"
    if "flat_object" in kinds and ".*" in query:
        return "the server does not find the keys of an object by a name with stars"
    if re.search(r"\bf(#|\._)", query):
        return "a field that a type makes by itself is no field of the document"
    if "unsigned_long" in kinds and ("e+" in query or "18446744073709551615" in query):
        return "the server finds nothing below the largest number"
    if kinds & {"date", "date_nanos"} and re.search(r"(?<![-\d:.])-?\d+\.\d", query):
        return "a fraction of a millisecond since the epoch"
    return None
