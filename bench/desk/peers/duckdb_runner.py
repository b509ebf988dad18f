#!/usr/bin/env python3
"""DuckDB beside ours, on one thread: a table with a column for each field that the rules ask, made from NDJSON, and one
query that counts all rules in a pass over it.

    duckdb_runner.py RULES.json EVENTS.ndjson

RULES.json: {"fields": [...], "rules": {id: condition in SQL over columns f0, f1, ...}}, as duckdb_rules.py writes it. Prints
JSON: version, CPU seconds of making the table and of the query, counts.
"""
import json
import sys
import time

import duckdb


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    database = duckdb.connect()
    database.execute("SET threads = 1")
    columns = []
    for number, field in enumerate(asked["fields"]):
        # Nested objects and names with dots; one value or a list of them.
        path = "$." + ".".join(json.dumps(name) for name in field.split("."))
        kind, texts = f"json_type(json, '{path}')", f"json_extract_string(json, '{path}[*]')"
        columns.append(f"CASE WHEN {kind} = 'ARRAY' THEN list_filter({texts}, lambda x: x IS NOT NULL) "
                       f"WHEN {kind} NOT IN ('NULL', 'OBJECT') THEN [json_extract_string(json, '{path}')] END AS f{number}")
    begin = time.process_time()
    database.execute(f"CREATE TABLE events AS SELECT {', '.join(columns)} FROM read_json_objects(?, format = "
                     "'newline_delimited', maximum_object_size = 16777216)", [sys.argv[2]])
    made = time.process_time()
    counts = database.execute("SELECT " + ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in
                                                    asked["rules"].values()) + " FROM events").fetchone()
    print(json.dumps({"version": f"DuckDB {duckdb.__version__}", "load_s": made - begin, "query_s": time.process_time() - made,
                      "counts": dict(zip(asked["rules"], counts))}))


if __name__ == "__main__":
    main()
