"""Whether a reconstruction shows the vertebrae where they are, judged along the truth's spine.

The spine's line runs through the middle of the vertebral bodies. Between its ends, each axial slice that lies on
the volume's grid is judged about the point where the line crosses it; distances from the line are taken in the
axial plane. A line of less than `MIN_LENGTH_MM` holds too few levels to be judged: the metrics are NaN.

The line is given; `Diff2CTCore.ct.spine_line` finds it in a CT. All here needs NumPy alone. Volumes are (superior,
posterior, left) arrays in HU on an isotropic grid.
"""

from __future__ import annotations

import math

import numpy as np

from .metric_basics import bone_mask, clipped, dice

CORE_RADIUS_MM = 10.0
"""Of the disc whose mean is the level's value: it lies inside a low thoracic or lumbar vertebral body."""

TREND_MM = 60.0
"""Height of the running mean that is taken off: two levels, so that what changes from body to disc is left."""

SPINE_RADIUS_MM = 45.0
"""Bone nearer the line than this is the spine's: bodies, arches and processes with the heads of the ribs."""

MIN_LENGTH_MM = 60.0
"""Of a line that is judged; the running mean needs it, and two levels are the fewest that can be told apart."""

FLAT_HU = 1e-3
"""A profile that varies less is constant; rounding leaves about this much."""

NO_SPINE = "No spine was found in the true CT, so its level profile and spine overlap are not given."
"""What a user is told where `lacks_spine`."""


def spine_metrics(
    reconstruction_hu: np.ndarray, truth_hu: np.ndarray, line_voxels: np.ndarray | None, spacing_mm: float
) -> dict[str, float]:
    """`level_profile` and `spine_dice` by name; both NaN without a line. For the arguments see `level_profile`."""
    if line_voxels is None:
        return {"level_profile": math.nan, "spine_dice": math.nan}
    arguments = reconstruction_hu, truth_hu, line_voxels, spacing_mm
    return {"level_profile": level_profile(*arguments), "spine_dice": spine_dice(*arguments)}


def lacks_spine(metrics: dict[str, float]) -> bool:
    """Whether metrics that were taken say by their NaN that the truth shows no spine: then tell `NO_SPINE`.

    Metrics of older versions, which were not taken along the spine, say nothing about it.
    """
    return all(math.isnan(metrics.get(name, 0.0)) for name in ("level_profile", "spine_dice"))


def level_profile(
    reconstruction_hu: np.ndarray, truth_hu: np.ndarray, line_voxels: np.ndarray, spacing_mm: float
) -> float:
    """Pearson correlation of the two volumes' densities along the spine, less their trends.

    The density at a height is the mean of the HU, clipped to `HU_WINDOW`, in a disc of `CORE_RADIUS_MM` about the
    line in the axial plane; its trend is the mean over the heights within half of `TREND_MM`, fewer at the line's
    ends. What is left sets end plates and bodies off from discs: 1 says that all levels stand at their true heights,
    whatever their contrast, 0 that they are not to be told apart there, below 0 that bodies stand for discs. End
    plates are thin, so that levels which are two millimetres off lose much of it already.

    Args:
        reconstruction_hu, truth_hu: (S, P, L) HU on the same grid.
        line_voxels: (n, 3) voxel indices (superior, posterior, left) through the vertebral bodies of the truth, not
            rounded, ascending in the first; straight between them. It may be empty.
        spacing_mm: isotropic voxel size.

    Returns:
        A value in [-1, 1]; 0 when the reconstruction's profile is constant, NaN when the truth's is or when the line
        inside the volume is shorter than `MIN_LENGTH_MM`.
    """
    crossings = _crossings(line_voxels, truth_hu.shape, spacing_mm)
    if crossings is None:
        return math.nan
    discs = [
        (height, _near((row, column), truth_hu.shape[1:], CORE_RADIUS_MM / spacing_mm))
        for height, row, column in zip(*crossings, strict=True)
    ]
    # A line that leaves the volume sideways has no density there.
    discs = [(height, disc) for height, disc in discs if disc.any()]
    if len(discs) * spacing_mm < MIN_LENGTH_MM:
        return math.nan
    half = round(TREND_MM / 2.0 / spacing_mm)
    found, truth = (
        _less_trend(np.array([clipped(hu[height][disc]).mean() for height, disc in discs]), half)
        for hu in (reconstruction_hu, truth_hu)
    )
    if np.ptp(truth) < FLAT_HU:
        return math.nan
    return 0.0 if np.ptp(found) < FLAT_HU else float(np.corrcoef(found, truth)[0, 1])


def spine_dice(
    reconstruction_hu: np.ndarray, truth_hu: np.ndarray, line_voxels: np.ndarray, spacing_mm: float
) -> float:
    """Dice of what exceeds `BONE_THRESHOLD_HU` in both volumes, within `SPINE_RADIUS_MM` of the line.

    Args:
        See `level_profile`.

    Returns:
        A value in [0, 1]; NaN when the truth has no bone there or the line inside the volume is shorter than
        `MIN_LENGTH_MM`.
    """
    crossings = _crossings(line_voxels, truth_hu.shape, spacing_mm)
    if crossings is None:
        return math.nan
    heights, rows, columns = crossings
    radius = SPINE_RADIUS_MM / spacing_mm
    near = np.stack([_near(point, truth_hu.shape[1:], radius) for point in zip(rows, columns, strict=True)])
    return dice(*(bone_mask(hu[heights]) & near for hu in (reconstruction_hu, truth_hu)))


def _crossings(
    line_voxels: np.ndarray, shape: tuple[int, ...], spacing_mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Slices between the line's ends, and the row and column at which it crosses each; None for too few."""
    line = np.asarray(line_voxels, dtype=np.float64)
    if len(line) == 0:
        return None
    heights = np.arange(max(0, math.ceil(line[0, 0])), min(shape[0] - 1, math.floor(line[-1, 0])) + 1)
    if len(heights) * spacing_mm < MIN_LENGTH_MM:
        return None
    rows, columns = (np.interp(heights, line[:, 0], line[:, axis]) for axis in (1, 2))
    return heights, rows, columns


def _near(point: tuple[float, float], shape: tuple[int, ...], radius: float) -> np.ndarray:
    """Mask of the pixels of an axial slice within a radius (voxels) of a point."""
    rows, columns = (np.arange(count) - middle for count, middle in zip(shape, point, strict=True))
    return rows[:, None] ** 2 + columns**2 <= radius**2


def _less_trend(profile: np.ndarray, half: int) -> np.ndarray:
    """A profile less the mean of each value's neighbours as far as `half` on both sides, fewer at the ends."""
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    index = np.arange(len(profile))
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(profile))
    return profile - (sums[last] - sums[first]) / (last - first)
