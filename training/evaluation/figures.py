"""The paper's figures: methods beside the truth in three planes, and SSIM, PSNR and Frechet distance at a glance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from Diff2CTCore.models import INTENDED_USE
from Diff2CTCore.storage import replaced_when_complete

from .results import TRUTH
from .slices import PLANES, WINDOW_HU
from .tables import Results, Summary

ORDER = ("axial", "sagittal", "coronal")


def _pyplot():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def ordered_cases(results: Results, candidate: str) -> list[int]:
    """Indices of the cases by the candidate's SSIM in the body, lowest first; the middle one is a typical case."""
    values = np.array([case.values["ssim_body"] for case in results[candidate]])
    return [int(index) for index in np.argsort(np.where(np.isfinite(values), values, -np.inf))]


def planes_figure(path: Path, results: Results, index: int, spacing_mm: float, title: str) -> None:
    """The truth and each method's reconstruction of one case in the three middle planes, as PNG."""
    plt = _pyplot()
    methods = [TRUTH, *(name for name in results if name != TRUTH)]
    figure, axes = plt.subplots(3, len(methods), figsize=(2.3 * len(methods), 7.4), squeeze=False)
    for column, method in enumerate(methods):
        case = results[method][index]
        for row, plane in enumerate(ORDER):
            image = case.planes[PLANES.index(plane)]
            extent = (0, image.shape[1] * spacing_mm, image.shape[0] * spacing_mm, 0)
            panel = axes[row, column]
            panel.imshow(image, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=extent)
            panel.set(xticks=[], yticks=[])
            if column == 0:
                panel.set_ylabel(plane)
        note = "" if method == TRUTH else f"\nSSIM {case.values['ssim_body']:.2f}, Dice {case.values['bone_dice']:.2f}"
        axes[0, column].set_title(method + note, fontsize=9)
    window = f"window {WINDOW_HU[0]:g} to {WINDOW_HU[1]:g} HU; {INTENDED_USE}"
    figure.suptitle(f"{title}\n{window}", fontsize=9)
    figure.tight_layout()
    _save(figure, path, plt)


def bubble_figure(path: Path, sets: dict[str, Summary]) -> None:
    """PSNR over SSIM, both in the body mask; a bubble's area grows with the Frechet distance (small is good)."""
    plt = _pyplot()
    figure, axes = plt.subplots(1, len(sets), figsize=(6.0 * len(sets), 4.6), squeeze=False)
    for panel, (kind, summary) in zip(axes[0], sets.items(), strict=True):
        shown = {
            name: [metrics[key]["mean"] for key in ("ssim_body", "psnr_body_db", "frechet")]
            for name, metrics in summary.items()
            if all(metrics.get(key, {}).get("mean") is not None for key in ("ssim_body", "psnr_body_db", "frechet"))
        }
        largest = max((values[2] for values in shown.values()), default=1.0)
        for number, (name, (ssim, psnr, frechet)) in enumerate(shown.items()):
            panel.scatter(ssim, psnr, s=1800.0 * frechet / largest, color=f"C{number}", alpha=0.55, edgecolor="black")
            panel.scatter(ssim, psnr, s=8, color="black")
            panel.annotate(
                f"{name} ({frechet:.0f})", (ssim, psnr), xytext=(0, -4), textcoords="offset points",
                ha="center", va="top", fontsize=8,
            )  # fmt: skip
        panel.set(xlabel="SSIM, three planes, body", ylabel="PSNR 3D, body, dB", title=f"{kind} set")
        panel.margins(0.25)
        panel.grid(alpha=0.3)
    figure.suptitle(f"Bubble area and number: Frechet distance (less is better)\n{INTENDED_USE}", fontsize=9)
    figure.tight_layout()
    _save(figure, path, plt)


def _save(figure, path: Path, plt) -> None:
    """Write it with a palette of 256 colours, which grey images need no more than, at a third of the size."""
    from PIL import Image

    with replaced_when_complete(path) as staged:
        figure.savefig(staged, dpi=110)
        with Image.open(staged) as whole:
            small = whole.convert("RGB").quantize(256)
        small.save(staged, format="PNG", optimize=True)
    plt.close(figure)
