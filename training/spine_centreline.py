"""Where the vertebral bodies run in a CT, so that training can crop around the spine."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.body import BODY_HU
from Diff2CTCore.ct import CT, resample_ct
from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.spine_centre import MIN_AGREEMENT, SPACING_MM, vertebra_agreement

STEP_MM = 10.0
MIN_LENGTH_MM = 30.0

SHIFT_COST = 0.02
"""Cost in agreement of moving by one voxel between neighbouring planes."""

SMOOTHING_MM = 8.0
SHIFTS = [(rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]


def spine_centreline(hu: np.ndarray, spacing_mm: float, origin_lps_mm) -> np.ndarray | None:
    """Points through the middle of the vertebral bodies, from the lowest to the highest.

    Each axial plane is compared with the pattern of a vertebra (`Diff2CTCore.spine_centre.vertebra_agreement`), and
    the path of highest agreement from plane to plane is found by dynamic programming. It starts and ends where
    planes stop showing a vertebra.

    Args:
        hu: (S, P, L) volume in HU, air outside the patient, isotropic, LPS identity direction.
        spacing_mm: voxel size in mm.
        origin_lps_mm: LPS position of voxel (0, 0, 0).

    Returns:
        (points, 3) RAS mm, about `STEP_MM` apart along the vertical, or None when less than `MIN_LENGTH_MM` of
        spine is seen.
    """
    from scipy import ndimage

    ct = _as_ct(hu, spacing_mm, origin_lps_mm)
    middle = ct.middle_ras_mm()
    grid = VolumeGrid(tuple(max(1, round(count * spacing_mm / SPACING_MM)) for count in hu.shape), SPACING_MM)
    coarse = resample_ct(ct, grid, middle)
    body = coarse > BODY_HU
    if not body.any():
        return None
    path = _best_path(vertebra_agreement(coarse, body) - MIN_AGREEMENT)
    if len(path) * SPACING_MM < MIN_LENGTH_MM:
        return None
    points = middle + grid.index_to_ras_mm(path)
    points[:, :2] = ndimage.gaussian_filter1d(points[:, :2], SMOOTHING_MM / SPACING_MM, axis=0, mode="nearest")
    count = round(np.ptp(points[:, 2]) / STEP_MM) + 1
    heights = np.linspace(points[0, 2], points[-1, 2], count)
    return np.stack([np.interp(heights, points[:, 2], points[:, axis]) for axis in range(3)], axis=-1)


def _as_ct(hu: np.ndarray, spacing_mm: float, origin_lps_mm) -> CT:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(hu))
    image.SetSpacing([float(spacing_mm)] * 3)
    image.SetOrigin([float(value) for value in origin_lps_mm])
    return CT(image, {})


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
