"""One picture of a reconstruction: its planes beside the true CT, each radiograph beside its re-projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import ViewGeometry, side_of
from ..models import INTENDED_USE_SENTENCE
from .picture_style import headline, middle_planes, picture, radiograph_window, scale_note, show_plane, show_radiograph


@dataclass(frozen=True)
class RadiographPair:
    """A radiograph and what the reconstruction looks like in its place.

    Attributes:
        view: where it was taken from.
        measured, reprojected: (rows, columns) on the same pixels in the canonical orientation; any gain and offset.
    """

    view: ViewGeometry
    measured: np.ndarray
    reprojected: np.ndarray


def draw_comparison(
    path,
    reconstruction_hu: np.ndarray,
    truth_hu: np.ndarray | None,
    spacing_mm: float,
    radiographs: tuple[RadiographPair, ...] = (),
    caption: str = "",
    title: str = "Diff2CT: spine CT from two radiographs",
):
    """Write a PNG.

    Args:
        path: where to.
        reconstruction_hu, truth_hu: (S, P, L) in HU on the same grid, each shown in its middle planes; without a
            truth its column stays out.
        spacing_mm: isotropic voxel size.
        radiographs: at most two, shown in the top rows.
        caption: text in fixed width for the free place below the radiographs, such as a table of metrics.
        title: headline.

    Raises:
        OutputError: the picture cannot be written.
    """
    volumes = [("Reconstruction", reconstruction_hu)] + ([] if truth_hu is None else [("True CT", truth_hu)])
    columns = len(volumes) + (2 if radiographs or caption else 0)
    with picture(path, (3.1 * columns, 10.4)) as figure:
        cells = figure.add_gridspec(3, columns, left=0.01, right=0.99, bottom=0.045, top=0.925, wspace=0.03, hspace=0.1)
        for column, (name, volume) in enumerate(volumes):
            for row, (plane, image) in enumerate(middle_planes(volume).items()):
                show_plane(figure.add_subplot(cells[row, column]), plane, image, spacing_mm, f"{name}, {plane}")
        for row, pair in enumerate(radiographs):
            window = radiograph_window(pair.measured)
            images = (("radiograph", pair.measured), ("re-projection", matched(pair.reprojected, pair.measured)))
            for column, (name, image) in enumerate(images, start=len(volumes)):
                axes = figure.add_subplot(cells[row, column])
                title_of_view = f"{side_of(pair.view.view).capitalize()} {name} ({pair.view.view})"
                show_radiograph(axes, image, pair.view, title_of_view, window)
        if caption:
            axes = figure.add_subplot(cells[2, len(volumes) :])
            axes.axis("off")
            axes.text(0.04, 1.0, caption, family="monospace", fontsize=8.2, va="top", linespacing=1.2)
        headline(figure, title, f"{scale_note(bool(radiographs))} {INTENDED_USE_SENTENCE}")


def matched(image: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """An image with the gain and offset that bring it nearest to a reference (least squares)."""
    x, y = image.astype(np.float64), reference.astype(np.float64)
    spread = ((x - x.mean()) ** 2).mean()
    gain = ((x - x.mean()) * (y - y.mean())).mean() / spread if spread > 0.0 else 0.0
    return (x - x.mean()) * gain + y.mean()
