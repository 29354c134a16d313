"""Draw demo.png, overview.png and scroll.png: the bundled pair of radiographs, what the model makes of it, the true CT.

python Resources/Figures/draw_sample.py FOLDER [MODEL]
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from scrolling import write_scroll  # noqa: E402

from Diff2CTCore.commands.demonstration import PICTURE, run_demo, true_hu  # noqa: E402
from Diff2CTCore.models import INTENDED_USE_SENTENCE  # noqa: E402
from Diff2CTCore.reconstruction import (  # noqa: E402
    LETTERS,
    JobResult,
    Settings,
    headline,
    middle_planes,
    picture,
    scale_note,
    show_plane,
    show_radiograph,
)

OVERVIEW, SCROLL = "overview.png", "scroll.png"
DPI, FONT_PT = 100, 13.0
SIDE_IN, GAP_IN, TOP_IN, EDGE_IN, NAME_IN, NOTE_IN = 3.6, 0.12, 0.9, 0.12, 0.7, 0.44
"""Of each square; between two; above all; at the sides; between radiographs and planes, for the names of the volumes;
below all."""

OVERVIEW_IN = (2 * EDGE_IN + 4 * SIDE_IN + 2 * GAP_IN + NAME_IN, TOP_IN + 2 * SIDE_IN + GAP_IN + NOTE_IN)


def draw_overview(path: Path, result: JobResult, truth_hu: np.ndarray) -> None:
    """Write a PNG: both radiographs at the left, three planes of the reconstruction, the true CT's below them."""
    volumes = (("Reconstruction", result.reconstruction.hu), ("True CT", truth_hu))
    spacing = result.reconstruction.grid.spacing_mm
    width, height = OVERVIEW_IN
    second = EDGE_IN + SIDE_IN + NAME_IN
    lefts = [EDGE_IN, *(second + (SIDE_IN + GAP_IN) * column for column in range(3))]
    bottoms = [height - TOP_IN - SIDE_IN - (SIDE_IN + GAP_IN) * row for row in (0, 1)]
    with picture(path, OVERVIEW_IN, DPI, FONT_PT) as figure:

        def cell(column: int, row: int):
            return figure.add_axes((lefts[column] / width, bottoms[row] / height, SIDE_IN / width, SIDE_IN / height))

        radiographs = zip((result.frontal, result.lateral), result.geometry.views, strict=True)
        for row, (radiograph, view) in enumerate(radiographs):
            show_radiograph(cell(0, row), radiograph.pixels, view)
        for row, (name, hu) in enumerate(volumes):
            planes = middle_planes(hu)
            for column, plane in enumerate(LETTERS, start=1):
                show_plane(cell(column, row), plane, planes[plane], spacing)
            place = ((lefts[1] - 0.3) / width, (bottoms[row] + SIDE_IN / 2) / height)
            figure.text(*place, name, fontsize="large", rotation=90, ha="center", va="center")
        for left, name in zip(lefts, ("two radiographs", *LETTERS), strict=True):
            place = ((left + SIDE_IN / 2) / width, 1.0 - (TOP_IN - 0.08) / height)
            figure.text(*place, name, fontsize="large", ha="center", va="bottom")
        title = "Diff2CT: a synthetic CT volume of the spine from two radiographs"
        headline(figure, title, f"{INTENDED_USE_SENTENCE} {scale_note(radiographs=True)}")


def main(folder: Path, model: str | None = None) -> None:
    """Reconstruct the pair and write the pictures to a folder, which is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        result, _, _ = run_demo(Path(made), Settings(), model)
        (folder / PICTURE).write_bytes((Path(made) / PICTURE).read_bytes())
    truth = true_hu(result)
    draw_overview(folder / OVERVIEW, result, truth)
    write_scroll(folder / SCROLL, result.reconstruction.hu, truth, result.reconstruction.grid.spacing_mm)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), *sys.argv[2:3])
