"""The middle planes of volumes in one grey picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from Diff2CTCore.reconstruction import WINDOW_HU, middle_planes

GAP_PX = 4
SHORTEST_SIDE_PX = 96
"""Planes of coarse grids are enlarged to about this size."""


def planes_picture(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """One row for each case: axial, sagittal and coronal plane of the truth, then the same of the reconstruction.

    Args:
        pairs: (truth, reconstruction), each (S, P, L) in HU, all of one shape; at least one.

    Returns:
        uint8 (rows, columns), black at the window's lower end and below.
    """
    rows = []
    for pair in pairs:
        planes = [_grey(image) for volume in pair for image in middle_planes(volume).values()]
        height = max(plane.shape[0] for plane in planes)
        padded = [np.pad(plane, ((0, height - plane.shape[0]), (0, GAP_PX))) for plane in planes]
        rows.append(np.pad(np.hstack(padded), ((0, GAP_PX), (0, 0))))
    return np.vstack(rows)


def _grey(plane_hu: np.ndarray) -> np.ndarray:
    low, high = WINDOW_HU
    grey = np.clip((plane_hu.astype(np.float32) - low) / (high - low), 0.0, 1.0) * 255.0
    factor = max(1, round(SHORTEST_SIDE_PX / min(grey.shape)))
    return np.rint(grey).astype(np.uint8).repeat(factor, 0).repeat(factor, 1)
