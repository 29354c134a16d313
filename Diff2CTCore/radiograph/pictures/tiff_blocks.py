"""The strips and tiles of a TIFF file: decompressed, and the differences of neighbours summed up again."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from ...errors import RadiographError
from .tiff_layout import DEFLATE, FLOATING, HORIZONTAL, LZW, NONE, PACKBITS, Layout
from .tiff_tags import bytes_at

_CLEAR, _END, _FIRST_WORD = 256, 257, 258
# After each clearing of the table, the codes of LZW widen with the words that the table gains, one code early.
_LZW_WIDTHS = np.repeat([9, 10, 11, 12], [254, 512, 1024, 2050])
_LZW_ENDS = np.cumsum(_LZW_WIDTHS)


def read_blocks(layout: Layout, stream: BinaryIO) -> np.ndarray:
    """The image (rows, columns, samples) as stored, in the machine's byte order.

    Raises RadiographError when a block is cut off, damaged, or holds more or less than the header says.
    """
    kind = np.dtype(f"{layout.kind}{2 if layout.bits == 12 else layout.bits // 8}")
    image = np.empty((layout.rows, layout.columns, layout.samples), kind)
    down, across = -(-layout.rows // layout.block_rows), -(-layout.columns // layout.block_columns)
    for index, (offset, count) in enumerate(zip(layout.offsets, layout.counts, strict=True)):
        plane, place = divmod(index, down * across)
        row, column = place // across * layout.block_rows, place % across * layout.block_columns
        block = _read_block(layout, stream, offset, count, layout.rows - row)
        part = image[row : row + layout.block_rows, column : column + layout.block_columns]
        if layout.planes > 1:
            part = part[..., plane : plane + 1]
        part[...] = block[: part.shape[0], : part.shape[1]]
    return image


def _read_block(layout: Layout, stream: BinaryIO, offset: int, count: int, rows_left: int) -> np.ndarray:
    """(rows, columns, samples of this plane) of one block."""
    samples = layout.samples // layout.planes
    row_bytes = -(-layout.block_columns * samples * layout.bits // 8)
    rows = layout.block_rows if layout.tiled else min(layout.block_rows, rows_left)
    most = layout.block_rows * row_bytes
    try:
        wanted = min(count, 2 * most + 1024)
        stored = bytes_at(stream, offset, wanted)
        if len(stored) < wanted:
            raise RadiographError(f"{layout.name} is cut off; copy or export the file again.")
        content = _DECODERS[layout.compression](stored, most)
    except (zlib.error, ValueError, IndexError):
        raise RadiographError(f"The pixels of {layout.name} are damaged; copy or export the file again.") from None
    # Some writers fill the last strip up to its full height.
    if len(content) not in (rows * row_bytes, most):
        raise RadiographError(
            f"{layout.name} holds more or fewer pixels than its header says; copy or export the file again."
        )
    lines = np.frombuffer(content, np.uint8)[: rows * row_bytes].reshape(rows, row_bytes)
    return _values(layout, lines).reshape(rows, layout.block_columns, samples)


def _values(layout: Layout, lines: np.ndarray) -> np.ndarray:
    """The values of lines of bytes, in the machine's byte order."""
    if layout.bits == 12:
        return _unpack_12_bits(lines)[:, : lines.shape[1] * 2 // 3]
    size = layout.bits // 8
    if layout.predictor == FLOATING:
        # The bytes of a line lie sorted by weight, the highest first, whatever the file's byte order is.
        summed = np.cumsum(lines, axis=1, dtype=np.uint8).reshape(len(lines), size, -1)
        return np.ascontiguousarray(summed.transpose(0, 2, 1)).view(f">f{size}").astype(f"f{size}")
    values = lines.view(f"{layout.order}{layout.kind}{size}").astype(f"{layout.kind}{size}")
    if layout.predictor == HORIZONTAL:
        samples = layout.samples // layout.planes
        values = np.cumsum(values.reshape(len(lines), -1, samples), axis=1, dtype=values.dtype)
    return values


def _unpack_12_bits(lines: np.ndarray) -> np.ndarray:
    """Three bytes hold two values, the first value's high bits first; each line begins with a new byte."""
    whole = np.pad(lines, ((0, 0), (0, -lines.shape[1] % 3))).reshape(len(lines), -1, 3).astype(np.uint16)
    first = whole[..., 0] << 4 | whole[..., 1] >> 4
    second = (whole[..., 1] & 15) << 8 | whole[..., 2]
    return np.stack([first, second], axis=-1).reshape(len(lines), -1)


def _as_stored(stored: bytes, most: int) -> bytes:
    return stored


def _inflate(stored: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(stored, most + 1)
    if not stream.eof:
        raise ValueError
    return content


def _unpack_bits(stored: bytes, most: int) -> bytes:
    """PackBits (TIFF 6.0, section 9)."""
    content = bytearray()
    at = 0
    while at < len(stored) and len(content) <= most:
        head = stored[at]
        if head == 128:
            at += 1
            continue
        taken = head + 1 if head < 128 else 1
        part = stored[at + 1 : at + 1 + taken]
        if len(part) < taken:
            raise ValueError
        content += part if head < 128 else part * (257 - head)
        at += 1 + taken
    return bytes(content)


def _unpack_lzw(stored: bytes, most: int) -> bytes:
    """LZW with the most significant bit first (TIFF 6.0, section 13)."""
    content = bytearray()
    bit, stop = 0, _CLEAR
    while stop == _CLEAR and len(content) <= most:
        codes, ends = _lzw_codes(stored, bit)
        stops = np.flatnonzero((codes == _CLEAR) | (codes == _END))
        words = codes[: stops[0]] if len(stops) else codes
        begins_unclear = bit == 0 and (not len(codes) or codes[0] != _CLEAR)
        if begins_unclear or len(words) == len(_LZW_WIDTHS):
            raise ValueError
        _append_words(content, words.tolist())
        stop, bit = (codes[stops[0]], int(ends[stops[0]])) if len(stops) else (_END, bit)
    return bytes(content)


def _lzw_codes(stored: bytes, bit: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes from `bit` on, as far as they can reach before the table is cleared, and the bits at which they end."""
    part = stored[bit >> 3 : (bit >> 3) + int(_LZW_ENDS[-1]) // 8 + 2]
    ends = (bit & 7) + _LZW_ENDS
    ends = ends[ends <= 8 * len(part)]
    widths = _LZW_WIDTHS[: len(ends)]
    begins = ends - widths
    content = np.frombuffer(part + bytes(3), np.uint8).astype(np.int64)
    windows = content[:-2] << 16 | content[1:-1] << 8 | content[2:]
    codes = windows[begins >> 3] >> (24 - (begins & 7) - widths) & ((1 << widths) - 1)
    return codes, (bit & ~7) + ends


def _append_words(content: bytearray, codes: list[int]):
    """Append what the codes between two clearings of the table stand for; IndexError for a code that has no word yet.

    The table needs no words of its own: each new one is the last word with the byte that came after it.
    """
    begins = [len(content)]
    for code in codes:
        if code < _CLEAR:
            content.append(code)
        else:
            begin, end = begins[code - _FIRST_WORD], begins[code - _FIRST_WORD + 1] + 1
            content += content[begin:end]
            if end > begins[-1]:
                # The word ends with a byte of its own that was not there yet: its first.
                content.append(content[begin])
        begins.append(len(content))


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    NONE: _as_stored,
    DEFLATE: _inflate,
    PACKBITS: _unpack_bits,
    LZW: _unpack_lzw,
}
