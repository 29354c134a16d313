"""Whether the blocks that networks work on show in a reconstruction, seen in what they leave in its error."""

from __future__ import annotations

import math

import numpy as np

PERIOD_VOXELS = 4
"""Side of a block of `Diff2CTCore.networks.blocks`."""

PATTERN_PERIODS = (4, 2)
"""Sides of all blocks that a network may work on, voxels."""

GAP, REACH = 3, 10
"""Steps of the spectrum from the blocks' frequency to those it is compared with; the window spreads it over two."""


def block_pattern(reconstruction_hu: np.ndarray, truth_hu: np.ndarray) -> float:
    """Power of the error at a blocks' period over that at neighbouring periods, mean of the three axes.

    What is the same in every block, such as a pattern of dots, is a line in the error's spectrum along each axis;
    anatomy and noise are not. Of blocks of 4 and of 2 voxels those that show most count on each axis.

    Args:
        reconstruction_hu, truth_hu: (S, P, L) HU on the same grid.

    Returns:
        A ratio above 0, of the axes with at least 52 voxels: 1 where nothing repeats. NaN when there are none or the
        error is zero.
    """
    return _mean_of_axes(reconstruction_hu, truth_hu, _strongest_line)


def block_edges(reconstruction_hu: np.ndarray, truth_hu: np.ndarray) -> float:
    """Mean square of the error's jump from one voxel to the next at the blocks' edges over that inside them.

    Where neighbouring blocks disagree the error jumps between them. Such jumps follow the anatomy, so they are no line
    in the spectrum.

    Args:
        reconstruction_hu, truth_hu: (S, P, L) HU on the same grid, the first voxel at the beginning of a block.

    Returns:
        A ratio above 0, mean of the axes with at least two blocks: 1 where no edge shows. NaN when there are none or
        the error does not jump.
    """
    return _mean_of_axes(reconstruction_hu, truth_hu, _jump_at_edges)


def _mean_of_axes(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, ratio_of) -> float:
    error = np.asarray(reconstruction_hu, dtype=np.float64) - truth_hu
    ratios = np.array([ratio_of(np.moveaxis(error, axis, -1)) for axis in range(3)])
    known = np.isfinite(ratios)
    return float(ratios[known].mean()) if known.any() else math.nan


def _strongest_line(error: np.ndarray) -> float:
    count = error.shape[-1] // PERIOD_VOXELS * PERIOD_VOXELS
    if count // PERIOD_VOXELS < GAP + REACH:
        return math.nan
    spectrum = np.fft.rfft(error[..., :count] * np.hanning(count), axis=-1)
    power = (np.abs(spectrum) ** 2).mean(axis=(0, 1))
    return max(_line_over_floor(power, count // period) for period in PATTERN_PERIODS)


def _line_over_floor(power: np.ndarray, place: int) -> float:
    # Above the finest wave, of 2 voxels, there is nothing to compare with.
    beside = np.concatenate([power[place - REACH : place - GAP + 1], power[place + GAP : place + REACH + 1]])
    return float(power[place] / beside.mean()) if beside.any() else math.nan


def _jump_at_edges(error: np.ndarray) -> float:
    jumps = (np.diff(error, axis=-1) ** 2).mean(axis=(0, 1))
    at_edge = np.arange(1, len(jumps) + 1) % PERIOD_VOXELS == 0
    if not at_edge.any() or not jumps[~at_edge].any():
        return math.nan
    return float(jumps[at_edge].mean() / jumps[~at_edge].mean())
