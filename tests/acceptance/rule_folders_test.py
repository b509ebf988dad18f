#!/usr/bin/env python3
"""Every folder below rules/ is a test, `tripline test` passes them all, and it fails on a folder whose expected alerts
are wrong."""
import shutil
import sys

from program import ROOT, scratch, tripline
from seed_rule_oracle import RULE


def main():
    print(tripline("test", ROOT / "rules"))
    with scratch() as folder:
        copy = f"{folder}/{RULE}"
        shutil.copytree(ROOT / "rules" / RULE, copy)
        expected = f"{copy}/expected.ndjson"
        with open(expected, encoding="utf-8") as file:
            alerts = file.readlines()
        with open(expected, "w", encoding="utf-8") as file:
            file.writelines(alerts[1:])
        tripline("test", copy, expects=1)
        with open(expected, "w", encoding="utf-8") as file:
            file.writelines(alerts[:-1] + [alerts[-1].replace('"low"', '"high"')])
        tripline("test", copy, expects=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
