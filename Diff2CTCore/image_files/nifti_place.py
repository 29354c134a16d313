"""Spacing and place of a NIfTI file, which may state its place by an affine ("sform"), a rotation ("qform") or both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import faults
from .header import ROUNDING_RAD, UNIT_TOLERANCE, Place, check_right_angle, shear_rad

_MILLIMETRES = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""By unit code; files without one are in mm."""

_ROUNDING_VOXELS = 0.1
"""How far the first voxel by sform and by qform may lie apart, as a part of the finest spacing."""


@dataclass(frozen=True)
class Coding:
    """Name of the file, its sizes, and the values of its header by their fields."""

    name: str
    sizes: tuple[int, ...]
    values: dict[str, tuple]

    def one(self, field: str):
        """A value that stands alone."""
        (value,) = self.values[field]
        return value

    def millimetres(self) -> float:
        """Of the file's unit of length."""
        unit = self.one("xyzt_units") & 7
        if unit not in _MILLIMETRES:
            raise faults.unreadable(self.name, "xyzt_units", "a unit of length")
        return _MILLIMETRES[unit]

    def finite(self, field: str) -> np.ndarray:
        """The numbers of a field.

        Raises:
            ImageFileError: one is not finite.
        """
        found = np.array(self.values[field], dtype=float)
        if not np.isfinite(found).all():
            raise faults.unreadable(self.name, field, "numbers")
        return found

    def pixdim(self, axes: int) -> np.ndarray:
        """(axes,), in the file's unit."""
        found = np.array(self.values["pixdim"][1 : 1 + axes], dtype=float)
        if not np.isfinite(found).all():
            raise faults.unreadable(self.name, "pixdim", "numbers")
        if found.min() <= 0.0:
            raise faults.not_positive(self.name, "pixdim")
        return found


def nifti_spacing(coding: Coding) -> tuple[float, float] | None:
    """See `ImageHeader.spacing_mm`."""
    spacing = coding.pixdim(2)
    if coding.one("sform_code") > 0:
        steps = _sform(coding)[:, :2]
        check_right_angle(coding.name, steps)
        _check_lengths(coding, steps, spacing)
    first, second = spacing * coding.millimetres()
    return float(first), float(second)


def nifti_place(coding: Coding) -> Place:
    """See `ImageHeader.place`."""
    name, spacing = coding.name, coding.pixdim(3)
    by_sform, by_qform = (coding.one(field) > 0 for field in ("sform_code", "qform_code"))
    if not (by_sform or by_qform):
        raise faults.absent(name, "sform_code or qform_code", "how its axes lie in the patient")
    affine = field = None
    notes: tuple[str, ...] = ()
    if by_sform:
        affine, field = _sform(coding), "srow"
        _check_lengths(coding, affine[:, :3], spacing)
    if by_qform:
        rotated = _qform(coding, spacing)
        if not by_sform:
            affine, field = rotated, "pixdim"
        elif not _agree(affine, rotated):
            notes = _two_frames(coding)
    # NIfTI counts from left to right and from back to front.
    affine = affine * np.array([-1.0, -1.0, 1.0])[:, None] * coding.millimetres()
    return Place.from_columns(name, field, affine[:, :3], affine[:, 3], notes)


def _sform(coding: Coding) -> np.ndarray:
    affine = coding.finite("srow").reshape(3, 4)
    if not np.linalg.norm(affine[:, :3], axis=0).all():
        raise faults.not_positive(coding.name, "srow")
    return affine


def _qform(coding: Coding, spacing: np.ndarray) -> np.ndarray:
    """(3, 4) of the quaternion, whose first part follows from the others."""
    b, c, d = coding.finite("quatern")
    square = 1.0 - (b * b + c * c + d * d)
    if square < -UNIT_TOLERANCE:
        raise faults.unreadable(coding.name, "quatern", "a rotation")
    a = np.sqrt(max(square, 0.0))
    if a == 0.0:
        b, c, d = np.array([b, c, d]) / np.sqrt(b * b + c * c + d * d)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    handedness = coding.values["pixdim"][0]
    if handedness not in (-1.0, 0.0, 1.0):
        raise faults.unreadable(coding.name, "pixdim", "1 or -1 in its first place")
    steps = rotation * spacing * (1.0, 1.0, -1.0 if handedness < 0.0 else 1.0)
    return np.column_stack([steps, coding.finite("qoffset")])


def _check_lengths(coding: Coding, steps: np.ndarray, spacing: np.ndarray) -> None:
    """Where axes are sheared, pixdim may hold the distance of the planes instead of the step between voxels."""
    lengths = np.linalg.norm(steps, axis=0)
    shortest = np.cos(shear_rad(steps)) * lengths
    if (spacing > lengths * (1 + UNIT_TOLERANCE)).any() or (spacing < shortest * (1 - UNIT_TOLERANCE)).any():
        raise faults.contradictory(coding.name, "srow", "pixdim")


def _agree(by_sform: np.ndarray, by_qform: np.ndarray) -> bool:
    """Whether two (3, 4) mean the same place.

    A rotation cannot tell a shear, so its axes may differ from sheared ones by the angle of the shear.
    """
    directions = [matrix[:, :3] / np.linalg.norm(matrix[:, :3], axis=0) for matrix in (by_sform, by_qform)]
    lengths = np.linalg.norm(by_sform[:, :3], axis=0)
    apart = np.arccos(np.clip((directions[0] * directions[1]).sum(axis=0), -1.0, 1.0))
    shifted = np.abs(by_sform[:, 3] - by_qform[:, 3]).max() > _ROUNDING_VOXELS * lengths.min()
    return not shifted and not (apart > shear_rad(by_sform[:, :3]) + ROUNDING_RAD).any()


def _two_frames(coding: Coding) -> tuple[str, ...]:
    """What is told of an sform and a qform that differ: with different codes they are meant for different frames.

    Raises:
        ImageFileError: both have the same code.
    """
    codes = coding.one("sform_code"), coding.one("qform_code")
    if codes[0] == codes[1]:
        raise faults.contradictory(coding.name, "sform", "qform")
    return (
        f"{coding.name} states two places, in different frames: its sform (code {codes[0]}) is used and its qform "
        f"(code {codes[1]}) is not; programs that use the qform show the scan elsewhere.",
    )
