"""Checks of a compressed frame's own header.

A codestream states its size and its bits a second time. Decoders trust it, so a frame whose header disagrees with
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
_FILLERS = b"\0\xff\xd9 \t\r\n"
"""What programs leave behind a codestream: its end a second time, the end of a line, or what fills a length."""

_MOST_BEHIND = 1
"""Bytes of any other value that may follow: the one that makes the length even."""

_SAMPLINGS = range(1, 5)
_SOT, _EOC = b"\xff\x90", b"\xff\xd9"


class BrokenCodestream(ValueError):
    """The compressed frame is damaged or cut off."""


class OtherImage(ValueError):
    """The compressed frame is not of the size or the kind that the file's header announces."""


@dataclass(frozen=True)
class Expected:
    """What the DICOM header says about a frame."""

    rows: int
    columns: int
    samples: int
    bits_allocated: int


@dataclass(frozen=True)
class Coded:
    """What a codestream says about its samples: bits of each, and whether they can be negative."""

    precision: int
    signed: bool = False


def check_codestream(frame: bytes, expected: Expected, family: str) -> Coded:
    """What `frame` says about its samples, once it is found to be one whole codestream and nothing more.

    Args:
        family: "JPEG", "JPEG-LS" or "JPEG 2000".

    Raises:
        BrokenCodestream: it is damaged, cut off, or followed by something else.
        OtherImage: it does not have the expected size.
    """
    if family == "JPEG 2000":
        return _check_jpeg_2000(frame, expected)
    return _check_jpeg(frame, expected, jpeg_ls=family == "JPEG-LS")


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


def _check_jpeg(frame: bytes, expected: Expected, jpeg_ls: bool) -> Coded:
    process, precision, tables = None, 0, []
    start_of_scan = 0
    for marker, content, end in _segments(frame):
        if marker in _FRAME_HEADERS:
            if process is not None or (marker == _JPEG_LS) != jpeg_ls:
                raise BrokenCodestream
            process = marker
            precision = _check_frame_header(content, marker, expected)
        elif marker == _DHT:
            tables.append(content)
        elif 0xC0 <= marker <= 0xCF:
            raise BrokenCodestream
        elif marker == _SOS:
            _check_scan_header(content, process)
            start_of_scan = end
    for table in tables:
        _check_huffman_tables(table, lossless=process == _LOSSLESS)
    end = _check_scan(frame, start_of_scan, jpeg_ls, single=expected.samples == 1)
    _check_nothing_follows(frame, end)
    return Coded(precision)


def _check_nothing_follows(frame: bytes, end: int):
    # A second image may follow where the header forgets its frames, or the rest of one that seems to end too early.
    if len(frame[end:].strip(_FILLERS)) > _MOST_BEHIND:
        raise BrokenCodestream


def _check_frame_header(content: bytes, process: int, expected: Expected) -> int:
    """The bits of a sample."""
    if len(content) < 6 or len(content) != 6 + 3 * content[5]:
        raise BrokenCodestream
    precisions = {_BASELINE: range(8, 9), _EXTENDED: range(8, 13)}.get(process, range(2, 17))
    if content[0] not in precisions:
        raise BrokenCodestream
    size = (int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big"), content[5])
    if size != (expected.rows, expected.columns, expected.samples) or content[0] > expected.bits_allocated:
        raise OtherImage
    # In a grey image every such factor means the same (T.81, A.2.2), but not one beyond them.
    if expected.samples == 1 and not (content[7] >> 4 in _SAMPLINGS and content[7] & 15 in _SAMPLINGS):
        raise BrokenCodestream
    return content[0]


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


def _check_scan(frame: bytes, position: int, jpeg_ls: bool, single: bool) -> int:
    """Where the entropy-coded data from `position` ends; in a grey image nothing may interrupt it."""
    while True:
        position = frame.find(b"\xff", position)
        if position < 0 or position + 1 >= len(frame):
            raise BrokenCodestream
        following = frame[position + 1]
        if following == _EOI:
            return position + 2
        stuffed = following < 0x80 if jpeg_ls else following in (0x00, 0xFF) or following in _RESTARTS
        if single and not stuffed:
            raise BrokenCodestream
        position += 1 if following == 0xFF else 2


def _check_jpeg_2000(frame: bytes, expected: Expected) -> Coded:
    # Some writers wrap the codestream in the boxes of a JP2 file.
    start = 0 if frame.startswith(b"\xff\x4f\xff\x51") else frame.find(b"\xff\x4f\xff\x51", 0, 4096)
    size = frame[start + 6 : start + 42]
    if start < 0 or len(size) != 36:
        raise BrokenCodestream
    right, bottom, left, top = (int.from_bytes(size[at : at + 4], "big") for at in range(2, 18, 4))
    tile_width, tile_height = (int.from_bytes(size[at : at + 4], "big") for at in (18, 22))
    components = int.from_bytes(size[34:36], "big")
    if (bottom - top, right - left, components) != (expected.rows, expected.columns, expected.samples):
        raise OtherImage
    # Many tiny tiles cost a decoder far more memory than the image.
    if min(tile_width, tile_height) < 16:
        raise BrokenCodestream
    samples = frame[start + 42 : start + 42 + 3 * components]
    if samples != samples[:1] + b"\1\1" + (components - 1) * (samples[:1] + b"\1\1"):
        raise BrokenCodestream
    coded = Coded((samples[0] & 0x7F) + 1, bool(samples[0] & 0x80))
    if coded.precision > expected.bits_allocated:
        raise OtherImage
    _check_nothing_follows(frame, _end_of_tiles(frame, start + 2))
    return coded


def _end_of_tiles(frame: bytes, position: int) -> int:
    """Where a JPEG 2000 codestream ends whose first marker segment begins at `position`."""
    while (marker := frame[position : position + 2]) not in (_SOT, _EOC):
        length = int.from_bytes(frame[position + 2 : position + 4], "big")
        if len(marker) < 2 or marker[0] != 0xFF or length < 2:
            raise BrokenCodestream
        position += 2 + length
    while frame[position : position + 2] == _SOT:
        length = int.from_bytes(frame[position + 6 : position + 10], "big")
        if length == 0:
            # The last part may leave its length open: it reaches to the end of the codestream.
            position = frame.rfind(_EOC, position)
        elif length < 14:
            raise BrokenCodestream
        else:
            position += length
    if position < 0 or frame[position : position + 2] != _EOC:
        raise BrokenCodestream
    return position + 2
