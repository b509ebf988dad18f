"""The rulesets that the desk is measured with, as ruleset files that are compiled once.

    seed      the rule that the project started from, as rules/ has it
    corpus    every KQL rule of ../shared/corpus: 588
    many(n)   n rules: the first n of the corpus in a fixed shuffled order; more than it has are clones of them with other
              constants (clones.py)

Where ../shared is not there, the corpus is the KQL rules of rules/, which is said.
"""
import functools
import os
import pathlib
import random
import shutil
import sys
import tomllib

import clones
import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED = ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable" / "rule.toml"
_SHUFFLE_SEED = 588


def shared_folder():
    """../shared; None if it is not there."""
    folder = pathlib.Path(os.environ.get("TRIPLINE_SHARED") or ROOT.parent / "shared")
    return folder if (folder / "corpus").is_dir() else None


@functools.cache
def corpus_rules():
    """Paths of the corpus' KQL rules, sorted."""
    shared = shared_folder()
    folder = shared / "corpus" if shared else ROOT / "rules"
    if not shared:
        print("../shared is not there: the corpus is the few rules of rules/, and no figure compares with any other",
              file=sys.stderr)
    return [path for path in sorted(folder.rglob("*.toml"))
            if tomllib.loads(path.read_text(encoding="utf-8"))["rule"].get("language") == "kuery"]


class Rulesets:
    """Makes rule folders and ruleset files below `work`, with the program under test; each once."""

    def __init__(self, work, tripline):
        self.work = pathlib.Path(work)
        self.tripline = pathlib.Path(tripline)
        self.work.mkdir(parents=True, exist_ok=True)
        self._compiled = set()  # by this program

    def seed_rules(self):
        return SEED

    def corpus(self):
        """The folder of the corpus' KQL rules alone."""
        return self._folder("corpus", lambda: [(path.name, path.read_text(encoding="utf-8")) for path in corpus_rules()])

    def many(self, count):
        """A folder of `count` rules."""
        return self._folder(f"rules-{count}", lambda: self._first(count))

    def compiled(self, rules, *options, name=None):
        """The ruleset file of a rule folder."""
        path = self.work / f"{name or pathlib.Path(rules).stem}.trl"
        if (path, options) not in self._compiled or name:
            measure.run([self.tripline, "compile", rules, "-o", path, "--skip-invalid", *options], cores=measure.all_cores())
            self._compiled.add((path, options))
        return path

    def _first(self, count):
        order = corpus_rules()[:]
        random.Random(_SHUFFLE_SEED).shuffle(order)
        chosen = [(order[number % len(order)], number // len(order)) for number in range(count)]
        texts = clones.clone_all(self.tripline, [(path.read_text(encoding="utf-8"), copy) for path, copy in chosen])
        return [(f"{number:05}_{path.name}", text) for number, ((path, _), text) in enumerate(zip(chosen, texts))]

    def _folder(self, name, make):
        folder = self.work / name
        if not folder.is_dir():
            measure.in_child(_fill, folder, make)
        return folder


def _fill(folder, make):
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for file_name, text in make():
        (partial / file_name).write_text(text, encoding="utf-8")
    partial.rename(folder)
