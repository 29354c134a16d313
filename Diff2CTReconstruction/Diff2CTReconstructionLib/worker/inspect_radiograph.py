"""Run by the worker's Python: read one radiograph as the reconstruction will, and say what was read.

Usage: inspect_radiograph.py REQUEST, a JSON file with "radiograph", "choices" (of the reader), "geometry"
(of `view_geometry`), "default_view" (when neither file nor user says), and "picture" and "upright", where a small
PNG and an array for the views are written. Prints one result or error event.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

PICTURE_SIZE = 512
UPRIGHT_SIZE = 1536


def inspect(request: dict) -> dict:
    """What the reader finds, as plain values, and both pictures written."""
    facts, radiograph = facts_of(request)
    _write_picture(radiograph.pixels, Path(request["picture"]))
    upright, facts["upright_step"] = _thinned(radiograph.pixels, UPRIGHT_SIZE)
    _write_upright(upright, Path(request["upright"]))
    return facts


def facts_of(request: dict):
    """(what the reader finds as plain values, the radiograph)."""
    from Diff2CTCore.radiograph import read_radiograph, view_geometry

    path, choices = Path(request["radiograph"]), request["choices"]
    radiograph = read_radiograph(path, **choices)
    view_assumed = radiograph.view is None and "view" not in request["geometry"]
    overrides = {**({"view": request["default_view"]} if view_assumed else {}), **request["geometry"]}
    geometry, assumptions = view_geometry(radiograph, **overrides)
    stored, chosen = _orienters(radiograph, choices)
    facts = {
        "rows": radiograph.rows,
        "columns": radiograph.columns,
        "view": geometry.view,
        "view_assumed": view_assumed,
        "pixel_spacing_mm": list(geometry.pixel_spacing_mm),
        # To turn a spacing and to turn it back is the same.
        "stored_spacing_mm": list(chosen.spacing(geometry.pixel_spacing_mm)),
        "spacing_source": radiograph.spacing_source,
        "sid_mm": geometry.sid_mm,
        "sod_mm": geometry.sod_mm,
        "primary_deg": geometry.primary_deg,
        "secondary_deg": geometry.secondary_deg,
        "rotation_deg": geometry.rotation_deg,
        "slot_scan": geometry.slot_scan,
        "principal_point_px": list(geometry.principal_point_px),
        "centre_px": list(geometry.centre_px),
        "centre_ras_mm": list(radiograph.centre_ras_mm) if radiograph.centre_ras_mm is not None else None,
        "polarity": radiograph.provenance.get("polarity"),
        "reading": _reading_of_file(path, radiograph, choices, stored, chosen),
        "modality": radiograph.provenance.get("modality"),
        "burned_in_annotation": radiograph.burned_in_annotation,
        "laterality": radiograph.laterality,
        "file": [radiograph.sha256, radiograph.provenance.get("frame")],
        "pixels_sha256": _digest(radiograph.pixels),
        "assumptions": [item.to_dict() for item in assumptions],
    }
    return facts, radiograph


def _orienters(radiograph, choices: dict):
    """How the file's pixels are turned upright: by the file alone, and with what the user chose."""
    from Diff2CTCore.radiograph import Orienter, from_patient_orientation

    orientation = radiograph.provenance.get("patient_orientation")
    stored = from_patient_orientation(orientation) if orientation else Orienter()
    return stored, stored.then(choices.get("rotate", 0), choices.get("flip"))


def _reading_of_file(path: Path, radiograph, choices: dict, stored, chosen) -> dict:
    """How a node loaded from the file holds its pixels, apart from what the user chose, as arguments of the reader."""
    dense_is_high = _dense_is_high_for_itk(path, choices.get("frame"), radiograph, chosen)
    rotate, flip = stored.as_choices()
    intensity = "linear" if radiograph.provenance["logarithm_taken"] else "log"
    # The radiograph's own pixels are turned round already where the user said so.
    return {
        "invert": dense_is_high == bool(choices.get("invert")),
        "rotate": rotate,
        "flip": flip,
        "intensity": intensity,
    }


def _dense_is_high_for_itk(path: Path, frame: int | None, radiograph, orienter) -> bool:
    """Whether ITK, which loads the node, gives values that grow as those of the radiograph; looked up in both.

    What it makes of MONOCHROME1, of a falling rescale or of a lookup table differs with its version.
    """
    import SimpleITK as sitk

    from Diff2CTCore.storage import hidden_library_messages

    try:
        with hidden_library_messages():
            image = sitk.ReadImage(str(path))
    except RuntimeError:
        return radiograph.provenance["dense_is_high_in_file"]
    loaded = sitk.GetArrayViewFromImage(image)
    plane = loaded[(frame or 1) - 1] if image.GetDimension() == 3 else loaded
    plane = plane.mean(axis=-1) if image.GetNumberOfComponentsPerPixel() > 1 else plane
    plane = orienter.apply(plane)
    if plane.shape != radiograph.pixels.shape:
        return radiograph.provenance["dense_is_high_in_file"]
    ours, theirs = (_thinned(values, PICTURE_SIZE)[0].astype(float) for values in (radiograph.pixels, plane))
    return bool(((ours - ours.mean()) * (theirs - theirs.mean())).sum() >= 0.0)


def _digest(pixels) -> str:
    """Equal for equal pixels in an equal shape, and for no others."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _write_picture(pixels, path: Path) -> None:
    import numpy as np

    from Diff2CTCore.storage import png_bytes

    small, _step = _thinned(pixels, PICTURE_SIZE)
    low, high = np.percentile(small, (1.0, 99.0))
    grey = ((small - low) / max(high - low, 1e-6)).clip(0.0, 1.0) * 255.0
    path.write_bytes(png_bytes(grey.astype(np.uint8)))


def _write_upright(pixels, path: Path) -> None:
    import numpy as np

    low, high = float(pixels.min()), float(pixels.max())
    np.save(path, ((pixels - low) / max(high - low, 1e-6) * 65535.0).astype(np.uint16), allow_pickle=False)


def _thinned(pixels, size: int):
    """Every n-th pixel, so that no side is longer than `size`, and n."""
    step = max(1, -(-max(pixels.shape) // size))
    return pixels[::step, ::step], step


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
