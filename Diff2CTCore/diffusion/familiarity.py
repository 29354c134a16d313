"""Does a pair of radiographs look like those that a model was trained on?

X2NoiseNet's estimate is made from both views. Of radiographs like the ones it learned from it makes a body whose
projections look like them; of a photograph, a negative, exchanged or wrong views it makes something else. So the
correlation of each radiograph with the estimate's projection is taken before the estimate is pulled to agree with
them. The bound between usual and strange is measured on held-out cases and stands in the model's card.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..geometry import side_of


def strangeness(measured: np.ndarray, projected: np.ndarray, seen: np.ndarray) -> float:
    """1 less the correlation of a radiograph with the projection of its estimate: 0 alike, 1 unrelated, 2 a negative.

    Args:
        measured, projected: line integrals on the same pixels, (rows, columns).
        seen: the pixels that count, where not 0.

    Returns:
        NaN when fewer than two pixels count; 1 when either image is constant.
    """
    pairs = [np.asarray(image, dtype=np.float64)[np.asarray(seen) > 0] for image in (measured, projected)]
    if pairs[0].size < 2:
        return math.nan
    if any(np.ptp(values) == 0.0 for values in pairs):
        return 1.0
    return 1.0 - float(np.corrcoef(*pairs)[0, 1])


def warnings(found: Mapping[str, float], bound: Mapping | None) -> list[str]:
    """A sentence for the user about each view whose strangeness exceeds a card's `familiarity`; none without one."""
    return [
        f"The {side_of(view)} radiograph does not look like those that the model was trained on: check that the "
        "views are not exchanged, the polarity (bone is bright), the pixel spacing, the distances and the "
        "centre point; do not trust this result."
        for view, value in found.items()
        if bound is not None and value > bound["threshold"]
    ]
