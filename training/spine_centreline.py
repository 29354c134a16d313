"""Where the vertebral bodies run in a CT, so that training can crop around the spine."""

from __future__ import annotations

import numpy as np

WORK_SPACING_MM = 3.0
STEP_MM = 10.0
MIN_LENGTH_MM = 30.0

LEVEL_MM = 18.0
"""Half a vertebra and its disc: a mean over this height shows bodies and discs alike."""

PATTERN_SCALES = (0.75, 1.0, 1.25)
MIN_AGREEMENT = 0.45
"""Agreement below which a plane is held not to show a vertebra; clear vertebrae reach 0.8 to 1.6."""

MIDLINE_FREE_MM = 35.0
"""Scoliosis and turned patients take the spine this far from the body's midline at no cost; hips lie beyond."""

SHIFT_COST = 0.02
"""Cost in agreement of moving by one voxel between neighbouring planes."""

SMOOTHING_MM = 8.0
SHIFTS = [(rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]


def spine_centreline(hu: np.ndarray, spacing_mm: float, origin_lps_mm) -> np.ndarray | None:
    """Points through the middle of the vertebral bodies, from the lowest to the highest.

    Each axial plane is compared with the pattern of a vertebra (a disc of bone, behind it the canal, around that
    the arch), and the path of highest agreement from plane to plane is found by dynamic programming. It starts
    and ends where planes stop showing a vertebra.

    Args:
        hu: (S, P, L) volume in HU, air outside the patient, isotropic, LPS identity direction.
        spacing_mm: voxel size in mm.
        origin_lps_mm: LPS position of voxel (0, 0, 0).

    Returns:
        (points, 3) RAS mm, `STEP_MM` apart along the vertical, or None when less than `MIN_LENGTH_MM` of
        spine is seen.
    """
    from scipy import ndimage

    small, zoom_mm = _work_volume(hu, spacing_mm)
    path = _best_path(_agreement(small) - MIN_AGREEMENT)
    if len(path) * zoom_mm[0] < MIN_LENGTH_MM:
        return None
    voxels = path.astype(float)
    voxels[:, 1:] = ndimage.gaussian_filter1d(voxels[:, 1:], SMOOTHING_MM / zoom_mm[0], axis=0, mode="nearest")
    # Block centres: the first coarse voxel's centre lies half a coarse voxel inside the first fine voxel's face.
    superior, posterior, left = ((voxels + 0.5) * zoom_mm - spacing_mm / 2).T
    points = np.stack([-(origin_lps_mm[0] + left), -(origin_lps_mm[1] + posterior), origin_lps_mm[2] + superior], -1)
    count = max(2, round(np.ptp(points[:, 2]) / STEP_MM) + 1)
    heights = np.linspace(points[0, 2], points[-1, 2], count)
    return np.stack([np.interp(heights, points[:, 2], points[:, axis]) for axis in range(3)], axis=-1)


def _work_volume(hu: np.ndarray, spacing_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The volume on a coarse grid, and the coarse voxel's size in mm along each axis."""
    from scipy import ndimage

    factor = WORK_SPACING_MM / spacing_mm
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), max(0.0, 0.4 * factor - 0.4))
    shape = np.maximum(1, np.round(np.array(hu.shape) / factor)).astype(int)
    small = ndimage.zoom(smooth, shape / hu.shape, order=1, grid_mode=True, mode="nearest")
    return small, np.array(hu.shape) * spacing_mm / small.shape


def _agreement(small: np.ndarray) -> np.ndarray:
    """How much each voxel looks like the centre of a vertebral body; about 1 for a clear one."""
    from scipy import ndimage, signal

    # Soft tissue is 0, cortical bone and metal alike 1; lungs and air count as slightly less than tissue.
    dense = np.clip((small - 60.0) / 240.0, -0.25, 1.0)
    dense = ndimage.uniform_filter1d(dense, round(LEVEL_MM / WORK_SPACING_MM), axis=0, mode="nearest")
    kernels = [_vertebra_pattern(scale)[None, ::-1, ::-1] for scale in PATTERN_SCALES]
    agreement = np.max([signal.fftconvolve(dense, kernel, mode="same", axes=(1, 2)) for kernel in kernels], axis=0)
    body = small > -400.0
    if body.any():
        column = np.arange(small.shape[2])
        midline = np.average(column, weights=body.sum((0, 1)))
        beyond = np.abs(column - midline) * WORK_SPACING_MM - MIDLINE_FREE_MM
        agreement = agreement - np.clip(beyond / MIDLINE_FREE_MM, 0.0, None)
    return agreement


def _vertebra_pattern(scale: float) -> np.ndarray:
    """Weights (posterior, left) about the centre of a vertebral body; what should be bright sums to 1.9."""
    half = int(np.ceil(55.0 / WORK_SPACING_MM))
    axis = np.arange(-half, half + 1) * WORK_SPACING_MM / scale
    back, left = np.meshgrid(axis, axis, indexing="ij")

    def ellipse(centre, radius_left, radius_back):
        return (left / radius_left) ** 2 + ((back - centre) / radius_back) ** 2 <= 1.0

    body = ellipse(0, 20, 15)
    canal = ellipse(23, 9, 6)
    arch = ellipse(27, 20, 12) & ~ellipse(23, 11, 8) & ~body
    spinous = (np.abs(left) < 5) & (back > 36) & (back < 52)
    in_front = ellipse(0, 30, 26) & ~ellipse(0, 23, 18) & (back < 5)
    weights = ((body, 1.0), (canal, -0.6), (arch, 0.6), (spinous, 0.3), (in_front, -0.7))
    return sum(weight * part / part.sum() for part, weight in weights)


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
