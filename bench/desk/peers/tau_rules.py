"""Conditions as rules of tau-engine.

Every leaf becomes an identifier: one field and a sequence of patterns, which tau searches for together. `str(field)` lets
numbers and booleans of events be compared as text, as a keyword field does; it costs nothing where values are texts. In
tau the negation of a missing field is false, in KQL true: so whatever is negated is joined by `or` with a comparison that is
always false, but never missing. tau knows no addresses: a block becomes the texts that its addresses begin with, if 64 do.
"""
import ipaddress

import conditions

_PRESENT = "event.ingested"  # every event of the workloads has it
_MAX_PREFIXES = 64
_SPECIAL_BEGIN = ("i", "?", "*", "<", ">", "=", '"', "'")


def rule(condition):
    """The document of a rule, for JSON or YAML. Raises Inexpressible."""
    detection = {}
    detection["condition"] = _written(condition, detection)
    return {"detection": detection, "true_positives": [], "true_negatives": []}


def _written(condition, detection):
    if isinstance(condition, conditions.Not):
        detection["Never"] = {_PRESENT: '"!"'}
        return f"not ({_written(condition.inner, detection)} or Never)"
    if isinstance(condition, conditions.Group):
        return "(" + f" {condition.word} ".join(_written(member, detection) for member in condition.members) + ")"
    return _leaf(condition, detection)


def _leaf(leaf, detection):
    if any(letter in leaf.field for letter in "@/- ()[]'\""):
        raise conditions.Inexpressible("a field whose name has other letters")
    ranges = [value for value in leaf.values if isinstance(value, conditions.Range)]
    texts = [pattern for value in leaf.values if not isinstance(value, conditions.Range) for pattern in _patterns(value)]
    names = []
    for key, values in ((f"str({leaf.field})", texts), (f"int({leaf.field})", [_compared(value) for value in ranges])):
        if values:
            name = f"L{len(detection)}"
            detection[name] = {key: values if len(values) > 1 else values[0]}
            names.append(name)
    return names[0] if len(names) == 1 else "(" + " or ".join(names) + ")"


def _compared(value):
    return {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[value.operator] + str(value.number)


def _patterns(value):
    if value is conditions.EXISTS:
        return ["*"]
    if isinstance(value, str):
        return [f'"{value}"']
    if isinstance(value, conditions.Glob):
        return [_glob(value)]
    return addresses(value)


def _glob(glob):
    pieces = glob.pieces
    if len(pieces) == 2 and not pieces[0]:
        if not pieces[1].endswith("*"):
            return "*" + pieces[1]
    elif len(pieces) == 2 and not pieces[1]:
        if not pieces[0].startswith(_SPECIAL_BEGIN):
            return pieces[0] + "*"
    elif len(pieces) == 3 and not pieces[0] and not pieces[2]:
        return f"*{pieces[1]}*"
    return "?" + glob.regex()


def addresses(block):
    """The texts of the block's addresses, or what they begin with."""
    if block.prefixlen == block.max_prefixlen:
        return [f'"{block.network_address}"']
    if isinstance(block, ipaddress.IPv4Network):
        step = next(length for length in (8, 16, 24, 32) if length >= block.prefixlen)
        if 1 << (step - block.prefixlen) > _MAX_PREFIXES:
            raise conditions.Inexpressible(f"the block {block}")
        return [_begin_of(part, step) for part in block.subnets(new_prefix=step)]
    # As filebeat writes them: lower case, no leading zeros; the first group is never cut short when it has four digits.
    step = -(-block.prefixlen // 4) * 4
    if step > 16 or 1 << (step - block.prefixlen) > _MAX_PREFIXES or int(block.network_address) >> 124 == 0:
        raise conditions.Inexpressible(f"the block {block}")
    return [f"{int(part.network_address) >> (128 - step):0{step // 4}x}*" for part in block.subnets(new_prefix=step)]


def _begin_of(part, step):
    if step == 32:
        return f'"{part.network_address}"'
    return ".".join(str(part.network_address).split(".")[:step // 8]) + ".*"
