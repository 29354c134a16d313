"""Checks of a compressed frame's own header.

A codestream states its size a second time. Decoders trust it, so a frame whose header disagrees with
the file's, or breaks the standard, is refused before a decoder sees it.
References: ITU-T T.81 annex B (JPEG), T.87 annex C (JPEG-LS), T.800 annex A (JPEG 2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SOI, _EOI, _SOS, _DHT = 0xD8, 0xD9, 0xDA, 0xC4
_BASELINE, _EXTENDED, _LOSSLESS, _JPEG_LS = 0xC0, 0xC1, 0xC3, 0xF7
_FRAME_HEADERS = (_BASELINE, _EXTENDED, _LOSSLESS, _JPEG_LS)
_RESTARTS = range(0xD0, 0xD8)


class BrokenCodestream(ValueError):
    """The compressed frame is damaged, cut off, or not what the file's header announces."""


@dataclass(frozen=True)
class Expected:
    """What the DICOM header says about a frame."""

    rows: int
    columns: int
    samples: int
    bits_allocated: int


def check_codestream(frame: bytes, expected: Expected, family: str):
    """Raise BrokenCodestream unless `frame` is a whole codestream of the expected size.

    Args:
        family: "JPEG", "JPEG-LS", "JPEG 2000" or "RLE".
    """
    if family == "JPEG 2000":
        _check_jpeg_2000(frame, expected)
    elif family == "RLE":
        _check_rle(frame, expected)
    else:
        _check_jpeg(frame, expected, jpeg_ls=family == "JPEG-LS")


def _segments(frame: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and end of each marker segment up to the first scan."""
    if frame[:2] != bytes((0xFF, _SOI)):
        raise BrokenCodestream
    position = 2
    while True:
        if len(frame) < position + 4 or frame[position] != 0xFF:
            raise BrokenCodestream
        marker = frame[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = int.from_bytes(frame[position + 2 : position + 4], "big")
        content = frame[position + 4 : position + 2 + length]
        if marker < 0xC0 or marker in _RESTARTS or marker in (_SOI, _EOI) or length < 2 or len(content) != length - 2:
            raise BrokenCodestream
        position += 2 + length
        yield marker, content, position
        if marker == _SOS:
            return


def _check_jpeg(frame: bytes, expected: Expected, jpeg_ls: bool):
    process, tables = None, []
    start_of_scan = 0
    for marker, content, end in _segments(frame):
        if marker in _FRAME_HEADERS:
            if process is not None or (marker == _JPEG_LS) != jpeg_ls:
                raise BrokenCodestream
            process = marker
            _check_frame_header(content, marker, expected)
        elif marker == _DHT:
            tables.append(content)
        elif 0xC0 <= marker <= 0xCF:
            raise BrokenCodestream
        elif marker == _SOS:
            _check_scan_header(content, process)
            start_of_scan = end
    for table in tables:
        _check_huffman_tables(table, lossless=process == _LOSSLESS)
    _check_scan(frame, start_of_scan, jpeg_ls, single=expected.samples == 1)


def _check_frame_header(content: bytes, process: int, expected: Expected):
    if len(content) < 6 or len(content) != 6 + 3 * content[5]:
        raise BrokenCodestream
    size = (int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big"), content[5])
    if size != (expected.rows, expected.columns, expected.samples):
        raise BrokenCodestream
    precisions = {_BASELINE: range(8, 9), _EXTENDED: range(8, 13)}.get(process, range(2, 17))
    if content[0] not in precisions or content[0] > expected.bits_allocated:
        raise BrokenCodestream
    if expected.samples == 1 and content[7] != 0x11:
        raise BrokenCodestream


def _check_scan_header(content: bytes, process: int | None):
    if process is None or not content or len(content) != 4 + 2 * content[0]:
        raise BrokenCodestream
    predictor, end_of_band, transform = content[-3:]
    if process == _LOSSLESS and not (1 <= predictor <= 7 and end_of_band == 0 and transform < 16):
        raise BrokenCodestream


def _check_huffman_tables(content: bytes, lossless: bool):
    position = 0
    while position < len(content):
        count = sum(content[position + 1 : position + 17])
        symbols = content[position + 17 : position + 17 + count]
        if len(symbols) != count or count == 0 or (lossless and max(symbols) > 16):
            raise BrokenCodestream
        position += 17 + count


def _check_scan(frame: bytes, position: int, jpeg_ls: bool, single: bool):
    """Walk the entropy-coded data to the end of the image; in a grey image nothing else may interrupt it."""
    while True:
        position = frame.find(b"\xff", position)
        if position < 0 or position + 1 >= len(frame):
            raise BrokenCodestream
        following = frame[position + 1]
        if following == _EOI:
            return
        stuffed = following < 0x80 if jpeg_ls else following in (0x00, 0xFF) or following in _RESTARTS
        if single and not stuffed:
            raise BrokenCodestream
        position += 1 if following == 0xFF else 2


def _check_jpeg_2000(frame: bytes, expected: Expected):
    # Some writers wrap the codestream in the boxes of a JP2 file.
    start = 0 if frame.startswith(b"\xff\x4f\xff\x51") else frame.find(b"\xff\x4f\xff\x51", 0, 4096)
    size = frame[start + 6 : start + 42]
    if start < 0 or len(size) != 36 or b"\xff\xd9" not in frame.rstrip(b"\0")[-4:]:
        raise BrokenCodestream
    right, bottom, left, top = (int.from_bytes(size[at : at + 4], "big") for at in range(2, 18, 4))
    tile_width, tile_height = (int.from_bytes(size[at : at + 4], "big") for at in (18, 22))
    components = int.from_bytes(size[34:36], "big")
    if (bottom - top, right - left, components) != (expected.rows, expected.columns, expected.samples):
        raise BrokenCodestream
    # Many tiny tiles cost a decoder far more memory than the image.
    if min(tile_width, tile_height) < 16:
        raise BrokenCodestream


def _check_rle(frame: bytes, expected: Expected):
    """PS3.5 annex G: a header of 16 numbers, one segment for each byte of each sample."""
    count = int.from_bytes(frame[:4], "little")
    offsets = [int.from_bytes(frame[at : at + 4], "little") for at in range(4, 4 + 4 * min(count, 15), 4)]
    if len(frame) < 64 or count != expected.samples * expected.bits_allocated // 8:
        raise BrokenCodestream
    if offsets[0] != 64 or offsets != sorted(set(offsets)) or offsets[-1] >= len(frame):
        raise BrokenCodestream
