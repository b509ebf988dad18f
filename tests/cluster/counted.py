"""What anomaly jobs have to count, said plainly: a brute force over documents, and the shape in which counts are compared.

    {bucket's beginning in ms: {"events": n, detector's number: {(partition, by): (count, {influencer: {value: count}})}}}
"""
import collections
import ipaddress
import itertools
from datetime import UTC, datetime, timedelta

_SPAN_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_ADDRESSES = {"source.ip", "destination.ip"}
_DATES = {"event.created"}
_TIMES = {"@timestamp", "event.ingested"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span_ms(job):
    span = job["analysis_config"]["bucket_span"]
    return int(span[:-1]) * _SPAN_MS[span[-1]]


def values_of(document, path):
    """The distinct values of a field, in the form in which answers have them."""
    at = document
    for name in path.split("."):
        at = at.get(name) if isinstance(at, dict) else None
    values = at if isinstance(at, list) else [] if at is None else [at]
    return list(dict.fromkeys(_shown(path, value) for value in values))


def _shown(path, value):
    if path in _ADDRESSES:
        return str(ipaddress.ip_address(value))
    if path in _DATES:
        return (_EPOCH + timedelta(milliseconds=_millis(value))).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _millis(value) if path in _TIMES else value


def _millis(time):
    return time if isinstance(time, int) else (datetime.fromisoformat(time) - _EPOCH) // timedelta(milliseconds=1)


def _weight(document, job):
    field = job["analysis_config"].get("summary_count_field_name")
    return 1 if not field else max(0, sum(values_of(document, field)))


def _splits(document, detector, key):
    return values_of(document, detector[key]) if key in detector else [None]


def _candidates(detector, count, shares):
    """Who may be named: nobody, those that all events share, or everybody."""
    if detector["function"].startswith("low_"):
        return {}
    if detector["function"] == "rare":
        return {field: {value: n for value, n in values.items() if n == count} for field, values in shares.items()}
    return shares


def brute_force(job, documents, window=None):
    """documents: those of the datafeed. window: (first, last) millisecond, widened to whole buckets."""
    span, detectors = span_ms(job), job["analysis_config"]["detectors"]
    influencers = job["analysis_config"].get("influencers", [])
    events = collections.Counter()
    counts = collections.Counter()
    shares = collections.defaultdict(collections.Counter)
    for document in documents:
        times = values_of(document, job["data_description"]["time_field"])
        weight = _weight(document, job)
        if not times or not weight:
            continue
        bucket = min(times) // span * span
        if window and not window[0] // span * span <= bucket <= window[1]:
            continue
        events[bucket] += weight
        for number, detector in enumerate(detectors):
            for key in itertools.product(_splits(document, detector, "partition_field_name"),
                                         _splits(document, detector, "by_field_name")):
                counts[bucket, number, key] += weight
                for field in influencers:
                    for value in values_of(document, field):
                        shares[bucket, number, key, field][value] += weight
    result = {bucket: {"events": count, **{n: {} for n in range(len(detectors))}} for bucket, count in events.items()}
    for (bucket, number, key), count in counts.items():
        of_series = {field: dict(shares[bucket, number, key, field]) for field in influencers}
        result[bucket][number][key] = (count, _without_empty(_candidates(detectors[number], count, of_series)))
    return result


def _without_empty(shares):
    return {field: values for field, values in shares.items() if values}


def of_answer(answer):
    """The same of a job's part of an answer."""
    result = {}
    for bucket in answer["buckets"]:
        result[bucket["timestamp"]] = of_bucket = {"events": bucket["event_count"]}
        for number, detector in enumerate(bucket["detectors"]):
            of_bucket[number] = {
                (series.get("partition_field_value"), series.get("by_field_value")):
                    (series["count"], _without_empty({field: {entry["value"]: entry["count"] for entry in entries}
                                                      for field, entries in series.get("influencers", {}).items()}))
                for series in detector["series"]}
    return result


def difference(wanted, found):
    """The first difference as words, or None."""
    for bucket in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(bucket), found.get(bucket)
        if one is None or other is None:
            return f"bucket {bucket}: wanted {str(one)[:200]}, found {str(other)[:200]}"
        for part in one.keys() | other.keys():
            if one.get(part) == other.get(part):
                continue
            if part == "events":
                return f"bucket {bucket}: wanted {one[part]} events, found {other[part]}"
            for key in one[part].keys() | other[part].keys():
                if one[part].get(key) != other[part].get(key):
                    return f"bucket {bucket}, detector {part}, series {key}: wanted {one[part].get(key)}, found {other[part].get(key)}"
    return None
