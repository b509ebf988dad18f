"""Rulesets of any size from the public rules, for measurements of size: the first 587 are the rules as they are, the
others the same again with other values, so that nothing of them is shared but fields and forms.

    file = scale_rules.ruleset(folder, 5_000)    # a .trl; made once
"""
import json
import pathlib
import re
import subprocess

import lab
from program import tripline

# What a value is: behind a colon or inside parentheses. Numbers, addresses, truths and stars stay as they are, because
# their fields would refuse a word.
_QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.)*)"'
_BARE = r'(?<=[:( ])(?P<bare>[A-Za-z][\w.-]*)(?=[)\s]|$)(?!\s*[:<>])'
_VALUE = re.compile(f"{_QUOTED}|{_BARE}", flags=re.DOTALL)
_WORDS = {"and", "or", "not", "true", "false"}


def other_values(query, copy):
    """The query with every text value changed."""
    def other(found):
        text = found["quoted"] or found["bare"] or ""
        if text.lower() in _WORDS or not re.search("[A-Za-z]", text):
            return found[0]
        return f'"{text}{copy}"' if found["quoted"] else f"{text}{copy}"

    return _VALUE.sub(other, query)


def _flat(rule):
    """A rule's own table for new terms as the keys that a rule document has."""
    table = rule.pop("new_terms", None)
    if table:
        rule |= {"new_terms_fields": table["value"], "history_window_start": table["history_window_start"][0]["value"]}
    return rule


def documents(count):
    """Rule documents, `count` of them."""
    originals = [_flat(lab.rule_document(rule.path)) for rule in lab.compiled_rules()]
    for number in range(count):
        copy, place = divmod(number, len(originals))
        rule = dict(originals[place])
        if copy:
            rule |= {"rule_id": f"{rule['rule_id']}-{copy}", "query": other_values(rule["query"], copy)}
        yield rule


def ruleset(folder, count):
    path = pathlib.Path(folder) / f"rules-{count}.trl"
    if not path.exists():
        source = path.with_suffix(".ndjson")
        source.write_text("".join(json.dumps(rule, default=str) + "\n" for rule in documents(count)), encoding="utf-8")
        tripline("compile", source, "-o", path, "--skip-invalid", stderr=subprocess.DEVNULL)
    return path
