"""One plane of a CT, as the header of a DICOM file describes it; pixels are read later, in `series_pixels`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..dicom_files import PixelLayout, UnreadableElementError, element, integer, number, numbers
from ..errors import ImageFileError
from .limits import FURTHEST_MM, SPACING_MM
from .rescale import Rescale, read_padding, read_rescale
from .series_marks import volume_marks
from .series_orientation import unit_axes

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Slice:
    """One plane of a CT.

    Attributes:
        path, frame, pixels_at: the file, the frame in it counted from 0, and the byte where Pixel Data begins.
        layout: how the pixels are stored.
        acquisition: AcquisitionNumber, of an enhanced file FrameAcquisitionNumber; None where there is none.
        stack: (StackID, TemporalPositionIndex) of a frame of an enhanced file.
        marks: what else says of which volume the slice is; see `volume_marks`.
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
    marks: dict[str, str]
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


def read_slice(path: Path, header: Dataset, index: int, pixels_at: int, layout: PixelLayout) -> Slice:
    """The slice that a header describes, which is of a single frame or was merged for one.

    Raises:
        ImageFileError: it leaves out what a slice must say, or contradicts itself.
        UnreadableElementError: something is there but is nonsense.
    """
    name = path.name
    spacing = _vector(name, header, "PixelSpacing", 2)
    if min(spacing) <= 0.0:
        raise ImageFileError(f"The PixelSpacing of {name} must be two positive numbers in mm; correct it in the file.")
    if min(spacing) < SPACING_MM[0] or max(spacing) > SPACING_MM[1]:
        raise ImageFileError(
            f"The PixelSpacing of {name} is {spacing[0]:g} x {spacing[1]:g} mm, and no CT has such pixels; "
            "correct it in the file."
        )
    cosines = _vector(name, header, "ImageOrientationPatient", 6).reshape(2, 3)
    origin = _vector(name, header, "ImagePositionPatient", 3)
    if np.abs(origin).max() > FURTHEST_MM:
        raise ImageFileError(
            f"The ImagePositionPatient of {name} is more than {FURTHEST_MM / 1000:g} m away; correct it in the file."
        )
    return Slice(
        path=path,
        frame=index,
        pixels_at=pixels_at,
        layout=layout,
        acquisition=integer(header, "FrameAcquisitionNumber", integer(header, "AcquisitionNumber", None)),
        stack=(text(header, "StackID"), text(header, "TemporalPositionIndex")),
        marks=volume_marks(header),
        origin=origin,
        axes=unit_axes(name, cosines, max(layout.rows, layout.columns)),
        spacing=(float(spacing[0]), float(spacing[1])),
        rescale=read_rescale(name, header),
        padding=read_padding(header, layout),
        tilt_deg=number(header, "GantryDetectorTilt"),
        frame_of_reference=text(header, "FrameOfReferenceUID"),
        patient=text(header, "PatientID"),
    )


def _vector(name: str, header: Dataset, keyword: str, count: int) -> np.ndarray:
    found = numbers(header, keyword)
    require(name, bool(found), keyword)
    if len(found) != count:
        raise UnreadableElementError(keyword)
    return np.array(found)


def require(name: str, there: bool, keyword: str) -> None:
    """Raise ImageFileError unless an element is there."""
    if not there:
        raise ImageFileError(
            f"{name} does not state {keyword}, which each slice of a CT must; "
            "export the series again, or remove the file if it is no slice."
        )


def text(header: Dataset, keyword: str) -> str:
    """The value of an element as text; empty when it is absent."""
    value = element(header, keyword)
    return "" if value is None else str(value).strip()


def texts(header: Dataset, keyword: str) -> list[str]:
    """The values of an element as texts in upper case."""
    value = element(header, keyword)
    return [] if value is None else [str(item).strip().upper() for item in np.atleast_1d(value)]
