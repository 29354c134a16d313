"""How many vertebrae a reconstruction shows: the density along the spine, and where it dips between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from Diff2CTCore.ct import CORE_RADIUS_MM, TREND_MM, spine_line
from Diff2CTCore.models import INTENDED_USE_SENTENCE
from Diff2CTCore.reconstruction import INK, MARK, headline, picture, planes_at, scale_note, show_plane

LEAST_DIP_HU, LEAST_APART_MM = 15.0, 12.0
"""How far a disc dips below both its neighbours, and how far two discs lie apart."""


@dataclass(frozen=True)
class Levels:
    """Attributes:
    heights_mm, density_hu: along the spine, from the lowest slice; less the trend.
    dips: indices of the discs in both.
    posterior, left: voxel indices of the spine's middle at each height.
    """

    heights_mm: np.ndarray
    density_hu: np.ndarray
    dips: np.ndarray
    posterior: np.ndarray
    left: np.ndarray


def profiles(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float) -> dict[str, Levels]:
    """Both volumes (S, P, L) along the truth's spine, by name."""
    line = spine_line(truth_hu, spacing_mm)
    slices = np.arange(int(np.ceil(line[0, 0])), int(line[-1, 0]) + 1)
    posterior, left = (np.interp(slices, line[:, 0], line[:, axis]) for axis in (1, 2))
    named = (("Reconstruction", reconstruction_hu), ("True CT", truth_hu))
    return {name: _levels(hu, slices, posterior, left, spacing_mm) for name, hu in named}


def _levels(hu: np.ndarray, slices, posterior, left, spacing_mm: float) -> Levels:
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    rows, columns = np.indices(hu.shape[1:])
    radius = CORE_RADIUS_MM / spacing_mm
    density = np.array(
        [
            hu[index][np.hypot(rows - row, columns - column) <= radius].mean()
            for index, row, column in zip(slices, posterior, left, strict=True)
        ]
    )
    density -= uniform_filter1d(density, round(TREND_MM / spacing_mm) | 1, mode="nearest")
    dips, _ = find_peaks(-density, prominence=LEAST_DIP_HU, distance=round(LEAST_APART_MM / spacing_mm))
    return Levels(slices * spacing_mm, density, dips, posterior, left)


def draw_levels(
    path: Path, reconstruction_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float, found: dict[str, Levels]
) -> None:
    """Write a PNG: sagittal planes with the discs that the density tells, and the density along the spine."""
    volumes = {"Reconstruction": reconstruction_hu, "True CT": truth_hu}
    with picture(path, (9.0, 4.0), 100, 9.5) as figure:
        places = {"left": 0.01, "right": 0.985, "bottom": 0.19, "top": 0.82, "wspace": 0.06}
        *cells, chart = figure.subplots(1, 3, gridspec_kw=places)
        for axes, (name, hu), style in zip(cells, volumes.items(), ("-", "--"), strict=True):
            levels = found[name]
            middle = [hu.shape[0] // 2, hu.shape[1] // 2, round(float(levels.left.mean()))]
            show_plane(axes, "sagittal", planes_at(hu, *middle)["sagittal"], spacing_mm, "")
            axes.set_title(f"{name}: {len(levels.dips)} discs")
            rows = hu.shape[0] - 1 - levels.heights_mm[levels.dips] / spacing_mm
            axes.plot(levels.posterior[levels.dips] - 12.0, rows, ">", color=MARK, markersize=5)
            colour = {"-": MARK, "--": INK}[style]
            chart.plot(levels.density_hu, levels.heights_mm, style, color=colour, linewidth=1.2, label=name)
            chart.plot(levels.density_hu[levels.dips], levels.heights_mm[levels.dips], "o", color=colour, markersize=4)
        chart.set(xlabel="HU less the trend", xlim=(-120.0, 290.0), ylim=(0.0, hu.shape[0] * spacing_mm), yticks=[])
        chart.set_title("density along the spine")
        chart.legend(loc="center right", fontsize="small", framealpha=0.0)
        title = "The number of vertebrae differs (marks: discs by density)"
        headline(figure, title, f"{INTENDED_USE_SENTENCE} {scale_note(radiographs=False)}")
