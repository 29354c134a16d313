"""Checks that every format shares, made before decoding where the header suffices."""

from __future__ import annotations

import numpy as np

from ..errors import RadiographError
from ..geometry import MAX_ASPECT, is_aspect

MIN_SIDE_PX = 64
MAX_SIDE_PX = 10_000
SAME = 0.01
"""Relative difference below which two distances, spacings or magnifications are one."""

_LEAST_LEVELS = 1000.0

_GREY_TOLERANCE = 0.02
_COLOURED_FRACTION = 0.001
_USUAL = 0.999


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
    """(rows, columns) of a grey, RGB, grey-alpha or RGBA image (rows, columns[, channels]) without real colour.

    JPEG leaves grey RGB pixels a little off grey, so a small difference between channels is no colour. What is small
    is told from the range that nearly all pixels have, as a few extreme ones would let every colour pass.
    """
    if image.ndim == 2:
        return image
    if image.shape[-1] in (2, 4):
        opaque = np.iinfo(image.dtype).max if np.issubdtype(image.dtype, np.integer) else 1.0
        if (image[..., -1] != opaque).any():
            raise RadiographError(f"{name} has transparent parts; save it without an alpha channel.")
        image = image[..., :-1]
    if image.shape[-1] == 1:
        return image[..., 0]
    lowest, highest = image.min(axis=-1).astype(np.float64), image.max(axis=-1).astype(np.float64)
    difference = highest - lowest
    if not np.isfinite(difference).all():
        raise RadiographError(f"{name} holds values that are not finite numbers; repair or export it again.")
    tolerance = _GREY_TOLERANCE * float(np.quantile(highest, _USUAL) - np.quantile(lowest, 1.0 - _USUAL))
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


def single_precision(name: str, values: np.ndarray) -> np.ndarray:
    """`values` as float32; what that cannot hold becomes infinite.

    Raises RadiographError where values differ by so little that float32 would tell next to none of them apart.
    """
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    finite = values[np.isfinite(single)]
    # Markers and padding do not count: it is the range of nearly all pixels that has to be resolved.
    low, high = np.quantile(finite, [0.05, 0.95]) if finite.size else (0.0, 0.0)
    coarse = float(np.spacing(np.float32(max(abs(low), abs(high)))))
    if high > low and high - low < _LEAST_LEVELS * coarse and (single != values).any():
        raise RadiographError(
            f"{name} holds values whose differences are so small beside the values that they would be lost; take the "
            "offset from them (RescaleIntercept in DICOM), or export the file again."
        )
    return single


def spacing_pair(value, what: str) -> tuple[float, float]:
    """(row, column) spacing in mm from one number or two.

    Raises:
        RadiographError: one of them is not finite and positive, or they differ by more than MAX_ASPECT.
    """
    try:
        numbers = [float(item) for item in np.atleast_1d(np.asarray(value, dtype=float)).ravel()]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2 or not np.isfinite(numbers).all() or min(numbers) <= 0.0:
        raise RadiographError(f"{what} must be two positive numbers in mm and is not; give the pixel spacing yourself.")
    if not is_aspect(*numbers):
        row, column = numbers
        raise RadiographError(
            f"{what} is {row:g} mm from row to row but {column:g} mm from column to column, and one may be at most "
            f"{MAX_ASPECT:g} times the other; give the right pixel spacing."
        )
    return numbers[0], numbers[1]


def same(first: float, second: float) -> bool:
    """Whether two positive numbers are one within `SAME`."""
    return abs(first / second - 1.0) < SAME
