"""What `tripline run --records` gives for a panel, ranked by its records: the figures of protocol.py through the product.

    python3 bench/anomaly/end_to_end.py --tripline build/tripline [--seeds 1-3] [--driver build/bench/bench/anomaly/anomaly_bench]

A panel of the shared simulator becomes one event a series and bucket with a summary count; the seed rule's job counts them.
With a driver, the records are held against the estimator's own answers, bucket by bucket.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np

import panels
from measures import Ranking

START = 2 * panels.WEEK
WEEKS = 8
MONDAY = np.datetime64("2026-04-06T00:00:00")
JOB = {
    "job_id": "panel",
    "analysis_config": {"bucket_span": "15m", "summary_count_field_name": "n", "influencers": [],
                        "detectors": [{"function": "high_non_zero_count", "by_field_name": "destination.geo.country_name"}]},
    "analysis_limits": {"model_memory_limit": "1gb"},
    "data_description": {"time_field": "@timestamp"},
    "datafeed_config": {"indices": ["*"], "query": {"match_all": {}}},
}


def write_events(counts, path):
    with open(path, "w") as out:
        for bucket in range(counts.shape[1]):
            time = str(MONDAY + np.timedelta64(15 * bucket + 5, "m"))
            for series in np.nonzero(counts[:, bucket])[0]:
                out.write('{"@timestamp":"%sZ","n":%d,"destination":{"geo":{"country_name":"c%05d"}}}\n'
                          % (time, counts[series, bucket], series))


def records_of(tripline, counts):
    """-log10 p and score of every record, each [series, bucket]; 0 where there is none."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_events(counts, folder / "events.ndjson")
        (folder / "job.json").write_text(json.dumps(JOB))
        rarity, score = np.zeros(counts.shape), np.zeros(counts.shape)
        subprocess.run([tripline, "run", "--rules", folder, "--events", folder / "events.ndjson", "--records",
                        folder / "records"], check=True, capture_output=True)
        begin = int(MONDAY.astype("datetime64[ms]").astype(np.int64))
        for line in open(folder / "records"):
            record = json.loads(line)
            at = int(record["by_field_value"][1:]), (record["timestamp"] - begin) // 900_000
            rarity[at], score[at] = -np.log10(record["probability"]), record["record_score"]
        return rarity, score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tripline", default="build/tripline")
    parser.add_argument("--driver")
    parser.add_argument("--seeds", default="1-3")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    by_rarity, by_score = [], []
    for seed in range(int(first), int(last or first) + 1):
        if seed > 20:
            parser.error("seeds above 20 are held back (protocol.py --held-out)")
        counts, labels = panels.simulated(seed, WEEKS, 60)
        rarity, score = records_of(options.tripline, counts)
        by_rarity.append((rarity, labels))
        by_score.append((score, labels))
        if options.driver:
            from protocol import Driver  # its arguments are not ours
            _, calibrated, scores = Driver(options.driver).detect(counts)
            seen = rarity > 0
            print(f"seed {seed}: {seen.sum()} records, largest difference of -log10 p "
                  f"{np.abs(calibrated - rarity)[seen].max():.2g}, of the score {np.abs(scores - score)[seen].max():.2g}; "
                  f"{(calibrated[~seen] > -np.log10(0.05) + 1e-6).sum()} missing")
    for name, what in (("probability", by_rarity), ("record_score", by_score)):
        ranking = Ranking(what, START, WEEKS - 2)
        at = ranking.threshold_at(0.1)
        print(f"ranked by {name}: average precision {ranking.average_precision():.3f}, recall at 0.1 "
              f"{ranking.recall(at):.3f}, of x5 and more {ranking.recall(at, 5):.3f}, in the first bucket "
              f"{ranking.in_first_bucket(at):.3f}")


if __name__ == "__main__":
    main()
