"""The header of a DICOM file, and how its pixels are stored."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO

from ..errors import ImageFileError
from .elements import UnreadableElementError, element, integer
from .layout import PixelLayout

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_DEFLATED = "1.2.840.10008.1.2.1.99"
_OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
_OVERLAY_POSITION, _OVERLAY_DATA = 0x0102, 0x3000


def read_header(name: str, stream: BinaryIO) -> Dataset:
    """All elements before Pixel Data, where the stream is left. ImageFileError when they cannot be read."""
    from pydicom import dcmread
    from pydicom.filereader import read_file_meta_info

    broken = ImageFileError(f"The DICOM header of {name} is damaged or cut off; copy or export the file again.")
    # pydicom inflates a deflated file whole, however large that becomes, so the syntax is asked first.
    stream.seek(128)
    if stream.read(4) == b"DICM":
        try:
            syntax = read_file_meta_info(stream.name).get("TransferSyntaxUID")
        except Exception:
            raise broken from None
        if syntax == _DEFLATED:
            raise ImageFileError(f"{name} is a deflated DICOM file; export it uncompressed.")
    stream.seek(0)
    try:
        header = dcmread(stream, stop_before_pixels=True, force=True)
    # pydicom raises nearly anything on a damaged file.
    except Exception:
        raise broken from None
    if len(header) == 0:
        raise broken
    return header


def stored_class(stream: BinaryIO) -> str:
    """MediaStorageSOPClassUID, which is never deflated; empty when it is not there or cannot be read."""
    from pydicom.filereader import read_file_meta_info

    # pydicom raises nearly anything on a damaged file.
    with contextlib.suppress(Exception):
        return str(element(read_file_meta_info(stream.name), "MediaStorageSOPClassUID") or "")
    return ""


def pixel_layout(name: str, header: Dataset) -> PixelLayout:
    """How the pixels of a file are stored.

    Raises:
        ImageFileError: the header describes no image, or leaves out what the pixels cannot be read without.
        UnreadableElementError: an element that decides about the pixels is there but is nonsense.
    """
    try:
        implicit, little = header.original_encoding
    except (ValueError, TypeError, AttributeError):
        raise ImageFileError(f"The DICOM header of {name} describes no image; export the file again.") from None
    default = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"
    rows, columns = integer(header, "Rows", 0), integer(header, "Columns", 0)
    if rows <= 0 or columns <= 0:
        raise ImageFileError(f"{name} holds no pixel data; give the file of an image.")
    allocated, stored = _bits(name, header)
    return PixelLayout(
        syntax=str(element(getattr(header, "file_meta", {}), "TransferSyntaxUID") or default),
        little_endian=bool(little),
        rows=rows,
        columns=columns,
        frames=_frames(header),
        samples=integer(header, "SamplesPerPixel", 1),
        photometric=str(_required(name, "PhotometricInterpretation", element(header, "PhotometricInterpretation")))
        .strip()
        .upper(),
        planar=integer(header, "PlanarConfiguration", None),
        bits_allocated=allocated,
        bits_stored=stored,
        signed=_signed(name, header),
        extended_offsets=_extended_offsets(header),
        overlay_bits=_overlay_bits(header, allocated, stored),
    )


def _required(name: str, keyword: str, value):
    if value is None:
        raise ImageFileError(
            f"{name} does not state its {keyword}, without which its pixels cannot be understood; export it again."
        )
    return value


def _bits(name: str, header: Dataset) -> tuple[int, int]:
    """Bits Allocated and Bits Stored."""
    allocated = _required(name, "BitsAllocated", integer(header, "BitsAllocated", None))
    stored, high = integer(header, "BitsStored", None), integer(header, "HighBit", None)
    if stored is None and high is not None:
        stored = high + 1
    stored = _required(name, "BitsStored", stored)
    if high not in (None, stored - 1):
        raise ImageFileError(f"{name} stores its pixels in an obsolete bit layout; export the file again.")
    return allocated, stored


def _signed(name: str, header: Dataset) -> bool:
    representation = _required(name, "PixelRepresentation", integer(header, "PixelRepresentation", None))
    if representation not in (0, 1):
        raise UnreadableElementError("PixelRepresentation")
    return representation == 1


def _frames(header: Dataset) -> int:
    frames = integer(header, "NumberOfFrames", 1)
    if frames < 0:
        raise UnreadableElementError("NumberOfFrames")
    # Zero is what some writers put for an image that is not of several frames.
    return max(frames, 1)


def _overlay_bits(header: Dataset, allocated: int, stored: int) -> int:
    """Bits of a stored word, above Bits Stored, that hold an overlay of the retired kind (PS3.3-2004, C.9.2)."""
    bits = 0
    for group in _OVERLAY_GROUPS:
        if (group, _OVERLAY_DATA) in header or (group, _OVERLAY_POSITION) not in header:
            continue
        # pydicom decodes on access, and a damaged element makes it raise nearly anything.
        with contextlib.suppress(Exception):
            position = int(header[group, _OVERLAY_POSITION].value)
            bits |= 1 << position if stored <= position < allocated else 0
    return bits


def _extended_offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    tables = element(header, "ExtendedOffsetTable"), element(header, "ExtendedOffsetTableLengths")
    return tables if all(isinstance(table, bytes) for table in tables) else None
