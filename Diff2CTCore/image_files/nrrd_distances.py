"""How far apart the samples of a NRRD file lie, which a header may say in three ways."""

from __future__ import annotations

import numpy as np

from . import faults
from .header import MAX_SIDE, UNIT_TOLERANCE
from .nrrd_fields import Fields
from .text_numbers import floats, positive, whole

_DIRECTIONS, _SPACINGS, _LOWEST, _HIGHEST, _CENTERS = (
    "space directions",
    "spacings",
    "axis mins",
    "axis maxs",
    "centers",
)
_SPANS = {"cell": (0,), "node": (1,)}
"""By how many the steps between the ends of an axis are fewer than its samples; unknown where neither is stated."""


def nrrd_distances(fields: Fields, axes: list[int], columns: np.ndarray | None) -> list[float] | None:
    """From one sample to the next along each of the axes, in the unit of the file; None where nothing is stated.

    Args:
        columns: (space, axes), the steps of the space directions; None where they are absent.

    Raises:
        ImageFileError: unreadable, not positive, or stated twice and differently.
    """
    spacings = _spacings(fields, axes, columns is None)
    stated = {} if columns is None else {_DIRECTIONS: [float(length) for length in np.linalg.norm(columns, axis=0)]}
    if spacings is not None:
        stated[_SPACINGS] = spacings
    spans = [_by_ends(fields, axis) for axis in axes]
    if not stated:
        return _alone(fields, spans) if all(spans) else None
    (first, distances), *_ = stated.items()
    for index, distance in enumerate(distances):
        if spacings is not None and spacings[index] is not None and not _close(distance, spacings[index]):
            raise faults.contradictory(fields.name, first, _SPACINGS)
        if spans[index] and not any(_close(distance, span) for span in spans[index]):
            raise faults.contradictory(fields.name, first, _HIGHEST)
    return distances


def _spacings(fields: Fields, axes: list[int], must_be_whole: bool) -> list[float | None] | None:
    """Numbers, and None for NaN, by which the format says that a spacing is not known or stated by the directions."""
    if _SPACINGS not in fields:
        return None
    words = fields.words(_SPACINGS)
    words = [words[axis] for axis in axes]
    known = [word.lower() != "nan" for word in words]
    if not any(known):
        return None
    if must_be_whole:
        return positive(fields.name, _SPACINGS, words, len(axes))
    numbers = iter(
        positive(
            fields.name, _SPACINGS, [word for word, is_known in zip(words, known, strict=True) if is_known], sum(known)
        )
    )
    return [next(numbers) if is_known else None for is_known in known]


def _by_ends(fields: Fields, axis: int) -> list[float]:
    """What the ends of an axis say of its spacing: one number, two where its centering is not stated, or nothing."""
    if _LOWEST not in fields or _HIGHEST not in fields:
        return []
    ends = [fields.words(field)[axis] for field in (_LOWEST, _HIGHEST)]
    if "nan" in (end.lower() for end in ends):
        return []
    lowest, highest = (
        floats(fields.name, field, [end], 1)[0] for field, end in zip((_LOWEST, _HIGHEST), ends, strict=True)
    )
    samples = whole(fields.name, "sizes", fields.words("sizes")[axis], 1, MAX_SIDE)
    centering = fields.words(_CENTERS)[axis].lower() if _CENTERS in fields else ""
    return [abs(highest - lowest) / max(samples - fewer, 1) for fewer in _SPANS.get(centering, (0, 1))]


def _alone(fields: Fields, spans: list[list[float]]) -> list[float]:
    if max(map(len, spans)) > 1:
        raise faults.absent(fields.name, _CENTERS, "whether its axis mins are edges or middles of voxels")
    distances = [span[0] for span in spans]
    if min(distances) <= 0.0:
        raise faults.contradictory(fields.name, _LOWEST, _HIGHEST)
    return distances


def _close(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=UNIT_TOLERANCE, atol=0.0))
