"""One picture of a reconstruction: its planes beside the true CT, each radiograph beside its re-projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import side_of
from ..models import INTENDED_USE_SENTENCE
from ..storage import replaced_when_complete

WINDOW_HU = (-250.0, 900.0)
"""Shows fat, muscle, marrow and cortex at once."""

SCALE_BAR_MM = 50.0

INK, MUTED, MARK = "#f2f2f2", "#a8b0b8", "#ffd24d"
PAPER = "#14181c"


@dataclass(frozen=True)
class RadiographPair:
    """A radiograph and what the reconstruction looks like in its place.

    Attributes:
        view: "AP", "PA", "LL" or "RL".
        measured, reprojected: (rows, columns) on the same pixels in the canonical orientation; any gain and offset.
        pixel_spacing_mm: (row, column) pitch on the detector.
    """

    view: str
    measured: np.ndarray
    reprojected: np.ndarray
    pixel_spacing_mm: tuple[float, float]


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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    volumes = [("Reconstruction", reconstruction_hu)] + ([] if truth_hu is None else [("True CT", truth_hu)])
    columns = len(volumes) + (2 if radiographs or caption else 0)
    figure = Figure(figsize=(3.1 * columns, 10.4), facecolor=PAPER)
    FigureCanvasAgg(figure)
    cells = figure.add_gridspec(3, columns, left=0.01, right=0.99, bottom=0.045, top=0.91, wspace=0.03, hspace=0.13)

    for column, (name, volume) in enumerate(volumes):
        for row, (plane, image, letters) in enumerate(middle_planes(volume)):
            axes = figure.add_subplot(cells[row, column])
            show_image(axes, image, WINDOW_HU, (spacing_mm, spacing_mm), f"{name}, {plane}", letters)
    for row, pair in enumerate(radiographs):
        low, high = np.percentile(pair.measured, (1.0, 99.7))
        side = side_of(pair.view)
        letters = ("R", "L", "H", "F") if side == "frontal" else ("A", "P", "H", "F")
        images = (("radiograph", pair.measured), ("re-projection", matched(pair.reprojected, pair.measured)))
        for offset, (name, image) in enumerate(images):
            axes = figure.add_subplot(cells[row, len(volumes) + offset])
            show_image(
                axes, image, (low, high), pair.pixel_spacing_mm, f"{side.capitalize()} {name} ({pair.view})", letters
            )
    if caption:
        axes = figure.add_subplot(cells[2, len(volumes) :])
        axes.axis("off")
        axes.text(0.04, 1.0, caption, color=INK, family="monospace", fontsize=8.2, va="top", linespacing=1.2)
    figure.text(0.01, 0.955, title, color=INK, fontsize=15, weight="bold")
    note = INTENDED_USE_SENTENCE
    low, high = WINDOW_HU
    scale = f"Bar: {SCALE_BAR_MM:g} mm (radiographs: on the detector). Planes: {low:g} to {high:g} HU. "
    figure.text(0.01, 0.014, f"{scale}{note}", color=MUTED, fontsize=9)
    with replaced_when_complete(path) as staged:
        figure.savefig(staged, format="png", dpi=110, facecolor=PAPER)


def middle_planes(volume: np.ndarray) -> list[tuple[str, np.ndarray, tuple[str, str, str, str]]]:
    """(name, image, letters at its left, right, top, bottom) of the middle axial, sagittal and coronal plane.

    Images as radiologists hold them: the patient's left on the right, front and head up.
    """
    superior, posterior, left = (size // 2 for size in volume.shape)
    return [
        ("axial", volume[superior], ("R", "L", "A", "P")),
        ("sagittal", volume[::-1, :, left], ("A", "P", "H", "F")),
        ("coronal", volume[::-1, posterior, :], ("R", "L", "H", "F")),
    ]


def matched(image: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """An image with the gain and offset that bring it nearest to a reference (least squares)."""
    x, y = image.astype(np.float64), reference.astype(np.float64)
    spread = ((x - x.mean()) ** 2).mean()
    gain = ((x - x.mean()) * (y - y.mean())).mean() / spread if spread > 0.0 else 0.0
    return (x - x.mean()) * gain + y.mean()


def show_image(axes, image, window, spacing_mm, title, letters):
    """Draw an image (rows, columns) with its title, its letters at left, right, top and bottom, and a scale bar.

    Args:
        window: lowest and highest value shown.
        spacing_mm: (row, column).
    """
    rows, columns = image.shape
    row_mm, column_mm = spacing_mm
    axes.imshow(image, cmap="gray", vmin=window[0], vmax=window[1], aspect=row_mm / column_mm, interpolation="bilinear")
    axes.set_title(title, color=INK, fontsize=10, pad=4)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    places = ((0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center"))
    places += ((0.5, 0.98, "center", "top"), (0.5, 0.02, "center", "bottom"))
    for letter, (x, y, horizontal, vertical) in zip(letters, places, strict=True):
        style = {"color": MARK, "fontsize": 9, "ha": horizontal, "va": vertical}
        axes.text(x, y, letter, transform=axes.transAxes, **style)
    length = SCALE_BAR_MM / column_mm
    if length < 0.9 * columns:
        start = 0.05 * columns
        axes.plot([start, start + length], [0.95 * rows] * 2, color=MARK, linewidth=2.5, solid_capstyle="butt")
