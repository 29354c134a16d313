"""The few TIFF tags that ITK's reader does not report (TIFF 6.0, section 2; BigTIFF)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_BITS, _PHOTOMETRIC, _TILE_WIDTH = 258, 262, 322
_MAX_ENTRIES = 4096


@dataclass(frozen=True)
class TiffTags:
    """Of the first image of a file."""

    white_is_zero: bool
    tiled: bool
    bits: int


def read_tiff_tags(path: Path) -> TiffTags:
    """Raises ValueError when the file has no image directory."""
    with path.open("rb") as stream:
        head = stream.read(16)
        order = "<" if head[:2] == b"II" else ">"
        try:
            big = struct.unpack(order + "H", head[2:4])[0] == 43
            start = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])[0]
            stream.seek(start)
            count_format = order + ("Q" if big else "H")
            count = struct.unpack(count_format, stream.read(struct.calcsize(count_format)))[0]
            entries = _entries(stream.read((20 if big else 12) * min(count, _MAX_ENTRIES)), order, big)
        except (struct.error, OverflowError, OSError):
            raise ValueError from None
    return TiffTags(entries.get(_PHOTOMETRIC) == 0, _TILE_WIDTH in entries, entries.get(_BITS, 1))


def _entries(directory: bytes, order: str, big: bool) -> dict[int, int]:
    """First short value of each entry by tag; of grey images that is all that is asked for."""
    size, value_at = (20, 12) if big else (12, 8)
    return {
        struct.unpack_from(order + "H", directory, at)[0]: struct.unpack_from(order + "H", directory, at + value_at)[0]
        for at in range(0, len(directory) - size + 1, size)
    }
