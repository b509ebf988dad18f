#!/usr/bin/env python3
"""Counts what ran, for scripts/test.sh: ctest sees one test per binary, a person wants every single one and the reason of
each skip. Reads <folder>/ctest.xml (ctest's JUnit form) and the <binary>.xml files that GoogleTest left beside it."""
import collections
import pathlib
import sys
import xml.etree.ElementTree as xml


def skip_reason(case):
    """What a skipped test said last: GoogleTest's message, or the last line that a script printed."""
    message = case.find("skipped").get("message") or ""
    output = case.findtext("system-out") or ""
    said = [line.strip() for line in (output if message.startswith("SKIP_") else message).splitlines() if line.strip()]
    return said[-1] if said else "no reason given"


def read_googletest(path):
    """(passed, failed names, {name: reason}) of one binary."""
    passed, failed, skipped = 0, [], {}
    for case in xml.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            failed.append(name)
        elif case.find("skipped") is not None:
            skipped[name] = skip_reason(case)
        elif case.get("status") == "run":
            passed += 1
    return passed, failed, skipped


def main():
    folder = pathlib.Path(sys.argv[1])
    passed, failed, skipped = 0, [], {}
    for case in xml.parse(folder / "ctest.xml").getroot().iter("testcase"):
        name = case.get("name")
        skip = case.find("skipped")
        # ctest files a test whose program was not built under the skipped ones; only an intended skip says SKIP_.
        is_failed = case.get("status") == "fail" or (skip is not None and "SKIP_" not in skip.get("message", ""))
        single = folder / f"tripline_{name}_test.xml"
        if single.exists():
            more_passed, more_failed, more_skipped = read_googletest(single)
            passed += more_passed
            failed += [f"{name}: {one}" for one in more_failed]
            skipped.update({f"{name}: {one}": reason for one, reason in more_skipped.items()})
            if is_failed and not more_failed:
                failed.append(f"{name} (the program ended badly)")
        elif is_failed:
            failed.append(name)
        elif skip is not None:
            skipped[name] = skip_reason(case)
        else:
            passed += 1
    by_reason = collections.defaultdict(list)
    for name, reason in skipped.items():
        by_reason[reason].append(name)
    for reason, names in sorted(by_reason.items()):
        print(f"\nSKIPPED {len(names)}: {reason}")
        for name in sorted(names):
            print(f"  {name}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"\n{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
