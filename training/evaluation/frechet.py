"""The Frechet distance between two sets of features, as of two normal distributions (Heusel et al., 2017)."""

from __future__ import annotations

import numpy as np

from .statistics import normal_interval


def frechet_distance(mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray) -> float:
    """Squared 2-Wasserstein distance of two normal distributions with means (d,) and covariances (d, d).

    The trace of (cov_a cov_b)^(1/2) is the sum of square roots of the eigenvalues of the symmetric
    cov_a^(1/2) cov_b cov_a^(1/2), so that no root of a non-symmetric matrix is needed.
    """
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(min=0.0)).sum()
    distance = np.square(mean_a - mean_b).sum() + np.trace(cov_a) + np.trace(cov_b) - 2.0 * shared
    return float(max(distance, 0.0))


def feature_distance(found: list[np.ndarray], truth: list[np.ndarray], counts: np.ndarray | None = None) -> float:
    """Frechet distance of the features (slices, d) of all cases.

    Args:
        found, truth: one array for each case.
        counts: how often each case counts; once if not given.
    """
    counts = np.ones(len(truth)) if counts is None else counts
    return frechet_distance(*_moments(found, counts), *_moments(truth, counts))


def feature_distance_interval(
    found: list[np.ndarray], truth: list[np.ndarray], replicates: int, seed: int = 0
) -> tuple[float, float, float]:
    """(distance, low, high), 95 %: cases are drawn anew with replacement, the same for both sets.

    The distance of a resample is biased upwards, for its cases repeat; so its spread makes the interval, about
    the distance of all cases. NaN limits for fewer than two cases.
    """
    value = feature_distance(found, truth)
    rng = np.random.default_rng(seed)
    cases = len(truth)
    draws = [
        feature_distance(found, truth, rng.multinomial(cases, np.full(cases, 1.0 / cases)))
        for _ in range(replicates if cases > 1 else 0)
    ]
    low, high = normal_interval(value, draws)
    return value, max(low, 0.0), high


def _moments(features: list[np.ndarray], counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = np.repeat(counts, [len(part) for part in features]).astype(np.float64)
    stacked = np.concatenate(features).astype(np.float64)
    mean = weights @ stacked / weights.sum()
    centred = stacked - mean
    return mean, (centred * weights[:, None]).T @ centred / (weights.sum() - 1.0)
