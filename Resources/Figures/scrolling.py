"""The animation that scrolls through a reconstruction beside the true CT."""

from pathlib import Path

import numpy as np
from PIL import Image

from Diff2CTCore.models import INTENDED_USE_SENTENCE
from Diff2CTCore.reconstruction import figure_in_style, headline, in_palette, planes_at, scale_note, show_plane
from Diff2CTCore.storage import replaced_when_complete

FRAMES, FRAME_MS = 60, 100
"""Forth and back once, 6 s."""

REACH_MM = {"axial": 100.0, "sagittal": 40.0}
"""Of the outermost slices from the middle."""

GREYS = 24
"""Few, for the size of the file."""

DPI, SIDE_PX, GAP_PX, EDGE_PX, TOP_PX, NOTE_PX = 100, 256, 6, 12, 50, 32
"""A square's side is a multiple of a volume's 128 voxels, so that each voxel is a block of pixels; that packs well."""

SIZE_PX = (2 * EDGE_PX + 4 * SIDE_PX + 4 * GAP_PX, TOP_PX + SIDE_PX + NOTE_PX)


def offsets() -> np.ndarray:
    """Where each frame lies, -1 to 1: from the middle to one end, through to the other, and back."""
    phase = np.arange(FRAMES) / FRAMES
    return 1.0 - 4.0 * np.abs((phase + 0.75) % 1.0 - 0.5)


def frames(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float) -> list[np.ndarray]:
    """The frames, uint8 (rows, columns, 3); volumes are (S, P, L) on one grid, HU."""
    volumes = {"Reconstruction": reconstruction_hu, "True CT": truth_hu}
    drawn: dict[tuple[int, int], np.ndarray] = {}
    wanted = []
    with figure_in_style((SIZE_PX[0] / DPI, SIZE_PX[1] / DPI)) as figure:
        panels, words = _panels(figure, volumes, spacing_mm)
        headline(figure, "", f"{INTENDED_USE_SENTENCE} {scale_note(radiographs=False)}")
        for offset in offsets():
            steps = {plane: round(offset * reach / spacing_mm) for plane, reach in REACH_MM.items()}
            key = steps["axial"], steps["sagittal"]
            wanted.append(key)
            if key in drawn:
                continue
            for name, hu in volumes.items():
                middle = [size // 2 for size in hu.shape]
                planes = planes_at(hu, middle[0] + key[0], middle[1], middle[2] + key[1])
                for plane in REACH_MM:
                    panels[name, plane].set_data(planes[plane])
            for plane, ends in (("axial", ("above", "below")), ("sagittal", ("to the left", "to the right"))):
                where = f"{abs(steps[plane]) * spacing_mm:.0f} mm {ends[steps[plane] < 0]}"
                words[plane].set_text(f"{plane}, {where if steps[plane] else 'middle'}")
            figure.set_dpi(DPI)
            figure.canvas.draw()
            drawn[key] = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    return [drawn[key] for key in wanted]


def _panels(figure, volumes: dict[str, np.ndarray], spacing_mm: float) -> tuple[dict, dict]:
    """The images by (volume, plane), and the text above each plane's two."""
    width, height = SIZE_PX
    images, words = {}, {}
    for group, plane in enumerate(REACH_MM):
        start = EDGE_PX + group * (2 * SIDE_PX + 3 * GAP_PX)
        for column, (name, hu) in enumerate(volumes.items()):
            left = start + column * (SIDE_PX + GAP_PX)
            axes = figure.add_axes((left / width, NOTE_PX / height, SIDE_PX / width, SIDE_PX / height))
            show_plane(axes, plane, planes_at(hu, *(size // 2 for size in hu.shape))[plane], spacing_mm, name)
            images[name, plane] = axes.images[0]
            axes.images[0].set_interpolation("nearest")
        place = ((start + SIDE_PX + GAP_PX / 2) / width, 1.0 - 7 / height)
        words[plane] = figure.text(*place, "", ha="center", va="top", fontsize="large", weight="bold")
    return images, words


def write_scroll(path: Path, reconstruction_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float) -> None:
    """Write the frames as an animated PNG that repeats for ever."""
    pictures = [Image.fromarray(frame) for frame in frames(reconstruction_hu, truth_hu, spacing_mm)]
    first, *others = [in_palette(each, GREYS) for each in pictures]
    with replaced_when_complete(path) as staged:
        first.save(staged, format="PNG", save_all=True, append_images=others, duration=FRAME_MS, loop=0, optimize=True)
