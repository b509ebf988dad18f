"""The one table: rows under headings, each with its spread, what was wanted and whether it was reached; as markdown and as
JSON."""
import dataclasses
import json


@dataclasses.dataclass
class Row:
    what: str
    value: float
    unit: str                # "of the floor", "us an event", "MB", ...
    lowest: float = None
    highest: float = None
    wanted: float = None     # none: nothing was promised
    at_least: bool = True    # else at most
    note: str = ""

    @property
    def is_reached(self):
        return None if self.wanted is None else (self.value >= self.wanted if self.at_least else self.value <= self.wanted)


def row(what, spread, unit, wanted=None, at_least=True, note=""):
    return Row(what, spread.median, unit, spread.lowest, spread.highest, wanted, at_least, note)


@dataclasses.dataclass
class Part:
    """A heading, what its figures mean, and its rows."""
    title: str
    text: str
    rows: list


def _number(value):
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) >= 0.1 else f"{value:.2g}"


def _line(of):
    spread = f" ({_number(of.lowest)}-{_number(of.highest)})" if of.lowest is not None and of.lowest != of.highest else ""
    wanted = "" if of.wanted is None else f"{'>=' if of.at_least else '<='} {_number(of.wanted)}"
    verdict = {None: "", True: "reached", False: f"**not reached** ({_number(of.value)})"}[of.is_reached]
    return f"| {of.what} | {_number(of.value)}{spread} | {of.unit} | {wanted} | {verdict} | {of.note} |"


def markdown(heading, parts):
    lines = [heading.rstrip(), ""]
    promised = [of for part in parts for of in part.rows if of.wanted is not None]
    reached = sum(of.is_reached for of in promised)
    lines += [f"Of {len(promised)} figures with a target, {reached} are reached.", ""]
    for part in parts:
        lines += [f"## {part.title}", "", part.text.strip(), "",
                  "| what | median (lowest-highest) | unit | target | | note |", "|---|---|---|---|---|---|"]
        lines += [_line(of) for of in part.rows] + [""]
    return "\n".join(lines)


def to_json(heading, parts):
    return json.dumps({"heading": heading, "parts": [
        {"title": part.title, "text": part.text,
         "rows": [{**dataclasses.asdict(of), "is_reached": of.is_reached} for of in part.rows]} for part in parts]}, indent=1)
