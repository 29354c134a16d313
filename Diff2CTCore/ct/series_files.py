"""What the headers of DICOM files say about the slices of a CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..dicom_files import (
    BEGINNING_BYTES,
    SECONDARY_CAPTURE,
    UnreadableElementError,
    check_layout,
    code,
    contradicted,
    element,
    frame_header,
    integer,
    items,
    pixel_layout,
    read_header,
    readable,
    starts_like_dicom,
    stated,
    stored_class,
)
from ..errors import ImageFileError
from .slices import Slice, read_slice, require, text, texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CT_CLASSES = {f"1.2.840.10008.5.1.4.1.1.2{kind}" for kind in ("", ".1", ".2")}
"""CT, enhanced CT, and enhanced CT that was converted from plain slices."""

MAX_SIDE_PX = 4096
"""The finest scanners write 2048; what claims more would take all memory."""

_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_OF_ALL_FRAMES = ("PixelSpacing", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept")
_DIRECTORY = "1.2.840.10008.1.3.10"
_STANDARD = "1.2.840.10008."


class NotDicomError(ImageFileError):
    """The file does not begin like DICOM: a note, or a file whose beginning is damaged."""


@dataclass(frozen=True)
class CTFile:
    """A DICOM file of a CT, with one slice or several.

    Attributes:
        series, series_number: SeriesInstanceUID and SeriesNumber; empty where not stated.
        placed: it is grey and says something about its place, as slices do and pictures of a report do not.
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
            try:
                header = read_header(path.name, stream)
            except ImageFileError:
                if _is_other_class(stored_class(stream)):
                    return None
                raise
            pixels_at = stream.tell()
    except OSError as error:
        raise ImageFileError(
            f"{path.name} cannot be opened ({error.strerror}); check its permissions or copy it again."
        ) from None
    if not _is_ct_image(path.name, header) or "LOCALIZER" in texts(header, "ImageType"):
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
    placed = not _is_coloured(header) and any(
        stated(header, keyword) for keyword in ("ImagePositionPatient", _PER_FRAME)
    )
    series, number_of_series = text(header, "SeriesInstanceUID"), text(header, "SeriesNumber")
    return CTFile(path, series, number_of_series, placed, count, slices, problem)


def _is_other_class(sop_class: str) -> bool:
    """Whether a class is one of the standard's in which nobody stores slices of a CT."""
    ct = sop_class in CT_CLASSES or sop_class.startswith(SECONDARY_CAPTURE)
    return sop_class.startswith(_STANDARD) and sop_class != _DIRECTORY and not ct


def _is_coloured(header: Dataset) -> bool:
    photometric = text(header, "PhotometricInterpretation").upper()
    return element(header, "SamplesPerPixel") not in (None, 1) or not ("MONOCHROME" in photometric or not photometric)


def _is_ct_image(name: str, header: Dataset) -> bool:
    classes = {text(header, "SOPClassUID"), text(header.file_meta, "MediaStorageSOPClassUID")}
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
        require(name, stated(header, keyword), keyword)
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
        read_slice(path, own, index, pixels_at, layout)
        for index, own in enumerate(headers)
        if "LOCALIZER" not in texts(own, "FrameType")
    )
