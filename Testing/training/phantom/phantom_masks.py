"""Where a phantom's structures lie."""

import numpy as np

from training.phantom import LABELS

SPACING_MM = 2.0
"""Of a phantom on the reconstruction's grid."""


def mask(phantom, *names: str) -> np.ndarray:
    """Whether a voxel belongs to one of the structures, (S, P, L)."""
    return np.isin(phantom.labels, [LABELS[name] for name in names])
