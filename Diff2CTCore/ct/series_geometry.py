"""Where the slices of a series lie: on one straight line, evenly, also where the gantry was tilted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import VolumeError
from .slices import Slice

SAME_PLACE_MM = 1e-3

EVEN_TOLERANCE = 0.05
"""Largest distance of a slice from its place on the fitted line, as a part of the step; rounding comes on top."""

MOST_ROUNDING = 0.3
"""As a part of the step; beyond that a missing slice could not be told from rounding."""

PIXEL_TOLERANCE = 0.25
"""Largest distance in pixels, in the plane, of any pixel from where the volume has it."""

STRAIGHT_PIXELS = 0.1
"""A shift from the first slice to the last that stays below this part of a pixel is no tilt."""

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
    unit = _rounded_to_mm(positions)
    _check_even(offsets @ normal, np.diff(positions @ normal), unit / 2.0 * np.abs(normal).sum(), name)
    across = np.linalg.norm(offsets - (offsets @ normal)[:, None] * normal, axis=1)
    rounding = unit * np.sqrt(3.0) / 2.0
    if across.max() > PIXEL_TOLERANCE * min(spacing) + rounding:
        raise VolumeError(
            f"The slices in {name} are shifted sideways by up to {across.max():.1f} mm from a straight line; "
            "resample the series first."
        )
    sideways = step - (step @ normal) * normal
    if np.linalg.norm(sideways) * (len(slices) - 1) <= STRAIGHT_PIXELS * min(spacing) + rounding:
        step, sideways = step - sideways, 0.0 * sideways
    tilt = float(np.degrees(np.arctan2(np.linalg.norm(sideways), step @ normal)))
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
    found = np.stack([item.axes for item in slices])
    row, column = np.median(found, axis=0)
    most_pixels = max(slices[0].layout.rows, slices[0].layout.columns)
    if np.linalg.norm(found - (row, column), axis=-1).max() * most_pixels > PIXEL_TOLERANCE:
        raise VolumeError(f"The slices in {name} differ in orientation or size; give a single reconstruction.")
    row, column = found.mean(axis=0)
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    return np.stack([row, column / np.linalg.norm(column)])


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


def _rounded_to_mm(positions: np.ndarray) -> float:
    """The coarsest decimal of which all coordinates are multiples; 0 for a finer one than 0.001."""
    return next((unit for unit in (1.0, 0.1, 0.01, 0.001) if _multiples(positions, unit)), 0.0)


def _multiples(positions: np.ndarray, unit: float) -> bool:
    return bool(np.abs(positions / unit - np.rint(positions / unit)).max() < 1e-6)
