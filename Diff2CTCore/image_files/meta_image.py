"""The header of a MetaImage file (.mha, or .mhd with its pixels beside it)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import faults
from .data_files import ELSEWHERE, data_files
from .header import MAX_CHANNELS, ImageHeader, Layout, Place, checked_sizes
from .meta_image_place import meta_image_pixel_spacing, meta_image_place
from .payload import RAW, TEXT, ZLIB, Payload
from .text_numbers import floats, refuse_repeated, whole, without_mark

_HEADER_BYTES = 65_536
_LAST_KEY = "ElementDataFile"
_LIST_BYTES = 1 << 24
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_MAX_AXES = 4
META_IMAGE_KEYS = {
    *("Comment", "ObjectType", "ObjectSubType", "TransformType", "NDims", "Name", "ID", "ParentID", "Color"),
    *("AcquisitionDate", "Modality", "SequenceID", "ImagePosition", "BinaryData", "BinaryDataByteOrderMSB"),
    *("CompressedData", "CompressedDataSize", "CompressionLevel", "HeaderSize", "HeaderSizePerSlice", "DimSize"),
    *("TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin", "CenterOfRotation"),
    *("AnatomicalOrientation", "DistanceUnits", "ElementByteOrderMSB", "ElementSpacing", "ElementSize"),
    *("ElementMin", "ElementMax", "ElementNBits", "ElementNumberOfChannels", "ElementType", "ElementDataFile"),
    *("ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset"),
}
"""With any of these a file may begin."""

_BYTE_ORDERS = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
_FORMAT = "MetaImage"


class MetaImageHeader(ImageHeader):
    """See `ImageHeader`."""

    file_format = _FORMAT

    def __init__(self, path: Path, may_be_detached: bool):
        self._entries, end = _read_entries(path)
        if self._entries[_LAST_KEY].upper() != "LOCAL" and not may_be_detached:
            raise faults.unsupported(path.name, ELSEWHERE, "save it as one file (.nrrd or .mha)")
        self._axes = whole(path.name, "NDims", self._entries["NDims"], 1, _MAX_AXES)
        layout, all_sizes = _layout(path.name, self._entries, self._axes)
        super().__init__(path.name, layout, _payload(path, self._entries, end, all_sizes))

    def spacing_mm(self) -> tuple[float, float] | None:
        return meta_image_pixel_spacing(self.name, self._entries, self._axes)

    def place(self) -> Place:
        return meta_image_place(self.name, self._entries, self._axes)


def _read_entries(path: Path) -> tuple[dict[str, str], int]:
    """Key and value of each line, and where the line of the data file ends."""
    with path.open("rb") as stream:
        text = stream.read(_HEADER_BYTES)
    entries: dict[str, str] = {}
    end = 0
    for line in text.splitlines(keepends=True):
        text_line = line if end else without_mark(line)
        end += len(line)
        try:
            key, separator, value = text_line.decode("utf-8").partition("=")
        except UnicodeDecodeError:
            raise faults.damaged(path.name, _FORMAT) from None
        key = key.strip()
        if not separator:
            if not text_line.strip():
                continue
            raise faults.damaged(path.name, _FORMAT)
        if key != "Comment":
            refuse_repeated(path.name, key if key.isalnum() else "an entry", entries)
        entries[key] = value.strip()
        if key == _LAST_KEY:
            break
    for key in ("NDims", "DimSize", "ElementType", _LAST_KEY):
        if key not in entries:
            raise faults.damaged(path.name, _FORMAT)
    return entries, end


def _flag(name: str, entries: dict[str, str], key: str) -> bool | None:
    text = entries.get(key, "").lower()
    if key not in entries:
        return None
    if text not in ("true", "false", "t", "f", "1", "0"):
        raise faults.unreadable(name, key, "True or False")
    return text in ("true", "t", "1")


def _layout(name: str, entries: dict[str, str], axes: int) -> tuple[Layout, list[int]]:
    words = entries["DimSize"].split()
    if len(words) != axes:
        raise faults.contradictory(name, "NDims", "DimSize")
    sizes = [whole(name, "DimSize", word, 1, 100_000) for word in words]
    if entries.get("ObjectType", "Image") != "Image":
        raise faults.unsupported(name, "holds another object than an image", "give the file of an image")
    if entries["ElementType"] not in _TYPES:
        raise faults.unreadable(name, "ElementType", "a type of grey values")
    channels = whole(name, "ElementNumberOfChannels", entries.get("ElementNumberOfChannels", "1"), 1, MAX_CHANNELS)
    sample = np.dtype(_TYPES[entries["ElementType"]])
    orders = {_flag(name, entries, key) for key in _BYTE_ORDERS} - {None}
    if len(orders) > 1:
        raise faults.contradictory(name, *_BYTE_ORDERS)
    if not orders and sample.itemsize > 1 and _flag(name, entries, "BinaryData") is not False:
        raise faults.absent(name, _BYTE_ORDERS[0], "the order of its bytes")
    sample = sample.newbyteorder(">" if True in orders else "<")
    scaling = tuple(
        floats(name, key, entries.get(key, default).split(), 1)[0]
        for key, default in (("ElementToIntensityFunctionSlope", "1"), ("ElementToIntensityFunctionOffset", "0"))
    )
    if scaling[0] == 0.0:
        raise faults.unreadable(name, "ElementToIntensityFunctionSlope", "a number other than zero")
    return Layout(checked_sizes(name, "DimSize", sizes), sample, channels, scaling=scaling), sizes


def _payload(path: Path, entries: dict[str, str], end: int, sizes: list[int]) -> Payload:
    name = path.name
    target = entries[_LAST_KEY]
    length = path.stat().st_size
    header_bytes = whole(name, "HeaderSize", entries.get("HeaderSize", "0"), -1, 1 << 40)
    compressed = bool(_flag(name, entries, "CompressedData"))
    text = _flag(name, entries, "BinaryData") is False
    stored = entries.get("CompressedDataSize") if compressed else None
    stored_bytes = None if stored is None else whole(name, "CompressedDataSize", stored, 0, 1 << 40) or None
    if compressed and text:
        raise faults.contradictory(name, "CompressedData", "BinaryData")
    encoding = ZLIB if compressed else TEXT if text else RAW
    if target.upper() == "LOCAL":
        if header_bytes > 0:
            raise faults.contradictory(name, "HeaderSize", _LAST_KEY)
        return Payload((path,), encoding, end, stored_bytes=stored_bytes)
    with path.open("rb") as stream:
        stream.seek(end)
        following = stream.read(_LIST_BYTES if length - end <= _LIST_BYTES else 0)
    lines = following.decode("utf-8", "surrogateescape").splitlines()
    files = data_files(path, _LAST_KEY, target, lines, sizes)
    if len(files) > 1 and compressed:
        raise faults.unsupported(name, "lists compressed files", "save it as one file")
    if header_bytes < 0 and encoding != RAW:
        raise faults.contradictory(name, "HeaderSize", "the way its data are encoded")
    return Payload(files, encoding, None if header_bytes < 0 else header_bytes, stored_bytes=stored_bytes)
