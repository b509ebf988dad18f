"""Conditions as rules of AWS event-ruler.

A rule of event-ruler asks several fields, each for one list of patterns: so a condition becomes alternatives of such rules
under one name, as its authors advise for `or`. What is negated becomes "anything but" or "is not there"; a field that is
asked twice in one alternative, and the negation of an address block or a range, have no form in its language. `positive`
leaves negations out where they are the last thing that is asked: the host would have to ask them of every match.
"""
import ipaddress
import itertools
import re

import conditions

_MAX_ALTERNATIVES = 128


def rules(condition):
    """The alternatives, each {field: patterns}. Raises Inexpressible."""
    return [_rule(alternative) for alternative in _alternatives(condition, is_negated=False)]


def positive(condition):
    """The alternatives of the condition without its negated members: they hold wherever it does, and elsewhere too."""
    members = condition.members if isinstance(condition, conditions.Group) and condition.word == "and" else (condition,)
    kept = tuple(member for member in members if not isinstance(member, conditions.Not))
    if not kept:
        raise conditions.Inexpressible("nothing but negations")
    return rules(conditions.Group("and", kept))


def _alternatives(condition, is_negated):
    """[[(leaf, is negated)]]: an or of ands."""
    if isinstance(condition, conditions.Not):
        return _alternatives(condition.inner, not is_negated)
    if isinstance(condition, conditions.Leaf):
        return [[(condition, is_negated)]]
    members = [_alternatives(member, is_negated) for member in condition.members]
    if (condition.word == "or") != is_negated:
        return list(itertools.chain(*members))
    found = [[]]
    for member in members:
        found = [left + right for left in found for right in member]
        if len(found) > _MAX_ALTERNATIVES:
            raise conditions.Inexpressible(f"more than {_MAX_ALTERNATIVES} alternatives")
    return found


def _rule(alternative):
    fields = {}
    for leaf, is_negated in alternative:
        patterns = _negated(leaf) if is_negated else [pattern for value in leaf.values for pattern in _patterns(value)]
        before = fields.get(leaf.field)
        exists = [{"exists": True}]
        if before is None or before == exists and not is_negated or before == patterns:
            fields[leaf.field] = patterns
        elif patterns != exists:
            raise conditions.Inexpressible("a field asked twice")
    return fields


def _patterns(value):
    if value is conditions.EXISTS:
        return [{"exists": True}]
    if isinstance(value, conditions.Range):
        return [{"numeric": [{"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[value.operator], value.number]}]
    if isinstance(value, conditions.Glob):
        return [_glob(value)]
    if isinstance(value, ipaddress._BaseNetwork):
        return [str(value.network_address) if value.prefixlen == value.max_prefixlen else {"cidr": str(value)}]
    if value in ("true", "false"):
        return [value, value == "true"]
    return [value, int(value)] if re.fullmatch(r"-?(0|[1-9]\d{0,8})", value) else [value]


def _escaped(piece):
    return piece.replace("\\", "\\\\").replace("*", "\\*")


def _wildcard(glob):
    """Two stars in a row are refused."""
    inner = tuple(piece for piece in glob.pieces[1:-1] if piece)
    return "*".join(map(_escaped, (glob.pieces[0], *inner, glob.pieces[-1])))


def _glob(glob):
    pieces = glob.pieces
    if len(pieces) == 2 and not pieces[1]:
        return {"prefix": pieces[0]}
    if len(pieces) == 2 and not pieces[0]:
        return {"suffix": pieces[1]}
    return {"wildcard": _wildcard(glob)}


def _negated(leaf):
    """Right where an event has one value at most: of several, one that is another is enough for event-ruler."""
    if conditions.EXISTS in leaf.values:
        return [{"exists": False}]
    texts = []
    for value in leaf.values:
        if isinstance(value, conditions.Glob):
            texts.append(_wildcard(value))
        elif isinstance(value, str) and value not in ("true", "false") and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            texts.append(_escaped(value))
        else:
            raise conditions.Inexpressible("the negation of an address block, a number or a range")
    return [{"exists": False}, {"anything-but": {"wildcard": texts}}]
