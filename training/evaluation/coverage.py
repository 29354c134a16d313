"""Does the truth lie in the uncertainty's interval as often as it says? Calibration on one half, test on the other."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.ct import body_mask
from Diff2CTCore.reconstruction import SPREAD_START, floored_deviation_hu

from ..data import TrainingCase
from .case_metrics import known_slab
from .observation import observe
from .reconstructors import Reconstructor
from .runner import CaseTask

LEVEL = 0.9
VOXELS = 50_000
"""Drawn at random of each case's body, so that all cases count alike and fit into memory."""


def scaled_errors(samples: int, seed: int, method: Reconstructor, task: CaseTask) -> np.ndarray:
    """|volume - truth| over the standard deviation of `samples` samples, float32 (`VOXELS`,), in the body of one case.

    Volume and samples are drawn as `Diff2CTCore.reconstruction` does.
    """
    truth, observation = observe(TrainingCase.load(task.case), task.grid, task.plane)
    drawn = np.stack([method(observation, seed + 1 + index, SPREAD_START) for index in range(samples)])
    deviation = floored_deviation_hu(drawn.std(axis=0, ddof=1))
    slab = known_slab(truth)
    ratios = np.abs(method(observation, seed) - truth)[slab] / deviation[slab]
    inside = ratios[body_mask(truth[slab].astype(np.float32), task.grid.spacing_mm)]
    rng = task.rng(seed)
    return rng.choice(inside, VOXELS).astype(np.float32)


def calibration_factor(ratios: list[np.ndarray], level: float = LEVEL) -> float:
    """How many standard deviations on either side of the mean hold `level` of the voxels of these cases."""
    return float(np.quantile(np.concatenate(ratios), level))


def coverages(ratios: list[np.ndarray], factor: float) -> list[float]:
    """For each case the part of its voxels whose truth lies within `factor` standard deviations of the mean."""
    return [float((part <= factor).mean()) for part in ratios]
