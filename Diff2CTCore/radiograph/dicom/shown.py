"""Which end of the scale a DICOM radiograph shows white, by all that the file would do to it on a screen."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, UnreadableElementError, items, numbers
from ..image import Source
from .lookup_table import read_table
from .transformation import Transformed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CLEAR = 0.9
"""A table whose steps go one way by this share of all of them has a direction."""


def shown_high(header: Dataset, layout: PixelLayout, result: Transformed, source: Source) -> bool:
    """Whether the high end of `result.values` is shown white.

    The file's VOI tables and windows are not applied to the values, but one that falls turns the picture round. Where
    their direction is not known, that is told in `source`, and they are taken as rising.
    """
    high = layout.photometric != "MONOCHROME1"
    if result.shown_rising != result.rising:
        high = not high
    try:
        falling = {_falls(item, result.shown_range) for item in items(header, "VOILUTSequence")}
    except ValueError:
        falling = {None}
    # A window that cannot be read is no matter: none of them falls, but that some programs write a negative width.
    with contextlib.suppress(UnreadableElementError):
        falling |= {None if width < 0.0 else False for width in numbers(header, "WindowWidth")}
    if falling in (set(), {False}):
        return high
    if falling == {True}:
        return not high
    why = "It is not known which end of the scale the file's VOI tables and windows show white; taken as if they rise."
    source.assume("invert", False, why)
    return high


def _falls(item: Dataset, looked_up: tuple[float, float]) -> bool | None:
    """Whether a table falls over a range of values, ValueError when it is damaged; None where it rises and falls."""
    low, high = (round(end) for end in looked_up)
    table = read_table(item, 16, signed=low < 0)
    start, stop = max(low, table.first), min(high + 1, table.first + len(table.entries))
    steps = np.diff(table.of(np.arange(start, max(start, stop))))
    rise, fall = steps[steps > 0].sum(), -steps[steps < 0].sum()
    if max(rise, fall) < _CLEAR * (rise + fall):
        return None
    return bool(fall > rise)
