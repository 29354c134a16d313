"""Rows of the benchmark's table: what was measured, against what, and whether the goal was reached."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field, replace

TIMES_FASTER, TIMES_AS_LONG, SECONDS, SECONDS_MORE = "times faster", "times as long", "s", "s more"
GIGABYTES, SHARE, SHARE_OF_THEIRS = "GB", "of the range", "of theirs"
_AT_LEAST = (TIMES_FASTER, SHARE_OF_THEIRS)


@dataclass(frozen=True)
class Goal:
    """A limit for one quantity; whether more or less is better follows from the quantity."""

    quantity: str
    limit: float

    def __str__(self) -> str:
        sign = ">=" if self.quantity in _AT_LEAST else "<="
        return f"{sign} {self.limit:g} {self.quantity}"

    def reached(self, value: float) -> bool:
        """Whether a value satisfies it."""
        return value >= self.limit if self.quantity in _AT_LEAST else value <= self.limit

    def values(self, ours: list[float], theirs: list[float]) -> list[float]:
        """The quantity round by round."""
        if self.quantity == TIMES_FASTER:
            return [b / a for a, b in zip(ours, theirs, strict=True)]
        if self.quantity in (TIMES_AS_LONG, SHARE_OF_THEIRS):
            return [a / b for a, b in zip(ours, theirs, strict=True)]
        if self.quantity == SECONDS_MORE:
            return [a - b for a, b in zip(ours, theirs, strict=True)]
        return ours


@dataclass(frozen=True)
class Row:
    """One line of the table. Numbers are medians over the rounds.

    Attributes:
        work, against: what was compared.
        ours, theirs: in `unit`; `theirs` is None where the goal is a limit of its own.
        ratio: the quantity that the goal limits.
        spread: its least and greatest value over the rounds.
        goal: as text.
        reached: whether the median satisfies it.
        before: the ratio of the version before, on the same machine; None where it was not measured.
    """

    work: str
    against: str
    ours: float
    theirs: float | None
    ratio: float
    goal: str
    reached: bool
    unit: str = "s"
    spread: list[float] = field(default_factory=list)
    rounds: int = 1
    before: float | None = None

    def to_dict(self) -> dict:
        """Plain values, rounded to four digits."""
        return {key: _rounded(value) for key, value in asdict(self).items()}


def row(work: str, against: str, goal: Goal, ours: list[float], theirs: list[float] | None = None, unit="s") -> Row:
    """A row from the measurements of each round."""
    values = goal.values(ours, theirs or [])
    middle = statistics.median(values)
    return Row(
        work,
        against,
        statistics.median(ours),
        statistics.median(theirs) if theirs else None,
        middle,
        str(goal),
        goal.reached(middle),
        unit,
        [min(values), max(values)],
        len(values),
    )


def with_before(rows: list[Row], earlier: list[dict]) -> list[Row]:
    """The rows with the ratios that an earlier run, as `Row.to_dict` wrote it, found for the same work."""
    ratios = {(item["work"], item["against"]): item["ratio"] for item in earlier}
    return [replace(item, before=ratios.get((item.work, item.against))) for item in rows]


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| work | against | ours | theirs | ratio (lowest to highest) | before | goal | reached |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for item in rows:
        low, high = item.spread
        spread = f" ({low:.3g} to {high:.3g})" if item.rounds > 1 else ""
        theirs = "" if item.theirs is None else f"{item.theirs:.3g} {item.unit}"
        cells = [item.work, item.against, f"{item.ours:.3g} {item.unit}", theirs, f"{item.ratio:.3g}{spread}"]
        cells += ["" if item.before is None else f"{item.before:.3g}", item.goal, "yes" if item.reached else "no"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rounded(value):
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
