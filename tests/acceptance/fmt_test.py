#!/usr/bin/env python3
"""`fmt`: in place or only checked, twice is once, and the rule that is read from the file stays the same."""
import json
import pathlib
import shutil
import sys

from program import ROOT, scratch, tripline

SEED = ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable"


def check(holds, what, *shown):
    if not holds:
        sys.exit(f"FAILED: {what}\n" + "\n".join(map(str, shown)))


def mistakes_are_said(folder):
    """Of files that cannot be read and queries that are none: the place and the reason, with and without --check."""
    for arguments in ((), ("--check",)):
        with open(folder / "said.txt", "w+", encoding="utf-8") as said:
            check(tripline("fmt", folder, *arguments, expects=1, stderr=said) == "", "no file changes")
            said.seek(0)
            text = said.read()
        for words in (f"{folder / 'broken.toml'}:10:", f"{folder / 'no.toml'}:1:", "kql.syntax", "rule.not_toml", "2 were fine, 1 left",
                      "2 with mistakes"):
            check(words in text, f"it says `{words}`", text)
    (folder / "said.txt").unlink()


def main():
    with scratch() as name:
        folder = pathlib.Path(name) / "rules"
        folder.mkdir()
        text = (SEED / "rule.toml").read_text()
        (folder / "seed.toml").write_text(text)
        one_line = 'query = "a.b :1   AND c:(x or y)"'
        rule = '[rule]\nrule_id = "r"\nname = "n"\ndescription = "d"\ntype = "query"\nlanguage = "kuery"\n'\
               'risk_score = 1\nseverity = "low"\nindex = ["x"]\n' + one_line + "\n"
        (folder / "line.toml").write_text(rule, newline="\r\n")
        (folder / "escaped.toml").write_text(rule.replace(one_line, 'query = "a : \\"q\\"  and b:1"'))
        (folder / "broken.toml").write_text(rule.replace(one_line, 'query = "a : (b"'))
        (folder / "no.toml").write_text("this is = no toml at all ]")
        before = {path.name: path.read_bytes() for path in folder.iterdir()}

        would = tripline("fmt", folder, "--check", expects=1).splitlines()
        check({path.name: path.read_bytes() for path in folder.iterdir()} == before, "--check changes nothing")
        changed = tripline("fmt", folder, expects=1).splitlines()
        check(changed == would and len(changed) == 2, "what would change is changed", would, changed)
        for kept in ("escaped.toml", "broken.toml", "no.toml"):
            check((folder / kept).read_bytes() == before[kept], f"{kept} is left as it is")
        check(b'query = "a.b : 1 and c : (x or y)"\r\n' in (folder / "line.toml").read_bytes(), "a line stays a line")
        mistakes_are_said(folder)
        for mistaken in ("broken", "no"):
            (folder / f"{mistaken}.toml").unlink()
        check(tripline("fmt", folder) == "", "twice is once")
        tripline("fmt", folder, "--check")

        def tree(path):
            return json.loads(tripline("translate", "--rule", path, "--to", "ast"))

        check(tree(folder / "seed.toml") == tree(SEED / "rule.toml"), "the tree stays")
        around = text.split("query = ")[0]
        check((folder / "seed.toml").read_text().startswith(around), "and all that stands around the query")
        for sample in ("events.ndjson", "expected.ndjson"):
            shutil.copy(SEED / sample, folder / sample)
        for other in ("line", "escaped"):
            (folder / f"{other}.toml").unlink()
        tripline("test", folder)


if __name__ == "__main__":
    main()
