"""One picture of what an alignment is worth: the same pair reconstructed without and with it, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..geometry import side_of
from ..models import INTENDED_USE_SENTENCE
from .job import JobResult
from .picture_style import MARK, headline, middle_planes, picture, scale_note, show_plane, show_radiograph


def draw_alignment(path, cases: Sequence[tuple[str, JobResult]], truth_hu: np.ndarray, title: str) -> None:
    """Write a PNG: a row for each case with both radiographs, the height of the centre in each as a line, and the
    sagittal and coronal planes; below them the truth.

    Args:
        path: where to.
        cases: names and results.
        truth_hu: (S, P, L), on the grid of the results.
        title: headline.

    Raises:
        OutputError: the picture cannot be written.
    """
    rows = len(cases) + 1
    with picture(path, (12.4, 3.35 * rows)) as figure:
        cells = figure.add_gridspec(rows, 4, left=0.01, right=0.99, bottom=0.05, top=0.925, wspace=0.03, hspace=0.1)
        for row, (name, result) in enumerate(cases):
            radiographs = zip((result.frontal, result.lateral), result.geometry.views, strict=True)
            for column, (radiograph, view) in enumerate(radiographs):
                axes = figure.add_subplot(cells[row, column])
                show_radiograph(axes, radiograph.pixels, view, f"{name}, {side_of(view.view)} ({view.view})")
                mark_centre(axes, view)
            grid = result.reconstruction.grid
            _planes(figure, cells, row, result.reconstruction.hu, grid.spacing_mm, name)
        _planes(figure, cells, len(cases), truth_hu, cases[0][1].reconstruction.grid.spacing_mm, "True CT")
        headline(figure, title, f"Lines: height of the centre point. {scale_note(True)} {INTENDED_USE_SENTENCE}")


def mark_centre(axes, view) -> None:
    """The centre of the volume in a radiograph that is shown, and a line across at its height."""
    # Not through the letters at both ends.
    axes.axhline(view.centre_px[1], 0.08, 0.92, color=MARK, linewidth=1.2)
    axes.plot(*view.centre_px, "o", color=MARK, markersize=5)


def _planes(figure, cells, row: int, hu: np.ndarray, spacing_mm: float, name: str) -> None:
    planes = middle_planes(hu)
    for column, plane in enumerate(("sagittal", "coronal"), start=2):
        show_plane(figure.add_subplot(cells[row, column]), plane, planes[plane], spacing_mm, f"{name}, {plane}")
