"""The radiographs of a report, read again as its reconstruction read them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from ..errors import GeometryError, RadiographError, VolumeError
from ..geometry import BiplanarGeometry, ViewGeometry
from ..storage import sha256_of_file
from .dicom_sources import SourceRadiograph
from .identity import check_radiographs


def reported_geometry(report: dict) -> BiplanarGeometry:
    """Both views of a report. VolumeError where it does not say how they were taken."""
    try:
        return BiplanarGeometry.from_dict(report.get("geometry"))
    except GeometryError as error:
        raise VolumeError(f"The report is damaged: {error} Give the report as `reconstruct` wrote it.") from None


def read_reported_pair(report: dict, paths: list[Path]) -> list[tuple[ViewGeometry, object]]:
    """The frontal and the lateral `Radiograph` of a report, each after its `ViewGeometry`, upright and dense is bright.

    Args:
        report: as `read_report` gives it.
        paths: both files in any order; they are told by their content.

    Raises:
        RadiographError: a file cannot be read, or is not one of the report's.
        VolumeError: the report is damaged.
    """
    sources = {_source(path): path for path in paths}
    check_radiographs(report, sources)
    pair = []
    for view in reported_geometry(report).views:
        read = report["radiographs"].get(view.view, {})
        path = next((path for source, path in sources.items() if source.sha256 == read.get("sha256")), None)
        if path is None:
            raise RadiographError(f"The {view.view} radiograph of the report is missing; give both radiographs.")
        pair.append((view, _as_read(path, view, read)))
    return pair


def _source(path: Path) -> SourceRadiograph:
    try:
        return SourceRadiograph(path.name, sha256_of_file(path), None)
    except OSError as error:
        raise RadiographError(f"The file {path.name} cannot be read ({error.strerror}); check it.") from None


def _as_read(path: Path, view: ViewGeometry, read: dict):
    """A radiograph with the frame, polarity and orientation that the report names."""
    from ..radiograph import open_radiograph

    intensity = "linear" if read.get("logarithm_taken") else "log"
    opened = open_radiograph(path, frame=read.get("frame"), intensity=intensity)
    orienter, _ = opened.orienter(view.frontal)
    turns = [
        turn
        for turn in product((0, 90, 180, 270), (None, "horizontal"))
        if orienter.then(*turn).describe() == read.get("orientation")
    ]
    choices = {"view": view.view, "collimator": "off" if read.get("mask_source") == "not looked for" else "auto"}
    if turns:
        choices |= {"rotate": turns[0][0], "flip": turns[0][1]}
    radiograph = opened.settled(**choices)
    if radiograph.provenance["dense_is_high_in_file"] != read.get("dense_is_high_in_file"):
        radiograph = opened.settled(**choices, invert=True)
    if not turns or radiograph.pixels.shape != (view.rows, view.columns):
        raise VolumeError(f"The report does not say how the {view.view} radiograph lies; reconstruct the volume again.")
    return radiograph
