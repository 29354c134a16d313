"""How every picture of the project looks: paper, letters, grey window, scale bar, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..storage import replaced_when_complete

WINDOW_HU = (-250.0, 900.0)
"""Shows fat, muscle, marrow and cortex at once."""

SCALE_BAR_MM = 50.0

INK, MUTED, MARK, PAPER = "#f2f2f2", "#a8b0b8", "#ffd24d", "#14181c"

LETTERS = {"axial": "RLAP", "sagittal": "APHF", "coronal": "RLHF"}
"""What lies at the left, right, top and bottom of a plane, as radiologists hold it."""

_FONT = "DejaVu Sans"
"""The one that matplotlib brings along, so that a picture looks the same wherever it is made."""

_COLOURS = 256
"""Of a palette, which grey images with a few marks need no more than, at a third of the size."""


@contextmanager
def figure_in_style(size_in: tuple[float, float], font_pt: float = 9.0) -> Iterator:
    """A matplotlib figure in the project's style, for as long as the block lasts.

    Args:
        size_in: (width, height) in inches.
        font_pt: size of letters and notes; titles are larger in proportion.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {
        "font.family": _FONT,
        "font.size": font_pt,
        "axes.titlesize": 1.1 * font_pt,
        "text.color": INK,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "grid.color": MUTED,
    }
    with rc_context(settings):
        figure = Figure(figsize=size_in)
        FigureCanvasAgg(figure)
        yield figure


@contextmanager
def picture(
    path: Path, size_in: tuple[float, float], dpi: int = 110, font_pt: float = 9.0, greys: int | None = None
) -> Iterator:
    """A figure as `figure_in_style` makes it, written as PNG when the block ends without an error.

    Args:
        path: where to.
        size_in, font_pt: see there.
        dpi: pixels an inch.
        greys: 2 to 240: in these and the colours of the style alone, which makes a small file; None for the 256
            colours that fit best.

    Raises:
        OutputError: the picture cannot be written.
    """
    from PIL import Image

    with figure_in_style(size_in, font_pt) as figure:
        yield figure
        with replaced_when_complete(path) as staged:
            figure.savefig(staged, format="png", dpi=dpi)
            with Image.open(staged) as whole:
                colours = whole.convert("RGB")
            small = in_palette(colours, greys) if greys else colours.quantize(_COLOURS)
            small.save(staged, format="PNG", optimize=True)


def in_palette(image, greys: int):
    """A PIL image in evenly spaced greys and the colours of the style, some of them also at half of their strength."""
    from matplotlib.colors import to_rgb
    from PIL import Image

    even = np.repeat(np.linspace(0.0, 1.0, greys)[:, None], 3, axis=1)
    paper, mark, ink, muted = (np.array(to_rgb(colour)) for colour in (PAPER, MARK, INK, MUTED))
    marks = [paper, ink, muted, mark, 0.67 * mark, 0.33 * mark, (paper + muted) / 2.0]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.rint(255.0 * np.vstack([even, marks])).astype(np.uint8).ravel().tolist())
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def headline(figure, title: str, note: str) -> None:
    """A title at the top left and a note at the bottom left, each a little way from the edge."""
    from matplotlib import rcParams

    width, height = figure.get_size_inches()
    size, left = rcParams["font.size"], 0.12 / width
    figure.text(left, 1.0 - 0.16 / height, title, fontsize=1.65 * size, weight="bold", va="top")
    figure.text(left, 0.12 / height, note, color=MUTED, va="bottom")


def scale_note(radiographs: bool) -> str:
    """What bar and grey values of a picture mean."""
    low, high = WINDOW_HU
    where = " (radiographs: on the detector)" if radiographs else ""
    return f"Bar: {SCALE_BAR_MM:g} mm{where}. Planes: {low:g} to {high:g} HU."


def planes_at(volume: np.ndarray, superior: int, posterior: int, left: int) -> dict[str, np.ndarray]:
    """The axial, sagittal and coronal plane of a volume (S, P, L) at voxel indices, by name.

    Images as radiologists hold them: the patient's left on the right, front and head up; `LETTERS` names the sides.
    """
    return {
        "axial": volume[superior],
        "sagittal": volume[::-1, :, left],
        "coronal": volume[::-1, posterior, :],
    }


def middle_planes(volume: np.ndarray) -> dict[str, np.ndarray]:
    """The planes through the middle of a volume (S, P, L), as `planes_at` gives them."""
    return planes_at(volume, *(size // 2 for size in volume.shape))


def show_plane(axes, plane: str, image: np.ndarray, spacing_mm: float, title: str = "") -> None:
    """Draw an axial, sagittal or coronal plane in HU, in the window that all pictures have."""
    show_image(axes, image, WINDOW_HU, (spacing_mm, spacing_mm), title, LETTERS[plane])


def show_radiograph(axes, pixels: np.ndarray, view, title: str = "", window: tuple[float, float] | None = None) -> None:
    """Draw a radiograph (rows, columns) in the canonical orientation.

    Args:
        view: its `ViewGeometry`.
        window: lowest and highest value shown; `radiograph_window` of it if None.
    """
    letters = LETTERS["coronal" if view.frontal else "sagittal"]
    show_image(axes, pixels, window or radiograph_window(pixels), view.pixel_spacing_mm, title, letters)


def radiograph_window(pixels: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value to show of a radiograph: all but the outermost."""
    low, high = np.percentile(pixels, (1.0, 99.7))
    return float(low), float(high)


def show_image(axes, image, window, spacing_mm=None, title: str = "", letters: str = "") -> None:
    """Draw an image (rows, columns) with its title, its letters at left, right, top and bottom, and a scale bar.

    Args:
        window: lowest and highest value shown.
        spacing_mm: (row, column); None for square pixels of no known size, which get no bar.
        letters: four, or none.
    """
    from matplotlib.patheffects import withStroke

    rows, columns = image.shape
    row_mm, column_mm = spacing_mm or (1.0, 1.0)
    axes.imshow(image, cmap="gray", vmin=window[0], vmax=window[1], aspect=row_mm / column_mm, interpolation="bilinear")
    axes.set_title(title, pad=4)
    axes.set(xticks=[], yticks=[])
    for edge in axes.spines.values():
        edge.set_visible(False)
    places = ((0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center"))
    places += ((0.5, 0.98, "center", "top"), (0.5, 0.02, "center", "bottom"))
    for letter, (x, y, horizontal, vertical) in zip(letters, places, strict=False):
        style = {"color": MARK, "ha": horizontal, "va": vertical, "weight": "bold"}
        # Legible on bone, too.
        style["path_effects"] = [withStroke(linewidth=2.0, foreground=PAPER)]
        axes.text(x, y, letter, transform=axes.transAxes, **style)
    length = SCALE_BAR_MM / column_mm
    if spacing_mm and length < 0.9 * columns:
        start = 0.05 * columns
        axes.plot([start, start + length], [0.95 * rows] * 2, color=MARK, linewidth=2.5, solid_capstyle="butt")
