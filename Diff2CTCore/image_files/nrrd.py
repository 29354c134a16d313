"""The header of a NRRD file (.nrrd, or .nhdr with its pixels beside it)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from . import faults
from .data_files import ELSEWHERE, data_files
from .header import MAX_CHANNELS, MAX_SIDE, ImageHeader, Layout, Place, checked_sizes
from .nrrd_fields import FORMAT, Fields, read_fields
from .nrrd_place import nrrd_place, nrrd_spacing
from .payload import GZIP, RAW, TEXT, Payload
from .text_numbers import whole

_ENCODINGS = {"raw": RAW, "gzip": GZIP, "gz": GZIP, "text": TEXT, "txt": TEXT, "ascii": TEXT}
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_CHANNEL_KINDS = ("list", "vector", "2-vector", "3-vector", "4-vector", "rgb-color", "rgba-color", "3-color", "4-color")
_TYPE_OF = {spelling: code for code, spellings in _TYPES.items() for spelling in spellings}


class NrrdHeader(ImageHeader):
    """See `ImageHeader`."""

    file_format = FORMAT

    def __init__(self, path: Path, may_be_detached: bool):
        self._fields = read_fields(path)
        if "data file" in self._fields and not may_be_detached:
            raise faults.unsupported(path.name, ELSEWHERE, "save it as one file (.nrrd or .mha)")
        layout, all_sizes = _layout(self._fields)
        super().__init__(path.name, layout, _payload(path, self._fields, all_sizes))

    def spacing_mm(self) -> tuple[float, float] | None:
        return nrrd_spacing(self._fields)

    def place(self) -> Place:
        return nrrd_place(self._fields)


def _layout(fields: Fields) -> tuple[Layout, list[int]]:
    name = fields.name
    all_sizes = [whole(name, "sizes", word, 1, MAX_SIDE) for word in fields.words("sizes")]
    code = _TYPE_OF.get(" ".join(fields["type"].lower().split()))
    if code is None:
        raise faults.unreadable(name, "type", "a type of grey values")
    encoding = fields["encoding"].lower()
    if encoding not in _ENCODINGS:
        raise faults.unsupported(name, "is encoded in a way that is not read", "save it raw or with gzip")
    sample = np.dtype(code)
    endian = fields["endian"].lower() if "endian" in fields else None
    if endian not in (None, "little", "big"):
        raise faults.unreadable(name, "endian", "little or big")
    if endian is None and sample.itemsize > 1 and _ENCODINGS[encoding] != TEXT:
        raise faults.absent(name, "endian", "the order of its bytes")
    channels, sizes = _channels(fields, all_sizes)
    sample = sample.newbyteorder(">" if endian == "big" else "<")
    return Layout(checked_sizes(name, "sizes", sizes), sample, channels), all_sizes


def _channels(fields: Fields, all_sizes: list[int]) -> tuple[int, list[int]]:
    """Values per voxel, and the samples along all other axes but those of one sample that do not lie in space."""
    spatial, kinds = fields.spatial_axes(), fields.kinds()
    first = kinds[0] if kinds else ""
    channels, start = 1, 0
    if not spatial[0] and first != "time":
        channels, start = all_sizes[0], 1
    one = "give an image with one value per voxel"
    if channels > MAX_CHANNELS:
        raise faults.unsupported(fields.name, f"has {channels} values per voxel", one)
    if channels > 1 and kinds and first not in _CHANNEL_KINDS:
        raise faults.unsupported(fields.name, "has values in its voxels that are neither grey nor colours", one)
    axes = list(zip(all_sizes, spatial, strict=True))[start:]
    return channels, [size for size, is_space in axes if is_space or size > 1]


def _payload(path: Path, fields: Fields, sizes: list[int]) -> Payload:
    name = path.name
    lines, skip = (whole(name, field, fields.get(field, "0"), -1, 1 << 40) for field in ("line skip", "byte skip"))
    encoding = _ENCODINGS[fields["encoding"].lower()]
    if lines < 0:
        raise faults.unreadable(name, "line skip", "a number of lines")
    if skip < 0 and encoding != RAW:
        raise faults.contradictory(name, "byte skip", "encoding")
    if "data file" in fields:
        files, start = data_files(path, "data file", fields["data file"], fields.following, sizes), 0
    else:
        files, start = (path,), fields.end
    if lines:
        if len(files) > 1:
            raise faults.unsupported(name, "skips lines in a list of files", "save it as one file")
        start = _after_lines(files[0], start, lines)
    if skip < 0:
        return Payload(files, encoding, None)
    return Payload(files, encoding, start, skip)


def _after_lines(path: Path, start: int, lines: int) -> int:
    # What cannot be opened is told when the pixels are read; pathlib's own test fails for a name that is too long.
    if not os.path.isfile(path):
        return start
    with path.open("rb") as stream:
        stream.seek(start)
        for _ in range(lines):
            if not stream.readline():
                break
        return stream.tell()
