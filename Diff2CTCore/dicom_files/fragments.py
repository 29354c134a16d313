"""Which fragments of encapsulated Pixel Data make up a frame (PS3.5, A.4).

Libraries believe the table of offsets and hand out whatever lies at the place that it names. Here the table and the
fragments have to agree, so that another frame is never taken for the one that is asked for.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

from .codestream import BrokenCodestream, OtherImage
from .layout import RLE, PixelLayout

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
"""First bytes of a JPEG or JPEG-LS image, of a JPEG 2000 codestream, and of one in the boxes of a JP2 file."""


class _Fragment(NamedTuple):
    """`offset` of the item from the first one behind the table, `place` of its value in the file, both in bytes."""

    offset: int
    place: int
    length: int
    starts: bool


def compressed_frame(stream: BinaryIO, layout: PixelLayout, index: int) -> bytes:
    """The compressed bytes of frame `index`, counted from 0; `stream` stands at the value of Pixel Data.

    Raises:
        BrokenCodestream: the items are damaged or cut off.
        OtherImage: there are not as many frames as the header says, or a table of offsets names other places.
    """
    table = _table(stream)
    fragments = _fragments(stream)
    first = _first_fragments(fragments, layout, table)
    offsets = [fragments[number].offset for number in first]
    lengths = [fragments[number].length for number in first]
    if not first or first[0] != 0 or len(first) != layout.frames or (table and list(table) != offsets):
        raise OtherImage
    if layout.extended_offsets and not _agree(layout.extended_offsets, offsets, lengths):
        raise OtherImage
    last = [*first, len(fragments)][index + 1]
    return b"".join(_value(stream, fragment) for fragment in fragments[first[index] : last])


def _table(stream: BinaryIO) -> tuple[int, ...]:
    """The basic offset table, which may be empty."""
    length = _item_length(stream)
    content = stream.read(length or 0)
    if length is None or len(content) != length or length % 4:
        raise BrokenCodestream
    return struct.unpack(f"<{length // 4}I", content)


def _fragments(stream: BinaryIO) -> list[_Fragment]:
    found = []
    origin = stream.tell()
    while (length := _item_length(stream)) is not None:
        place = stream.tell()
        head = stream.read(min(length, 8))
        found.append(_Fragment(place - 8 - origin, place, length, head.startswith(_STARTS)))
        stream.seek(place + length)
    return found


def _item_length(stream: BinaryIO) -> int | None:
    """Bytes of the value of the item that begins here; None at the end of the items."""
    head = stream.read(8)
    # Some writers leave out the element that ends the items.
    if not head or head[:4] == _END:
        return None
    if len(head) < 8 or head[:4] != _ITEM:
        raise BrokenCodestream
    return struct.unpack("<I", head[4:])[0]


def _first_fragments(fragments: list[_Fragment], layout: PixelLayout, table: tuple[int, ...]) -> list[int]:
    """Numbers of the fragments with which frames begin."""
    if layout.frames == 1:
        return [0] if fragments else []
    if layout.frames == len(fragments):
        return list(range(len(fragments)))
    if table:
        return [number for number, fragment in enumerate(fragments) if fragment.offset in table]
    if layout.family == RLE:
        return []
    return [number for number, fragment in enumerate(fragments) if fragment.starts]


def _agree(extended: tuple[bytes, bytes], offsets: list[int], lengths: list[int]) -> bool:
    """Whether the extended tables name these places; the byte that makes a length even may be left out of theirs."""
    if any(len(table) != 8 * len(offsets) for table in extended):
        return False
    places, sizes = (struct.unpack(f"<{len(offsets)}Q", table) for table in extended)
    return list(places) == offsets and all(length - size in (0, 1) for length, size in zip(lengths, sizes, strict=True))


def _value(stream: BinaryIO, fragment: _Fragment) -> bytes:
    stream.seek(fragment.place)
    content = stream.read(fragment.length)
    if len(content) != fragment.length:
        raise BrokenCodestream
    return content
