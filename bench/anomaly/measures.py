"""What section 6 of the protocol measures, from scores and labels: pure functions over numpy arrays.

A score is any number that rises with unusualness; scores[series, bucket]. An event is hit if one of its buckets reaches the
threshold. The four buckets after an event are neutral. Alarms of a series at most eight buckets apart are one false alarm.
"""
import bisect

import numpy as np

WEEK = 672
NEUTRAL_AFTER = 4
SAME_ALARM = 8


def split(scores, labels, start, least):
    """Best score per event, score in each event's first bucket, and the false candidates above `least`, best first."""
    best = np.array([scores[e["c"], e["s"]:e["e"] + 1].max() for e in labels])
    first = np.array([scores[e["c"], e["s"]] for e in labels])
    rest = scores.copy()
    for event in labels:
        rest[event["c"], event["s"]:event["e"] + 1 + NEUTRAL_AFTER] = -np.inf
    rest[:, :start] = -np.inf
    series, bucket = np.nonzero(rest > least)
    order = np.argsort(-rest[series, bucket], kind="stable")
    return best, first, series[order], bucket[order], rest[series, bucket][order]


class AlarmClusters:
    """Counts false alarms while single buckets are added in any order."""

    def __init__(self):
        self.count = 0
        self._buckets = {}

    def add(self, series, bucket):
        seen = self._buckets.setdefault(series, [])
        at = bisect.bisect(seen, bucket)
        left = at > 0 and bucket - seen[at - 1] <= SAME_ALARM
        right = at < len(seen) and seen[at] - bucket <= SAME_ALARM
        if left and right:
            self.count -= seen[at] - seen[at - 1] > SAME_ALARM
        elif not left and not right:
            self.count += 1
        seen.insert(at, bucket)


class Ranking:
    """Hits and false alarms at every threshold, over one or more panels."""

    def __init__(self, panels, start, weeks, least=1.0):
        self.best, self.first, self.factors, rows, offset, self.series_weeks = [], [], [], [], 0, 0.0
        for scores, labels in panels:
            best, first, series, bucket, false = split(scores, labels, start, least)
            self.best += list(best)
            self.first += list(first)
            self.factors += [event["f"] for event in labels]
            rows += [(value, 0, 0, 0) for value in best]
            rows += [(value, 1, a + offset, b) for value, a, b in zip(false, series, bucket)]
            offset += scores.shape[0]
            self.series_weeks += scores.shape[0] * weeks
        self.best, self.first, self.factors = map(np.array, (self.best, self.first, self.factors))
        rows.sort(key=lambda row: (-row[0], row[1]))
        clusters, hits, curve = AlarmClusters(), 0, []
        for value, is_false, series, bucket in rows:
            if is_false:
                clusters.add(series, bucket)
            else:
                hits += 1
            curve.append((value, hits, clusters.count))
        self.thresholds, self.hits, self.false = np.array(curve).T if curve else np.zeros((3, 0))

    def average_precision(self):
        recall = np.concatenate([[0], self.hits / max(len(self.best), 1)])
        return float(np.sum(np.diff(recall) * self.hits / np.maximum(self.hits + self.false, 1)))

    def threshold_at(self, alarms_per_series_week):
        """The lowest threshold whose false alarms stay within the budget."""
        over = np.nonzero(self.false > alarms_per_series_week * self.series_weeks)[0]
        last = (over[0] if len(over) else len(self.false)) - 1
        return self.thresholds[last] if last >= 0 else np.inf

    def recall(self, threshold, least_factor=0):
        chosen = self.factors >= least_factor
        return float((self.best[chosen] >= threshold).mean()) if chosen.any() else float("nan")

    def in_first_bucket(self, threshold):
        hit = self.best >= threshold
        return float((self.first[hit] >= threshold).mean()) if hit.any() else float("nan")

    def at(self, threshold):
        """Precision, recall, F1 and false alarms per series-week at a threshold fixed in advance."""
        hits = int((self.best >= threshold).sum())
        reached = np.nonzero(self.thresholds >= threshold)[0]
        false = int(self.false[reached[-1]]) if len(reached) else 0
        precision, recall = hits / max(hits + false, 1), hits / max(len(self.best), 1)
        return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9),
                "false_per_series_week": false / self.series_weeks, "false": false}


def calibration(surprise, counts, labels, start):
    """Fraction of clean non-empty buckets with p < 10^-k over 10^-k, k = 2..5; a day after each event is left out."""
    clean = counts > 0
    clean[:, :start] = False
    for event in labels:
        clean[event["c"], event["s"]:event["e"] + 97] = False
    values = surprise[clean]
    return np.array([(values > k).sum() for k in (2, 3, 4, 5)], float), values.size
