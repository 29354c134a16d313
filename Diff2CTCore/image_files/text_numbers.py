"""Text headers and their numbers, read the same whatever the country's settings of the machine are."""

from __future__ import annotations

import re

from ..errors import ImageFileError
from . import faults

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")


def without_mark(start: bytes) -> bytes:
    """The first bytes of a text file without the mark of UTF-8 that some editors put before them."""
    return start.removeprefix(b"\xef\xbb\xbf")


def floats(name: str, field: str, words: list[str], count: int) -> list[float]:
    """`count` finite numbers; a decimal comma, as programs of many countries write it, is read as a point.

    Raises:
        ImageFileError: another count, or something else than a number.
    """
    if len(words) != count or not all(_NUMBER.fullmatch(word) for word in words):
        raise faults.unreadable(name, field, "one number" if count == 1 else f"{count} numbers")
    found = [float(word.replace(",", ".")) for word in words]
    if not all(abs(value) < 1e30 for value in found):
        raise faults.unreadable(name, field, "numbers of a sensible size")
    return found


def positive(name: str, field: str, words: list[str], count: int) -> list[float]:
    """`count` positive numbers.

    Raises:
        ImageFileError: see `floats`; or one is zero or negative.
    """
    found = floats(name, field, words, count)
    if min(found) <= 0.0:
        raise faults.not_positive(name, field)
    return found


def whole(name: str, field: str, text: str, lowest: int, highest: int) -> int:
    """One whole number within a range.

    Raises:
        ImageFileError: it is something else.
    """
    if not _WHOLE.fullmatch(text) or len(text) > 18 or not lowest <= int(text) <= highest:
        raise faults.unreadable(name, field, f"a whole number from {lowest} to {highest}")
    return int(text)


def refuse_repeated(name: str, field: str, known) -> None:
    """Raise ImageFileError when `field` is in `known` already."""
    if field in known:
        raise ImageFileError(f"{name} states {field} more than once; leave the right one.")
