"""How a slice is turned, by directions that files write with few decimals."""

from __future__ import annotations

import numpy as np

from ..errors import ImageFileError

PIXEL_TOLERANCE = 0.25
"""Largest distance in pixels, in the plane, of any pixel from where the volume has it."""

_LEAST_DECIMALS = 2
_MOST_DECIMALS = 6
_UNIT_TOLERANCE = 0.02
"""How far two decimals may take the square of a unit vector from 1."""


def unit_axes(name: str, cosines: np.ndarray, most_pixels: int) -> np.ndarray:
    """Direction cosines along a row and down a column, (2, 3), at length 1.

    They are as perpendicular as the decimals allow that they are written with, or the pixel furthest from the first
    lies at most one pixel off.

    Raises:
        ImageFileError: they are not.
    """
    off = np.abs(cosines @ cosines.T - np.eye(2))
    allowed = min(max(_rounding(cosines), 1.0 / most_pixels), _UNIT_TOLERANCE)
    # Of numbers beyond all bounds this is not a number.
    if not (off.max() <= _UNIT_TOLERANCE and off[0, 1] <= allowed):
        raise ImageFileError(
            f"The ImageOrientationPatient of {name} must be two perpendicular unit vectors; correct it in the file."
        )
    return cosines / np.linalg.norm(cosines, axis=1, keepdims=True)


def _rounding(cosines: np.ndarray) -> float:
    """Largest product of two perpendicular unit vectors after rounding to as many decimals as these have."""
    for decimals in range(_LEAST_DECIMALS, _MOST_DECIMALS + 1):
        if np.abs(cosines - np.round(cosines, decimals)).max() < 1e-9:
            half = 0.5 * 10.0**-decimals
            return float(half * np.abs(cosines).sum() + 3.0 * half**2)
    return 0.0
