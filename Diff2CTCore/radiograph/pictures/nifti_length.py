"""Whether a NIfTI file is whole; ITK fills what is missing with zeros and says nothing."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

_BLOCK = 1 << 20


def is_whole(path: Path, samples: int) -> bool:
    """Whether the file holds a header and `samples` values (pixels times channels) after it.

    A compressed file is counted in blocks and not kept.
    """
    with path.open("rb") as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if compressed else path.open("rb") as stream:
            header = stream.read(348)
            needed = _data_start(header) + samples * _value_bytes(header)
            present = len(header)
            while present < needed and (block := stream.read(min(_BLOCK, needed - present))):
                present += len(block)
    except (OSError, EOFError, zlib.error, struct.error, OverflowError, ValueError):
        return False
    return present >= needed


def _version_2(header: bytes) -> bool:
    return header[4:7] == b"n+2"


def _order(header: bytes) -> str:
    return "<" if struct.unpack_from("<i", header)[0] in (348, 540) else ">"


def _data_start(header: bytes) -> int:
    if _version_2(header):
        return struct.unpack_from(_order(header) + "q", header, 168)[0]
    return int(struct.unpack_from(_order(header) + "f", header, 108)[0])


def _value_bytes(header: bytes) -> int:
    """Bytes of one channel; NIfTI states the bits of a whole RGB (128) or RGBA (2304) pixel."""
    code, bits = struct.unpack_from(_order(header) + "hh", header, 12 if _version_2(header) else 70)
    return bits // 8 // {128: 3, 2304: 4}.get(code, 1)
