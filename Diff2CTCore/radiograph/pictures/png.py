"""A radiograph in a PNG file (PNG 3, W3C), read from its bytes: the samples as stored, or a refusal."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...errors import RadiographError
from ..limits import check_size
from .picture import Picture, is_square
from .png_lines import line_lengths, pixels_of_lines
from .tiff_tags import Tag, first_directory

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BLOCK = 1 << 20
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGBA: 4}
_BITS = {_GREY: (1, 2, 4, 8, 16), _PALETTE: (1, 2, 4, 8)}
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf", b"pHYs")


def read_png(path: Path) -> Picture:
    """The samples of a PNG file of 8 or 16 bits: grey, RGB or a palette, with an opacity or without.

    The samples are those of the file: sBIT says how many of their bits count and moves none of them, and gAMA, sRGB,
    iCCP and cICP say how a screen shows them, which no radiograph is measured by. pHYs is for printing and tells no
    spacing, only whether pixels are square.

    Raises RadiographError for a damaged file, fewer bits, real transparency, an animation, and a picture that asks to
    be turned.
    """
    name = path.name
    with path.open("rb") as stream:
        chunks = _read_chunks(name, stream)
    columns, rows, bits, colour, coding, filters, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if bits not in _BITS.get(colour, (8, 16)) or colour not in _CHANNELS or coding or filters or interlaced > 1:
        raise _damaged(name)
    check_size(name, rows, columns)
    if bits < 8:
        raise RadiographError(
            f"{name} holds {1 << bits} grey levels or colours at most; save it as a grey PNG of 8 or 16 bits."
        )
    _refuse_turned(name, chunks.get(b"eXIf"))
    channels = _CHANNELS[colour]
    content = _inflate(name, chunks[b"IDAT"], line_lengths(rows, columns, channels * bits // 8, bool(interlaced)))
    try:
        pixels = pixels_of_lines(content, rows, columns, channels * bits // 8, bool(interlaced))
    except ValueError:
        raise _damaged(name) from None
    square = _is_square(name, chunks.get(b"pHYs"))
    samples = pixels.view(">u2").astype(np.uint16) if bits == 16 else pixels
    if colour == _PALETTE:
        return Picture(_palette_colours(name, samples[..., 0], chunks), square=square)
    _refuse_transparent_colour(name, samples, chunks.get(b"tRNS"))
    return Picture(samples[..., 0] if channels == 1 else samples, square=square)


def _read_chunks(name: str, stream: BinaryIO) -> dict[bytes, bytes]:
    """The content of the chunks that matter; that of IDAT put together. Every checksum is compared."""
    found: dict[bytes, list[bytes]] = {}
    previous = b""
    if stream.read(8) != _SIGNATURE:
        raise _damaged(name)
    for kind, content in _chunks(name, stream):
        repeated = kind in found and not (kind == previous == b"IDAT")
        late = kind in (b"PLTE", b"tRNS") and b"IDAT" in found
        unknown = kind not in _KEPT and not kind[0] & 0x20
        if (kind == b"IHDR") != (not previous) or (kind in _KEPT and repeated) or late or unknown:
            raise _damaged(name)
        if kind == b"acTL":
            raise RadiographError(f"{name} is an animation of several pictures; give one radiograph.")
        if kind in _KEPT:
            found.setdefault(kind, []).append(content)
        previous = kind
    chunks = {kind: b"".join(parts) for kind, parts in found.items()}
    if len(chunks[b"IHDR"]) != 13 or b"IDAT" not in chunks:
        raise _damaged(name)
    return chunks


def _chunks(name: str, stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk up to the end of the picture; the content only of those that matter."""
    kind = b""
    while kind != b"IEND":
        head = stream.read(8)
        if len(head) < 8:
            raise _damaged(name)
        left, kind = struct.unpack(">I4s", head)
        if left >= 1 << 31 or not kind.isalpha():
            raise _damaged(name)
        parts, check = [], zlib.crc32(kind)
        while left and (block := stream.read(min(left, _BLOCK))):
            left -= len(block)
            check = zlib.crc32(block, check)
            if kind in _KEPT:
                parts.append(block)
        if left or stream.read(4) != struct.pack(">I", check):
            raise _damaged(name)
        yield kind, b"".join(parts)


def _inflate(name: str, content: bytes, length: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        lines = stream.decompress(content, length + 1)
    except zlib.error:
        raise _damaged(name) from None
    if len(lines) != length or not stream.eof:
        raise RadiographError(f"{name} holds more or fewer pixels than its header says; copy or export the file again.")
    return lines


def _palette_colours(name: str, indices: np.ndarray, chunks: dict[bytes, bytes]) -> np.ndarray:
    """(rows, columns, 3) of a picture that stores numbers of colours."""
    palette = np.frombuffer(chunks.get(b"PLTE", b""), np.uint8)
    opacity = np.frombuffer(chunks.get(b"tRNS", b""), np.uint8)
    if palette.size % 3 or not len(opacity) <= palette.size // 3 <= 256 or indices.max() >= palette.size // 3:
        raise _damaged(name)
    seen_through = np.flatnonzero(opacity < 255)
    if np.isin(indices, seen_through).any():
        raise _transparent(name)
    return palette.reshape(-1, 3)[indices]


def _refuse_transparent_colour(name: str, samples: np.ndarray, content: bytes | None):
    """tRNS names one grey value or colour that is not to be seen."""
    if content is None:
        return
    channels = samples.shape[-1]
    if channels in (2, 4) or len(content) != 2 * channels:
        raise _damaged(name)
    if (samples == np.array(struct.unpack(f">{channels}H", content))).all(axis=-1).any():
        raise _transparent(name)


def _refuse_turned(name: str, exif: bytes | None):
    if exif is None:
        return
    # Some writers keep the mark by which JPEG files tell Exif from other entries, and 0 says no orientation.
    content = io.BytesIO(exif.removeprefix(b"Exif\0\0"))
    orientation = first_directory(f"The Exif entry of {name}", content).number(Tag.Orientation, 1)
    if orientation not in (0, 1):
        raise RadiographError(
            f"{name} asks to be turned before it is looked at (Exif orientation {orientation}), which not every "
            "program does; save it turned, without that entry."
        )


def _is_square(name: str, resolutions: bytes | None) -> bool:
    if resolutions is None:
        return True
    if len(resolutions) != 9:
        raise _damaged(name)
    return is_square(*struct.unpack_from(">II", resolutions))


def _transparent(name: str) -> RadiographError:
    return RadiographError(f"{name} has transparent parts; save it without transparency.")


def _damaged(name: str) -> RadiographError:
    return RadiographError(f"{name} is a damaged or cut off PNG file; copy or export it again.")
