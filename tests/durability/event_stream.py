"""Network events of a fleet of Linux hosts, as many as are asked for: the same count and seed give the same lines.

What is in them, for the rules that watch: programs in temporary folders that appear once, come back, or come back after
weeks; users on hosts they were never seen on; addresses without end; countries that suddenly get far more than usual;
ingest times behind the event's; lines out of order by up to half a minute.
"""
import datetime
import itertools
import random

START = datetime.datetime(2024, 3, 4, tzinfo=datetime.timezone.utc)
NUM_DAYS = 12
COUNTRIES = ["United States"] * 8 + ["Germany"] * 4 + ["France", "Netherlands", "Japan", "Brazil"]
BURSTS = {5: "Iceland", 8: "Chile", 10: "Kenya"}  # day -> country of an hour's burst
PROGRAMS = ["/usr/sbin/sshd", "/usr/bin/python3.11", "/usr/sbin/nginx", "/usr/bin/dockerd", "/opt/agent/bin/agent"]
FOLDERS = ["/tmp/", "/var/tmp/.x/", "/dev/shm/", "/home/eve/.cache/"]
USERS = ["root", "www-data", "deploy", "eve", "bob", "postgres"]


def _program(dice, number):
    if dice.random() < 0.992:
        return PROGRAMS[int(len(PROGRAMS) * dice.random() ** 2)]
    which = number if dice.random() < 0.3 else int(number * dice.random())
    return f"{FOLDERS[which % len(FOLDERS)]}job-{which // 500}"


def _line(dice, number, moment):
    executable = _program(dice, number)
    host = int(300 * dice.random() ** 3)
    country = COUNTRIES[int(len(COUNTRIES) * dice.random())]
    day = (moment - START).days
    if day in BURSTS and moment.hour == 13 and dice.random() < 0.5:
        country = BURSTS[day]
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ingested = (moment + datetime.timedelta(seconds=int(9 * dice.random()))).isoformat(timespec="milliseconds")
    address = int(dice.paretovariate(0.35)) % 0xFFFFFF
    return (f'{{"@timestamp":"{at}","event":{{"category":"network","action":"connection_attempted","id":"e{number}",'
            f'"ingested":"{ingested}"}},"host":{{"name":"web-{host:03}","os":{{"type":"linux"}}}},'
            f'"process":{{"executable":"{executable}","name":"{executable.rsplit("/", 1)[1]}","pid":{1000 + number % 9000}}},'
            f'"user":{{"name":"{USERS[int(len(USERS) * dice.random() ** 2)]}"}},"source":{{"ip":"151.101.{host % 256}.7"}},'
            f'"destination":{{"ip":"93.{address >> 16}.{address >> 8 & 255}.{address & 255}",'
            f'"port":{(443, 443, 443, 22, 8080)[number % 5]},"geo":{{"country_name":"{country}"}}}}}}\n')


def lines(count, seed):
    """Yields the lines in the order of arrival."""
    dice = random.Random(seed)
    step = datetime.timedelta(days=NUM_DAYS) / count
    jumbled = max(1, int(datetime.timedelta(seconds=30) / step))
    for first in range(0, count, jumbled):
        some = [_line(dice, number, START + number * step) for number in range(first, min(count, first + jumbled))]
        dice.shuffle(some)
        yield from some


def write(paths, count, seed, after):
    """The lines, cut into as many files of about the same length as there are paths; the last one, `after`, has a tenth
    of the others together."""
    source = lines(count * 11 // 10, seed)
    for place, path in enumerate(paths):
        share = count * (place + 1) // len(paths) - count * place // len(paths)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(itertools.islice(source, share))
    with open(after, "w", encoding="utf-8") as file:
        file.writelines(source)
    return paths


def _rule(rule_id, **more):
    return {"rule_id": rule_id, "name": rule_id, "description": "d", "type": "query", "language": "kuery",
            "risk_score": 21, "severity": "low", "index": ["logs-*"], "interval": "5m", "from": "now-9m"} | more


def _new_terms(rule_id, fields, history, **more):
    return _rule(rule_id, type="new_terms", new_terms_fields=fields, history_window_start=f"now-{history}", **more)


OWN_RULES = [
    _rule("ssh-from-tmp", query="process.executable : /tmp/* and destination.port : 22", max_signals=2),
    _new_terms("user-on-host", ["user.name", "host.name"], "2d", query="destination.port : 22", interval="15m",
               **{"from": "now-40m"}),
    _new_terms("address", ["destination.ip"], "5d", query="destination.port : 8080", interval="1h", max_signals=12,
               timestamp_override="event.ingested", **{"from": "now-130m"}),
]
MINUTE, DAY = 60_000, 86_400_000
WINDOWS = {  # of every new_terms rule, that of rules/ too: interval, look-back, history
    "user-on-host": (15 * MINUTE, 40 * MINUTE, 2 * DAY), "address": (60 * MINUTE, 130 * MINUTE, 5 * DAY),
    "53617418-17b4-4e9c-8a2c-8deb8086ca4b": (5 * MINUTE, 59 * MINUTE, 20 * DAY)}
