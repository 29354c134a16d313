"""All metrics of one reconstruction of one case."""

from __future__ import annotations

import numpy as np
import torch

from Diff2CTCore.ct import body_mask, evaluate, reprojection_error, ssim_plane_map
from Diff2CTCore.geometry import (
    HU_AIR,
    VolumeGrid,
    grid_axes_mm,
    hu_to_attenuation,
    plane_axes_mm,
    project_to_iso_plane,
)

from ..data import UNKNOWN_HU
from .block_pattern import PERIOD_VOXELS, block_edges, block_pattern
from .observation import Observation

WHOLE_PATH = 0.9
"""A ray counts when its way through the volume is at least this part of the longest: others see mostly the rest."""


def known_slab(truth_hu: np.ndarray) -> slice:
    """The axial slices in which the scan covers the whole grid."""
    known = np.flatnonzero((truth_hu != UNKNOWN_HU).all((1, 2)))
    return slice(known[0], known[-1] + 1) if known.size else slice(0, 0)


def body_ssim(hu: np.ndarray, truth_hu: np.ndarray, grid: VolumeGrid) -> float:
    """`ssim_body` of `Diff2CTCore.ct.evaluate` alone, where the truth is known."""
    slab = known_slab(truth_hu)
    truth = truth_hu[slab].astype(np.float32)
    body = body_mask(truth, grid.spacing_mm)
    return float(np.mean([ssim_plane_map(hu[slab], truth, axis)[body].mean() for axis in range(3)]))


def reprojection_errors(
    hu: np.ndarray, truth_hu: np.ndarray, grid: VolumeGrid, observation: Observation
) -> tuple[float, float]:
    """Part of the radiographs that the volume does not explain, 0 to 1, mean of both views: (measured, volume).

    The measured radiographs show the whole body, the volume is a part of it: even the truth leaves an error. The
    second number takes radiographs of the true volume alone, from the same sources; there the truth leaves none. Only
    rays that cross the whole volume count. See `Diff2CTCore.ct.reprojection_error`.

    Args:
        hu, truth_hu: (S, P, L) HU on `grid`; where the truth is `UNKNOWN_HU` both are taken as air for the second.
        observation: undisturbed radiographs and the true sources.
    """
    known = truth_hu != UNKNOWN_HU
    volumes = (hu, np.where(known, hu, HU_AIR), np.where(known, truth_hu, HU_AIR))
    layers = [hu_to_attenuation(torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32))) for part in volumes]
    layers = torch.stack([*layers, torch.ones(grid.shape)])[None]
    rows, columns = plane_axes_mm(observation.plane)
    errors = []
    for index in range(2):
        source = observation.sources_mm[index][None]
        images = project_to_iso_plane(layers, grid_axes_mm(grid), source, index == 0, rows, columns)[0].numpy()
        whole, inner, truth, path = images
        seen = (path > WHOLE_PATH * path.max()) & (observation.masks[index].numpy() > 0)
        measured = observation.images[index].numpy()
        errors.append([reprojection_error(measured, whole, seen), reprojection_error(truth, inner, seen)])
    return tuple(float(value) for value in np.mean(errors, axis=0))


def case_metrics(
    reconstruction_hu: np.ndarray, truth_hu: np.ndarray, grid: VolumeGrid, observation: Observation
) -> dict[str, float]:
    """All of `Diff2CTCore.ct.evaluate`, taken where the truth is known, the blocks' traces, `reprojection_errors`.

    Here `reprojection_error` is that of the measured radiographs, `reprojection_error_volume` that of the
    volume alone.

    Args:
        reconstruction_hu: float32 (S, P, L) on `grid`.
        truth_hu: int16, with `UNKNOWN_HU`.
        observation: undisturbed, whatever the method was given.

    Raises:
        VolumeError: the truth is known in too few slices.
    """
    slab = known_slab(truth_hu)
    pair = reconstruction_hu[slab], truth_hu[slab].astype(np.float32)
    errors = reprojection_errors(reconstruction_hu, truth_hu, grid, observation)
    return {
        **evaluate(*pair, grid.spacing_mm),
        "block_pattern": block_pattern(*pair),
        "block_edges": block_edges(*(volume[-slab.start % PERIOD_VOXELS :] for volume in pair)),
        "reprojection_error": errors[0],
        "reprojection_error_volume": errors[1],
    }
