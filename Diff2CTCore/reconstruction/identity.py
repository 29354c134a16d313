"""Whether a report, a volume and radiographs belong together: told by their content, never by their names."""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
from pathlib import Path

import numpy as np

from ..errors import RadiographError, VolumeError
from ..geometry import VolumeGrid
from ..storage import sha256_of_voxels

PLACE_TOLERANCE_MM = 0.01
"""Formats round a place in single precision; nothing that is moved on purpose is moved by so little."""

_PLAIN = re.compile(r"[ -\[\]-~]+")
"""What every character set of DICOM holds; a backslash would part one value into two."""


def read_report(path: str | os.PathLike) -> dict:
    """The report of a reconstruction, with all that an export needs.

    Raises:
        VolumeError: it is missing, damaged, no report, or older than the checksum of the volume in it.
    """
    path = Path(path)
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise VolumeError(f"The report {path} is missing or damaged; name the volume's report with --report.") from None
    if not isinstance(report, dict):
        raise VolumeError(f"{path} is not the report of a reconstruction; name it with --report.")
    model = report.get("model")
    if not isinstance(model, dict) or not all(_is_text(model.get(name)) for name in ("name", "version", "sha256")):
        raise VolumeError("The report does not say which model made the volume; give the report of this volume.")
    if not all(_PLAIN.fullmatch(model[name]) for name in ("name", "version", "sha256")):
        raise VolumeError(
            "The report names a model by characters that a DICOM series in the patient's character set cannot hold; "
            "give the model a plain version in its card, and reconstruct again."
        )
    outputs = report.get("outputs")
    if not isinstance(outputs, dict) or "sha256_of_voxels" not in outputs:
        raise VolumeError(
            f"The report {path.name} holds no checksum of its volume, so an older version of Diff2CT wrote it; "
            "reconstruct the volume again."
        )
    if not _is_complete(report):
        raise VolumeError(f"The report {path.name} is damaged; give the report as `reconstruct` wrote it.")
    return report


def check_volume(report: dict, image) -> None:
    """Refuse a volume that is not the one of the report.

    Args:
        report: as `read_report` gives it.
        image: SimpleITK image in HU. How its file stores the voxels does not matter: format, type, order of the axes.

    Raises:
        VolumeError: it holds other voxels, or lies elsewhere.
    """
    import SimpleITK as sitk

    image = sitk.DICOMOrient(image, "LPS")
    hu = sitk.GetArrayFromImage(image)
    whole = np.rint(hu)
    if not np.array_equal(hu, whole) or sha256_of_voxels(whole) != report["outputs"]["sha256_of_voxels"]:
        raise VolumeError(
            "The volume is not the one that the report is about: it is another one, or its voxels were changed; give "
            "the volume as it was reconstructed, or its own report."
        )
    spacing_mm = report["grid"]["spacing_mm"]
    grid = VolumeGrid(hu.shape, spacing_mm)
    place = (*image.GetSpacing(), *image.GetDirection(), *image.GetOrigin())
    axes = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    wanted = ((spacing_mm,) * 3, axes, grid.lps_origin_mm(report["outputs"]["centre_ras_mm"]))
    if not np.allclose(place, np.concatenate(wanted), rtol=0.0, atol=PLACE_TOLERANCE_MM):
        raise VolumeError(
            "The volume does not lie where its report says: it was moved, turned or scaled; give it as it was "
            "reconstructed."
        )


def check_radiographs(report: dict, sources) -> None:
    """RadiographError where one of the `SourceRadiograph`s is not among those of the report."""
    made_from = {item["sha256"] for item in report["radiographs"].values()}
    for source in sources:
        if source.sha256 not in made_from:
            raise RadiographError(f"{source.name} is not one of the radiographs in the report; give those two.")


def _is_complete(report: dict) -> bool:
    grid, radiographs = report.get("grid"), report.get("radiographs")
    return (
        _is_text(report.get("version"))
        and _is_time(report.get("created"))
        and _is_text(report["outputs"]["sha256_of_voxels"])
        and _are_numbers(report["outputs"].get("centre_ras_mm"))
        and isinstance(grid, dict)
        and _are_numbers([grid.get("spacing_mm")] * 3)
        and isinstance(radiographs, dict)
        and all(
            isinstance(item, dict) and _is_text(item.get("sha256")) and isinstance(item.get("frame", 1), int)
            for item in radiographs.values()
        )
    )


def _is_text(value) -> bool:
    return isinstance(value, str) and bool(value)


def _is_time(value) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


def _are_numbers(value) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value)
        # Whole numbers of any length are valid JSON, and no float holds those.
        and all(abs(item) <= sys.float_info.max for item in value)
    )
