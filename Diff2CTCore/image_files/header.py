"""What the header of an image file says, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from . import faults
from .payload import Payload

MAX_SIDE = 100_000
MAX_CHANNELS = 4

UNIT_TOLERANCE = 1e-3
"""How far a length or a direction may be off by rounding, as a part of 1."""

ROUNDING_RAD = 2e-3
"""Of axes in single precision: near half a turn, it leaves a quaternion an error of 7e-4."""


@dataclass(frozen=True)
class Place:
    """Where voxels lie in the patient, LPS mm.

    Attributes:
        spacing_mm: (3,), from one voxel to the next along each axis of the array, the fastest first.
        direction: (3, 3), columns are unit vectors along these axes. They need not be orthogonal: slices of a tilted
            gantry make a sheared volume.
        origin_mm: (3,), middle of the first voxel.
        notes: sentences for the user about what was decided.
    """

    spacing_mm: np.ndarray
    direction: np.ndarray
    origin_mm: np.ndarray
    notes: tuple[str, ...] = ()

    @classmethod
    def from_columns(
        cls, name: str, field: str, columns: np.ndarray, origin_mm: np.ndarray, notes: tuple[str, ...] = ()
    ) -> Place:
        """From the steps to the next voxel, the columns (3, 3) in mm that `field` states.

        Raises:
            ImageFileError: a step has no length, or the three lie in one plane.
        """
        spacing = np.linalg.norm(columns, axis=0)
        if spacing.min() <= 0.0:
            raise faults.not_positive(name, field)
        direction = columns / spacing
        if abs(np.linalg.det(direction)) < UNIT_TOLERANCE:
            raise faults.unreadable(name, field, "three directions that span a volume")
        # Parts below rounding say nothing, and those that are not even normal numbers make ITK's inverse NaN.
        direction[np.abs(direction) < np.finfo(float).eps] = 0.0
        return cls(spacing, direction, np.asarray(origin_mm, dtype=float), notes)


@dataclass(frozen=True)
class Layout:
    """How samples are stored.

    Attributes:
        sizes: samples along each axis, the fastest first, without channels and without last axes of one sample.
        sample: type of a stored value with its byte order.
        channels: values of a pixel, stored together or, with `planar`, one image after the other.
        scaling: (slope, intercept) that turn stored values into those that are meant.
    """

    sizes: tuple[int, ...]
    sample: np.dtype
    channels: int = 1
    planar: bool = False
    scaling: tuple[float, float] = (1.0, 0.0)

    @property
    def count(self) -> int:
        """Of all stored values."""
        return int(np.prod(self.sizes, dtype=object)) * self.channels


class ImageHeader(ABC):
    """The header of one file, checked as far as reading the pixels needs it.

    What it says of spacing and place is judged when it is asked for, since a picture may do without.

    Attributes:
        name: of the file, without its folder.
        file_format: in words.
        layout, payload: of the pixels.
    """

    file_format: str

    def __init__(self, name: str, layout: Layout, payload: Payload):
        self.name = name
        self.layout = layout
        self.payload = payload

    @abstractmethod
    def spacing_mm(self) -> tuple[float, float] | None:
        """From one column to the next, and from one row to the next; None when the header says nothing of it.

        Raises:
            ImageFileError: it cannot be read, is not positive, is in another unit, or is stated twice and differently.
        """

    @abstractmethod
    def place(self) -> Place:
        """Of a volume in the patient.

        Raises:
            ImageFileError: spacing, directions or origin are absent, unreadable or contradictory.
        """

    def values(self) -> np.ndarray:
        """All pixels, (..., rows, columns[, channels]) in this machine's byte order.

        Integers stay as they are unless the header states a scaling, which gives float32.

        Raises:
            ImageFileError: the data are shorter or longer than the header announces, or damaged.
        """
        layout = self.layout
        stored = self.payload.read(self.name, self.file_format, layout.sample, layout.count)
        shape = layout.sizes[::-1]
        if layout.channels > 1:
            shape = (layout.channels, *shape) if layout.planar else (*shape, layout.channels)
        stored = stored.reshape(shape)
        if layout.planar:
            stored = np.moveaxis(stored, 0, -1)
        slope, intercept = layout.scaling
        if (slope, intercept) != (1.0, 0.0):
            return (stored.astype(np.float64) * slope + intercept).astype(np.float32)
        return stored.astype(layout.sample.newbyteorder("="), copy=False)


def shear_rad(columns: np.ndarray) -> float:
    """Largest angle by which two of the axes, whose steps are the columns (space, axes), miss a right angle."""
    directions = columns / np.linalg.norm(columns, axis=0)
    cosines = directions.T @ directions - np.eye(directions.shape[1])
    return float(np.arcsin(min(np.abs(cosines).max(), 1.0)))


def check_right_angle(name: str, columns: np.ndarray) -> None:
    """Raise ImageFileError when the axes of a picture, whose steps are the columns (space, 2), are sheared."""
    if shear_rad(columns) > ROUNDING_RAD:
        instead = "save it with rows and columns at right angles"
        raise faults.unsupported(name, "has rows and columns that are not at right angles", instead)


def checked_sizes(name: str, field: str, sizes: list[int]) -> tuple[int, ...]:
    """Samples along each axis without last axes of one sample.

    Raises:
        ImageFileError: none, or one out of range.
    """
    if not sizes or min(sizes) < 1 or max(sizes) > MAX_SIDE:
        raise faults.unreadable(name, field, f"numbers of voxels from 1 to {MAX_SIDE}")
    while len(sizes) > 2 and sizes[-1] == 1:
        sizes = sizes[:-1]
    return tuple(sizes)
