"""One picture of what an alignment is worth: the same pair reconstructed without and with it, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..geometry import side_of
from ..models import INTENDED_USE_SENTENCE
from ..storage import replaced_when_complete
from .job import JobResult
from .picture import INK, MARK, MUTED, PAPER, WINDOW_HU, middle_planes, show_image

LETTERS = (("R", "L", "H", "F"), ("A", "P", "H", "F"))


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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.4, 3.35 * (len(cases) + 1)), facecolor=PAPER)
    FigureCanvasAgg(figure)
    cells = figure.add_gridspec(
        len(cases) + 1, 4, left=0.01, right=0.99, bottom=0.05, top=0.91, wspace=0.03, hspace=0.13
    )
    for row, (name, result) in enumerate(cases):
        for column, (radiograph, view) in enumerate(
            zip((result.frontal, result.lateral), result.geometry.views, strict=True)
        ):
            axes = figure.add_subplot(cells[row, column])
            window = np.percentile(radiograph.pixels, (1.0, 99.7))
            heading = f"{name}, {side_of(view.view)} ({view.view})"
            show_image(axes, radiograph.pixels, window, view.pixel_spacing_mm, heading, LETTERS[column])
            axes.axhline(view.centre_px[1], color=MARK, linewidth=1.2)
            axes.plot(*view.centre_px, "o", color=MARK, markersize=5)
        grid = result.reconstruction.grid
        _planes(figure, cells, row, result.reconstruction.hu, grid.spacing_mm, name)
    _planes(figure, cells, len(cases), truth_hu, cases[0][1].reconstruction.grid.spacing_mm, "True CT")
    figure.text(0.01, 0.955, title, color=INK, fontsize=14, weight="bold")
    low, high = WINDOW_HU
    figure.text(
        0.01,
        0.014,
        f"Lines: height of the centre point. Planes: {low:g} to {high:g} HU. {INTENDED_USE_SENTENCE}",
        color=MUTED,
        fontsize=9,
    )
    with replaced_when_complete(path) as staged:
        figure.savefig(staged, format="png", dpi=110, facecolor=PAPER)


def _planes(figure, cells, row: int, hu: np.ndarray, spacing_mm: float, name: str) -> None:
    for column, (plane, image, letters) in enumerate(middle_planes(hu)[1:], start=2):
        axes = figure.add_subplot(cells[row, column])
        show_image(axes, image, WINDOW_HU, (spacing_mm, spacing_mm), f"{name}, {plane}", letters)
