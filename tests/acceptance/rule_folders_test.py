#!/usr/bin/env python3
"""Every folder below rules/ is a test, `tripline test` passes them all, and it fails on a folder whose expected alerts
are wrong."""
import json
import os
import shutil
import sys
from xml.etree import ElementTree

from program import ROOT, scratch, tripline
from seed_rule_oracle import RULE


def the_junit_report_is_xml(folder):
    """Whatever the files and events hold: XML 1.0 has no form for some characters, and they are replaced."""
    name = "a<b>&\"c\x01\ufffe"
    shutil.copytree(ROOT / "rules" / RULE, f"{folder}/{name}")
    line = {"kibana.alert.rule.name": "x\x02\uffff\x1b\r\ufffe<&>\"\U0001f600"}
    with open(f"{folder}/{name}/expected.ndjson", "w", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    case = ElementTree.fromstring(tripline("test", folder, "--format", "junit", expects=1)).find("testcase")
    replaced = "\ufffd"
    assert case.get("name").endswith(f'a<b>&"c{replaced}{replaced}'), case.get("name")
    text = case.find("failure").text
    assert f"\\u0002{replaced}\\u001b\\r{replaced}<&>" in text and "\U0001f600" in text, text


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
        shown = tripline("test", copy, expects=1).splitlines()
        assert len(shown) == 3 and shown[1].endswith('.severity: expected "high", found "low"') and "!" in shown[1], shown
        assert ";" not in shown[1] and len(shown[1]) < 120, "only what differs is shown"
        os.remove(expected)
        with open(f"{folder}/said", "w+", encoding="utf-8") as said:
            tripline("test", copy, expects=2, stderr=said)
            said.seek(0)
            assert f"{copy}: no expected.ndjson: not tested" in said.read()
    with scratch() as folder:
        the_junit_report_is_xml(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
