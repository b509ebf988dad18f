"""How well could any detector do on the sparse panels? One that knows each series' law, and so the exact tail of every count.

    python3 bench/anomaly/oracle.py [SEEDS]

What it misses is not in the counts. A count is n sessions, n of a Poisson law, and their extra events, negative binomial.
"""
import sys

import numpy as np

import panels
from measures import Ranking

MAX_SESSIONS = 8
START = 2 * panels.WEEK


def tail_of_extra(num_sessions, size, most):
    """P(extra events >= k) of so many sessions, k = 0 .. most, by the recurrence of the law's mass."""
    mass = np.empty(most + 1)
    mass[0] = size ** -float(num_sessions)
    for k in range(1, most + 1):
        mass[k] = mass[k - 1] * (num_sessions + k - 1) / k * (1 - 1 / size)
    return np.maximum(1 - np.concatenate([[0], np.cumsum(mass)[:-1]]), 1e-16)


def surprise(counts, sessions, size):
    """-log10 P(count or more), each [series, bucket]."""
    answer = np.zeros(counts.shape)
    for series in range(counts.shape[0]):
        count, rate = counts[series], sessions[series]
        tail, chance = np.zeros(count.shape), np.exp(-rate)
        left = 1 - chance
        for n in range(1, MAX_SESSIONS + 1):
            chance = chance * rate / n
            left = left - chance
            tail += chance * tail_of_extra(n, size[series, 0], int(count.max()))[np.maximum(count - n, 0)]
        answer[series] = -np.log10(np.where(count > 0, tail + np.maximum(left, 0), 1))
    return answer


def main():
    runs = []
    for seed in range(1, int(sys.argv[1]) + 1 if len(sys.argv) > 1 else 7):
        counts, labels = panels.sparse(seed, 8, 60)
        sessions, size = panels.sparse_law(np.random.default_rng([seed, 4]), counts.shape[1], 60)
        runs.append((surprise(counts, sessions, size), labels))
    ranking = Ranking(runs, START, 6)
    at = ranking.threshold_at(0.1)
    print(f"sparse, law known: average precision {ranking.average_precision():.3f}, recall at 0.1 false alarms a series-week "
          f"{ranking.recall(at):.3f}, of x5 and more {ranking.recall(at, 5):.3f}")


if __name__ == "__main__":
    main()
