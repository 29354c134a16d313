"""The paper's figures: methods beside the truth in three planes, and SSIM, PSNR and Frechet distance at a glance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from Diff2CTCore.models import INTENDED_USE_SENTENCE
from Diff2CTCore.reconstruction import INK, LETTERS, headline, picture, scale_note, show_plane

from .results import TRUTH
from .slices import PLANES
from .tables import Results, Summary


def ordered_cases(results: Results, candidate: str) -> list[int]:
    """Indices of the cases by the candidate's SSIM in the body, lowest first; the middle one is a typical case."""
    values = np.array([case.values["ssim_body"] for case in results[candidate]])
    return [int(index) for index in np.argsort(np.where(np.isfinite(values), values, -np.inf))]


def planes_figure(path: Path, results: Results, index: int, spacing_mm: float, title: str) -> None:
    """The truth and each method's reconstruction of one case in the three middle planes, as PNG."""
    methods = [TRUTH, *(name for name in results if name != TRUTH)]
    with picture(path, (2.3 * len(methods), 8.0)) as figure:
        axes = figure.subplots(
            len(LETTERS), len(methods), squeeze=False,
            gridspec_kw={"left": 0.03, "right": 0.99, "bottom": 0.05, "top": 0.88, "wspace": 0.04, "hspace": 0.06},
        )  # fmt: skip
        for column, method in enumerate(methods):
            case = results[method][index]
            for row, plane in enumerate(LETTERS):
                show_plane(axes[row, column], plane, case.planes[PLANES.index(plane)], spacing_mm)
                if column == 0:
                    axes[row, column].set_ylabel(plane)
            values = case.values
            note = "" if method == TRUTH else f"\nSSIM {values['ssim_body']:.2f}, Dice {values['bone_dice']:.2f}"
            axes[0, column].set_title(method + note)
        headline(figure, title, f"{scale_note(radiographs=False)} {INTENDED_USE_SENTENCE}")


def bubble_figure(path: Path, sets: dict[str, Summary]) -> None:
    """PSNR over SSIM, both in the body mask; a bubble's area grows with the Frechet distance (small is good)."""
    with picture(path, (6.0 * len(sets), 5.0)) as figure:
        axes = figure.subplots(
            1, len(sets), squeeze=False, gridspec_kw={"left": 0.07, "right": 0.98, "bottom": 0.16, "top": 0.83}
        )
        for panel, (kind, summary) in zip(axes[0], sets.items(), strict=True):
            _bubbles(panel, summary)
            panel.set(xlabel="SSIM, three planes, body", ylabel="PSNR 3D, body, dB", title=f"{kind} set")
            panel.margins(0.25)
            panel.grid(alpha=0.3)
        title = "Bubble area and number: Frechet distance (less is better)"
        headline(figure, title, INTENDED_USE_SENTENCE)


def _bubbles(panel, summary: Summary) -> None:
    shown = {
        name: [metrics[key]["mean"] for key in ("ssim_body", "psnr_body_db", "frechet")]
        for name, metrics in summary.items()
        if all(metrics.get(key, {}).get("mean") is not None for key in ("ssim_body", "psnr_body_db", "frechet"))
    }
    largest = max((values[2] for values in shown.values()), default=1.0)
    # Neighbours are named above and below in turn, so that their names do not meet.
    order = sorted(shown, key=lambda name: shown[name][0])
    for number, (name, (ssim, psnr, frechet)) in enumerate(shown.items()):
        above = order.index(name) % 2
        panel.scatter(ssim, psnr, s=1800.0 * frechet / largest, color=f"C{number}", alpha=0.55, edgecolor=INK)
        panel.scatter(ssim, psnr, s=8, color=INK)
        panel.annotate(
            f"{name} ({frechet:.0f})", (ssim, psnr), xytext=(0, 4 if above else -4), textcoords="offset points",
            ha="center", va="bottom" if above else "top", fontsize=8,
        )  # fmt: skip
