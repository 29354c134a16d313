"""Where the vertebral bodies run in a CT volume."""

from __future__ import annotations

import numpy as np

from ..geometry import VolumeGrid
from .body import BODY_HU
from .reading import CT, resample_ct
from .spine_centre import MIN_AGREEMENT, SPACING_MM, vertebra_agreement

STEP_MM = 10.0
MIN_LENGTH_MM = 30.0

SHIFT_COST = 0.02
"""Cost in agreement of moving by one voxel between neighbouring planes."""

SMOOTHING_MM = 8.0
SHIFTS = [(rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]


def spine_line(hu: np.ndarray, spacing_mm: float) -> np.ndarray | None:
    """Points through the middle of the vertebral bodies, from the lowest to the highest.

    Each axial plane is compared with the pattern of a vertebra (`Diff2CTCore.ct.spine_centre.vertebra_agreement`), and
    the path of highest agreement from plane to plane is found by dynamic programming. It starts and ends where
    planes stop showing a vertebra.

    Args:
        hu: (S, P, L) volume in HU, air outside the patient, isotropic.
        spacing_mm: voxel size in mm.

    Returns:
        (points, 3) voxel indices (superior, posterior, left), not rounded, about `STEP_MM` apart along the vertical,
        or None when less than `MIN_LENGTH_MM` of spine is seen.
    """
    from scipy import ndimage

    coarse = _coarse(hu, spacing_mm)
    body = coarse > BODY_HU
    if not body.any():
        return None
    path = _best_path(vertebra_agreement(coarse, body) - MIN_AGREEMENT).astype(np.float64)
    if len(path) * SPACING_MM < MIN_LENGTH_MM:
        return None
    path[:, 1:] = ndimage.gaussian_filter1d(path[:, 1:], SMOOTHING_MM / SPACING_MM, axis=0, mode="nearest")
    count = round(np.ptp(path[:, 0]) * SPACING_MM / STEP_MM) + 1
    heights = np.linspace(path[0, 0], path[-1, 0], count)
    points = np.stack([np.interp(heights, path[:, 0], path[:, axis]) for axis in range(3)], axis=-1)
    coarse_grid, grid = VolumeGrid(coarse.shape, SPACING_MM), VolumeGrid(hu.shape, spacing_mm)
    return grid.ras_mm_to_index(coarse_grid.index_to_ras_mm(points))


def _coarse(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """The volume on a grid of `SPACING_MM` about the same middle."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(hu))
    image.SetSpacing([float(spacing_mm)] * 3)
    shape = tuple(max(1, round(count * spacing_mm / SPACING_MM)) for count in hu.shape)
    ct = CT(image, {})
    return resample_ct(ct, VolumeGrid(shape, SPACING_MM), ct.middle_ras_mm())


def _best_path(gain: np.ndarray) -> np.ndarray:
    """(planes, 3) voxels of the contiguous path upwards with the highest sum of `gain` less the cost of shifts."""
    total = gain[0].copy()
    totals, steps = [total], []
    for plane in gain[1:]:
        candidates = np.stack([_shifted(total, *shift) - SHIFT_COST * np.dot(shift, shift) for shift in SHIFTS])
        step = candidates.argmax(axis=0)
        carried = np.take_along_axis(candidates, step[None], axis=0)[0]
        # A path worth less than nothing is better begun anew here.
        step[carried < 0.0] = -1
        total = plane + np.maximum(carried, 0.0)
        totals.append(total)
        steps.append(step)
    top, row, column = np.unravel_index(np.argmax(totals), gain.shape)
    path = [(top, row, column)]
    while top > 0 and steps[top - 1][row, column] >= 0:
        rows, columns = SHIFTS[steps[top - 1][row, column]]
        top, row, column = top - 1, row - rows, column - columns
        path.append((top, row, column))
    return np.array(path[::-1])


def _shifted(plane: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """`plane` moved by at most one voxel; what enters from outside is -inf."""
    padded = np.pad(plane, 1, constant_values=-np.inf)
    height, width = plane.shape
    return padded[1 - rows : 1 - rows + height, 1 - columns : 1 - columns + width]
