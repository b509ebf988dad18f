"""How the cost of a match divides among the stages of one pass: shares of sampled stacks (stack_groups.py) of the measured
median."""
import contextlib
import pathlib
import statistics
import tempfile
import time

import stack_groups

_WARM_S = 12
_ONCE_TIMES = 6


@contextlib.contextmanager
def _folder():
    """A folder that the node, which runs as another user, may write to."""
    with tempfile.TemporaryDirectory(prefix="tripline-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o777)
        yield folder


def _told(sampled, row):
    cost = statistics.median(row["ours_cpu_ms"])
    return {name: share * cost for name, share in stack_groups.stages(sampled).items()} | {"samples": len(sampled)}


def warm(it, ask, row):
    """Of something that can be asked again and again."""
    with _folder() as folder:
        with stack_groups.recording(it.cluster.nodes[0].pid, folder / "warm.jfr"):
            end = time.monotonic() + _WARM_S
            while time.monotonic() < end:
                ask()
        return _told(list(stack_groups.stacks(folder / "warm.jfr")), row)


def once(it, ask, before, row):
    """Of something that is never the same twice: `before` makes it new each time and is not recorded."""
    sampled = []
    with _folder() as folder:
        for turn in range(_ONCE_TIMES):
            before()
            path = folder / f"{turn}.jfr"
            with stack_groups.recording(it.cluster.nodes[0].pid, path):
                ask()
            sampled += stack_groups.stacks(path)
    return _told([one for one in sampled if stack_groups.group_of(*one) not in ("upload", "the virtual machine")], row)


def table(breakdowns):
    """Lines of Markdown."""
    yield "| ms of CPU, ours | " + " | ".join(stack_groups.STAGE_NAMES) + " | samples |"
    yield "|---" * (len(stack_groups.STAGE_NAMES) + 2) + "|"
    for what, parts in breakdowns.items():
        yield (f"| {what} | " + " | ".join(f"{parts[name]:.1f}" for name in stack_groups.STAGE_NAMES)
               + f" | {parts['samples']:,} |")
