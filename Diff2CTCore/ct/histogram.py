"""How often values occur in a volume, without the padding that stands outside of the scanned field."""

from __future__ import annotations

import numpy as np

_BELOW_AIR, _AIR = -1100.0, -900.0
_WIDTH = 10.0
_FIRST, _LAST = -1100.0, 3200.0

_CLOSE, _A_FEW = 50.0, 10
_LOOKED_AT = 200_000
_MOST_ALIKE, _LEAST_PEAK = 0.2, 2.0

_PADDINGS = 3
"""Values that may stand for "outside"; more of them are values that were measured."""

_PADDING_WIDTH = 16.0
"""Of lossily compressed padding."""

_NEIGHBOURS = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
"""How much the bins about one count for its peak."""


class Histogram:
    """Shares of the voxels that are no padding.

    Attributes:
        scattered_below_air: share of all voxels that lie below air, and not at the few values of a padding.
        lowest, highest: value among the voxels that are neither padding nor air.
        share_of_lowest, share_of_highest: of the voxels with exactly that value; 0 where they are but a few.
        share_above_lowest, share_below_highest: of those within 50 of it.
        is_drawn: whether no scanner showed its soft tissue: noise leaves no single value to much of it, and some tissue
            stands out.
    """

    def __init__(self, values: np.ndarray):
        below = values[values < _BELOW_AIR]
        inside = values[values >= _BELOW_AIR]
        self.scattered_below_air = _outside_of_peaks(below) / values.size
        self._edges = np.arange(_FIRST, _LAST + _WIDTH, _WIDTH)
        clipped = np.clip(inside, _FIRST, _LAST - 0.5 * _WIDTH)
        self._shares = np.bincount(((clipped - _FIRST) // _WIDTH).astype(int), minlength=len(self._edges) - 1)
        self._shares = self._shares / max(inside.size, 1)
        body = inside[inside > _AIR]
        self.lowest, self.highest = (float(body.min()), float(body.max())) if body.size else (0.0, 0.0)
        self.share_of_lowest, self.share_above_lowest = _end(body, self.lowest, inside.size)
        self.share_of_highest, self.share_below_highest = _end(body, self.highest, inside.size)
        soft = inside[:: max(1, inside.size // _LOOKED_AT)]
        soft = soft[(soft >= -300.0) & (soft < 350.0) & (soft != self.highest)]
        most_alike = np.unique(soft, return_counts=True)[1].max() / soft.size if soft.size else 0.0
        self.is_drawn = most_alike > _MOST_ALIKE or self._is_level()

    def _bins(self, low: float | None, high: float | None) -> slice:
        first, last = (None if edge is None else max(round((edge - _FIRST) / _WIDTH), 0) for edge in (low, high))
        return slice(first, last)

    def share(self, low: float | None, high: float | None) -> float:
        """Of the values from `low` up to `high`, which are multiples of 10; None is no limit."""
        return float(self._shares[self._bins(low, high)].sum())

    def fullest(self, low: float, high: float | None) -> float:
        """Where within these limits the values lie closest together."""
        part = np.convolve(self._shares[self._bins(low, high)], _NEIGHBOURS, mode="same")
        return low + (int(part.argmax()) + 0.5) * _WIDTH

    def _is_level(self) -> bool:
        """Whether the fullest 50 HU of the soft tissue hold little more than the mean."""
        peak = self.fullest(-300, 350)
        return self.share(peak - 25, peak + 25) < _LEAST_PEAK * self.share(-300, 350) * 50.0 / 650.0

    def tissue_peak(self) -> float:
        """Where what is denser than fat lies closest together, above the soft tissue of a CT if there is a lot."""
        return self.fullest(350 if self.share(350, None) > 0.5 * self.share(-300, 350) else -300, None)


def _end(values: np.ndarray, end: float, count: int) -> tuple[float, float]:
    """Shares of `count` values that are the lowest or highest one, and that are close to it."""
    at_end = int(np.count_nonzero(values == end))
    close = int(np.count_nonzero(np.abs(values - end) < _CLOSE)) - at_end
    return (at_end / count if at_end >= _A_FEW else 0.0), close / max(count, 1)


def _outside_of_peaks(values: np.ndarray) -> int:
    """Number of values that are not at one of the few most frequent ones."""
    if not values.size:
        return 0
    _, counts = np.unique(np.floor(values / _PADDING_WIDTH), return_counts=True)
    return int(values.size - np.sort(counts)[-_PADDINGS:].sum())
