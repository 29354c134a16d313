"""From values in file units to values that grow linearly with the line integral.

Beer-Lambert: I = I0 exp(-p), so a signal proportional to the intensity gives p = ln(I0 / I), and one
proportional to its logarithm is linear in p already. I0 is taken as the full scale of the file,
which only shifts p by a constant.
"""

from __future__ import annotations

import numpy as np


def line_integral_like(
    values: np.ndarray, full_scale: tuple[float, float], levels: int, dense_is_high: bool, linear_intensity: bool
) -> np.ndarray:
    """float32 (rows, columns), dense = bright.

    Args:
        values: file values after the modality transformation, float (rows, columns).
        full_scale: (lowest, highest) value that the file can hold.
        levels: number of grey levels between the two.
        dense_is_high: whether dense matter has high values in the file.
        linear_intensity: whether the values are linear in the detected intensity.
    """
    lowest, highest = full_scale
    if not linear_intensity:
        return (values if dense_is_high else highest - values).astype(np.float32)
    # The lowest value that the file can hold stands for no intensity, wherever an intercept has moved the scale.
    intensity = highest - values if dense_is_high else values - lowest
    unattenuated = highest - lowest
    # Half a grey level stands for "no signal"; the logarithm of zero does not exist.
    return np.log(unattenuated / np.maximum(intensity, 0.5 * unattenuated / levels)).astype(np.float32)
