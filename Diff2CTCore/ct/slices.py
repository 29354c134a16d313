"""What the headers of DICOM files say about the slices of a CT; pixels are read later, in `series_pixels`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..dicom_files import (
    BEGINNING_BYTES,
    PixelLayout,
    UnreadableElementError,
    check_layout,
    code,
    contradicted,
    element,
    frame_header,
    integer,
    items,
    number,
    numbers,
    pixel_layout,
    read_header,
    readable,
    starts_like_dicom,
    stated,
)
from ..errors import ImageFileError
from .rescale import Rescale, read_padding, read_rescale

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CT_CLASSES = {f"1.2.840.10008.5.1.4.1.1.2{kind}" for kind in ("", ".1", ".2")}
"""CT, enhanced CT, and enhanced CT that was converted from plain slices."""

MAX_SIDE_PX = 4096
"""The finest scanners write 2048; what claims more would take all memory."""

_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_OF_ALL_FRAMES = ("PixelSpacing", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept")
_DIRECTORY = "1.2.840.10008.1.3.10"
_UNIT_TOLERANCE = 0.02
"""How far direction cosines may be from perpendicular unit vectors; some programs write two decimals."""


class NotDicomError(ImageFileError):
    """The file does not begin like DICOM: a note, or a file whose beginning is damaged."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One plane of a CT.

    Attributes:
        path, frame, pixels_at: the file, the frame in it counted from 0, and the byte where Pixel Data begins.
        layout: how the pixels are stored.
        acquisition: AcquisitionNumber, of an enhanced file FrameAcquisitionNumber; None where there is none.
        stack: (StackID, TemporalPositionIndex) of a frame of an enhanced file.
        origin: (3,) LPS mm of the centre of the first pixel.
        axes: (2, 3) unit vectors in LPS, along a row and down a column.
        spacing: (between rows, between columns), mm.
        rescale: from stored values to HU; None when the header says nothing about it.
        padding: lowest and highest stored value that stand for "outside the field of view", or None.
        tilt_deg: GantryDetectorTilt, or None.
        frame_of_reference, patient: what all slices of a series share; empty where not stated.
    """

    path: Path
    frame: int
    pixels_at: int
    layout: PixelLayout
    acquisition: int | None
    stack: tuple[str, str]
    origin: np.ndarray
    axes: np.ndarray
    spacing: tuple[float, float]
    rescale: Rescale | None
    padding: tuple[int, int] | None
    tilt_deg: float | None
    frame_of_reference: str
    patient: str

    @property
    def height(self) -> float:
        """Distance in mm along the slice's own normal."""
        return float(self.origin @ np.cross(*self.axes))


@dataclass(frozen=True)
class CTFile:
    """A DICOM file of a CT, with one slice or several.

    Attributes:
        series, series_number: SeriesInstanceUID and SeriesNumber; empty where not stated.
        placed: it says something about its place, as slices do and pictures of a report do not.
        count: of its frames.
        slices: empty when there is a `problem`.
        problem: one sentence on what is wrong with the header; None for a sound file.
    """

    path: Path
    series: str
    series_number: str
    placed: bool
    count: int
    slices: tuple[Slice, ...]
    problem: str | None


def read_ct_file(path: Path) -> CTFile | None:
    """The slices that a DICOM file describes; None when it is DICOM but no image of a CT, or a localiser.

    Raises:
        NotDicomError: it does not begin like DICOM.
        ImageFileError: it begins like DICOM but cannot be read at all.
    """
    try:
        with path.open("rb") as stream:
            if not starts_like_dicom(stream.read(BEGINNING_BYTES)):
                raise NotDicomError(f"{path.name} is no DICOM file.")
            header = read_header(path.name, stream)
            pixels_at = stream.tell()
    except OSError as error:
        raise ImageFileError(
            f"{path.name} cannot be opened ({error.strerror}); check its permissions or copy it again."
        ) from None
    if not _is_ct_image(path.name, header) or "LOCALIZER" in _texts(header, "ImageType"):
        return None
    slices, count, problem = (), 1, None
    try:
        with readable(path.name):
            count = _frames(path.name, header)
            slices = _slices(path, header, pixels_at, count)
    except ImageFileError as error:
        problem = str(error)
    if problem is None and not slices:
        return None
    placed = any(stated(header, keyword) for keyword in ("ImagePositionPatient", _PER_FRAME))
    series, number_of_series = _text(header, "SeriesInstanceUID"), _text(header, "SeriesNumber")
    return CTFile(path, series, number_of_series, placed, count, slices, problem)


def _is_ct_image(name: str, header: Dataset) -> bool:
    classes = {_text(header, "SOPClassUID"), _text(header.file_meta, "MediaStorageSOPClassUID")}
    if classes & CT_CLASSES:
        return True
    if not any(stated(header, keyword) for keyword in ("Modality", "SOPClassUID")) and _DIRECTORY not in classes:
        raise ImageFileError(f"The DICOM header of {name} is damaged or cut off; copy or export the file again.")
    # Raw data and reports of a CT scanner have its modality as well.
    image = any(stated(header, keyword) for keyword in ("Rows", "ImagePositionPatient", _PER_FRAME))
    return image and code(header, "Modality", ("CT",)) == "CT"


def _frames(name: str, header: Dataset) -> int:
    """The number of frames; each of several needs a place of its own."""
    # Zero is what some writers put for an image that is not of several frames.
    count, described = integer(header, "NumberOfFrames", 1) or 1, len(items(header, _PER_FRAME))
    if count < 0:
        raise UnreadableElementError("NumberOfFrames")
    if described != count and (described or count > 1):
        raise ImageFileError(
            f"{name} states {count} frames and describes the places of {described} ({_PER_FRAME}); "
            "export the series again."
        )
    return count


def _slices(path: Path, header: Dataset, pixels_at: int, count: int) -> tuple[Slice, ...]:
    name = path.name
    if stated(header, "Modality") and code(header, "Modality", ("CT",)) is None:
        raise ImageFileError(f"{name} contradicts itself: it is stored as a CT image, but its Modality is another.")
    for keyword in ("Rows", "Columns"):
        _require(name, stated(header, keyword), keyword)
    layout = pixel_layout(name, header)
    check_layout(name, layout)
    if layout.samples != 1:
        raise ImageFileError(f"{name} is a colour picture and no CT slice; remove it from the series.")
    if max(layout.rows, layout.columns) > MAX_SIDE_PX:
        raise ImageFileError(f"{name} claims {layout.rows} x {layout.columns} pixels, too many for a CT slice.")
    for keyword in contradicted(header, 0, _OF_ALL_FRAMES):
        raise ImageFileError(f"{name} states one {keyword} of its own and another for its frames; export it again.")
    headers = (frame_header(header, index) for index in range(count))
    return tuple(
        _slice(path, own, index, pixels_at, layout)
        for index, own in enumerate(headers)
        if "LOCALIZER" not in _texts(own, "FrameType")
    )


def _slice(path: Path, header: Dataset, index: int, pixels_at: int, layout: PixelLayout) -> Slice:
    name = path.name
    spacing = _vector(name, header, "PixelSpacing", 2)
    if min(spacing) <= 0.0:
        raise ImageFileError(f"The PixelSpacing of {name} must be two positive numbers in mm; correct it in the file.")
    axes = _vector(name, header, "ImageOrientationPatient", 6).reshape(2, 3)
    if np.abs(axes @ axes.T - np.eye(2)).max() > _UNIT_TOLERANCE:
        raise ImageFileError(
            f"The ImageOrientationPatient of {name} must be two perpendicular unit vectors; correct it in the file."
        )
    return Slice(
        path=path,
        frame=index,
        pixels_at=pixels_at,
        layout=layout,
        acquisition=integer(header, "FrameAcquisitionNumber", integer(header, "AcquisitionNumber", None)),
        stack=(_text(header, "StackID"), _text(header, "TemporalPositionIndex")),
        origin=_vector(name, header, "ImagePositionPatient", 3),
        axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
        spacing=(float(spacing[0]), float(spacing[1])),
        rescale=read_rescale(name, header),
        padding=read_padding(header, layout),
        tilt_deg=number(header, "GantryDetectorTilt"),
        frame_of_reference=_text(header, "FrameOfReferenceUID"),
        patient=_text(header, "PatientID"),
    )


def _vector(name: str, header: Dataset, keyword: str, count: int) -> np.ndarray:
    found = numbers(header, keyword)
    _require(name, bool(found), keyword)
    if len(found) != count:
        raise UnreadableElementError(keyword)
    return np.array(found)


def _require(name: str, there: bool, keyword: str) -> None:
    if not there:
        raise ImageFileError(
            f"{name} does not state {keyword}, which each slice of a CT must; "
            "export the series again, or remove the file if it is no slice."
        )


def _text(header: Dataset, keyword: str) -> str:
    value = element(header, keyword)
    return "" if value is None else str(value).strip()


def _texts(header: Dataset, keyword: str) -> list[str]:
    value = element(header, keyword)
    return [] if value is None else [str(item).strip().upper() for item in np.atleast_1d(value)]
