"""The protocol of docs/anomaly.md: quality, calibration, promises, warm-up and cost of the anomaly estimator, peers beside.

    python3 bench/anomaly/protocol.py --driver build/bench/bench/anomaly/anomaly_bench [--seeds 1-20] [--parts quality,clean,...]

Parts: quality (the shared simulator, peers beside), others (this project's generators), clean (false alarms at 75 on panels
without spikes, of 60, 1,000 and 10,000 series), warmup (days until x10 spikes are caught), young (new series' first week),
rcf (Random Cut Forest on a few series, if built), cost. Seeds 21-40 are held back: they need --held-out.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import panels
import peers
from measures import Ranking, calibration

WEEKS = 8
START = 2 * panels.WEEK
SCORED_WEEKS = WEEKS - 2
FUNCTION = "high_non_zero_count"


class Driver:
    def __init__(self, program):
        self.program = program

    def detect(self, counts, function=FUNCTION):
        """-log10 of the model's and of the calibrated probability, and the score, each [series, bucket]."""
        with tempfile.TemporaryDirectory() as folder:
            panel, out = pathlib.Path(folder) / "panel", pathlib.Path(folder) / "out"
            peers.write_panel(panel, counts)
            subprocess.run([self.program, "detect", function, panel, out], check=True)
            return np.fromfile(out, np.float32).reshape(3, *counts.shape).astype(float)

    def cost(self, num_series, num_buckets):
        done = subprocess.run([self.program, "cost", str(num_series), str(num_buckets)], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)


def headline(ranking):
    at_01, at_03 = ranking.threshold_at(0.1), ranking.threshold_at(0.3)
    row = {"ap": ranking.average_precision(), "recall@.1": ranking.recall(at_01), "recall@.3": ranking.recall(at_03),
           "x5+@.1": ranking.recall(at_01, 5), "x5+@.3": ranking.recall(at_03, 5), "first@.1": ranking.in_first_bucket(at_01)}
    for factor in panels.FACTORS:
        chosen = ranking.factors == factor
        row[f"x{factor}"] = float((ranking.best[chosen] >= at_01).mean()) if chosen.any() else float("nan")
    return row


def bootstrap(per_seed, seeds, samples=200):
    """5 % and 95 % of average precision and recall@.1 over seeds drawn with replacement."""
    random, drawn = np.random.default_rng(1), []
    for _ in range(samples):
        chosen = random.choice(len(seeds), len(seeds))
        ranking = Ranking([per_seed[i] for i in chosen], START, SCORED_WEEKS, least=2.0)
        drawn.append((ranking.average_precision(), ranking.recall(ranking.threshold_at(0.1)),
                      ranking.recall(ranking.threshold_at(0.1), 5)))
    return np.quantile(np.array(drawn), [0.05, 0.95], axis=0)


def show(title, row):
    print(f"  {title:28s}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


def quality(driver, name, seeds, with_peers, samples):
    print(f"{name}: {len(seeds)} seeds, {WEEKS} weeks of 60 series, the first two unscored")
    ours, at_75, ratios, sizes, others = [], [], np.zeros(4), 0, {}
    for seed in seeds:
        counts, labels = panels.GENERATORS[name](seed, WEEKS, 60)
        _, calibrated, scores = driver.detect(counts)
        ours.append((calibrated, labels))
        at_75.append((scores, labels))
        below, size = calibration(calibrated, counts, labels, START)
        ratios, sizes = ratios + below, sizes + size
        if with_peers:
            others.setdefault("seasonal median/MAD", []).append((peers.seasonal_median(counts), labels))
            others.setdefault("windowed Gaussian", []).append((peers.windowed_gaussian(counts), labels))
    ranking = Ranking(ours, START, SCORED_WEEKS)
    show("tripline", headline(ranking))
    if samples:
        low, high = bootstrap(ours, seeds, samples)
        print("    90 % over seeds:  " + "  ".join(f"{key} {a:.3f}-{b:.3f}" for key, a, b in zip(("ap", "recall@.1", "x5+@.1"), low, high)))
    fixed = Ranking(at_75, START, SCORED_WEEKS, least=70.0)
    show("at score 75", {**fixed.at(75.0), "first": fixed.in_first_bucket(75.0), "x5+": fixed.recall(75.0, 5)})
    print("    p < 10^-k over 10^-k, k = 2..5: " + "  ".join(f"{value:.2f}" for value in ratios / sizes / 10.0 ** -np.arange(2, 6)))
    for peer, runs in others.items():
        show(peer, headline(Ranking(runs, START, SCORED_WEEKS, least=2.0)))


def clean(driver, seeds):
    print("clean panels: false alarms at 75 (weeks 3-8), per series-week and per job-week; worst seed in brackets")
    for name, generator in panels.GENERATORS.items():
        for num_series in (60, 1000) + ((10_000,) if name in ("additive", "poisson", "simulated") else ()):
            rows = []
            for seed in seeds[:{60: 5, 1000: 2}.get(num_series, 1)]:
                counts, _ = generator(seed, WEEKS if num_series < 10_000 else 5, num_series, spikes=False)
                scores = driver.detect(counts)[2]
                weeks = counts.shape[1] / panels.WEEK - 2
                rows.append(Ranking([(scores, [])], START, weeks, least=70.0).at(75.0)["false"] / weeks)
            print(f"  {name:10s} {num_series:6d} series: {np.mean(rows) / num_series:.4f} a series-week, "
                  f"{np.mean(rows):.2f} a job-week ({max(rows):.2f})", flush=True)


def warmup(driver, seeds):
    """x10 spikes planted on every day of the first two weeks; recall at the clean panels' 0.1 alarms a series-week."""
    print("warm-up: recall of x10 spikes by day at 0.1 false alarms a series-week (threshold from the same days, clean)")
    for name in ("simulated", "additive", "office"):
        hits, planted, thresholds = np.zeros(14), np.zeros(14), []
        runs = []
        for seed in seeds[:5]:
            counts, _ = panels.GENERATORS[name](seed, 5, 60, spikes=False)
            calm = driver.detect(counts)[1]
            random = np.random.default_rng(seed)
            places = []
            for series in range(60):
                day = series % 14
                bucket = day * panels.DAY + int(random.integers(8, panels.DAY))
                if counts[series, :bucket].sum() > 0:
                    around = counts[series, max(0, bucket - 8):bucket + 1].mean()
                    counts[series, bucket] += max(9 * around, 40)
                    places.append((series, bucket, day))
            runs.append((calm, driver.detect(counts)[1], places))
        ranking = Ranking([(calm[:, :START], []) for calm, _, _ in runs], 0, 2.0)
        threshold = ranking.threshold_at(0.1)
        for _, scores, places in runs:
            for series, bucket, day in places:
                planted[day] += 1
                hits[day] += scores[series, bucket] >= threshold
        print(f"  {name:10s} " + " ".join(f"d{day + 1}:{hits[day] / max(planted[day], 1):.2f}" for day in range(14)), flush=True)


def young(driver, seeds):
    """New series' first week against the others, at 75: series of clean simulated panels that begin after week one."""
    alarms, weeks, old_alarms, old_weeks = 0, 0.0, 0, 0.0
    for seed in seeds:
        counts, _ = panels.simulated(seed, WEEKS, 60, spikes=False)
        scores = driver.detect(counts)[2]
        for series in range(60):
            born = int(np.argmax(counts[series] > 0))
            if panels.WEEK <= born < counts.shape[1] - panels.WEEK:
                alarms += Ranking([(scores[series:series + 1, born:born + panels.WEEK], [])], 0, 1.0, 70.0).at(75.0)["false"]
                weeks += 1
            elif born < panels.WEEK:
                old_alarms += Ranking([(scores[series:series + 1], [])], START, SCORED_WEEKS, 70.0).at(75.0)["false"]
                old_weeks += SCORED_WEEKS
    print(f"new series: {alarms / max(weeks, 1):.3f} false alarms at 75 in their first week, {old_alarms / old_weeks:.3f} a week for grown ones")


def forest(driver, seeds):
    counts, labels = panels.simulated(seeds[0], WEEKS, 60)
    answer = peers.random_cut_forest(counts)
    if answer is None:
        print("random cut forest: not built (mvn -q -f bench/anomaly/rcf package)")
        return
    scores, seconds = answer
    print(f"random cut forest 4.3.0, seed {seeds[0]}: {seconds / counts.size * 1e6:.1f} us an update")
    show("random cut forest", headline(Ranking([(scores, labels)], START, SCORED_WEEKS, least=0.9)))
    show("tripline, same panel", headline(Ranking([(driver.detect(counts)[1], labels)], START, SCORED_WEEKS)))


def cost(driver):
    print("cost, CPU seconds of one core")
    for num_series, num_buckets in ((100, 8000), (1000, 1344), (100_000, 30)):
        print("  " + json.dumps(driver.cost(num_series, num_buckets)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True)
    parser.add_argument("--seeds", default="1-20")
    parser.add_argument("--held-out", action="store_true", help="allow seeds above 20: only once all constants are frozen")
    parser.add_argument("--parts", default="quality,others,clean,warmup,young,rcf,cost")
    parser.add_argument("--bootstrap", type=int, default=40)
    words = parser.parse_args()
    first, last = (int(word) for word in (words.seeds.split("-") * 2)[:2])
    if last > 20 and not words.held_out:
        sys.exit("expected seeds up to 20, found more; --held-out once all constants are frozen")
    seeds, driver, parts = list(range(first, last + 1)), Driver(words.driver), words.parts.split(",")
    if "quality" in parts:
        quality(driver, "simulated", seeds, True, words.bootstrap)
    if "others" in parts:
        for name in panels.GENERATORS:
            if name != "simulated":
                quality(driver, name, seeds[:6], True, 0)
    if "clean" in parts:
        clean(driver, seeds)
    if "warmup" in parts:
        warmup(driver, seeds)
    if "young" in parts:
        young(driver, seeds)
    if "rcf" in parts:
        forest(driver, seeds)
    if "cost" in parts:
        cost(driver)


if __name__ == "__main__":
    main()
