"""Slices of a volume as images, for feature networks and for figures."""

from __future__ import annotations

import numpy as np

WINDOW_HU = (-500.0, 1000.0)
"""Grey values of slices: black at the first, white at the second."""

SLICE_STEP = 2
"""Every second slice of each plane: neighbours are nearly alike."""

PLANES = ("axial", "coronal", "sagittal")


def plane_slices(hu: np.ndarray, step: int = SLICE_STEP) -> list[np.ndarray]:
    """Axial, coronal and sagittal slices of (S, P, L) HU as three arrays (slices, rows, columns) in [0, 1], head up."""
    low, high = WINDOW_HU
    unit = ((hu.astype(np.float32) - low) / (high - low)).clip(0.0, 1.0)
    first = step // 2
    axial = unit[first::step]
    coronal = unit[::-1, first::step].transpose(1, 0, 2)
    sagittal = unit[::-1, :, first::step].transpose(2, 0, 1)
    return [np.ascontiguousarray(part) for part in (axial, coronal, sagittal)]


def middle_slices(hu: np.ndarray) -> list[np.ndarray]:
    """The mid-axial, mid-coronal and mid-sagittal slice of (S, P, L), head up, as int16 HU."""
    middle = [count // 2 for count in hu.shape]
    slices = (hu[middle[0]], hu[::-1, middle[1]], hu[::-1, :, middle[2]])
    return [np.rint(part).astype(np.int16) for part in slices]
