"""Spacing and place of a NRRD file."""

from __future__ import annotations

import numpy as np

from . import faults
from .header import UNIT_TOLERANCE, Place
from .nrrd_fields import Fields
from .text_numbers import floats, positive

# What turns the axes of a space into those of LPS.
_TO_LPS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
_MILLIMETRES = ("mm", "millimeter", "millimeters", "millimetre", "millimetres", "", "???", "none")


def nrrd_spacing(fields: Fields) -> tuple[float, float] | None:
    """See `ImageHeader.spacing_mm`."""
    in_plane = [axis for axis, is_space in enumerate(fields.spatial_axes()) if is_space][:2]
    if len(in_plane) < 2:
        return None
    by_vectors = _lengths(fields, in_plane)
    by_spacings = _spacings(fields, in_plane)
    if by_vectors is None and by_spacings is None:
        return None
    _check_units(fields)
    first, second = _agreed(fields, by_vectors, by_spacings)
    return first, second


def nrrd_place(fields: Fields) -> Place:
    """See `ImageHeader.place`."""
    name = fields.name
    axes = [axis for axis, is_space in enumerate(fields.spatial_axes()) if is_space][:3]
    vectors, spacings = _lengths(fields, axes), _spacings(fields, axes)
    if len(axes) < 3 or (vectors is None and spacings is None):
        raise faults.absent(name, "space directions", "the distance of its voxels")
    _check_units(fields)
    if vectors is None:
        raise faults.absent(name, "space directions", "how its axes lie in the patient")
    _agreed(fields, vectors, spacings)
    if "space" not in fields:
        raise faults.absent(name, "space", "in which frame its directions are meant")
    to_lps = _TO_LPS.get(fields["space"].lower())
    if to_lps is None:
        raise faults.unsupported(
            name,
            "is in a space that is not the patient's",
            "save it as left-posterior-superior or right-anterior-superior",
        )
    if "space dimension" in fields and fields["space dimension"] != "3":
        raise faults.contradictory(name, "space", "space dimension")
    if "space origin" not in fields:
        raise faults.absent(name, "space origin", "where its first voxel lies")
    origins = fields.vectors("space origin")
    if len(origins) != 1 or origins[0] is None:
        raise faults.unreadable(name, "space origin", "one vector")
    origin = floats(name, "space origin", origins[0], 3)
    columns = np.transpose([_step(fields, axis, 3) for axis in axes])
    flips = np.array(to_lps)
    return Place.from_columns(name, "space directions", flips[:, None] * columns, flips * origin)


def _step(fields: Fields, axis: int, count: int | None = None) -> list[float]:
    words = fields.vectors("space directions")[axis]
    return floats(fields.name, "space directions", words, len(words) if count is None else count)


def _lengths(fields: Fields, axes: list[int]) -> list[float] | None:
    if "space directions" not in fields:
        return None
    lengths = [float(np.linalg.norm(_step(fields, axis))) for axis in axes]
    if min(lengths) <= 0.0:
        raise faults.not_positive(fields.name, "space directions")
    return lengths


def _spacings(fields: Fields, axes: list[int]) -> list[float] | None:
    if "spacings" not in fields:
        return None
    words = fields.words("spacings")
    return positive(fields.name, "spacings", [words[axis] for axis in axes], len(axes))


def _agreed(fields: Fields, one: list[float] | None, other: list[float] | None) -> list[float]:
    if one is None or other is None:
        return one or other
    if not np.allclose(one, other, rtol=UNIT_TOLERANCE):
        raise faults.contradictory(fields.name, "space directions", "spacings")
    return one


def _check_units(fields: Fields) -> None:
    for field in ("space units", "units"):
        spatial = fields.quoted(field)
        if field == "units" and len(spatial) == fields.axes:
            spatial = [unit for unit, is_space in zip(spatial, fields.spatial_axes(), strict=True) if is_space]
        if any(unit not in _MILLIMETRES for unit in spatial):
            raise faults.unsupported(
                fields.name, f"states {field} other than mm", "convert its spacing and place to mm"
            )
