"""The variants' metrics, and how they differ from the base's on the same cases."""

from __future__ import annotations

import math

from Diff2CTCore.models import INTENDED_USE

from ..evaluation import COLUMNS, Evaluation, difference_interval
from .variants import BASE, VARIANTS

METRICS = ("ssim_body", "psnr_body_db", "bone_dice", "reprojection_error", "reprojection_error_volume")
"""What is compared case by case."""


def comparison(evaluation: Evaluation) -> dict[str, dict[str, dict[str, dict]]]:
    """{set: {variant: {metric: {"mean", "low", "high", "cases"}}}}; beside the base's also "difference" from it.

    A difference is {"mean", "low", "high"} with its 95 % interval (None for one case), paired over cases; the Frechet
    distance has none.
    """
    found = {}
    for kind, summary in evaluation.summaries.items():
        results = evaluation.results[kind]
        found[kind] = {}
        for variant in VARIANTS:
            entries = {
                metric: {key: summary[variant.name][metric][key] for key in ("mean", "low", "high", "cases")}
                for metric in (*METRICS, "frechet")
            }
            for metric in METRICS if variant.name != BASE else ():
                pair = [[case.values[metric] for case in results[name]] for name in (variant.name, BASE)]
                numbers = [value if math.isfinite(value) else None for value in difference_interval(*pair)]
                entries[metric]["difference"] = dict(zip(("mean", "low", "high"), numbers, strict=True))
            found[kind][variant.name] = entries
    return found


def markdown(found: dict, steps: dict[str, int], cases: dict[str, int], tflop: float) -> str:
    """One table for each set; a difference is bold where its interval does not hold zero.

    Args:
        found: of `comparison`.
        steps: training steps of each variant that was trained.
        cases: number of each set's.
        tflop: training computation of each variant.
    """
    lines = ["# Ablations", "", f"*{INTENDED_USE.capitalize()}.*", ""]
    lines += [
        f"Each variant changes one thing of the benchmark's Diff2CT, trains with {tflop:g} TFLOP on the same cases, "
        "and is measured on held-out cases. Means, and in brackets the difference from the first line with its 95 % "
        "interval, paired over cases; bold where it does not hold zero. One training run each; another seed moves a "
        "variant too.",
    ]
    for kind, variants in found.items():
        lines += ["", f"## {kind.capitalize()} set ({cases[kind]} cases)", ""]
        headings = [COLUMNS[metric][0] for metric in METRICS]
        lines += ["| choice | instead | steps | " + " | ".join([*headings, "Frechet"]) + " |"]
        lines += ["|---" * (len(headings) + 4) + "|"]
        for variant in VARIANTS:
            entries = variants[variant.name]
            cells = [_cell(entries[metric], COLUMNS[metric][1]) for metric in METRICS]
            cells.append(f"{entries['frechet']['mean']:.0f}")
            start = (variant.question or BASE, variant.answer, str(steps[variant.trained_as or variant.name]))
            lines.append("| " + " | ".join([*start, *cells]) + " |")
    return "\n".join(lines) + "\n"


def _cell(entry: dict, decimals: int) -> str:
    if entry["mean"] is None:
        return "-"
    value = f"{entry['mean']:.{decimals}f}"
    if "difference" not in entry:
        return value
    low, high = entry["difference"]["low"], entry["difference"]["high"]
    text = f"{entry['difference']['mean']:+.{decimals}f}"
    if low is None:
        return f"{value} ({text})"
    if low > 0.0 or high < 0.0:
        text = f"**{text}**"
    return f"{value} ({text} [{low:+.{decimals}f}, {high:+.{decimals}f}])"
