"""How far to trust a voxel: from the spread of the samples to an interval that holds the truth as often as it says.

Samples from pure noise differ most where the reconstruction errs, but not by as much as it errs. So a model's card says
within how many of their standard deviations the truth lies on held-out cases (`training.calibrate` measures it).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..ct import body_mask

FLOOR_HU = 5.0
"""Added in square to the standard deviation: a few samples may agree by chance."""


def floored_deviation_hu(std_hu: np.ndarray) -> np.ndarray:
    """The standard deviation over samples in HU, never below `FLOOR_HU`; what a calibration's factor multiplies."""
    return np.sqrt(std_hu**2 + FLOOR_HU**2)


def uncertainty_summary(
    hu: np.ndarray, std_hu: np.ndarray | None, spacing_mm: float, samples: int, calibration: Mapping | None
) -> dict | None:
    """One number for a whole reconstruction.

    Args:
        hu, std_hu: the reconstruction and the samples' deviation, (S, P, L) in HU; one sample has none.
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
    body = body_mask(hu, spacing_mm)
    inside = floored_deviation_hu(std_hu)[body if body.any() else ...]
    return {
        "interval": calibration["interval"],
        "half_width_hu": float(calibration["factor"] * inside.mean()),
        "factor": calibration["factor"],
        "samples": samples,
        "calibrated_samples": calibration["samples"],
        "calibrated_on": calibration["calibrated_on"],
    }
