#!/usr/bin/env python3
"""What would a large cluster pay for its rules, and what breaks first? Arithmetic over measured coefficients, and two small
simulations: of a write shard's segments, and of ticks under stragglers and dying nodes.

    bench/cluster/scale_model.py [--nodes 500 --events 1000000 --rules 5000 --interval 300 ...]

Coefficients are those that scale_costs.py and scale_reduce.py measured (docs/scale.md has the tables); everything else that
is assumed is an option, and is printed. Deterministic: the simulations have fixed seeds.
"""
import argparse
import dataclasses
import heapq
import random
import statistics

# Measured, in microseconds of CPU and in bytes; docs/scale.md says how and how sure.
EVENT_COLD_US = 0.46
EVENT_KEPT_US = 0.0036
SEGMENT_COLD_US = 15_700.0  # the first look at a segment, and for each rule of the ruleset
SEGMENT_COLD_RULE_US = 10.0
VALUE_COLD_US = 0.14  # of a dictionary that is walked
SHARD_KEPT_US = 274.0
SHARD_KEPT_RULE_US = 1.2
SHARD_SKIPPED_US = 17.0
COORDINATOR_SHARD_US = 286.0
COORDINATOR_SKIPPED_US = 46.0
SHARD_BYTES = 250.0
RULE_US, RULE_BYTES = 0.95, 21.0  # a rule that matched on a shard
WINDOW_US, WINDOW_BYTES = 0.07, 2.0  # of a rule, told to a shard, also to one that is then left out
TERM_SHARD_US, TERM_BYTES = 1.8, 25.0  # a term that a shard finds and sends back
TERM_MERGE_US = 0.4  # of the coordinating node for each, and again for all known ones with every FOLDED_SHARDS parts
ALERT_US = 320.0
TERM_MEMORY, TERM_SAVED = 41, 28  # docs/windows.md
FOLDED_SHARDS = 32  # parts that the coordinating node holds at a time (RulesetSearch)


@dataclasses.dataclass(frozen=True)
class Site:
    nodes: int = 500
    events: int = 1_000_000  # a second
    rules: int = 5_000
    interval_s: int = 300
    look_back_s: int = 540
    write_shards: int = 1_000  # that take events now
    kept_shards: int = 12_000  # all that the rules' patterns name
    refresh_s: int = 10
    matching: float = 0.05  # rules that match something on a shard
    new_terms_rules: int = 250
    terms_a_shard: int = 500  # of each, in a window
    terms: int = 1_000_000  # of each, in its history
    alerts: int = 5_000  # a tick
    values: int = 20_000  # distinct, of a fresh segment's dictionaries that are walked
    cores: int = 16
    rulesets: int = 1


def segments_of_a_tick(site, seed=1):
    """(new segments, events in them) of one write shard between two ticks, with a merge of ten whenever ten of a size are
    there: what a tick looks at for the first time. Events of merged segments are looked at again."""
    rate, random_numbers = site.events / site.write_shards, random.Random(seed)
    tiers, ticks, known = {}, [], set()
    count, now = 0, 0.0
    for tick in range(60):
        while now + site.refresh_s <= (tick + 1) * site.interval_s:
            now += site.refresh_s
            segment, tier = (count := count + 1, rate * site.refresh_s * random_numbers.uniform(0.9, 1.1)), 0
            tiers.setdefault(tier, []).append(segment)
            while len(tiers[tier]) >= 10:
                merged = (count := count + 1, sum(size for _, size in tiers[tier]))
                tiers[tier] = []
                tier += 1
                tiers.setdefault(tier, []).append(merged)
        here = dict(segment for tier in tiers.values() for segment in tier)
        fresh = {number: size for number, size in here.items() if number not in known}
        known |= here.keys()
        # Of a merged segment only what lies in the window is matched.
        in_window = min(sum(fresh.values()), rate * site.look_back_s)
        ticks.append((len(fresh), in_window))
    late = ticks[20:]
    return statistics.mean(number for number, _ in late), statistics.mean(size for _, size in late)


def data_node(site):
    """Seconds of CPU of one data node for one tick, by what they are spent on."""
    shards = site.write_shards / site.nodes
    segments, fresh = segments_of_a_tick(site)
    rules = site.rules / site.rulesets
    window = site.events / site.write_shards * site.look_back_s
    return {
        "first look at segments": shards * segments * site.rulesets * (SEGMENT_COLD_US + rules * SEGMENT_COLD_RULE_US) / 1e6,
        "their dictionaries": shards * segments * site.values * VALUE_COLD_US / 1e6,
        "events matched": shards * fresh * EVENT_COLD_US * max(1.0, rules / 587 / 4) * site.rulesets / 1e6,
        "verdicts read": shards * window * EVENT_KEPT_US * site.rulesets / 1e6,
        "each shard": shards * site.rulesets * (SHARD_KEPT_US + rules * SHARD_KEPT_RULE_US) / 1e6,
        "terms named": shards * site.new_terms_rules * site.terms_a_shard * TERM_SHARD_US / 1e6,
        "shards left out": site.kept_shards / site.nodes * site.rulesets * SHARD_SKIPPED_US / 1e6,
    }


def coordinator(site):
    """The same of all owners together, who coordinate; and bytes that come in and go out."""
    matches = site.write_shards * site.rules * site.matching
    terms = site.write_shards * site.new_terms_rules * site.terms_a_shard
    distinct, folds = min(site.terms, site.terms_a_shard * 20), site.write_shards / FOLDED_SHARDS
    told = (site.kept_shards + site.write_shards) * site.rules
    seconds = {
        "shards asked": site.write_shards * site.rulesets * COORDINATOR_SHARD_US / 1e6,
        "shards left out": site.kept_shards * site.rulesets * COORDINATOR_SKIPPED_US / 1e6,
        "windows told": told * WINDOW_US / 1e6,
        "counts merged": matches * RULE_US / 1e6,
        "terms merged": (terms + site.new_terms_rules * distinct * folds) * TERM_MERGE_US / 1e6,
        "alerts": site.alerts * ALERT_US / 1e6,
    }
    received = site.write_shards * site.rulesets * SHARD_BYTES + matches * RULE_BYTES + terms * TERM_BYTES
    return seconds, received, told * WINDOW_BYTES


def memory(site):
    """Bytes of the owners for histories, and of what is saved."""
    terms = site.new_terms_rules * site.terms
    return terms * TERM_MEMORY, terms * TERM_SAVED


def ticks_under_fire(site, search_s, days=3, seed=2):
    """Each tick asks every data node; a pause of one holds up the tick, a node that dies makes it incomplete until its shards
    have moved on (30 s). An incomplete tick is asked again at once, later ones cover what was missed. Answers the lags, in
    seconds, of all due runs, and the share of searches that were incomplete."""
    chance = random.Random(seed)
    now, lags, asked, incomplete = 0.0, [], 0, 0
    deaths = []
    at = 0.0
    while (at := at + chance.expovariate(site.nodes / (90 * 86_400))) < days * 86_400:  # each node once in 90 days
        heapq.heappush(deaths, at)
    due = 0.0
    while due < days * 86_400:
        now = max(now, due)
        # One node in a thousand pauses for a second or so (collections, disks) while it is asked.
        slowest = max(search_s + (chance.lognormvariate(0, 1) if chance.random() < 0.001 else 0.0) for _ in range(site.nodes))
        asked += 1
        while deaths and deaths[0] < now - 30:
            heapq.heappop(deaths)
        if deaths and deaths[0] <= now + slowest:
            incomplete += 1
            now += slowest + 1
            continue
        now += slowest
        while due <= now - slowest:  # all that was due when it was asked is done
            lags.append(now - due)
            due += site.interval_s
    return lags, incomplete / asked


def show(title, parts):
    total = sum(parts.values())
    print(f"{title}: {total:,.2f} s of CPU a tick")
    for name, seconds in sorted(parts.items(), key=lambda item: -item[1]):
        print(f"  {name:<24} {seconds:>10,.3f} s  {seconds / total:>4.0%}")
    return total


def tell(site):
    print(f"assumed: {dataclasses.asdict(site)}")
    segments, fresh = segments_of_a_tick(site)
    print(f"a write shard between two ticks: {segments:.1f} new segments, {fresh:,.0f} events in them that the window holds")
    of_node = show("a data node", data_node(site))
    print(f"  of its {site.cores} cores: {of_node / site.interval_s / site.cores:.2%}")
    seconds, received, sent = coordinator(site)
    of_owner = show(f"the owner{'s together' if site.rulesets > 1 else ''}", seconds)
    print(f"  received {received / 1e9:,.2f} GB, sent {sent / 1e9:,.2f} GB a tick; one owner's merging, on one thread: {of_owner / site.rulesets:,.1f} s")
    held, saved = memory(site)
    shards_of_a_node = max(1.0, site.write_shards / site.nodes)  # each is searched by one thread
    print(f"histories: {held / 1e9:,.1f} GB in the owners' memory, {saved / 1e9:,.1f} GB saved")
    lags, incomplete = ticks_under_fire(site, of_node / min(site.cores, shards_of_a_node) + of_owner / site.rulesets)
    print(f"lag of runs: median {statistics.median(lags):.1f} s, 99 % {statistics.quantiles(lags, n=100)[98]:.1f} s, "
          f"most {max(lags):.0f} s; {incomplete:.2%} of the searches incomplete")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in dataclasses.fields(Site):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=field.type, default=field.default)
    tell(Site(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
