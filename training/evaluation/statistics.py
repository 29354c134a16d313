"""Intervals and tests over cases."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

REPLICATES = 2000
LEVEL = 0.95


def bootstrap(
    values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], replicates: int = REPLICATES, seed: int = 0
) -> tuple[float, float, float]:
    """A statistic over cases with its percentile bootstrap interval of 95 %.

    Args:
        values: (cases, ...); all that belongs to a case is drawn together.
        statistic: maps (replicates, cases, ...) to (replicates,).

    Returns:
        (value, low, high); NaN limits for fewer than two cases.
    """
    value = float(statistic(values[None])[0])
    if len(values) < 2:
        return value, math.nan, math.nan
    chosen = np.random.default_rng(seed).integers(len(values), size=(replicates, len(values)))
    drawn = statistic(values[chosen])
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size == 0:
        return value, math.nan, math.nan
    low, high = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return value, float(low), float(high)


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, low, high) over the cases that have a value; all NaN when none has."""
    finite = np.array([value for value in values if math.isfinite(value)])
    if finite.size == 0:
        return (math.nan,) * 3
    return bootstrap(finite, lambda drawn: drawn.mean(axis=1))


def ratio_interval(found: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """(mean of `found` over mean of `other`, low, high), of the cases in which both have a value."""
    pairs = paired(found, other)
    if len(pairs) == 0:
        return (math.nan,) * 3
    return bootstrap(pairs, lambda drawn: drawn[..., 0].mean(1) / drawn[..., 1].mean(1))


def difference_interval(found: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """(mean of `found` less mean of `other`, low, high), of the cases in which both have a value."""
    pairs = paired(found, other)
    if len(pairs) == 0:
        return (math.nan,) * 3
    return bootstrap(pairs, lambda drawn: (drawn[..., 0] - drawn[..., 1]).mean(1))


def wilcoxon_p(found: Sequence[float], other: Sequence[float]) -> float:
    """Two-sided p of Wilcoxon's signed-rank test over cases; 1 without a difference, NaN for fewer than two cases."""
    from scipy.stats import wilcoxon

    pairs = paired(found, other)
    if len(pairs) < 2:
        return math.nan
    differences = pairs[:, 0] - pairs[:, 1]
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0


def paired(found: Sequence[float], other: Sequence[float]) -> np.ndarray:
    """(cases, 2), of the cases in which both have a finite value."""
    pairs = np.column_stack([found, other]).astype(np.float64)
    return pairs[np.isfinite(pairs).all(axis=1)]


def normal_interval(value: float, draws: Sequence[float]) -> tuple[float, float]:
    """(low, high): the value -+ 1.96 bootstrap standard deviations; NaN for fewer than two draws."""
    if len(draws) < 2:
        return math.nan, math.nan
    half = 1.959964 * float(np.std(draws, ddof=1))
    return value - half, value + half
