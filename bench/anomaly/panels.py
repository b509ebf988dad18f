"""Panels of counts with planted spikes, made under assumptions that differ from one another: what a detector is tried on.

A panel is counts[series, bucket] of 15-minute buckets from a Monday on, and labels: one a spike, with series `c`, first and
last bucket `s` and `e`, factor `f` over the true mean and that mean `mu`. `simulated` is ../shared/tools/spike_sim.py; the
others are this project's own: none of them was looked at while the estimator's constants were chosen by hand, except to
see that none of them breaks it.
"""
import importlib.util
import os
import pathlib
import sys

import numpy as np

DAY = 96
WEEK = 7 * DAY
FACTORS = (2, 3, 5, 10, 30)


def shared_folder():
    """../shared, or where TRIPLINE_SHARED says; ends the program with a clear word if it is nowhere."""
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(os.environ.get("TRIPLINE_SHARED", root.parent / "shared"))
    if not (folder / "tools" / "spike_sim.py").is_file():
        sys.exit(f"expected {folder}/tools/spike_sim.py; set TRIPLINE_SHARED to the folder that holds tools/")
    return folder


def simulated(seed, weeks, num_series, spikes=True):
    """The shared simulator; without spikes the labelled buckets are set back to the series' level around them."""
    spec = importlib.util.spec_from_file_location("spike_sim", shared_folder() / "tools" / "spike_sim.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    counts, means, labels, _, _ = module.sim(seed, weeks, num_series)
    if spikes:
        return counts, labels
    random = np.random.default_rng(seed + 10_000)
    for label in labels:
        at = slice(label["s"], label["e"] + 1)
        counts[label["c"], at] = random.poisson(means[label["c"], at])
    return counts, []


def plant(random, counts, means, spikes):
    """Two spikes a series on average, after the second week, 200 buckets apart, as in the shared simulator."""
    labels = []
    if not spikes:
        return labels
    num_buckets = counts.shape[1]
    for series, mean in enumerate(means):
        used = []
        for _ in range(random.poisson(2.0)):
            start, length = int(random.integers(2 * WEEK + DAY, num_buckets - 10)), int(random.choice([1, 1, 1, 2, 4]))
            factor = float(random.choice(FACTORS))
            if mean[start] <= 0 or any(abs(start - other) < 200 for other in used):
                continue
            extra = np.maximum((factor - 1) * mean[start:start + length], 4 * factor)
            counts[series, start:start + length] += random.poisson(extra)
            used.append(start)
            labels.append({"c": series, "s": start, "e": start + length - 1, "f": factor, "mu": float(mean[start])})
    return labels


def local_hour(num_buckets, zone):
    return (np.arange(num_buckets) / 4.0 + zone) % 24


def local_weekend(num_buckets, zone):
    return ((np.arange(num_buckets) / 4.0 + zone) // 24 % 7) >= 5


def additive(seed, weeks, num_series, spikes=True):
    """Additive seasons, variance proportional to the mean (not the negative binomial's mean^2), a slow random walk."""
    random = np.random.default_rng([seed, 1])
    num_buckets = weeks * WEEK
    means = np.empty((num_series, num_buckets))
    for series in range(num_series):
        base, zone = 10 ** random.uniform(0, 3), random.uniform(-12, 12)
        hour = local_hour(num_buckets, zone)
        season = random.uniform(0, 2) * np.maximum(0, np.sin((hour - 6) / 24 * 2 * np.pi))
        season += random.uniform(0, 0.5) * ~local_weekend(num_buckets, zone)
        walk = np.cumsum(random.standard_normal(num_buckets)) * random.uniform(0, 0.004)
        means[series] = base * np.maximum(0.1, 1 + season + walk)
    spread = random.uniform(0, 4, (num_series, 1))
    counts = random.poisson(random.gamma(means / (spread + 1e-6)) * (spread + 1e-6))
    return counts, plant(random, counts, means, spikes)


def office(seed, weeks, num_series, spikes=True, gaps=False):
    """Office hours with sharp edges and a lunch dip on weekdays, flat weekends, lognormal bursts that are normal here;
    with `gaps` also holidays at a fifth of the level and a daylight-saving hour in the fifth week."""
    random = np.random.default_rng([seed, 3 if gaps else 2])
    num_buckets = weeks * WEEK
    means = np.empty((num_series, num_buckets))
    for series in range(num_series):
        base, zone = 10 ** random.uniform(-0.5, 3), random.choice([-8, -5, 0, 1, 2, 5.5, 8])
        hour = local_hour(num_buckets, zone)
        if gaps:
            moved = np.arange(num_buckets) >= 4 * WEEK
            hour = np.where(moved, local_hour(num_buckets, zone + 1), hour)
        weekend = local_weekend(num_buckets, zone)
        open_from, open_to = random.uniform(6, 9), random.uniform(16, 20)
        busy = 1 / (1 + np.exp(-(hour - open_from) * 3)) / (1 + np.exp((hour - open_to) * 3))
        busy *= 1 - random.uniform(0, 0.4) * np.exp(-((hour - 12.5) / 0.7) ** 2)
        level = 0.1 + np.where(weekend, random.uniform(0, 0.2), busy * random.uniform(0.9, 3))
        if gaps:
            for _ in range(random.poisson(1.5)):
                day = int(random.integers(WEEK // DAY * 2, num_buckets // DAY - 3)) * DAY
                level[day:day + DAY * int(random.integers(1, 4))] *= 0.2
        means[series] = base * level
    noise = np.exp(random.standard_normal((num_series, num_buckets)) * random.uniform(0.05, 0.35, (num_series, 1)))
    burst = random.random((num_series, num_buckets)) < np.where(random.random((num_series, 1)) < 0.3, 0.005, 0)
    noise = np.where(burst, noise * np.exp(np.abs(random.standard_normal(noise.shape)) * 1.0), noise)
    counts = random.poisson(means * noise)
    return counts, plant(random, counts, means, spikes)


def holidays(seed, weeks, num_series, spikes=True):
    return office(seed, weeks, num_series, spikes, gaps=True)


def sparse_law(random, num_buckets, num_series):
    """Sessions expected in each bucket, and the mean size of a session less one, by series."""
    hour = np.arange(num_buckets) / 4.0 % 24
    sessions = 10 ** random.uniform(-2, 0, (num_series, 1))
    size = random.uniform(1, 4, (num_series, 1))
    rhythm = 1 + random.uniform(0, 0.8, (num_series, 1)) * np.cos((hour - random.uniform(0, 24, (num_series, 1))) / 24 * 2 * np.pi)
    return sessions * rhythm, size


def sparse(seed, weeks, num_series, spikes=True):
    """Rare sessions of a few events each: mostly empty buckets, clustered counts, a weak daily rhythm."""
    random = np.random.default_rng([seed, 4])
    sessions, size = sparse_law(random, weeks * WEEK, num_series)
    starts = random.poisson(sessions)
    extra = np.where(starts > 0, random.negative_binomial(np.maximum(starts, 1), 1 / np.broadcast_to(size, starts.shape)), 0)
    counts = starts + extra
    return counts, plant(random, counts, sessions * size, spikes)


def poisson(seed, weeks, num_series, spikes=True):
    """Nothing but Poisson counts around a daily wave: where every alarm of a clean panel is the detector's own fault."""
    random = np.random.default_rng([seed, 5])
    num_buckets = weeks * WEEK
    hour = np.arange(num_buckets) / 4.0 % 24
    base = 10 ** random.uniform(-1, 3, (num_series, 1))
    wave = random.uniform(0, 1, (num_series, 1)) * np.cos((hour - random.uniform(0, 24, (num_series, 1))) / 24 * 2 * np.pi)
    means = base * np.exp(wave)
    counts = random.poisson(means)
    return counts, plant(random, counts, means, spikes)


def batches(seed, weeks, num_series, spikes=True):
    """Events that arrive in batches of 1 to 100, some counts capped by a queue, rates over five decades: quantised and saturated counts."""
    random = np.random.default_rng([seed, 6])
    num_buckets = weeks * WEEK
    size = random.choice([1, 10, 100], (num_series, 1))
    base = 10 ** random.uniform(-1, 4, (num_series, 1))
    zone = random.uniform(0, 24, (num_series, 1))
    hour = np.arange(num_buckets) / 4.0 % 24
    means = base * np.exp(random.uniform(0, 1.2, (num_series, 1)) * np.cos((hour - zone) / 24 * 2 * np.pi))
    counts = size * random.poisson(random.gamma(20.0, means / size / 20.0))
    cap = np.where(random.random((num_series, 1)) < 0.2, np.maximum(np.quantile(counts, 0.9, axis=1, keepdims=True), 1), np.inf)
    counts = np.minimum(counts, cap).astype(np.int64)
    return counts, plant(random, counts, means, spikes)


def services(seed, weeks, num_series, spikes=True):
    """Software: slow growth, a new level after each deployment, episodes of an hour or two that swell and ebb (normal here),
    series that appear late and vanish early."""
    random = np.random.default_rng([seed, 7])
    num_buckets = weeks * WEEK
    at = np.arange(num_buckets)
    means = np.empty((num_series, num_buckets))
    for series in range(num_series):
        hour, weekend = local_hour(num_buckets, random.uniform(-12, 12)), local_weekend(num_buckets, 0)
        level = np.exp(random.uniform(0.1, 1.0) * np.sin((hour - 9) / 24 * 2 * np.pi)) * np.where(weekend, random.uniform(0.4, 1), 1)
        level *= np.exp(random.uniform(-0.5, 1.0) * at / num_buckets)
        for start in random.integers(0, num_buckets, random.poisson(1.0)):
            level[start:] *= np.exp(random.normal(0, 0.4))
        if random.random() < 0.15:
            level[:int(random.integers(0, num_buckets // 2))] = 0
        if random.random() < 0.15:
            level[int(random.integers(num_buckets // 2, num_buckets)):] = 0
        means[series] = 10 ** random.uniform(-0.5, 3.5) * level
    swell = np.zeros((num_series, num_buckets))
    starts = np.nonzero(random.random((num_series, num_buckets)) < np.where(random.random((num_series, 1)) < 0.3, 0.003, 0))
    for series, start in zip(*starts):
        length = int(random.integers(4, 12))
        height = min(random.pareto(2.0), 20.0) * np.sin(np.linspace(0.3, np.pi, length))
        swell[series, start:start + length] += height[:num_buckets - start]
    shape = 10 ** random.uniform(0.5, 2, (num_series, 1))
    counts = random.poisson(random.gamma(shape, means * (1 + swell) / shape + 1e-12))
    return counts, plant(random, counts, means, spikes)


GENERATORS = {"simulated": simulated, "additive": additive, "office": office, "holidays": holidays, "sparse": sparse,
              "poisson": poisson, "batches": batches, "services": services}
