#!/usr/bin/env python3
"""Writes an NDJSON file several times to standard output; after the first time the ids of events and of processes differ
from those before, so that fields of ids hold as many values as they would.

    bench/desk/repeat_events.py EVENTS.ndjson TIMES
"""
import sys

_ID_FIELDS = (b'"entity_id":"', b'"id":"N')


def main():
    path, times = sys.argv[1], int(sys.argv[2])
    for number in range(times):
        with open(path, "rb") as lines:
            while chunk := lines.readlines(1 << 22):
                text = b"".join(chunk)
                for field in _ID_FIELDS if number else ():
                    text = text.replace(field, field + b"%d-" % number)
                sys.stdout.buffer.write(text)


if __name__ == "__main__":
    main()
