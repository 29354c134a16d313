"""Run by the worker's Python: read one radiograph as the reconstruction will, and say what was read.

Usage: inspect_radiograph.py REQUEST, a JSON file with "radiograph", "choices" (of the reader), "geometry"
(of `view_geometry`), "default_view" (when neither file nor user says) and "picture", where a small PNG is
written. Prints one result or error event.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PICTURE_SIZE = 512


def inspect(request: dict) -> dict:
    """What the reader finds, as plain values, and the picture written."""
    from Diff2CTCore.radiograph import read_radiograph, view_geometry

    radiograph = read_radiograph(Path(request["radiograph"]), **request["choices"])
    view_assumed = radiograph.view is None and "view" not in request["geometry"]
    overrides = {**({"view": request["default_view"]} if view_assumed else {}), **request["geometry"]}
    geometry, assumptions = view_geometry(radiograph, **overrides)
    _write_picture(radiograph.pixels, Path(request["picture"]))
    return {
        "rows": radiograph.rows,
        "columns": radiograph.columns,
        "view": geometry.view,
        "view_assumed": view_assumed,
        "pixel_spacing_mm": list(geometry.pixel_spacing_mm),
        "spacing_source": radiograph.spacing_source,
        "sid_mm": geometry.sid_mm,
        "sod_mm": geometry.sod_mm,
        "polarity": radiograph.provenance.get("polarity"),
        "modality": radiograph.provenance.get("modality"),
        "burned_in_annotation": radiograph.burned_in_annotation,
        "laterality": radiograph.laterality,
        "assumptions": [item.to_dict() for item in assumptions],
    }


def _write_picture(pixels, path: Path) -> None:
    import numpy as np
    from png import png

    step = max(1, -(-max(pixels.shape) // PICTURE_SIZE))
    small = pixels[::step, ::step]
    low, high = np.percentile(small, (1.0, 99.0))
    grey = ((small - low) / max(high - low, 1e-6)).clip(0.0, 1.0) * 255.0
    path.write_bytes(png(grey.astype(np.uint8)))


def main() -> int:
    from Diff2CTCore.errors import Diff2CTError
    from Diff2CTCore.progress import JsonLines

    report = JsonLines()
    try:
        request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        report.event("result", **inspect(request))
    except Diff2CTError as error:
        report.event("error", kind=error.kind, message=str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
