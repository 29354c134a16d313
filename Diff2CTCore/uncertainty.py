"""How far to trust a voxel: from the spread of the samples to an interval that holds the truth as often as it says.

The samples of a diffusion model lie too close together to be taken at their word. So a model's card says by how many
standard deviations the truth lies within the interval on held-out cases (`training.goals` measures it).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .body import body_mask

FLOOR_HU = 5.0
"""Added in square to the standard deviation: a few samples may agree by chance."""


def floored_deviation_hu(std_hu: np.ndarray) -> np.ndarray:
    """The standard deviation over samples in HU, never below `FLOOR_HU`; what a calibration's factor multiplies."""
    return np.sqrt(std_hu**2 + FLOOR_HU**2)


def uncertainty_summary(
    mean_hu: np.ndarray, std_hu: np.ndarray | None, spacing_mm: float, samples: int, calibration: Mapping | None
) -> dict | None:
    """One number for a whole reconstruction.

    Args:
        mean_hu, std_hu: (S, P, L) in HU; there is no deviation of one sample.
        spacing_mm: voxel size.
        samples: how many there were.
        calibration: a card's `uncertainty_calibration`.

    Returns:
        {"interval": 0.9, "half_width_hu": mean over the body of half the interval's width, "factor": standard
        deviations on either side, "samples", "calibrated_samples", "calibrated_on"}; None without a deviation or a
        calibration.
    """
    if std_hu is None or calibration is None:
        return None
    body = body_mask(mean_hu, spacing_mm)
    inside = floored_deviation_hu(std_hu)[body if body.any() else ...]
    return {
        "interval": calibration["interval"],
        "half_width_hu": float(calibration["factor"] * inside.mean()),
        "factor": calibration["factor"],
        "samples": samples,
        "calibrated_samples": calibration["samples"],
        "calibrated_on": calibration["calibrated_on"],
    }
