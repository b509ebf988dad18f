#!/usr/bin/env python3
"""docs/diagnostics.md lists exactly the codes that the rooms give."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAMILIES = "kql|dsl|exception|rule|job|field|value|not_yet|ruleset|mapping|translate|lint"
CODE = re.compile(rf'"((?:{FAMILIES})\.[a-z0-9_]+|job_missing)"')
# Keys of alert and guide documents, and a file's name, that look like codes.
NOT_CODES = re.compile(r"rule\.(author|category|description|id|license|name|reference|ruleset|toml|uuid|version)$")


def codes_given():
    found = set()
    for room in ("base", "grammar", "compiler", "cli"):
        for source in (ROOT / room).rglob("*.cc"):
            for code in CODE.findall(source.read_text()):
                if not NOT_CODES.match(code):
                    found.add(code)
    return found


def codes_listed():
    listed = set()
    for line in (ROOT / "docs" / "diagnostics.md").read_text().splitlines():
        if line.startswith("|"):
            first_cell = line.split("|")[1]
            listed.update(re.findall(r"`([a-z0-9_.]+)`", first_cell))
    return listed - {"code"}


def main():
    given, listed = codes_given(), codes_listed()
    for code in sorted(given - listed):
        print(f"docs/diagnostics.md does not list `{code}`")
    for code in sorted(listed - given):
        print(f"docs/diagnostics.md lists `{code}`, which nothing gives")
    if len(given) < 30:
        print(f"only {len(given)} codes were found: the search is broken")
        return 1
    return 1 if given != listed else 0


if __name__ == "__main__":
    sys.exit(main())
