"""The kept history of a new_terms rule, read by the description of its bytes (runtime/term_history_format.cc, format 2).

A checkpoint and the changes since say what the rule knows, under keys that hang on a secret of the state. Two states
know the same if they hold the same times, arrivals and documents, whatever the keys: `known` answers those, in order.
"""
import struct


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        value, = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def text(self):
        length = self.number("I")
        self.at += length
        return self.data[self.at - length:self.at]

    def optional_time(self):
        return self.number("q") if self.number("B") else None


def _arrival(reader):
    time, silent_since, standing, is_postponed = reader.number("q"), reader.optional_time(), reader.number("B"), reader.number("B")
    document = (reader.text(), reader.text(), reader.number("B"), reader.text()) if standing else None
    return time, silent_since, standing, is_postponed, document, reader.text() if standing == 1 else None


def known(parts, interval, look_back, history):
    """(position, terms) of a checkpoint and its changes, in their order; windows in milliseconds. What no run to come can
    ask for is left out."""
    terms, secret = {}, None
    for place, part in enumerate(parts):
        reader = Reader(part)
        version, what = reader.number("I"), reader.number("B")
        assert version == 2 and what == (place > 0), (version, what)
        of_this_part = reader.data[reader.at:reader.at + 16]
        assert secret in (None, of_this_part), "the parts of a history have one secret"
        secret = of_this_part
        reader.at += 16
        position = reader.optional_time()
        for _ in range(reader.number("Q")):
            key = reader.number("Q"), reader.number("Q")
            last_seen = reader.number("q")
            terms[key] = last_seen, [_arrival(reader) for _ in range(reader.number("I"))]
        assert reader.at == len(part), "a part ends where its terms end"
    next_run = None if position is None else position + interval
    told = []
    for last_seen, arrivals in terms.values():
        if next_run is not None:
            forgotten = next_run - history
            arrivals = [(time, None if since is None or since < forgotten else since, *rest)
                        for time, since, *rest in arrivals if time > next_run - look_back]
            if last_seen < forgotten:
                continue
        told.append((last_seen, arrivals))
    return position, sorted(told, key=repr)
