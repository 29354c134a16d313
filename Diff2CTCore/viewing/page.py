"""One HTML page that shows a reconstruction and asks the network for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..ct import NO_SPINE, lacks_spine, metric_rows
from ..geometry import VolumeGrid
from ..models import INTENDED_USE_SENTENCE
from ..progress import plain
from ..reconstruction import middle_planes
from ..storage import check_output_path, replaced_when_complete
from .facts import facts_html, warnings_html
from .pictures import picture_url, reduced, volume_text
from .radiographs import ShownRadiograph
from .template import escaped, filled, part

WINDOWS = {"Bone": (1000.0, 250.0), "Soft tissue": (400.0, 40.0), "Lung": (1500.0, -600.0)}
"""Width and level in HU by name; the first is the one that a page opens with."""

STATEMENT = f"Synthetic volume made by Diff2CT. {INTENDED_USE_SENTENCE}"
LIBRARY = "niivue-0.69.0.umd.js"
LICENCES = "niivue-LICENCES.txt"

_BAR_MM = 50.0
_GAP = 0.01
"""Between two planes, as a part of their common width."""

_SLICES = {"axial": 0, "sagittal": 2, "coronal": 1}
"""NiiVue's numbers of the planes, in the order of `middle_planes`."""

_HELP = (
    "Click in a radiograph: the cursor goes to that ray; click the same point in the other one, too, and it goes to where "
    "both rays meet."
)


@dataclass(frozen=True, eq=False)
class PageContent:
    """What a page shows.

    Attributes:
        hu: the reconstruction, (S, P, L) in HU on `grid` about `centre_ras_mm`.
        truth_hu: the true CT on the same grid, or None.
        radiographs: none, or the frontal and the lateral one.
        report: of the reconstruction; empty where there is none.
        metrics: against the truth by name; empty where none were taken.
        notes: sentences for the reader about this page, shown with the report's warnings.
    """

    hu: np.ndarray
    grid: VolumeGrid
    centre_ras_mm: tuple[float, float, float]
    truth_hu: np.ndarray | None = None
    radiographs: tuple[ShownRadiograph, ...] = ()
    report: dict | None = None
    metrics: dict | None = None
    notes: tuple[str, ...] = ()


def write_page(path, content: PageContent) -> Path:
    """Write the page, whole or not at all.

    Raises:
        OutputError: it cannot be written.
        ViewerError: a part of it is missing in the installation.
    """
    path = check_output_path(path, (".html",))
    text = _page(content)
    with replaced_when_complete(path) as staged:
        staged.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


def _page(content: PageContent) -> str:
    report, metrics = content.report or {}, plain(content.metrics or {})
    volumes = [("reconstruction", "Reconstruction", content.hu)]
    if content.truth_hu is not None:
        volumes.append(("truth", "True CT", content.truth_hu))
    tiles = _tiles(content.grid)
    created = report.get("created")
    warnings = report.get("warnings") if isinstance(report.get("warnings"), list) else []
    no_spine = NO_SPINE if metrics and lacks_spine(content.metrics) else ""
    data = {
        "centre": [float(value) for value in content.centre_ras_mm],
        "windows": [{"name": name, "width": width, "level": level} for name, (width, level) in WINDOWS.items()],
        "layout": [{"sliceType": _SLICES[tile["plane"]], "position": tile["position"]} for tile in tiles],
        "volumes": [
            {"id": id_, "title": title, "nifti": volume_text(hu, content.grid, content.centre_ras_mm)}
            for id_, title, hu in volumes
        ],
        "views": [_view_values(shown) for shown in content.radiographs],
    }
    return filled(
        "page.html",
        title=escaped(f"Diff2CT reconstruction of {created[:10]}" if isinstance(created, str) else "Diff2CT volume"),
        statement=escaped(STATEMENT),
        style=part("page.css"),
        warnings=warnings_html([*warnings, *content.notes]),
        help=escaped(_HELP) if content.radiographs else "",
        layout=_layout_class(content),
        volumes="".join(_volume_html(*volume, tiles) for volume in volumes),
        radiographs=_radiographs_html(content.radiographs),
        facts=facts_html(report, metric_rows(metrics), no_spine),
        licences=escaped(part(LICENCES)),
        # A text in it must not end the element that holds it.
        data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        library=part(LIBRARY),
        script=part("page.js"),
    )


def _layout_class(content: PageContent) -> str:
    if not content.radiographs:
        return "planes-only"
    return "alone" if content.truth_hu is None else "compared"


def _tiles(grid: VolumeGrid) -> list[dict]:
    """Where the three planes lie side by side, all at one scale: (left, top, width, height) as parts of the whole."""
    superior, posterior, left = (count * grid.spacing_mm for count in grid.shape)
    sizes = [(left, posterior), (posterior, superior), (left, superior)]
    height = max(posterior, superior)
    whole = sum(width for width, _ in sizes) / (1.0 - _GAP * (len(sizes) - 1))
    found, start = [], 0.0
    for plane, (width, tall) in zip(_SLICES, sizes, strict=True):
        position = [start / whole, 0.0, width / whole, tall / height]
        found.append({"plane": plane, "position": position, "bar": _BAR_MM / width, "aspect": whole / height})
        start += width + _GAP * whole
    return found


def _volume_html(id_: str, title: str, hu: np.ndarray, tiles: list[dict]) -> str:
    width, level = next(iter(WINDOWS.values()))
    shown = []
    for tile, (plane, image, letters) in zip(tiles, middle_planes(hu), strict=True):
        left, _, wide, tall = (f"{value * 100.0:.4f}" for value in tile["position"])
        shown.append(
            filled(
                "tile.html",
                plane=escaped(plane.capitalize()),
                picture=picture_url(image, level - width / 2.0, level + width / 2.0),
                **{"left": left, "width": wide, "height": tall, "bar": f"{tile['bar'] * 100.0:.4f}"},
                letters=_letters(letters),
            )
        )
    aspect = f"{tiles[0]['aspect']:.6f}"
    return filled("volume.html", id=id_, title=escaped(title), aspect=aspect, tiles="".join(shown))


def _radiographs_html(radiographs: Iterable[ShownRadiograph]) -> str:
    views = []
    for shown in radiographs:
        view = shown.view
        row_mm, column_mm = view.pixel_spacing_mm
        low, high = (float(value) for value in np.percentile(shown.measured, (0.5, 99.5)))
        beside = f"SID {view.sid_mm:g} mm, SOD {view.sod_mm:g} mm, {view.columns} x {view.rows} pixels"
        views.append(
            filled(
                "radiograph.html",
                side=_side(view),
                name=escaped(view.view),
                measured=picture_url(reduced(shown.measured), low, high),
                reprojection=picture_url(reduced(shown.reprojection), low, high),
                letters=_letters(("R", "L", "H", "F") if view.frontal else ("A", "P", "H", "F")),
                columns=str(view.columns),
                rows=str(view.rows),
                aspect=f"{view.columns * column_mm / (view.rows * row_mm):.6f}",
                bar=f"{_BAR_MM / (view.columns * column_mm) * 100.0:.4f}",
                caption=escaped(f"{beside}, upright, dense is bright"),
            )
        )
    return filled("radiographs.html", views="".join(views)) if views else ""


def _side(view) -> str:
    return "frontal" if view.frontal else "lateral"


def _letters(letters: tuple[str, str, str, str]) -> str:
    places = ("left", "right", "top", "bottom")
    return "".join(
        f'<span class="letter {place}">{letter}</span>' for place, letter in zip(places, letters, strict=True)
    )


def _view_values(shown: ShownRadiograph) -> dict:
    """What `page.js` needs to project a point, and to find the ray of a pixel."""
    view = shown.view
    ray, across, down = (axis.tolist() for axis in view.frame())
    return {
        "side": _side(view),
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
