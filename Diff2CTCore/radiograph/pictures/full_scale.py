"""The range of values that a file could have stored, told from those that it holds."""

from __future__ import annotations

import numpy as np

_LEVELS_OF_FLOATS = 65_535
_BEYOND = 4.0
"""A value more than this many times as far from zero as 99 % of all is a marker or a dead pixel."""


def full_scale(pixels: np.ndarray) -> tuple[tuple[float, float], int]:
    """(lowest, highest) value, and the number of grey levels between the two.

    For whole numbers it is the range of as many bits as the image reaches, eight at least: 12 bits are often kept in
    16. A few extreme values do not count, because the logarithm of everything else would change with them.
    """
    lowest, highest = _reach(pixels)
    if not np.issubdtype(pixels.dtype, np.integer):
        return (lowest, highest), _LEVELS_OF_FLOATS
    ceiling = (1 << max(8, int(highest).bit_length())) - 1
    floor = -(1 << (-1 - int(lowest)).bit_length()) if lowest < 0 else 0
    return (float(floor), float(ceiling)), ceiling - floor


def _reach(pixels: np.ndarray) -> tuple[float, float]:
    """The lowest value, zero at most, and the highest, both without the extreme ones."""
    finite = pixels[np.isfinite(pixels)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.quantile(finite, [0.01, 0.99])
    usual = finite[(finite >= min(_BEYOND * low, 0.0)) & ((finite <= _BEYOND * high) | (high <= 0.0))]
    return float(min(usual.min(), 0)), float(usual.max())
