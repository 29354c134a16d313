"""The files of a pack: their front, checksum and header, and the parts a pack is divided into.

A file begins with `MAGIC`, the format's version and the header's length (both uint32, little-endian) and the SHA-256 of
all that follows: the header (JSON: which part of which pack this is, and an entry for each body with its number of
"bytes") and the bodies' bytes, one after the other. The parts of NAME.pack are NAME.pack, NAME-2.pack, NAME-3.pack, ...
"""

from __future__ import annotations

import hashlib
import json
import struct
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.storage import output_errors, replaced_when_complete

MAGIC = b"D2CTPACK"
VERSION = 1
_FRONT = struct.Struct("<8sII32s")
_HEADER_BYTES = 1024
"""More than front and header take without bodies."""


class PackError(Diff2CTError):
    """A pack that cannot be read or written as asked."""

    kind = "pack"


def part_path(path: Path, number: int) -> Path:
    """Where part `number` (from 1) of the pack `path` lies."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


@dataclass(frozen=True)
class Part:
    """A file whose checksum is right; `entries` holds (header's entry, coded bytes, path) of each body."""

    path: Path
    pack: str
    number: int
    count: int
    entries: list[tuple[dict, bytes, Path]]


def write_parts(path: Path, entries: list[dict], payloads: list[bytes], part_bytes: int | None) -> list[Path]:
    """Write bodies, given by their headers' entries and their bytes, as one file or as parts of at most `part_bytes`.

    Nothing is replaced before all is written. What is left of a longer pack of the same name is removed.

    Raises:
        PackError: a body is larger than a part.
        OutputError: the folder is missing, full or may not be written.
    """
    parts = _divide(entries, part_bytes)
    identity = hashlib.sha256(_json(entries) + b"".join(hashlib.sha256(item).digest() for item in payloads)).hexdigest()
    paths = [part_path(path, number) for number in range(1, len(parts) + 1)]
    with ExitStack() as stack:
        for number, (place, part) in enumerate(zip(paths, parts, strict=True), start=1):
            listed = [entries[index] for index in part]
            header = _json({"pack": identity, "part": number, "parts": len(parts), "bodies": listed})
            content = header + b"".join(payloads[index] for index in part)
            front = _FRONT.pack(MAGIC, VERSION, len(header), hashlib.sha256(content).digest())
            stack.enter_context(replaced_when_complete(place)).write_bytes(front + content)
    _remove_older_parts(path, len(paths) + 1)
    return paths


def whole_packs(paths: list[Path]) -> list[Part]:
    """All parts of the packs of which `paths` are some, the first ones at least; each checked against its checksum.

    Raises:
        PackError: a file or a part is missing, given twice, cut short, altered, of another version or no pack.
    """
    packs: dict[str, dict[int, Part]] = {}
    for path in paths:
        _add(packs, _read_part(path))
    for pack, parts in packs.items():
        known = next(iter(parts.values()))
        for number in sorted(set(range(1, known.count + 1)) - set(parts)):
            if 1 not in parts:
                raise PackError(f"{known.path} is part {known.number} of a pack; give its first part as well.")
            place = part_path(parts[1].path, number)
            if not place.is_file():
                raise PackError(
                    f"The pack {parts[1].path} has {known.count} parts, but {place.name} is missing; put it beside it."
                )
            part = _read_part(place)
            if (part.pack, part.number) != (pack, number):
                raise PackError(f"{place} is not part {number} of {parts[1].path}; copy all parts of the pack again.")
            parts[number] = part
    return [parts[number] for parts in packs.values() for number in sorted(parts)]


def _add(packs: dict[str, dict[int, Part]], part: Part) -> None:
    parts = packs.setdefault(part.pack, {})
    if part.number in parts:
        raise PackError(f"{part.path} holds the same as {parts[part.number].path}; give each part of a pack once.")
    parts[part.number] = part


def _read_part(path: Path) -> Part:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise PackError(f"There is no pack {path}; write it with python -m training.pack.") from error
    except OSError as error:
        raise PackError(f"The pack {path} cannot be read: {error.strerror}.") from error
    if not data.startswith(MAGIC):
        raise PackError(f"{path} is no pack; write one with python -m training.pack.")
    if len(data) < _FRONT.size:
        raise PackError(f"The pack {path} is cut short; copy it again.")
    _, version, header_bytes, digest = _FRONT.unpack_from(data)
    if version != VERSION:
        raise PackError(
            f"The pack {path} has format {version}, but this Diff2CT reads format {VERSION}; write it again with "
            "python -m training.pack."
        )
    content = memoryview(data)[_FRONT.size :]
    if hashlib.sha256(content).digest() != digest:
        raise PackError(f"The pack {path} is cut short or was altered; copy it again.")
    try:
        header = json.loads(bytes(content[:header_bytes]))
        at, entries = header_bytes, []
        for entry in header["bodies"]:
            if not {"name", "patient", "split"} <= set(entry):
                raise KeyError("body")
            entries.append((entry, bytes(content[at : at + entry["bytes"]]), path))
            at += entry["bytes"]
        return Part(path, header["pack"], header["part"], header["parts"], entries)
    except (ValueError, KeyError, TypeError) as error:
        raise PackError(f"The header of the pack {path} is damaged; write it again.") from error


def _json(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _divide(entries: list[dict], part_bytes: int | None) -> list[list[int]]:
    """Indices of the bodies of each part, filled in turn."""
    if part_bytes is None:
        return [list(range(len(entries)))]
    parts, room = [], -1
    for index, entry in enumerate(entries):
        size = entry["bytes"] + len(_json(entry)) + 1
        if size + _HEADER_BYTES > part_bytes:
            raise PackError(
                f"The body {entry['name']} takes {(size + _HEADER_BYTES) / 1e6:.2f} MB, more than a part of "
                f"{part_bytes / 1e6:.2f} MB; make the parts larger."
            )
        if size > room:
            parts.append([])
            room = part_bytes - _HEADER_BYTES
        parts[-1].append(index)
        room -= size
    return parts


def _remove_older_parts(path: Path, number: int) -> None:
    """Remove what is left of a longer pack of the same name, so that nobody takes it along."""
    for place in (part_path(path, further) for further in count(number)):
        if not place.is_file():
            return
        with output_errors(place):
            with open(place, "rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    return
            place.unlink()
