"""The header of a NIfTI file, version 1 or 2, compressed or not (https://nifti.nimh.nih.gov)."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from . import faults
from .header import MAX_SIDE, ImageHeader, Layout, Place, checked_sizes
from .nifti_place import Coding, nifti_place, nifti_spacing
from .payload import GZIP, RAW, Payload

_FORMAT = "NIfTI"
_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    128: "u1",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
    2304: "u1",
}
_COLOURS = {128: 3, 2304: 4}
_MAX_CHANNELS = 4

# Where each value stands in the header, and its type, by version.
_FIELDS = {
    1: {
        "dim": (40, "8h"),
        "datatype": (70, "h"),
        "bitpix": (72, "h"),
        "pixdim": (76, "8f"),
        "vox_offset": (108, "f"),
        "scl_slope": (112, "f"),
        "scl_inter": (116, "f"),
        "xyzt_units": (123, "b"),
        "qform_code": (252, "h"),
        "sform_code": (254, "h"),
        "quatern": (256, "3f"),
        "qoffset": (268, "3f"),
        "srow": (280, "12f"),
    },
    2: {
        "dim": (16, "8q"),
        "datatype": (12, "h"),
        "bitpix": (14, "h"),
        "pixdim": (104, "8d"),
        "vox_offset": (168, "q"),
        "scl_slope": (176, "d"),
        "scl_inter": (184, "d"),
        "xyzt_units": (500, "i"),
        "qform_code": (344, "i"),
        "sform_code": (348, "i"),
        "quatern": (352, "3d"),
        "qoffset": (376, "3d"),
        "srow": (400, "12d"),
    },
}
_HEADER_BYTES = {1: 348, 2: 540}


class NiftiHeader(ImageHeader):
    """See `ImageHeader`."""

    file_format = _FORMAT

    def __init__(self, path: Path):
        header, compressed = _header_bytes(path)
        version, order = _version(path.name, header)
        values = {field: struct.unpack_from(order + form, header, at) for field, (at, form) in _FIELDS[version].items()}
        layout = _layout(path.name, order, values)
        (start,) = values["vox_offset"]
        if not _HEADER_BYTES[version] + 4 <= start <= 1 << 40 or start != int(start):
            raise faults.unreadable(path.name, "vox_offset", "the place of the first voxel")
        super().__init__(path.name, layout, Payload((path,), GZIP if compressed else RAW, 0, int(start)))
        self._coding = Coding(path.name, layout.sizes, values)

    def spacing_mm(self) -> tuple[float, float] | None:
        return nifti_spacing(self._coding)

    def place(self) -> Place:
        return nifti_place(self._coding)


def _header_bytes(path: Path) -> tuple[bytes, bool]:
    with path.open("rb") as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if compressed else path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES[2])
    except (OSError, EOFError, zlib.error) as error:
        raise faults.damaged(path.name, _FORMAT) from error
    return header, compressed


def _version(name: str, header: bytes) -> tuple[int, str]:
    if len(header) >= _HEADER_BYTES[1]:
        for order in "<>":
            (length,) = struct.unpack_from(order + "i", header)
            if length == _HEADER_BYTES[1] and header[344:348] == b"n+1\0":
                return 1, order
            if length == len(header) == _HEADER_BYTES[2] and header[4:12] == b"n+2\0\r\n\x1a\n":
                return 2, order
    raise faults.damaged(name, _FORMAT)


def _layout(name: str, order: str, values: dict[str, tuple]) -> Layout:
    count, *sizes = values["dim"]
    if not 1 <= count <= 7 or not all(1 <= size <= MAX_SIDE for size in sizes[:count]):
        raise faults.unreadable(name, "dim", f"1 to 7 numbers of voxels from 1 to {MAX_SIDE}")
    (datatype,), (bits,) = values["datatype"], values["bitpix"]
    if datatype not in _TYPES:
        raise faults.unreadable(name, "datatype", "a type of grey values")
    sample = np.dtype(order + _TYPES[datatype])
    channels = _COLOURS.get(datatype, 1)
    if bits != 8 * sample.itemsize * channels:
        raise faults.contradictory(name, "datatype", "bitpix")
    sizes = list(sizes[:count])
    planar = False
    # The fifth axis counts the values of a pixel, one image after the other.
    if channels == 1 and count == 5 and sizes[3] == 1 and 1 < sizes[4] <= _MAX_CHANNELS:
        channels, planar, sizes = sizes[4], True, sizes[:3]
    return Layout(checked_sizes(name, "dim", sizes), sample, channels, planar, _scaling(name, values))


def _scaling(name: str, values: dict[str, tuple]) -> tuple[float, float]:
    """Slope and intercept; a slope of zero says that there is none, and many programs write NaN for it."""
    (slope,), (intercept,) = values["scl_slope"], values["scl_inter"]
    if values["datatype"][0] in _COLOURS:
        return 1.0, 0.0
    if slope == 0.0 or np.isnan(slope):
        if intercept != 0.0 and not np.isnan(intercept):
            raise faults.contradictory(name, "scl_slope", "scl_inter")
        return 1.0, 0.0
    for field, value in (("scl_slope", slope), ("scl_inter", intercept)):
        if not np.isfinite(value):
            raise faults.unreadable(name, field, "a number")
    return slope, intercept
