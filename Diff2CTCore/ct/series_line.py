"""The line on which the slices of a series lie, by positions that may be rounded."""

from __future__ import annotations

import numpy as np

from ..errors import VolumeError
from .series_orientation import PIXEL_TOLERANCE

STRAIGHT_PIXELS = 0.1
"""A shift from the first slice to the last that stays below this part of a pixel is no tilt."""

_STILL = 0.01
"""A coordinate that changes by less than this part of the rounding, from the first slice to the last, is constant."""

_UNITS_OF_A_TILT = 2.0
"""A shift by one unit of rounding may as well be a jump, so a tilt that rounding hides has more."""


def line_step(positions: np.ndarray, normal: np.ndarray, pixel_mm: float, unit: float, name: str) -> np.ndarray:
    """From one slice to the next, (3,) LPS mm: along the slices' normal, unless they are shifted by a tilt.

    Args:
        positions: (slices, 3) LPS mm, evenly along the normal.
        normal: (3,) of the slices.
        pixel_mm: the shorter side of a pixel.
        unit: mm to which the positions are rounded; 0 where they are not.

    Raises:
        VolumeError: the slices do not lie on one line, even as far as rounding tells.
    """
    index = np.arange(len(positions)) - (len(positions) - 1) / 2
    step = index @ positions / (index @ index)
    straight = (step @ normal) * normal
    shift = np.abs(step - straight) * (len(positions) - 1)
    low, high = _slopes(positions, unit)
    perhaps_straight = _may_be_straight(positions, straight, unit, low, high)
    off, off_straight = (_most_off(positions, normal, index[:, None] * each) for each in (step, straight))
    near, slack = PIXEL_TOLERANCE * pixel_mm, STRAIGHT_PIXELS * pixel_mm
    if off_straight <= near and (perhaps_straight or np.linalg.norm(shift) <= slack):
        return straight
    if off <= near:
        return step
    # Positions that are as coarse as pixels say less than the line that they were rounded from.
    if perhaps_straight:
        return straight
    if (low <= high).all() and shift.max() >= _UNITS_OF_A_TILT * unit:
        return step
    raise VolumeError(
        f"The slices in {name} are shifted sideways by up to {off:.1f} mm from a straight line; "
        "resample the series first."
    )


def rounded_to_mm(positions: np.ndarray) -> float:
    """The coarsest decimal of which all coordinates are multiples; 0 for a finer one than 0.001."""
    return next((unit for unit in (1.0, 0.1, 0.01, 0.001) if _multiples(positions, unit)), 0.0)


def _multiples(positions: np.ndarray, unit: float) -> bool:
    return bool(np.abs(positions / unit - np.rint(positions / unit)).max() < 1e-6)


def _most_off(positions: np.ndarray, normal: np.ndarray, line: np.ndarray) -> float:
    """Largest distance across the normal of positions from a line about their middle."""
    offsets = positions - positions.mean(axis=0) - line
    return float(np.linalg.norm(offsets - (offsets @ normal)[:, None] * normal, axis=1).max())


def _slopes(positions: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest slope of each coordinate on an even line whose points, rounded, are `positions`.

    The least is above the largest where there is no such line.
    """
    within = unit * (1.0 + 1e-6)
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    for apart in range(1, len(positions)):
        difference = positions[apart:] - positions[:-apart]
        low = np.maximum(low, (difference.max(axis=0) - within) / apart)
        high = np.minimum(high, (difference.min(axis=0) + within) / apart)
    return low, high


def _may_be_straight(
    positions: np.ndarray, straight: np.ndarray, unit: float, low: np.ndarray, high: np.ndarray
) -> bool:
    """Whether a step along `straight` of some length is within the slopes from `low` to `high`."""
    # What does not change is written alike each time, so a whole unit between two slices is no rounding.
    still = np.abs(straight) * (len(positions) - 1) <= _STILL * unit
    if np.ptp(positions[:, still], axis=0).any() or (low > high).any():
        return False
    ends = np.sort(np.stack([low, high])[:, ~still] / straight[~still], axis=0)
    return bool(ends[0].max() <= ends[1].min())
