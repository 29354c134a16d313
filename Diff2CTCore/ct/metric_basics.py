"""What the metrics share: the window of intensities, what counts as bone, and overlap."""

from __future__ import annotations

import math

import numpy as np

HU_WINDOW = (-1000.0, 1500.0)
HU_RANGE = HU_WINDOW[1] - HU_WINDOW[0]
BONE_THRESHOLD_HU = 200.0


def clipped(hu: np.ndarray) -> np.ndarray:
    """Values within `HU_WINDOW`, float64."""
    return np.clip(np.asarray(hu, dtype=np.float64), *HU_WINDOW)


def bone_mask(hu: np.ndarray) -> np.ndarray:
    """Everything above `BONE_THRESHOLD_HU`; metal and contrast agent are in it too."""
    return hu > BONE_THRESHOLD_HU


def dice(mask: np.ndarray, truth: np.ndarray) -> float:
    """Twice the common voxels over the sum of both; NaN when the truth is empty."""
    if not truth.any():
        return math.nan
    return 2.0 * float(np.count_nonzero(mask & truth)) / float(np.count_nonzero(mask) + np.count_nonzero(truth))
