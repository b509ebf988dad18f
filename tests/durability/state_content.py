"""What a state folder says, apart from how often it was written: two states of the same content go on alike.

    content(folder, windows)   the tables as Python values; windows: rule_id -> (interval, look-back, history) in ms
    differences(a, b)          a sentence for each table in which two contents differ
"""
import collections
import hashlib
import pathlib
import sqlite3

import term_histories

UNTOLD = ["sequence"]      # columns that only say in which order rows were written
LEFT_OUT = ["sqlite_sequence", "run"]  # tables that say how often
# Checkpoints and the changes since: owner -> parts. How the same content is spread over them depends on how often it
# was written, so they are compared where both states have one part; what the others say shows in what comes next.
PARTS = ["part"]


def _open(folder):
    return sqlite3.connect(f"file:{pathlib.Path(folder) / 'tripline.db'}?mode=ro", uri=True)


def content(folder, windows):
    database = _open(folder)
    found = {"version": list(database.execute("PRAGMA user_version"))}
    for table, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
        if table not in LEFT_OUT:
            cursor = database.execute(f"SELECT * FROM {table}")
            told = [place for place, column in enumerate(cursor.description) if column[0] not in UNTOLD]
            found[table] = sorted((tuple(_short(row[place]) for place in told) for row in cursor), key=repr)
    for rule_id, lengths in windows.items():
        parts = collections.defaultdict(bytes)
        for number, data in database.execute("SELECT number, bytes FROM part WHERE owner = 'rule' AND id = ?"
                                             " ORDER BY number, piece", (rule_id,)):
            parts[number] += data
        found[f"history of {rule_id}"] = [term_histories.known(list(parts.values()), *lengths)] if parts else []
    found["part"] = [row for row in found["part"] if row[0] != "rule" or row[1] not in windows]
    found["output"] = [row[1:] for row in found.get("output", [])]  # its size; the path is the world's own
    found["meta"] = [row for row in found["meta"] if row[0] != "call"]  # how many calls have ended
    found["rule"] = [row[:3] for row in found["rule"]]  # rule_id, detector_key, position
    found["job"] = [row[:2] for row in found["job"]]
    # An alert that was delivered leaves its id for as long as the finding could come again, which ends with a call.
    found["alert"] = [row for row in found["alert"] if row[-1] is not None]
    database.close()
    return found


def _short(value):
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def _single_parts(rows, other_rows):
    numbers = [collections.Counter(row[:2] for row in side) for side in (rows, other_rows)]
    return [row for row in rows if all(counter[row[:2]] <= 1 for counter in numbers)]


def differences(one, other):
    for table in sorted(set(one) | set(other)):
        first, second = one.get(table, []), other.get(table, [])
        if table in PARTS:
            first, second = _single_parts(first, second), _single_parts(second, first)
        if first != second:
            odd = [row for row in first if row not in second][:1] + [row for row in second if row not in first][:1]
            yield f"table {table}: {len(first)} and {len(second)} rows, such as {str(odd)[:300]}"


def is_sound(folder):
    database = _open(folder)
    answer = database.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    return answer == "ok"
