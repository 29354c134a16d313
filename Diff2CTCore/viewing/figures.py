"""The pictures of a page: where the planes lie, and what stands on and below planes and radiographs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..geometry import ViewGeometry, VolumeGrid, side_of
from ..reconstruction import LETTERS, SCALE_BAR_MM, middle_planes, radiograph_window
from .facts import part_of
from .pictures import picture_url, reduced
from .radiographs import ShownRadiograph
from .template import escaped, filled

WINDOWS = {"Bone": (1000.0, 250.0), "Soft tissue": (400.0, 40.0), "Lung": (1500.0, -600.0)}
"""Width and level in HU by name; the first is the one that a page opens with."""

_GAP = 0.01
"""Between two planes, as a part of their common width."""

_SLICES = {"axial": 0, "sagittal": 2, "coronal": 1}
"""NiiVue's numbers of the planes, in the order of `middle_planes`."""


def plane_tiles(grid: VolumeGrid) -> list[dict]:
    """The three planes side by side at one scale: their names, NiiVue's numbers of them, (left, top, width, height) as
    parts of the whole, the whole's aspect, and the length of the scale bar as a part of a plane's width."""
    superior, posterior, left = (count * grid.spacing_mm for count in grid.shape)
    sizes = [(left, posterior), (posterior, superior), (left, superior)]
    height = max(posterior, superior)
    whole = sum(width for width, _ in sizes) / (1.0 - _GAP * (len(sizes) - 1))
    found, start = [], 0.0
    for plane, (width, tall) in zip(_SLICES, sizes, strict=True):
        position = [start / whole, 0.0, width / whole, tall / height]
        tile = {"plane": plane, "slice": _SLICES[plane], "position": position}
        found.append({**tile, "bar": SCALE_BAR_MM / width, "aspect": whole / height})
        start += width + _GAP * whole
    return found


def volume_html(id_: str, title: str, hu: np.ndarray, tiles: list[dict]) -> str:
    """The three planes of a volume: pictures of the middle ones, over which the viewer draws."""
    width, level = next(iter(WINDOWS.values()))
    shown = []
    for tile, (plane, image) in zip(tiles, middle_planes(hu).items(), strict=True):
        left, _, wide, tall = (f"{value * 100.0:.4f}" for value in tile["position"])
        shown.append(
            filled(
                "tile.html",
                plane=escaped(plane.capitalize()),
                picture=picture_url(image, level - width / 2.0, level + width / 2.0),
                **{"left": left, "width": wide, "height": tall, "bar": f"{tile['bar'] * 100.0:.4f}"},
                bar_mm=f"{SCALE_BAR_MM:g}",
                letters=_letters(LETTERS[plane]),
            )
        )
    aspect = f"{tiles[0]['aspect']:.6f}"
    return filled("volume.html", id=id_, title=escaped(title), aspect=aspect, tiles="".join(shown))


def radiographs_html(radiographs: Iterable[ShownRadiograph], report: dict) -> str:
    """Both radiographs with their re-projections, and below each how it was read."""
    views = []
    for shown in radiographs:
        view = shown.view
        row_mm, column_mm = view.pixel_spacing_mm
        low, high = radiograph_window(shown.measured)
        views.append(
            filled(
                "radiograph.html",
                side=side_of(view.view),
                name=escaped(f"{side_of(view.view).title()} ({view.view})"),
                measured=picture_url(reduced(shown.measured), low, high),
                reprojection=picture_url(reduced(shown.reprojection), low, high),
                letters=_letters(LETTERS["coronal" if view.frontal else "sagittal"]),
                columns=str(view.columns),
                rows=str(view.rows),
                aspect=f"{view.columns * column_mm / (view.rows * row_mm):.6f}",
                bar_mm=f"{SCALE_BAR_MM:g}",
                bar=f"{SCALE_BAR_MM / (view.columns * column_mm) * 100.0:.4f}",
                caption=escaped(_reading(view, report)),
            )
        )
    return filled("radiographs.html", views="".join(views)) if views else ""


def _reading(view: ViewGeometry, report: dict) -> str:
    """By what a radiograph lies and looks as it does, as far as the report says."""
    read = part_of(part_of(report, "radiographs"), view.view)
    lies, dense = read.get("orientation", "not stated"), read.get("polarity", "not stated")
    return f"Upright: {lies}. Dense is bright: {dense}. Bar: on the detector."


def _letters(letters: str) -> str:
    places = ("left", "right", "top", "bottom")
    return "".join(
        f'<span class="letter {place}">{letter}</span>' for place, letter in zip(places, letters, strict=True)
    )


def view_values(shown: ShownRadiograph) -> dict:
    """What `page.js` needs to project a point, and to find the ray of a pixel."""
    view = shown.view
    ray, across, down = (axis.tolist() for axis in view.frame())
    return {
        "side": side_of(view.view),
        "rows": view.rows,
        "columns": view.columns,
        "spacing": list(view.pixel_spacing_mm),
        "sid": view.sid_mm,
        "source": view.source_mm().tolist(),
        "ray": ray,
        "across": across,
        "down": down,
        "principal": list(view.principal_point_px),
        "centre": list(view.centre_px),
        "slot": view.slot_scan,
    }
