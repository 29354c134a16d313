"""How few network evaluations give the quality of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .results import CaseResult
from .statistics import bootstrap

STEPS = (1, 2, 4, 8, 12, 25, 250)
"""The last is the reference."""

QUALITY = ("ssim_body", "psnr_body_db", "bone_dice")
WITHIN = 0.99


def fewest_evaluations(results: Sequence[list[CaseResult]], steps: Sequence[int] = STEPS) -> tuple[float, float, float]:
    """(fewest, low, high): steps from which on each of `QUALITY` is at least `WITHIN` of its value at the last ones.

    Args:
        results: for each of `steps`, on the same cases in the same order.
    """
    values = np.array([[[case.values[name] for name in QUALITY] for case in cases] for cases in results])
    values = values.swapaxes(0, 1)  # (cases, steps, metrics)
    counts = np.array(steps, dtype=np.float64)

    def fewest(drawn: np.ndarray) -> np.ndarray:
        means = np.nanmean(drawn, axis=1)  # (replicates, steps, metrics)
        enough = (means >= WITHIN * means[:, -1:]).all(axis=2)
        # From there on: a lucky small number does not count when a larger one falls short.
        lasting = np.flip(np.logical_and.accumulate(np.flip(enough, 1), axis=1), 1)
        return counts[lasting.argmax(axis=1)]

    return bootstrap(values, fewest)
