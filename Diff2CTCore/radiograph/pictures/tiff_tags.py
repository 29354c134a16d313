"""The tags of a TIFF file (TIFF 6.0, section 2; BigTIFF): absent, unreadable and stated twice are told apart."""

from __future__ import annotations

import enum
import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from ...errors import RadiographError

_UNSIGNED = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_TEXT = {1: "B", 2: "B", 7: "B"}
_FRACTION = {5: "Q"}
_MAX_ENTRIES, _MAX_VALUES, _MAX_DIRECTORIES = 4096, 1 << 20, 4096


class Tag(enum.IntEnum):
    """The tags that decide how a file is read, under the names that the standard gives them."""

    NewSubfileType = 254
    SubfileType = 255
    ImageWidth = 256
    ImageLength = 257
    BitsPerSample = 258
    Compression = 259
    PhotometricInterpretation = 262
    FillOrder = 266
    ImageDescription = 270
    StripOffsets = 273
    Orientation = 274
    SamplesPerPixel = 277
    RowsPerStrip = 278
    StripByteCounts = 279
    XResolution = 282
    YResolution = 283
    PlanarConfiguration = 284
    Predictor = 317
    ColorMap = 320
    TileWidth = 322
    TileLength = 323
    TileOffsets = 324
    TileByteCounts = 325
    SubIFDs = 330
    ExtraSamples = 338
    SampleFormat = 339
    ImageDepth = 32997
    UIC2tag = 33629


@dataclass(frozen=True)
class Directory:
    """The tags of one image of a file; their values are looked up when they are asked for.

    `order` is "<" or ">" as in `struct`; `entries` holds (type, number of values, place of the values) by tag.
    """

    name: str
    order: str
    entries: dict[int, list[tuple[int, int, int]]]
    stream: BinaryIO

    def numbers(self, tag: Tag) -> tuple[int, ...]:
        """The whole numbers of a tag, none when it is absent; RadiographError when it cannot be read."""
        return self._values(tag, _UNSIGNED)

    def number(self, tag: Tag, default: int | None = None) -> int:
        """The one number of a tag, or the standard's default; RadiographError when it has neither."""
        values = self.numbers(tag)
        if len(values) > 1:
            raise self._unreadable(tag)
        if values:
            return values[0]
        if default is None:
            raise RadiographError(f"{self.name} does not state its {tag.name}, which TIFF demands; export it again.")
        return default

    def text(self, tag: Tag) -> str:
        """The text of a tag, empty when it is absent."""
        return bytes(self._values(tag, _TEXT)).decode("latin-1")

    def fraction(self, tag: Tag) -> float:
        """The one fraction of a tag, zero when it is absent or without meaning."""
        values = self._values(tag, _FRACTION)
        if len(values) != 1:
            return 0.0
        above, below = struct.unpack(self.order + "II", struct.pack(self.order + "Q", values[0]))
        return above / below if below else 0.0

    def _values(self, tag: Tag, types: dict[int, str]) -> tuple[int, ...]:
        entries = self.entries.get(tag, [])
        if len(entries) > 1:
            raise RadiographError(f"{self.name} states its {tag.name} twice; export it again.")
        for kind, count, place in entries:
            if kind not in types or not 0 < count <= _MAX_VALUES:
                raise self._unreadable(tag)
            form = f"{self.order}{count}{types[kind]}"
            content = bytes_at(self.stream, place, struct.calcsize(form))
            if len(content) < struct.calcsize(form):
                raise self._unreadable(tag)
            return struct.unpack(form, content)
        return ()

    def _unreadable(self, tag: Tag) -> RadiographError:
        return RadiographError(f"The {tag.name} of {self.name} cannot be read; copy or export the file again.")


def bytes_at(stream: BinaryIO, place: int, count: int) -> bytes:
    """The bytes from `place` on, fewer than `count` where the file ends before; a system may refuse to seek there."""
    if place >= stream.seek(0, io.SEEK_END):
        return b""
    stream.seek(place)
    return stream.read(count)


def read_directories(name: str, stream: BinaryIO) -> list[Directory]:
    """Every image directory of the file, those below others (SubIFDs) included, in the order in which they are named.

    Raises RadiographError for a file that has none, or one that points outside the file or back to itself.
    """
    order, big, start = _read_start(name, stream)
    found: dict[int, Directory] = {}
    waiting = [start]
    while waiting:
        start = waiting.pop(0)
        if start in found or len(found) == _MAX_DIRECTORIES:
            raise _damaged(name)
        found[start], following = _read_directory(name, stream, order, big, start)
        waiting += [following] if following else []
        waiting += found[start].numbers(Tag.SubIFDs)
    return list(found.values())


def first_directory(name: str, stream: BinaryIO) -> Directory:
    """The first image directory alone; errors as of `read_directories`."""
    order, big, start = _read_start(name, stream)
    return _read_directory(name, stream, order, big, start)[0]


def _read_start(name: str, stream: BinaryIO) -> tuple[str, bool, int]:
    """Byte order, whether it is a BigTIFF, and where the first directory lies."""
    head = bytes_at(stream, 0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise _damaged(name)
    version = struct.unpack_from(order + "H", head, 2)[0]
    if version == 42:
        return order, False, struct.unpack_from(order + "I", head, 4)[0]
    if version != 43 or len(head) < 16 or struct.unpack_from(order + "HH", head, 4) != (8, 0):
        raise _damaged(name)
    return order, True, struct.unpack_from(order + "Q", head, 8)[0]


def _read_directory(name: str, stream: BinaryIO, order: str, big: bool, start: int) -> tuple[Directory, int]:
    """The directory that begins at `start`, and where the next one begins; 0 when there is none."""
    count_form, entry_form, offset_form, inline = ("Q", "HHQQ", "Q", 8) if big else ("H", "HHII", "I", 4)
    entry_bytes, offset_bytes = struct.calcsize("=" + entry_form), struct.calcsize("=" + offset_form)
    try:
        place = start + struct.calcsize("=" + count_form)
        count = struct.unpack(order + count_form, bytes_at(stream, start, place - start))[0]
        if not 0 < count <= _MAX_ENTRIES:
            raise _damaged(name)
        content = bytes_at(stream, place, count * entry_bytes + offset_bytes)
        following = struct.unpack_from(order + offset_form, content, count * entry_bytes)[0]
    except struct.error:
        raise _damaged(name) from None
    entries: dict[int, list[tuple[int, int, int]]] = {}
    for index in range(count):
        at = index * entry_bytes
        tag, kind, values, offset = struct.unpack_from(order + entry_form, content, at)
        size = struct.calcsize("=" + (_UNSIGNED | _TEXT | _FRACTION).get(kind, "B"))
        # Values that fit stand in the entry itself.
        where = place + at + entry_bytes - inline if size * values <= inline else offset
        entries.setdefault(tag, []).append((kind, values, where))
    return Directory(name, order, entries, stream), following


def _damaged(name: str) -> RadiographError:
    return RadiographError(f"{name} is a damaged or cut off TIFF file; copy or export it again.")
