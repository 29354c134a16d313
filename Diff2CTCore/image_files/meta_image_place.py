"""Spacing and place of a MetaImage file."""

from __future__ import annotations

import numpy as np

from . import faults
from .header import UNIT_TOLERANCE, Place, check_right_angle
from .text_numbers import floats, positive

_SPACING, _SIZE = "ElementSpacing", "ElementSize"
_ORIGINS = ("Offset", "Position", "Origin")
_MATRICES = ("TransformMatrix", "Rotation", "Orientation")
_UNIT = "DistanceUnits"
_CODE = "AnatomicalOrientation"

_SIDES = {
    letter: sign * side
    for letters, sign in (("LPS", 1), ("RAI", -1))
    for letter, side in zip(letters, np.eye(3), strict=True)
}
"""Directions of the letters in LPS."""

_LEAST_ALONG = 0.1
"""Part of an axis that runs along its letter; of an oblique volume programs choose different letters."""


def meta_image_spacing(name: str, entries: dict[str, str], axes: int) -> list[float] | None:
    """(axes,) mm, the fastest axis first; None when the header says nothing of it.

    Raises:
        ImageFileError: unreadable, not positive, not in mm, or two statements that contradict each other.
    """
    found = {key: positive(name, key, entries[key].split(), axes) for key in (_SPACING, _SIZE) if key in entries}
    if not found:
        return None
    # Some programs state a unit of "?" where they know none.
    if entries.get(_UNIT, "mm").lower() not in ("mm", "?", ""):
        raise faults.unsupported(name, f"states {_UNIT} other than mm", "convert its spacing and place to mm")
    in_plane = _agreed(name, {key: values[:2] for key, values in found.items()})
    # ElementSize is how large an element is: slices may be thicker than they lie apart, or thinner.
    return [*in_plane, *found.get(_SPACING, found.get(_SIZE, []))[2:]]


def meta_image_pixel_spacing(name: str, entries: dict[str, str], axes: int) -> tuple[float, float] | None:
    """See `ImageHeader.spacing_mm`."""
    spacing = meta_image_spacing(name, entries, axes)
    if spacing is None:
        return None
    stated = _directions(name, entries, axes)
    if stated is not None:
        check_right_angle(name, stated[1][:, :2])
    return spacing[0], spacing[1]


def meta_image_place(name: str, entries: dict[str, str], axes: int) -> Place:
    """See `ImageHeader.place`."""
    spacing = meta_image_spacing(name, entries, axes)
    if spacing is None:
        raise faults.absent(name, _SPACING, "the distance of its voxels")
    origins = {key: floats(name, key, entries[key].split(), axes) for key in _ORIGINS if key in entries}
    if not origins:
        raise faults.absent(name, _ORIGINS[0], "where its first voxel lies")
    stated = _directions(name, entries, axes)
    if stated is None:
        raise faults.absent(name, _MATRICES[0], "how its axes lie in the patient")
    field, directions = stated
    if axes > 3 and np.abs(directions[:3, 3:]).max() + np.abs(directions[3:, :3]).max() > UNIT_TOLERANCE:
        raise faults.unreadable(name, field, "directions in space apart from those in time")
    place = Place.from_columns(
        name, field, directions[:3, :3] * np.array(spacing[:3]), np.array(_agreed(name, origins)[:3])
    )
    _check_letters(name, entries.get(_CODE, ""), field, place.direction)
    return place


def _directions(name: str, entries: dict[str, str], axes: int) -> tuple[str, np.ndarray] | None:
    """The field that states them, and (axes, axes) whose columns are unit vectors; None where they are absent."""
    matrices = {key: floats(name, key, entries[key].split(), axes * axes) for key in _MATRICES if key in entries}
    if not matrices:
        return None
    # Row by row, the matrix holds the directions of the axes one after the other.
    directions = np.reshape(_agreed(name, matrices), (axes, axes)).T
    field = next(iter(matrices))
    if np.abs(np.linalg.norm(directions, axis=0) - 1.0).max() > UNIT_TOLERANCE:
        raise faults.unreadable(name, field, "directions of length 1")
    return field, directions


def _agreed(name: str, found: dict[str, list[float]]) -> list[float]:
    """What all of the synonyms say."""
    (first, values), *others = found.items()
    for key, other in others:
        if not np.allclose(values, other, rtol=UNIT_TOLERANCE, atol=UNIT_TOLERANCE):
            raise faults.contradictory(name, first, key)
    return values


def _check_letters(name: str, code: str, field: str, direction: np.ndarray) -> None:
    """Programs write the sides from which the axes run or those to which they run; either may fit."""
    code = code.upper().strip().strip("?")
    if not code:
        return
    if len(code) != 3 or any(letter not in _SIDES for letter in code):
        raise faults.unreadable(name, _CODE, "three letters such as RAI")
    along = [_SIDES[letter] @ direction[:, axis] for axis, letter in enumerate(code)]
    if not (min(along) > _LEAST_ALONG or max(along) < -_LEAST_ALONG):
        raise faults.contradictory(name, _CODE, field)
