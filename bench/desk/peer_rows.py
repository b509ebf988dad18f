"""The part of the table that sets the peers beside ours."""
import sys

import figures
import peer_runs
import rulesets
from table import Part, Row, row

# As many events as keep the slowest peer's pass at some seconds.
_NUM_EVENTS = 60_000
_REPEATS = 5


def peers(context):
    rows, texts = [], []
    for peer in peer_runs.PEERS:
        for name, paths, workload in (("seed", [rulesets.SEED], "w1"), ("corpus", rulesets.corpus_rules(), "w1"),
                                      ("positives", rulesets.corpus_rules(), "positives")):
            events = figures.head(context.work, context.events(workload), _NUM_EVENTS)
            try:
                outcome = peer_runs.compare(context, peer, name, paths, events, min(context.repeats, _REPEATS))
            except peer_runs.Missing as reason:
                print(f"PEER LEFT OUT: {peer.name}: {reason}", file=sys.stderr)
                rows.append(Row(f"{peer.name}: not measured", 0, "", note=str(reason).splitlines()[0]))
                break
            rows += _rows(outcome, name)
            texts += _texts(outcome, name)
    text = (f"The first {_NUM_EVENTS:,} events of w1 (and of positives), the rules that a peer's language can express, and ours "
            "over the same rules and events in turns. Peers read events from memory and start warm; ours is the whole "
            "process, file to matches. Counts of every rule are compared in the same run.\n\n" + "\n".join(texts))
    return Part("Peers", text, rows)


def _rows(outcome, name):
    rules = f"{outcome.num_rules} rules" if outcome.num_rules > 1 else "the seed rule"
    what = f"{outcome.peer}, {rules}{' without its negations' if outcome.is_partial else ''}, {name}"
    return [row(what, outcome.rate, "of the floor", note=f"{outcome.cpu_us.median:.2f} us an event, of which "
                f"{outcome.parse_us.median:.2f} parsing"),
            row("Tripline, the same rules" if not outcome.is_partial else "Tripline, the whole rule", outcome.ours_rate,
                "of the floor", note=f"{outcome.ours_us.median:.2f} us an event: {outcome.faster:.1f} times as fast")]


def _texts(outcome, name):
    left_out = ", ".join(f"{reason} {count}" for reason, count in sorted(outcome.left_out.items(), key=lambda item: -item[1]))
    if outcome.is_partial:
        return [f"* {outcome.version}, {name}: the rule is not expressible ({left_out}); without its negations it asks less, "
                "and finds more."]
    different = "; ".join(f"{rule}: ours {ours:,}, theirs {theirs:,}" for rule, ours, theirs in outcome.differences[:5])
    return [f"* {outcome.version}, {name}: not expressible: {left_out or 'none'}; {outcome.num_equal} of {outcome.num_rules} "
            f"rules count the same ({outcome.num_matching} match something)" + (f"; different: {different}" if different else "")
            + "."]
