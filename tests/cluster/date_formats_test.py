#!/usr/bin/env python3
"""How a mapping's date formats read texts, by a real node and by base/date_format.h: which texts a field takes, as which
millisecond, and which bounds a query for them gets, from the first millisecond that a text names to the last.

Every fourth format by default, all of them with TRIPLINE_LONG=1.
"""
import os
import re
import subprocess
import sys

import scripts_folder
import client as http
from local_cluster import Cluster
from one_node_test import require_node_parts
from plugin_node import Verdict

SHOW_DATES = os.environ.get("TRIPLINE_SHOW_DATES",
                            str(scripts_folder.ROOT / "build" / "release" / "tests" / "cluster" / "tripline_show_dates"))
IS_LONG = os.environ.get("TRIPLINE_LONG") == "1"
NAMES = scripts_folder.ROOT / "base" / "date_format_names.cc"
CALENDAR = range(-62135596800000, 253402300800000)  # the years 1 to 9999
PATTERNS = ["yyyy-MM-dd", "yyyy/MM/dd HH:mm:ss", "dd.MM.yyyy", "yyyyMMdd", "yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss.SSS",
            "d MMM yyyy", "dd/MMM/yyyy:HH:mm:ss Z", "EEE, d MMM yyyy HH:mm:ss Z", "yyyy-MM-dd'T'HH:mm:ssX",
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd'T'HH:mm[:ss][.SSS][X]", "MM/dd/yyyy hh:mm:ss a", "uuuu-MM-dd",
            "yyyy-DDD", "yyyy", "yyyy-MM", "HH:mm:ss", "H:m", "y-M-d", "yyyy-MM-dd HH:mm:ss,SSSSSS", "yyyyMMddHHmmssSSS",
            "''yyyy", "yyyy-MM-dd||epoch_second", "strict_date_optional_time||epoch_second", "yyyy-MM-dd hh a", "yyyy-M",
            "ddMMyyyy", "dMMyyyy", "yyyy-MM-dd HH", "yyyy-MM-ddx", "yyyy-MM-ddxx", "yyyy-MM-ddxxx", "yyyy-MM-ddXX",
            "yyyy-MM-ddZZZ", "SSS yyyy", "MM-dd", "HH", "strict_date||basic_date"]
TEXTS = ["2024-01-02", "2024-1-2", "2024-02-30", "2024-02-31", "2023-02-29", "2024-13-01", "2024-00-10", "24-01-02",
         "02024-01-02", "+12024-01-02", "-2024-01-02", "2024", "2024-02", "2024-2", "20240102", "20240102T030405.678Z",
         "20240102T030405.678+0100", "20240102T030405Z", "20240102T030405-05:00", "20240102T030405+01", "2024002",
         "2024366", "2023366", "2024002T030405.1Z", "2024002T030405Z", "030405.678Z", "030405Z", "T030405.5Z",
         "T030405Z", "2024W023", "2024W023T030405.678Z", "2024W023T030405Z", "2024-01-02T03", "2024-01-02T03:04",
         "2024-01-02T03:04:05", "2024-01-02T03:04:05.6", "2024-01-02T03:04:05.678", "2024-01-02T03:04:05.678901234",
         "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678+01:00", "2024-01-02T03:04:05.678+0100",
         "2024-01-02T03:04:05.678+01", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05+01:30", "2024-01-02T3:4:5Z",
         "2024-01-02T24:00:00", "2024-01-02T23:60:00", "2024-01-02T", "2024-01-02Z", "2024-01-02+01", "2024-01-02+0100",
         "2024-01-02+01:00", "2024-01-02T03Z", "2024-01-02T03:04+02:00", "03", "3", "03:04", "3:4", "03:04:05", "3:4:5",
         "03:04:05.6", "03:04:05.678", "03:04:05.678Z", "03:04:05Z", "T03:04:05.678Z", "T03:04:05Z", "2024-002",
         "2024-2", "2024-366", "2024-002T03:04:05.678Z", "2024-002T03:04:05Z", "2024-W02-3", "2024-W2-3", "2024-W02",
         "2024-W53", "2024-W53-1", "2020-W53-1", "2024-W54-1", "2024-W02-3T03:04:05.678Z", "2024-W02-3T03:04:05Z",
         "2024-W02-8", "1704153600", "1704153600.5", "-1704153600", "1704153600123", "1704153600123.456", "1e3", "",
         "abc", "2024/01/02 03:04:05", "02.01.2024", "2.1.2024", "31.02.2024", "20240102030405",
         "2024-01-02 03:04:05.678", "2 Jan 2024", "02 Jan 2024", "2 jan 2024", "2 January 2024",
         "02/Jan/2024:03:04:05 +0100", "02/Jan/2024:03:04:05 Z", "Tue, 2 Jan 2024 03:04:05 +0000",
         "Wed, 2 Jan 2024 03:04:05 +0000", "01/02/2024 03:04:05 PM", "01/02/2024 12:04:05 AM", "01/02/2024 03:04:05 pm",
         "01/02/2024 13:04:05 PM", "January 2, 2024", "2024-01-02 03:04:05,678901", "20240102030405678", "'2024",
         "Tuesday 2024-01-02", "2024-01-02 03 PM", "02012024", "2012024", "12012024", "2024-01-02 03", "2024-01-02+0000",
         "2024-01-02+00", "678 2024", "01-02", "99999-01-01", "10000-01-01", "0000-01-01", "0001-01-01", "1969-12-31",
         "2024-01-02T03:04:05,678Z", "2024-01-02 ", " 2024-01-02", "1704067200000", "99999999999", "2024-12-30",
         "2024-366T03:04:05Z", "2024-6-31", "2024-06-31", "31-02-2024", "2024-02-30T03:04:05", "2024-01-02T24:00:00Z",
         "2024-01-02T24:00:00.0Z", "2024-02-30T03:04:05Z", "2024-02-30T03:04:05.6Z", "2024-02-30T03", "2024-02-30T03:04",
         "2024-02-30T03:04:05.6", "2024-01-02T24:00", "2024-01-02T24", "24:00:00", "24", "20240230",
         "2024-01-02T24:00:00.0", "-5", "+2024", "12024", "Jan 2, 2024", "2024-01-02-0000", "2024-01-02-00"]


def formats():
    named = re.findall(r'^ *\{"([a-z_]+)",', NAMES.read_text(encoding="utf-8"), re.MULTILINE)
    found = [*named, "epoch_second", "epoch_millis", "strict_date_optional_time", *PATTERNS]
    return found if IS_LONG else found[::4]


def ours(date_format):
    """Per text (first, last millisecond), or None where the format does not read it."""
    lines = "".join(f"{date_format}\n{text}\n" for text in TEXTS)
    done = subprocess.run([SHOW_DATES], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [None if line == "none" else tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def index_texts(client, index, date_format):
    """Per text the millisecond that the field holds of it, or None. Another document has nothing."""
    client.expect("PUT", f"/{index}", {"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": {
        "properties": {"f": {"type": "date", "format": date_format}}}})
    lines = [{"index": {}}, {}]
    for number, text in enumerate(TEXTS):
        lines += [{"index": {"_id": str(number)}}, {"f": text}]
    client.expect("POST", f"/{index}/_bulk?refresh=true", http.ndjson(lines))
    hits = client.expect("POST", f"/{index}/_search", {"size": 1000, "_source": False, "query": {"exists": {"field": "f"}},
                                                      "docvalue_fields": [{"field": "f", "format": "epoch_millis"}]})
    held = {int(hit["_id"]): int(float(hit["fields"]["f"][0])) for hit in hits["hits"]["hits"]}
    return [held.get(number) for number in range(len(TEXTS))]


def bounds(client, index, text):
    """The range that a query from the text to the text asks for; None where the node does not show it."""
    answer = client.expect("GET", f"/{index}/_validate/query?rewrite=true&explain=true",
                           {"query": {"range": {"f": {"gte": text, "lte": text}}}})
    found = re.search(r"f:\[(-?\d+) TO (-?\d+)\]", str(answer.get("explanations")))
    return found and (int(found[1]), int(found[2]))


def compare(client, index, date_format, verdict):
    read = ours(date_format)
    held = index_texts(client, index, date_format)
    for text, mine, node in zip(TEXTS, read, held, strict=True):
        if node is not None and node not in CALENDAR:
            continue
        if node != (mine and mine[0]):
            verdict.fail(f"{date_format}: {text!r}: the node {node}, ours {mine}")
        elif mine and text:
            asked = bounds(client, index, text)
            if asked not in (None, mine):
                verdict.fail(f"{date_format}: a query for {text!r}: the node {asked}, ours {mine}")
    client.expect("DELETE", f"/{index}")


def main():
    require_node_parts()
    verdict = Verdict()
    with Cluster(1, heap="512m") as cluster:
        for number, date_format in enumerate(formats()):
            compare(cluster.client, f"dates-{number}", date_format, verdict)
        print(f"{number + 1} formats, {len(TEXTS)} texts: {verdict.failures} differ", flush=True)
    return verdict.exit_code()


if __name__ == "__main__":
    sys.exit(main())
