#!/usr/bin/env python3
"""Makes the sample events of the rule "Spike in Network Traffic To a Country": four weeks of connections to a handful of
countries with a working day and a weekend, one planted spike (a machine that sends data away) and one planted new
country that is simply new.

    scripts/make_country_traffic.py | gzip -9n > rules/command_and_control_spike_in_traffic_to_a_country/events.ndjson.gz

The same numbers every time: random.Random with a fixed seed, and nothing else that could differ.
"""
import datetime
import json
import math
import random
import sys

START = datetime.datetime(2026, 4, 6, tzinfo=datetime.timezone.utc)  # a Monday
DAYS = 28
BUCKET = datetime.timedelta(minutes=15)
# Country: events a bucket at the height of a working day, network, organisation.
COUNTRIES = {"United States": (5.0, "93.184.{}.{}", "Example CDN"), "Germany": (2.5, "88.198.{}.{}", "Example Hosting"),
             "Netherlands": (1.5, "145.40.{}.{}", "Example Exchange"), "Japan": (1.0, "133.11.{}.{}", "Example University"),
             "Brazil": (0.6, "177.71.{}.{}", "Example Telecom")}
NEW_COUNTRY = ("Iceland", (0.8, "82.221.{}.{}", "Example Data Centre"))
NEW_FROM = 24 * 96  # Thursday of the fourth week, at midnight
SPIKE = ("Netherlands", 22 * 96 + 57, [34, 29])  # Tuesday of the fourth week, 14:15 and 14:30
MACHINES = [("10.1.0.%d" % i, name) for i, name in
            enumerate(["firefox", "chrome", "outlook.exe", "teams.exe", "python3", "svchost.exe", "curl"], start=11)]
THIEF = ("10.1.0.77", "rclone")


def shape(bucket):
    """How busy a quarter of an hour is, against the height of a working day."""
    hour = bucket % 96 / 4
    working = math.exp(-((hour - 13.5) / 3.6) ** 2)
    weekend = (bucket // 96) % 7 >= 5
    return 0.12 + (0.25 if weekend else 0.88) * working


def poisson(generator, mean):
    """By products of uniform numbers: means here are small."""
    limit, count, product = math.exp(-mean), 0, generator.random()
    while product > limit:
        count += 1
        product *= generator.random()
    return count


def event(generator, bucket, country, network, organisation, machine, case):
    second = generator.randrange(900_000)
    time = START + bucket * BUCKET + datetime.timedelta(milliseconds=second)
    return {"@timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{second % 1000:03d}Z",
            "event": {"category": "network", "kind": "event"},
            "source": {"ip": machine[0]}, "process": {"name": machine[1]},
            "destination": {"ip": network.format(generator.randrange(4), generator.randrange(1, 40)), "port": 443,
                            "geo": {"country_name": country}, "as": {"organization": {"name": organisation}}},
            "labels": {"case": case}}


def events():
    generator = random.Random(20260406)
    for bucket in range(DAYS * 96):
        some = []
        countries = dict(COUNTRIES, **({NEW_COUNTRY[0]: NEW_COUNTRY[1]} if bucket >= NEW_FROM else {}))
        for country, (height, network, organisation) in countries.items():
            case = "new_country" if country == NEW_COUNTRY[0] else "ordinary"
            for _ in range(poisson(generator, height * shape(bucket))):
                some.append(event(generator, bucket, country, network, organisation, generator.choice(MACHINES), case))
        offset = bucket - SPIKE[1]
        if 0 <= offset < len(SPIKE[2]):
            _, network, organisation = COUNTRIES[SPIKE[0]]
            for _ in range(SPIKE[2][offset]):
                some.append(event(generator, bucket, SPIKE[0], network, organisation, THIEF, "spike"))
        yield from sorted(some, key=lambda one: one["@timestamp"])


if __name__ == "__main__":
    for one in events():
        sys.stdout.write(json.dumps(one, separators=(",", ":")) + "\n")
