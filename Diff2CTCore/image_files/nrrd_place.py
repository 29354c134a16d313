"""Spacing and place of a NRRD file."""

from __future__ import annotations

import numpy as np

from . import faults
from .header import Place, check_right_angle
from .nrrd_distances import nrrd_distances
from .nrrd_fields import Fields
from .text_numbers import floats, whole

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
    columns = _columns(fields, in_plane)
    distances = nrrd_distances(fields, in_plane, columns)
    if distances is None:
        return None
    _check_units(fields)
    if columns is not None:
        check_right_angle(fields.name, columns)
    return distances[0], distances[1]


def nrrd_place(fields: Fields) -> Place:
    """See `ImageHeader.place`."""
    name = fields.name
    axes = [axis for axis, is_space in enumerate(fields.spatial_axes()) if is_space][:3]
    columns = _columns(fields, axes)
    if len(axes) < 3 or nrrd_distances(fields, axes, columns) is None:
        raise faults.absent(name, "space directions", "the distance of its voxels")
    _check_units(fields)
    if columns is None:
        raise faults.absent(name, "space directions", "how its axes lie in the patient")
    if len(columns) != 3:
        raise faults.unreadable(name, "space directions", "vectors of three numbers")
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
    flips = np.array(to_lps)
    return Place.from_columns(name, "space directions", flips[:, None] * columns, flips * origin)


def _columns(fields: Fields, axes: list[int]) -> np.ndarray | None:
    """(space, axes), the steps along them; None where they are not stated."""
    if "space directions" not in fields:
        return None
    vectors = fields.vectors("space directions")
    steps = [floats(fields.name, "space directions", vectors[axis], len(vectors[axis])) for axis in axes]
    if len({len(step) for step in steps}) > 1:
        raise faults.unreadable(fields.name, "space directions", "vectors of equally many numbers")
    columns = np.transpose(steps)
    if not np.linalg.norm(columns, axis=0).all():
        raise faults.not_positive(fields.name, "space directions")
    return columns


def _check_units(fields: Fields) -> None:
    for field in ("space units", "units"):
        if field not in fields:
            continue
        found = spatial = fields.labels(field)
        count = fields.axes if field == "units" else _space_dimension(fields)
        if field == "units" and len(found) == count:
            spatial = [unit for unit, is_space in zip(found, fields.spatial_axes(), strict=True) if is_space]
        if any(unit not in _MILLIMETRES for unit in spatial):
            raise faults.unsupported(
                fields.name, f"states {field} other than mm", "convert its spacing and place to mm"
            )
        if count is not None and len(found) != count:
            raise faults.unreadable(fields.name, field, "one unit for each axis")


def _space_dimension(fields: Fields) -> int | None:
    """How many axes the space has in which directions are stated; None where nothing tells."""
    if "space dimension" in fields:
        return whole(fields.name, "space dimension", fields["space dimension"], 1, 8)
    if fields.get("space", "").lower() in _TO_LPS:
        return 3
    vectors = fields.vectors("space directions") if "space directions" in fields else []
    return next((len(vector) for vector in vectors if vector is not None), None)
