"""One frame of a DICOM file as stored values."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from ..errors import ImageFileError
from .codestream import BrokenCodestream, Expected, OtherImage, check_codestream
from .decoding import decode
from .fragments import compressed_frame
from .layout import RLE, PixelLayout
from .rle import decode_rle
from .stored_bits import coded_values, native_values

_UNDEFINED_LENGTH = 0xFFFFFFFF


def read_frame(name: str, stream: BinaryIO, layout: PixelLayout, index: int) -> np.ndarray:
    """Stored values, int32 (rows, columns[, samples]), of frame `index` counted from 0.

    `stream` stands at the element Pixel Data, where reading the header stopped. A codestream may hold values beyond
    `layout.stored_range`: where it has more bits than the header says, it is believed.

    Raises:
        ImageFileError: the pixels are damaged or cut off, or are others than the header describes.
    """
    length = _enter_pixel_data(name, stream, layout)
    try:
        if layout.family is None:
            return native_values(name, _read_native(stream, layout, index, length), layout)
        frame = compressed_frame(stream, layout, index)
        expected = Expected(layout.rows, layout.columns, layout.samples, layout.bits_allocated)
        if layout.family == RLE:
            words = decode_rle(frame, expected)
            return native_values(name, words[..., 0] if layout.samples == 1 else words, layout)
        coded = check_codestream(frame, expected, layout.family)
        samples = decode(frame, layout, coded)
        if samples.shape[:2] != (layout.rows, layout.columns):
            raise OtherImage
        return coded_values(name, samples, layout, coded)
    except OtherImage:
        raise ImageFileError(
            f"The pixel data of {name} is not what its header announces (rows, columns, frames, bits, colours); "
            "export the file again."
        ) from None
    except (BrokenCodestream, RuntimeError, ValueError, EOFError, IndexError, struct.error, MemoryError, OSError):
        raise _damaged(name) from None


def _damaged(name: str) -> ImageFileError:
    return ImageFileError(f"The pixel data of {name} is damaged or cut off; copy or export the file again.")


def _enter_pixel_data(name: str, stream: BinaryIO, layout: PixelLayout) -> int:
    """Move to the first byte of the value of Pixel Data; its length in bytes."""
    order = "<" if layout.little_endian else ">"
    element = stream.read(8)
    if len(element) < 8 or struct.unpack(order + "HH", element[:4]) != (0x7FE0, 0x0010):
        raise ImageFileError(f"{name} holds no pixel data; give the file of an image.")
    # Whether the types of values stand in a file is often said wrongly; a length of these bytes would be odd.
    explicit = element[4:6] in (b"OB", b"OW", b"UN")
    length = stream.read(4) if explicit else element[4:]
    if len(length) < 4:
        raise _damaged(name)
    if not layout.little_endian and layout.bits_allocated == 8 and element[4:6] == b"OW":
        # Bytes change places in pairs there, across rows and frames too.
        raise ImageFileError(f"{name} stores its pixels in an obsolete byte order; export the file again.")
    return struct.unpack(order + "I", length)[0]


def _read_native(stream: BinaryIO, layout: PixelLayout, index: int, length: int) -> np.ndarray:
    rows, columns, samples = layout.rows, layout.columns, layout.samples
    pixel = np.dtype(f"{'<' if layout.little_endian else '>'}u{layout.bits_allocated // 8}")
    count = rows * columns * samples
    size = count * pixel.itemsize
    if length == _UNDEFINED_LENGTH or layout.frames * size > length:
        raise BrokenCodestream
    # Some writers pad, but by less than one row or column: more belongs to an image of another size.
    if length - layout.frames * size >= min(rows, columns) * samples * pixel.itemsize:
        raise OtherImage
    stream.seek(index * size, 1)
    image = np.frombuffer(stream.read(size), pixel, count=count)
    if samples == 1:
        return image.reshape(rows, columns)
    arranged = {0: image.reshape(rows, columns, samples), 1: image.reshape(samples, rows, columns).transpose(1, 2, 0)}
    # A grey picture shows which of the two arrangements is the true one.
    if _is_grey(arranged[1 - layout.planar]) and not _is_grey(arranged[layout.planar]):
        raise OtherImage
    return arranged[layout.planar]


def _is_grey(image: np.ndarray) -> bool:
    return bool((image == image[..., :1]).all())
