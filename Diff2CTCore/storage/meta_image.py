"""Check the header of a MetaImage (MHA) file before ITK reads it, whose parser trusts the counts in it and crashes."""

from __future__ import annotations

import math
from pathlib import Path

_HEADER_BYTES = 65_536
_LINE_BYTES = 1000
_LAST_KEY = "ElementDataFile"
_TYPES = {
    f"MET_{name}"
    for name in ("CHAR", "UCHAR", "SHORT", "USHORT", "INT", "UINT", "LONG", "ULONG", "LONG_LONG", "ULONG_LONG")
} | {"MET_FLOAT", "MET_DOUBLE"}
_VECTORS = ("Offset", "Position", "Origin", "ElementSpacing", "ElementSize", "CenterOfRotation")
_MATRICES = ("TransformMatrix", "Rotation", "Orientation")
_MAX_AXES, _MAX_SIDE, _MAX_CHANNELS = 4, 100_000, 4


def check_meta_header(path: Path) -> None:
    """Raise ValueError unless the header is complete and its numbers have the right kind, count and size."""
    entries = _entries(path)
    axes = _whole(entries["NDims"], 1, _MAX_AXES)
    sizes = entries["DimSize"].split()
    _require(len(sizes) == axes)
    for size in sizes:
        _whole(size, 1, _MAX_SIDE)
    _require(entries["ElementType"] in _TYPES)
    _whole(entries.get("ElementNumberOfChannels", "1"), 1, _MAX_CHANNELS)
    length = path.stat().st_size
    _whole(entries.get("CompressedDataSize", "0"), 0, length)
    _whole(entries.get("HeaderSize", "0"), -1, length)
    for keys, count in ((_VECTORS, axes), (_MATRICES, axes * axes)):
        for key in keys:
            if key in entries:
                numbers = [float(text) for text in entries[key].split()]
                _require(len(numbers) == count and all(map(math.isfinite, numbers)))
    _require(len(entries.get("AnatomicalOrientation", "")) <= _MAX_AXES)


def _entries(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        text = stream.read(_HEADER_BYTES)
    entries: dict[str, str] = {}
    for line in text.split(b"\n"):
        _require(len(line) <= _LINE_BYTES)
        key, separator, value = line.decode("utf-8").partition("=")
        key = key.strip()
        _require(bool(separator) and key not in entries)
        entries[key] = value.strip()
        if key == _LAST_KEY:
            break
    _require({"NDims", "DimSize", "ElementType", _LAST_KEY} <= set(entries))
    return entries


def _whole(text: str, lowest: int, highest: int) -> int:
    number = int(text)
    _require(lowest <= number <= highest)
    return number


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError
