"""Where the slices of a series lie: on one straight line, evenly, also where the gantry was tilted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import VolumeError
from .series_line import line_step, rounded_to_mm
from .series_orientation import PIXEL_TOLERANCE
from .slices import Slice

SAME_PLACE_MM = 1e-3

EVEN_TOLERANCE = 0.05
"""Largest distance of a slice from its place on the fitted line, as a part of the step; rounding comes on top."""

MOST_ROUNDING = 0.3
"""As a part of the step; beyond that a missing slice could not be told from rounding."""

MAX_TILT_DEG = 35.0
"""Gantries tilt by 30 degrees at most."""

STATED_TILT_TOLERANCE_DEG = 1.0


@dataclass(frozen=True, eq=False)
class SeriesGeometry:
    """Attributes:
    origin: (3,) LPS mm of the first voxel.
    spacing: mm along a row, down a column, and along the line of the slices.
    direction: (3, 3), its columns are unit vectors in LPS of the same three; the third is perpendicular to the
        others unless the gantry was tilted.
    tilt_deg: angle between that third and the slices' normal.
    """

    origin: np.ndarray
    spacing: tuple[float, float, float]
    direction: np.ndarray
    tilt_deg: float


def series_geometry(slices: list[Slice], name: str) -> SeriesGeometry:
    """Fit a line with a constant step to the slices, which are sorted by their height.

    Raises:
        VolumeError: slices missing, doubled, uneven, or different in size, spacing, orientation or patient.
    """
    spacing = _common_spacing(slices, name)
    axes = _common_axes(slices, name)
    normal = np.cross(*axes)
    positions = np.stack([item.origin for item in slices])
    _check_steps(np.diff(positions @ normal), name)
    index = np.arange(len(slices)) - (len(slices) - 1) / 2
    step = index @ positions / (index @ index)
    offsets = positions - positions.mean(axis=0) - index[:, None] * step
    unit = rounded_to_mm(positions)
    _check_even(offsets @ normal, np.diff(positions @ normal), unit / 2.0 * np.abs(normal).sum(), name)
    step = line_step(positions, normal, min(spacing), unit, name)
    tilt = float(np.degrees(np.arctan2(np.linalg.norm(step - (step @ normal) * normal), step @ normal)))
    if tilt > MAX_TILT_DEG:
        raise VolumeError(
            f"The ImagePositionPatient of the slices in {name} lead {tilt:.0f} degrees away from the normal of their "
            "ImageOrientationPatient, more than any gantry tilts; export the series again."
        )
    length = float(np.linalg.norm(step))
    return SeriesGeometry(
        origin=positions.mean(axis=0) + index[0] * step,
        spacing=(spacing[1], spacing[0], length),
        direction=np.stack([*axes, step / length], axis=1),
        tilt_deg=tilt,
    )


def tilt_contradiction(slices: list[Slice], tilt_deg: float) -> str | None:
    """A sentence where GantryDetectorTilt and the positions of the slices do not agree, else None."""
    stated = [item.tilt_deg for item in slices if item.tilt_deg is not None]
    # Vendors do not agree on the sign.
    if not stated or np.abs(np.abs(stated) - tilt_deg).max() <= STATED_TILT_TOLERANCE_DEG:
        return None
    furthest = max(stated, key=lambda value: abs(abs(value) - tilt_deg))
    return (
        f"The CT states a GantryDetectorTilt of {furthest:g} degrees, but its slices are shifted like those of "
        f"{tilt_deg:.1f} degrees; the positions of the slices are followed."
    )


def orientation_note(slices: list[Slice]) -> str | None:
    """A sentence where the rows and columns of the slices are so far from perpendicular that pixels are moved."""
    cosine = max(abs(float(item.axes[0] @ item.axes[1])) for item in slices)
    sides = np.array([slices[0].layout.rows, slices[0].layout.columns])
    # Each of the two axes takes half of the angle.
    if cosine / 2.0 * sides.max() <= PIXEL_TOLERANCE:
        return None
    furthest = cosine / 2.0 * np.linalg.norm(sides * slices[0].spacing)
    return (
        "The rows and columns of the CT are not quite perpendicular by its ImageOrientationPatient, perhaps for want "
        f"of decimals; it is read with the nearest that are, up to {furthest:.1f} mm from what the file says."
    )


def continues(item: Slice, slices: list[Slice], geometry: SeriesGeometry, reach: int) -> bool:
    """Whether a slice of another series lies as the next before or behind `slices`, or up to `reach` steps away."""
    if item.layout != slices[0].layout or np.abs(item.axes - slices[0].axes).max() > 0.01:
        return False
    column, row, place = np.linalg.solve(geometry.direction * geometry.spacing, item.origin - geometry.origin)
    beyond = -reach - 0.5 < place < -0.5 or -0.5 < place - len(slices) < reach - 0.5
    on_the_line = max(abs(column), abs(row)) < PIXEL_TOLERANCE and abs(place - round(place)) < MOST_ROUNDING
    return beyond and on_the_line


def _common_spacing(slices: list[Slice], name: str) -> tuple[float, float]:
    if len({(item.layout.rows, item.layout.columns) for item in slices}) > 1:
        raise VolumeError(f"The slices in {name} differ in orientation or size; give a single reconstruction.")
    for what, keyword in (("patient", "PatientID"), ("frame_of_reference", "FrameOfReferenceUID")):
        if len({getattr(item, what) for item in slices} - {""}) > 1:
            raise VolumeError(f"The slices in {name} differ in {keyword}; give the series of one scan.")
    found = np.array([item.spacing for item in slices])
    spacing = np.median(found, axis=0)
    sides = (slices[0].layout.rows, slices[0].layout.columns)
    if (np.abs(found / spacing - 1.0) * sides).max() > PIXEL_TOLERANCE:
        low, high = (" x ".join(f"{value:g}" for value in limit) for limit in (found.min(axis=0), found.max(axis=0)))
        raise VolumeError(f"The PixelSpacing of the slices in {name} differs, {low} to {high} mm; correct the files.")
    return float(spacing[0]), float(spacing[1])


def _common_axes(slices: list[Slice], name: str) -> np.ndarray:
    """The perpendicular unit vectors, (2, 3), that are nearest to those of all slices.

    Raises:
        VolumeError: the slices differ.
    """
    found = np.stack([item.axes for item in slices])
    most_pixels = max(slices[0].layout.rows, slices[0].layout.columns)
    if np.linalg.norm(found - np.median(found, axis=0), axis=-1).max() * most_pixels > PIXEL_TOLERANCE:
        raise VolumeError(f"The slices in {name} differ in orientation or size; give a single reconstruction.")
    left, _, right = np.linalg.svd(found.mean(axis=0), full_matrices=False)
    return left @ right


def _check_steps(steps: np.ndarray, name: str) -> None:
    if steps.min() < SAME_PLACE_MM:
        raise VolumeError(
            f"The series in {name} holds several slices at the same place and does not say which belong together; "
            "remove the surplus files."
        )


def _check_even(along: np.ndarray, steps: np.ndarray, rounding: float, name: str) -> None:
    step = float(steps.mean())
    if np.abs(along).max() > min(EVEN_TOLERANCE * step + rounding, MOST_ROUNDING * step):
        apart = f"The slices in {name} are {steps.min():g} to {steps.max():g} mm apart"
        if steps.max() > 1.5 * np.median(steps):
            raise VolumeError(f"{apart}; slices are missing, so complete the series or resample it first.")
        raise VolumeError(f"{apart}, so they are not even; resample the series first.")
