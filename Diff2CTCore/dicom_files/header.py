"""The header of a DICOM file, and how its pixels are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from ..errors import ImageFileError
from .elements import element, integer
from .frame import PixelLayout

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_DEFLATED = "1.2.840.10008.1.2.1.99"


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


def pixel_layout(name: str, header: Dataset) -> PixelLayout:
    """How the pixels of a file are stored. ImageFileError when the header describes no image."""
    try:
        implicit, little = header.original_encoding
        default = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"
        stored = integer(header, "BitsStored", integer(header, "BitsAllocated", 0))
        layout = PixelLayout(
            syntax=str(element(header.file_meta, "TransferSyntaxUID") or default),
            implicit=bool(implicit),
            little_endian=bool(little),
            rows=integer(header, "Rows", 0),
            columns=integer(header, "Columns", 0),
            frames=integer(header, "NumberOfFrames", 1),
            samples=integer(header, "SamplesPerPixel", 1),
            photometric=str(element(header, "PhotometricInterpretation")).strip().upper(),
            planar=integer(header, "PlanarConfiguration", 0),
            bits_allocated=integer(header, "BitsAllocated", 0),
            bits_stored=stored,
            signed=integer(header, "PixelRepresentation", 0) == 1,
            extended_offsets=_extended_offsets(header),
        )
        misplaced = integer(header, "HighBit", stored - 1) != stored - 1
    except (ValueError, TypeError, AttributeError):
        raise ImageFileError(f"The DICOM header of {name} describes no image; export the file again.") from None
    if layout.rows == 0 or layout.columns == 0:
        raise ImageFileError(f"{name} holds no pixel data; give the file of an image.")
    if misplaced:
        raise ImageFileError(f"{name} stores its pixels in an obsolete bit layout; export the file again.")
    return layout


def _extended_offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    tables = element(header, "ExtendedOffsetTable"), element(header, "ExtendedOffsetTableLengths")
    return tables if all(isinstance(table, bytes) for table in tables) else None
