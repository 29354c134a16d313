"""The numbers on docs/failures.md, between the marks that the page has for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from levels import Levels

from Diff2CTCore.ct import METRIC_LABELS, MetricLabel
from Diff2CTCore.reconstruction import agreement_text

METRICS = ("ssim_body", "psnr_body_db", "bone_dice", "spine_dice", "level_profile")


@dataclass(frozen=True)
class Measured:
    """Attributes:
    frontal_error, lateral_error: of the re-projection, 0 to 1.
    metrics: against the true CT.
    warnings: about the result.
    notes: while it ran.
    """

    frontal_error: float
    lateral_error: float
    metrics: dict[str, float]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def measured_text(usual: Measured, stated: Measured, alone: Measured | None) -> str:
    """A table, and what the program said, in Markdown."""
    named = {"without the fault": usual, "with it": stated} | ({"`--align auto`": alone} if alone else {})
    text = _table(named) + "\nThe program warns:"
    text += _quoted(stated.warnings) if stated.warnings else " of nothing.\n"
    if alone:
        # Which lengths decide the size is told in every run whose files do not state them.
        told = [*alone.warnings, *(note for note in alone.notes if not note.startswith("Sizes are"))]
        text += f"\nWith `--align auto` it says:{_quoted(told)}"
    return text


def levels_text(usual: Measured, found: dict[str, Levels]) -> str:
    """The bundled pair as it should be."""
    counts = ", ".join(f"{name} {len(levels.dips)}" for name, levels in found.items())
    warned = _quoted(usual.warnings) if usual.warnings else " of nothing.\n"
    return f"{_table({'bundled pair': usual})}\nDiscs told by the density: {counts}.\n\nThe program warns:{warned}"


def _table(named: dict[str, Measured]) -> str:
    lines = [f"| | {' | '.join(named)} |", f"|---|{'---|' * len(named)}"]
    errors = [agreement_text(item.frontal_error, item.lateral_error) for item in named.values()]
    lines.append(f"| Re-projection error | {' | '.join(errors)} |")
    for name in METRICS:
        label = METRIC_LABELS[name]
        lines.append(f"| {label.text} | {' | '.join(_shown(label, item.metrics[name]) for item in named.values())} |")
    return "\n".join(lines) + "\n"


def _shown(label: MetricLabel, value: float) -> str:
    return f"{label.number(value)} {label.unit}".strip()


def _quoted(sentences) -> str:
    return "\n\n" + "\n".join(f"> {sentence}\n>" for sentence in sentences).removesuffix("\n>") + "\n"


def replaced(page: str, texts: dict[str, str]) -> str:
    """The page with each text between `<!-- measured: NAME -->` and `<!-- end -->`.

    Raises:
        ValueError: page and texts do not name the same.
    """
    marks = re.findall(r"<!-- measured: ([a-z]+) -->", page)
    if sorted(marks) != sorted(texts):
        raise ValueError(f"The page has marks for {sorted(marks)}, and there are numbers for {sorted(texts)}.")
    for name, text in texts.items():
        mark = f"<!-- measured: {name} -->"
        page = re.sub(rf"{mark}\n.*?<!-- end -->", lambda _: f"{mark}\n{text}<!-- end -->", page, count=1, flags=re.S)  # noqa: B023
    return page
