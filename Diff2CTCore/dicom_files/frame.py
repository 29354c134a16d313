"""One frame of a DICOM file as stored values."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from ..errors import ImageFileError
from ..storage import hidden_library_messages, output_errors, private_folder
from .codestream import BrokenCodestream, Expected, check_codestream

_RLE = "1.2.840.10008.1.2.5"
_FAMILIES = {
    _RLE: "RLE",
    "1.2.840.10008.1.2.4.50": "JPEG",
    "1.2.840.10008.1.2.4.51": "JPEG",
    "1.2.840.10008.1.2.4.57": "JPEG",
    "1.2.840.10008.1.2.4.70": "JPEG",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS",
    "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
}
_UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(frozen=True)
class PixelLayout:
    """How the pixels of a DICOM file are stored, as checked plain values.

    `extended_offsets` are the two tables that some files with many compressed frames have, or None.
    """

    syntax: str
    implicit: bool
    little_endian: bool
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    extended_offsets: tuple[bytes, bytes] | None = None

    @property
    def stored_range(self) -> tuple[int, int]:
        """Lowest and highest value that a pixel can have."""
        if self.signed:
            return -(1 << (self.bits_stored - 1)), (1 << (self.bits_stored - 1)) - 1
        return 0, (1 << self.bits_stored) - 1


def check_layout(name: str, layout: PixelLayout):
    """Raise ImageFileError for a transfer syntax or a layout of pixels that is not read."""
    if layout.syntax not in _FAMILIES and layout.syntax not in _UNCOMPRESSED:
        raise ImageFileError(
            f"{name} is stored in a transfer syntax that is not supported; export it uncompressed, "
            "or as RLE, JPEG, JPEG-LS or JPEG 2000."
        )
    if layout.bits_allocated not in (8, 16) or not 2 <= layout.bits_stored <= layout.bits_allocated:
        raise ImageFileError(f"{name} does not have 8 to 16 bits a pixel; export it as a grey image of 8 to 16 bits.")
    grey = layout.samples == 1 and layout.photometric in ("MONOCHROME1", "MONOCHROME2")
    lossy_rgb = layout.photometric.startswith("YBR") and layout.syntax in _FAMILIES and layout.syntax != _RLE
    if not grey and not (layout.samples == 3 and (layout.photometric == "RGB" or lossy_rgb)):
        raise ImageFileError(f"{name} is stored in a colour format that is not supported; export it as a grey image.")


def read_frame(name: str, stream: BinaryIO, layout: PixelLayout, index: int) -> np.ndarray:
    """Stored values, int32 (rows, columns[, samples]), of frame `index` counted from 0.

    `stream` stands at the element Pixel Data, where reading the header stopped.
    """
    length = _enter_pixel_data(name, stream, layout)
    try:
        if layout.syntax in _FAMILIES:
            image = _read_compressed(stream, layout, index)
        else:
            image = _read_native(stream, layout, index, length)
    except (BrokenCodestream, RuntimeError, ValueError, EOFError, IndexError, struct.error, MemoryError, OSError):
        raise _damaged(name) from None
    return _meaningful_bits(image, layout)


def _damaged(name: str) -> ImageFileError:
    return ImageFileError(f"The pixel data of {name} is damaged or cut off; copy or export the file again.")


def _enter_pixel_data(name: str, stream: BinaryIO, layout: PixelLayout) -> int:
    """Move to the first byte of the value of Pixel Data; its length in bytes."""
    order = "<" if layout.little_endian else ">"
    element = stream.read(8)
    if len(element) < 8 or struct.unpack(order + "HH", element[:4]) != (0x7FE0, 0x0010):
        raise ImageFileError(f"{name} holds no pixel data; give the file of an image.")
    length = element[4:] if layout.implicit else stream.read(4)
    if len(length) < 4:
        raise _damaged(name)
    return struct.unpack(order + "I", length)[0]


def _read_native(stream: BinaryIO, layout: PixelLayout, index: int, length: int) -> np.ndarray:
    rows, columns, samples = layout.rows, layout.columns, layout.samples
    pixel = np.dtype(f"{'<' if layout.little_endian else '>'}u{layout.bits_allocated // 8}")
    count = rows * columns * samples
    start = index * count * pixel.itemsize
    # An undefined length (all bits set) is for compressed frames alone.
    if length == 0xFFFFFFFF or start + count * pixel.itemsize > length:
        raise ValueError
    stream.seek(start, 1)
    image = np.frombuffer(stream.read(count * pixel.itemsize), pixel, count=count)
    if samples == 1:
        return image.reshape(rows, columns)
    if layout.planar == 1:
        return image.reshape(samples, rows, columns).transpose(1, 2, 0)
    return image.reshape(rows, columns, samples)


def _read_compressed(stream: BinaryIO, layout: PixelLayout, index: int) -> np.ndarray:
    from pydicom.encaps import get_frame

    frame = get_frame(stream, index, extended_offsets=layout.extended_offsets, number_of_frames=layout.frames)
    expected = Expected(layout.rows, layout.columns, layout.samples, layout.bits_allocated)
    check_codestream(frame, expected, _FAMILIES[layout.syntax])
    image = _decode(frame, layout)
    if image.shape[:2] != (layout.rows, layout.columns):
        raise ValueError
    return image


def _decode(frame: bytes, layout: PixelLayout) -> np.ndarray:
    """Decode with the GDCM inside SimpleITK, which knows every syntax of this module.

    GDCM reads files, and would apply rescale and polarity on its own. So it is given the frame in a
    small file of its own which says nothing but the layout of the pixels.
    """
    import SimpleITK as sitk
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, generate_uid

    single = Dataset()
    single.file_meta = FileMetaDataset()
    single.file_meta.TransferSyntaxUID = UID(layout.syntax)
    single.file_meta.MediaStorageSOPClassUID = single.SOPClassUID = UID(SECONDARY_CAPTURE)
    single.file_meta.MediaStorageSOPInstanceUID = single.SOPInstanceUID = generate_uid()
    single.Modality = "OT"
    single.Rows, single.Columns = layout.rows, layout.columns
    single.BitsAllocated, single.BitsStored, single.HighBit = (
        layout.bits_allocated,
        layout.bits_stored,
        layout.bits_stored - 1,
    )
    single.PixelRepresentation = int(layout.signed)
    single.SamplesPerPixel = layout.samples
    single.PhotometricInterpretation = layout.photometric if layout.samples > 1 else "MONOCHROME2"
    if layout.samples > 1:
        single.PlanarConfiguration = layout.planar
    single.PixelData = encapsulate([frame])
    single["PixelData"].VR = "OB"
    with output_errors("the temporary folder"), private_folder() as folder, hidden_library_messages():
        path = folder / "frame.dcm"
        with open(path, "wb", opener=_private) as file:
            single.save_as(file, enforce_file_format=True)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(path))
        return sitk.GetArrayFromImage(reader.Execute())[0]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _meaningful_bits(image: np.ndarray, layout: PixelLayout) -> np.ndarray:
    """Values of Bits Stored bits, signed or not; old files keep overlays in the bits above."""
    values = image.astype(np.int32) & ((1 << layout.bits_stored) - 1)
    if layout.signed:
        values -= (values >> (layout.bits_stored - 1)) << layout.bits_stored
    return values
