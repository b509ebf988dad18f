"""Documents that were indexed just now, in segments of their own: what the first question about them costs.

They go into an index that keeps its segments apart, so that each round adds new ones beside those of earlier rounds, as a
shard has them between two merges.
"""
import itertools

import lab
import load
import workload

INDEX = "fresh"
COUNT = 15_000
_APART = {"refresh_interval": "-1", "merge.policy.segments_per_tier": 1_000, "merge.policy.floor_segment": "1kb"}
_WARM_UP_ROUNDS = 3


class Source:
    """The workload's events again, in portions of COUNT."""

    def __init__(self, it):
        self._it = it
        self._at = 0
        file = workload.make(it.work / "events", it.workload)
        self._lines = load.lines_of([file])
        it.client.request("DELETE", f"/{INDEX}")
        load.create_index(it.client, INDEX, more_fields=lab.more_fields(), settings=_APART)

    def add(self, parts):
        """The next portion, in `parts` segments."""
        for _ in range(parts):
            load.load(self._it.client, INDEX, itertools.islice(self._lines, COUNT // parts))
        self._at += COUNT

    def newest(self):
        """The query that finds the last portion."""
        return self._it.workload.between(self._at - COUNT, self._at)


def measure(it, source, searches, parts, rounds):
    """Costs of both sides, each asked once after each portion; the order changes from round to round."""
    costs = {"searches": [], "ours": []}
    for turn in range(rounds + _WARM_UP_ROUNDS):
        source.add(parts)
        query = source.newest()
        asks = [("searches", searches.asked(query, INDEX)),
                ("ours", lambda query=query: it.match("corpus", query, index=INDEX))]
        for name, ask in asks if turn % 2 else reversed(asks):
            cost = it.cost(ask)
            if turn >= _WARM_UP_ROUNDS:
                costs[name].append(cost)
    return costs
