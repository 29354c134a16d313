"""Checks that every format shares, made before decoding where the header suffices."""

from __future__ import annotations

import numpy as np

from ..errors import RadiographError

MIN_SIDE_PX = 64
MAX_SIDE_PX = 10_000

_GREY_TOLERANCE = 0.02
_COLOURED_FRACTION = 0.001


def check_size(name: str, rows: int, columns: int):
    """Raise RadiographError unless both sides lie in [MIN_SIDE_PX, MAX_SIDE_PX]."""
    if min(rows, columns) < MIN_SIDE_PX:
        raise RadiographError(
            f"{name} has {rows} x {columns} pixels; a radiograph of at least {MIN_SIDE_PX} x {MIN_SIDE_PX} is needed."
        )
    if max(rows, columns) > MAX_SIDE_PX:
        raise RadiographError(
            f"{name} has {rows} x {columns} pixels; at most {MAX_SIDE_PX} x {MAX_SIDE_PX} are supported, so reduce it."
        )


def grey_channel(name: str, image: np.ndarray) -> np.ndarray:
    """(rows, columns) of a grey, RGB or RGBA image (rows, columns[, channels]) without real colour.

    JPEG leaves grey RGB pixels a little off grey, so a small difference between channels is no colour.
    """
    if image.ndim == 2:
        return image
    if image.shape[-1] == 4:
        alpha = image[..., -1]
        if (alpha != alpha.max()).any():
            raise RadiographError(f"{name} has transparent parts; save it without an alpha channel.")
        image = image[..., :-1]
    lowest, highest = image.min(axis=-1), image.max(axis=-1)
    difference = highest.astype(np.float32) - lowest.astype(np.float32)
    tolerance = _GREY_TOLERANCE * max(float(highest.max()) - float(lowest.min()), 1.0)
    if (difference > tolerance).mean() > _COLOURED_FRACTION:
        raise RadiographError(f"{name} is a colour picture; a radiograph must be grey.")
    return image[..., 1]


def check_values(name: str, values: np.ndarray, mask: np.ndarray | None):
    """Raise RadiographError for a NaN, an infinity, or an image in which nothing is seen."""
    if not np.isfinite(values).all():
        raise RadiographError(f"{name} holds values that are not finite numbers; repair or export it again.")
    seen = values if mask is None else values[mask]
    if seen.size == 0 or seen.min() == seen.max():
        raise RadiographError(f"{name} is constant: every pixel has the same value, so nothing is seen on it.")


def spacing_pair(value, what: str) -> tuple[float, float]:
    """(row, column) spacing in mm from one number or two; RadiographError when not finite and positive."""
    try:
        numbers = [float(item) for item in np.atleast_1d(np.asarray(value, dtype=float)).ravel()]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2 or not np.isfinite(numbers).all() or min(numbers) <= 0.0:
        raise RadiographError(f"{what} must be two positive numbers in mm and is not; give pixel_spacing_mm yourself.")
    return numbers[0], numbers[1]
