"""The files in which a text header says that its pixels lie: beside it, and as many as its sizes ask for."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ..errors import ImageFileError
from . import faults

ELSEWHERE = "keeps its pixels in another file"

_PATTERN = re.compile(r"(\S.*%.*?)\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})(?:\s+(\d))?")
_PLACE_OF_NUMBER = re.compile(r"%(0?\d?)[diu]")
_LIST = re.compile(r"LIST(?:\s+(\d)D?)?")
_MOST_FILES = 100_000


def data_files(header: Path, field: str, text: str, following: list[str], sizes: list[int]) -> tuple[Path, ...]:
    """The files that `field` names: one, those of a pattern ("slice%03d.raw 1 40 1"), or those of a list.

    Args:
        header: path of the header; the files lie in its folder or below.
        field: for the sentence.
        text: what it holds.
        following: lines after it, of which a list is made.
        sizes: of all axes, the fastest first, that are shared out among the files.

    Raises:
        ImageFileError: another number of files than the sizes ask for, or one outside the folder of the header.
    """
    listed, pattern = _LIST.fullmatch(text), _PATTERN.fullmatch(text)
    if listed:
        names, axes = [line.strip() for line in following if line.strip()], listed.group(1)
    elif pattern:
        names, axes = _numbered(header.name, field, pattern), pattern.group(5)
    else:
        return (_beside(header, field, text),)
    axes = len(sizes) - 1 if axes is None else int(axes)
    # Files of as many axes as the volume are slabs of it, one after the other.
    wanted = int(np.prod(sizes[axes:], dtype=object)) if axes < len(sizes) else len(names)
    slabs_differ = axes == len(sizes) and names and sizes[-1] % len(names)
    if not 1 <= axes <= len(sizes) or not names or len(names) != wanted or slabs_differ:
        raise ImageFileError(
            f"{header.name} names {len(names)} files in {field} where its sizes ask for {wanted or 'at least 1'}; "
            "complete the list."
        )
    return tuple(_beside(header, field, name) for name in names)


def _numbered(name: str, field: str, pattern: re.Match) -> list[str]:
    first, last, step = (int(pattern.group(index)) for index in (2, 3, 4))
    if step == 0 or abs(last - first) // abs(step) >= _MOST_FILES:
        raise faults.unreadable(name, field, "a pattern with first number, last number and step")
    form = pattern.group(1)
    if not _PLACE_OF_NUMBER.search(form) or _PLACE_OF_NUMBER.sub("", form, count=1).count("%"):
        raise faults.unreadable(name, field, "a pattern of file names with one number in it")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    return [_PLACE_OF_NUMBER.sub(lambda match, n=number: f"%{match.group(1)}d" % n, form) for number in numbers]


def _beside(header: Path, field: str, name: str) -> Path:
    if "\0" in name:
        raise faults.unreadable(header.name, field, "the name of a file")
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.is_absolute() or path.drive or ".." in path.parts:
            raise ImageFileError(
                f"The {field} of {header.name} points out of its folder; "
                "put the files into one folder and name them without a path."
            )
    return header.parent / name
