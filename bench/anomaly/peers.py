"""The open peers, on the same panels: seasonal median/MAD, windowed Gaussian on log1p, Random Cut Forest 4.3.0.

Each gives scores[series, bucket] that use only what came before the bucket. The first two are here; the forest runs in a
small Java program (rcf/), 50 trees of 256 points with a shingle of 8, as shipped, on log1p of the counts.
"""
import pathlib
import subprocess
import tempfile

import numpy as np

DAY = 96
FOLDER = pathlib.Path(__file__).resolve().parent


def seasonal_median(counts, days=14):
    """(log1p - median) / MAD of the same quarter-hour of up to 14 days before."""
    logs = np.log1p(counts.astype(float)).reshape(counts.shape[0], -1, DAY)
    scores = np.zeros_like(logs)
    for day in range(3, logs.shape[1]):
        window = logs[:, max(0, day - days):day]
        median = np.median(window, axis=1)
        spread = np.median(np.abs(window - median[:, None]), axis=1) * 1.4826
        scores[:, day] = (logs[:, day] - median) / np.maximum(spread, 0.1)
    return scores.reshape(counts.shape)


def windowed_gaussian(counts, window=7 * DAY):
    """(log1p - mean) / deviation of the week before."""
    logs = np.log1p(counts.astype(float))
    sums = np.concatenate([np.zeros((counts.shape[0], 1)), np.cumsum(logs, axis=1)], axis=1)
    squares = np.concatenate([np.zeros((counts.shape[0], 1)), np.cumsum(logs ** 2, axis=1)], axis=1)
    at = np.arange(counts.shape[1])
    begin = np.maximum(0, at - window)
    size = np.maximum(at - begin, 1)
    mean = (sums[:, at] - sums[:, begin]) / size
    variance = (squares[:, at] - squares[:, begin]) / size - mean ** 2
    scores = (logs - mean) / np.sqrt(np.maximum(variance, 0.01))
    scores[:, :DAY] = 0
    return scores


def random_cut_forest(counts):
    """Scores and seconds; None if the Java program is not built (mvn -q -f bench/anomaly/rcf package)."""
    jar = FOLDER / "rcf" / "target" / "rcf-runner.jar"
    if not jar.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        panel, out = pathlib.Path(folder) / "panel", pathlib.Path(folder) / "out"
        write_panel(panel, counts)
        done = subprocess.run(["java", "-Xmx1g", "-cp", f"{jar}:{jar.parent / 'lib'}/*", "RcfRunner", panel, out], check=True,
                              capture_output=True, text=True)
        return np.fromfile(out, ">f4").reshape(counts.shape).astype(float), float(done.stdout)


def write_panel(path, counts):
    with open(path, "wb") as file:
        np.array(counts.shape, np.int32).tofile(file)
        counts.astype(np.float32).tofile(file)
