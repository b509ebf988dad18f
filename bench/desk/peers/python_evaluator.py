"""A plain evaluator in Python: a rule is a function made of functions, asked of an event that json.loads has read."""
import ipaddress
import operator
import re

import conditions

_OPERATORS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def compiled(condition):
    """condition -> function of an event that says whether it holds."""
    if isinstance(condition, conditions.Not):
        inner = compiled(condition.inner)
        return lambda event: not inner(event)
    if isinstance(condition, conditions.Group):
        members = [compiled(member) for member in condition.members]
        if condition.word == "and":
            return lambda event: all(member(event) for member in members)
        return lambda event: any(member(event) for member in members)
    path = condition.field.split(".")
    tests = [_test(value) for value in condition.values]
    return lambda event: any(test(value) for value in values_of(event, path) for test in tests)


def _test(value):
    if value is conditions.EXISTS:
        return lambda found: True
    if isinstance(value, conditions.Range):
        compare = _OPERATORS[value.operator]
        return lambda found: _number(found) is not None and compare(_number(found), value.number)
    if isinstance(value, conditions.Glob):
        match = re.compile(value.regex()).match
        return lambda found: match(_text(found)) is not None
    if isinstance(value, str):
        return lambda found: _text(found) == value
    return lambda found: _is_inside(found, value)


def _text(found):
    return found if isinstance(found, str) else str(found).lower() if isinstance(found, bool) else str(found)


def _number(found):
    try:
        return float(found)
    except (TypeError, ValueError):
        return None


def _is_inside(found, block):
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return False
    return address.version == block.version and address in block


def values_of(event, path):
    """The values below a path, of objects inside arrays too; names with dots stand for paths."""
    if isinstance(event, list):
        for member in event:
            yield from values_of(member, path)
    elif not path:
        if event is not None and not isinstance(event, dict):
            yield event
        elif isinstance(event, dict) and event:
            yield ""
    elif isinstance(event, dict):
        for length in range(1, len(path) + 1):
            name = ".".join(path[:length])
            if name in event:
                yield from values_of(event[name], path[length:])


def count(rules, events):
    """Matches by rule of {id: function} over events."""
    counts = dict.fromkeys(rules, 0)
    for event in events:
        for rule, holds in rules.items():
            if holds(event):
                counts[rule] += 1
    return counts
