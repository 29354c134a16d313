"""One CT series out of a folder of DICOM files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import VolumeError
from ..storage import hidden_library_messages

_TAGS = [
    "SOPClassUID",
    "Modality",
    "ImageType",
    "SeriesInstanceUID",
    "SeriesNumber",
    "AcquisitionNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "NumberOfFrames",
    "Rows",
    "Columns",
]

MIN_SLICES = 16
SPACING_TOLERANCE = 0.05
"""Largest deviation of a slice's distance to its neighbour from the median, as a part of the median."""

TILT_TOLERANCE_MM = 0.5
"""Largest sideways step between slices that is held to be rounding and not a tilted gantry."""


@dataclass(frozen=True)
class _Slice:
    path: Path
    series: str
    series_number: str
    acquisition: int | None
    position: np.ndarray
    orientation: tuple[float, ...]
    size: tuple[int, int]

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.orientation[:3], self.orientation[3:])

    @property
    def height(self) -> float:
        return float(self.position @ self.normal)


def read_series(folder: Path, series: str | None, acquisition: int | None):
    """The wanted CT series of a folder as a SimpleITK image in HU, and what was read; see `Diff2CTCore.ct.read_ct`.

    Raises:
        VolumeError: no CT slices, several series or interleaved acquisitions without a choice,
            missing slices, mixed orientations, a tilted gantry, or pixel data that cannot be decoded.
    """
    slices = _choose_series(_ct_slices(folder), series, folder.name)
    slices = _choose_acquisition(slices, acquisition, folder.name)
    _check_geometry(slices, folder.name)
    source = {"format": "dicom", "slices": len(slices), "acquisition": acquisition}
    return _load(slices, folder.name), source


def _ct_slices(folder: Path) -> list[_Slice]:
    import pydicom
    from pydicom.errors import InvalidDicomError

    slices, enhanced = [], False
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
        except (InvalidDicomError, OSError, ValueError, KeyError):
            continue  # Notes, indices and thumbnails lie in such folders too.
        if header.get("Modality") != "CT" or "LOCALIZER" in (header.get("ImageType") or []):
            continue
        if int(header.get("NumberOfFrames") or 1) > 1:
            enhanced = True
            continue
        if header.get("ImagePositionPatient") is None or header.get("ImageOrientationPatient") is None:
            continue
        number = header.get("AcquisitionNumber")
        slices.append(
            _Slice(
                path=path,
                series=str(header.get("SeriesInstanceUID", "")),
                series_number=str(header.get("SeriesNumber", "")),
                acquisition=None if number is None else int(number),
                position=np.array(header.ImagePositionPatient, dtype=float),
                orientation=tuple(round(float(value), 4) for value in header.ImageOrientationPatient),
                size=(int(header.Rows), int(header.Columns)),
            )
        )
    if not slices and enhanced:
        raise VolumeError(
            f"The folder {folder.name} holds an enhanced multi-frame CT; convert it to NIfTI or NRRD first."
        )
    if not slices:
        raise VolumeError(f"The folder {folder.name} holds no CT slices in DICOM; choose the folder of a CT series.")
    return slices


def _choose_series(slices: list[_Slice], series: str | None, name: str) -> list[_Slice]:
    groups = defaultdict(list)
    for item in slices:
        groups[item.series].append(item)
    if series is not None:
        chosen = [group for uid, group in groups.items() if str(series) in (uid, group[0].series_number)]
    else:
        chosen = [group for group in groups.values() if len(group) >= MIN_SLICES]
    if len(chosen) == 1:
        return chosen[0]
    listing = "; ".join(
        f"number {group[0].series_number or '-'} with {len(group)} slices, {uid}" for uid, group in groups.items()
    )
    if chosen:
        raise VolumeError(f"The folder {name} holds several CT series ({listing}); choose one by number or UID.")
    if series is not None:
        raise VolumeError(f"The folder {name} has no CT series {series}; it holds: {listing}.")
    raise VolumeError(f"The folder {name} has no CT series of at least {MIN_SLICES} slices; it holds: {listing}.")


def _choose_acquisition(slices: list[_Slice], acquisition: int | None, name: str) -> list[_Slice]:
    slices = sorted(slices, key=lambda item: item.height)
    numbers = [item.acquisition for item in slices]
    listing = ", ".join(f"{number} ({numbers.count(number)} slices)" for number in sorted(set(numbers), key=str))
    if acquisition is not None:
        chosen = [item for item in slices if item.acquisition == acquisition]
        if not chosen:
            raise VolumeError(f"The series in {name} has no acquisition {acquisition}; it has {listing}.")
        return chosen
    # Acquisitions that follow one another along the patient make one volume; those that take turns are two.
    changes = sum(before != after for before, after in pairwise(numbers))
    if changes >= len(set(numbers)):
        raise VolumeError(f"The series in {name} interleaves several acquisitions: {listing}; choose one of them.")
    return slices


def _check_geometry(slices: list[_Slice], name: str) -> None:
    if len(slices) < MIN_SLICES:
        raise VolumeError(f"The series in {name} has {len(slices)} slices; at least {MIN_SLICES} are needed.")
    if len({(item.orientation, item.size) for item in slices}) > 1:
        raise VolumeError(f"The slices in {name} differ in orientation or size; give a single reconstruction.")
    positions = np.stack([item.position for item in slices])
    steps = np.diff(positions @ slices[0].normal)
    step = float(np.median(steps))
    if steps.min() < 1e-3:
        raise VolumeError(
            f"The series in {name} holds several slices at the same place and does not say which belong together; "
            "remove the surplus files."
        )
    if np.abs(steps - step).max() > SPACING_TOLERANCE * step:
        raise VolumeError(
            f"The slices in {name} are {steps.min():g} to {steps.max():g} mm apart; "
            "slices are missing, so complete the series or resample it first."
        )
    sideways = np.diff(positions, axis=0) - steps[:, None] * slices[0].normal
    if np.linalg.norm(sideways, axis=1).max() > TILT_TOLERANCE_MM:
        raise VolumeError(f"The series in {name} was scanned with a tilted gantry; straighten it first.")


def _load(slices: list[_Slice], name: str):
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(item.path) for item in slices])
    try:
        with hidden_library_messages():
            image = reader.Execute()
    except RuntimeError as error:
        raise VolumeError(f"The pixels of the series in {name} cannot be decoded; a file is damaged.") from error
    # The reader takes the distance from the first two slices, whose positions may be rounded.
    length = slices[-1].height - slices[0].height
    spacing = (*image.GetSpacing()[:2], length / (len(slices) - 1))
    image.SetSpacing(spacing)
    return image
