"""One HTML page that shows a reconstruction and asks the network for nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..ct import NO_SPINE, lacks_spine, metric_rows
from ..errors import VolumeError
from ..geometry import VolumeGrid
from ..models import INTENDED_USE_SENTENCE
from ..progress import plain
from ..storage import check_output_path, replaced_when_complete
from .facts import facts_html, warnings_html
from .figures import WINDOWS, plane_tiles, radiographs_html, view_values, volume_html
from .pictures import volume_text
from .radiographs import ShownRadiograph
from .template import escaped, filled, part

SYNTHETIC = "Synthetic volume made by Diff2CT."
UNKNOWN = "Volume without a report, so nothing here tells how it was made."
LIBRARY = "niivue-0.69.0.umd.js"
LICENCES = "niivue-LICENCES.txt"

_HELP = (
    "Click in a radiograph: the cursor goes to that ray; click the same point in the other one, too, and it goes to "
    "where both rays meet."
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
        VolumeError: the report's values lie within each other too deep.
        ViewerError: a part of it is missing in the installation.
    """
    path = check_output_path(path, (".html",))
    try:
        text = _page(content)
    except RecursionError:
        raise VolumeError("The report is damaged; give the report as `reconstruct` wrote it.") from None
    with replaced_when_complete(path) as staged:
        staged.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


def _page(content: PageContent) -> str:
    report, metrics = plain(content.report or {}), content.metrics or {}
    volumes = [("reconstruction", "Reconstruction", content.hu)]
    if content.truth_hu is not None:
        volumes.append(("truth", "True CT", content.truth_hu))
    tiles = plane_tiles(content.grid)
    created = report.get("created")
    warnings = report.get("warnings") if isinstance(report.get("warnings"), list) else []
    no_spine = NO_SPINE if lacks_spine(metrics) else ""
    data = {
        "centre": [float(value) for value in content.centre_ras_mm],
        "windows": [{"name": name, "width": width, "level": level} for name, (width, level) in WINDOWS.items()],
        "layout": [{"sliceType": tile["slice"], "position": tile["position"]} for tile in tiles],
        "volumes": [
            {"id": id_, "title": title, "nifti": volume_text(hu, content.grid, content.centre_ras_mm)}
            for id_, title, hu in volumes
        ],
        "views": [view_values(shown) for shown in content.radiographs],
    }
    return filled(
        "page.html",
        title=escaped(f"Diff2CT reconstruction of {created[:10]}" if isinstance(created, str) else "Diff2CT volume"),
        statement=escaped(f"{SYNTHETIC if report else UNKNOWN} {INTENDED_USE_SENTENCE}"),
        style=part("page.css"),
        warnings=warnings_html([*warnings, *content.notes]),
        help=escaped(_HELP) if content.radiographs else "",
        layout=_layout_class(content),
        volumes="".join(volume_html(*volume, tiles) for volume in volumes),
        radiographs=radiographs_html(content.radiographs, report),
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
