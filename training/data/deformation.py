"""A body laid into the model's grid: moved, turned, scaled, mirrored, smoothly deformed, its bone denser or thinner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation

from Diff2CTCore.geometry import HU_AIR, VolumeGrid

if TYPE_CHECKING:
    from .randomisation import AugmentationRange

BONE_FROM_HU = 100.0
"""What is denser changes with the density of bone."""


@dataclass(frozen=True)
class Placement:
    """Where each point of the model's grid lies in a body: linear @ point + centre + deformation.

    Attributes:
        linear: (3, 3), from the model's frame to the body's, both (superior, posterior, left) mm.
        centre_mm: (3,), the model's centre in the body's frame.
        knots_mm: (3, a, b, c), shifts at the knots of a cubic B-spline over the grid, or None.
        knot_spacing_mm: between them.
        bone_gain: factor of HU above `BONE_FROM_HU`.
    """

    linear: np.ndarray
    centre_mm: np.ndarray
    knots_mm: np.ndarray | None = None
    knot_spacing_mm: float = 1.0
    bone_gain: float = 1.0


def middle_placement(centreline_mm: np.ndarray) -> Placement:
    """The body as it is, about the middle of its spine's line (n, 3) mm."""
    return Placement(np.eye(3), centreline_mm[len(centreline_mm) // 2])


def random_placement(
    centres_mm: np.ndarray, extent_mm: np.ndarray, ranges: AugmentationRange, rng: np.random.Generator
) -> Placement:
    """About a random one of some points (n, 3) mm; `extent_mm` (3,) is the size of what will be looked at."""
    centre = centres_mm[rng.integers(len(centres_mm))] + rng.uniform(-1, 1, 3) * ranges.centre_mm
    turn = Rotation.from_euler("xyz", rng.uniform(-1, 1, 3) * ranges.turn_deg, degrees=True)
    size = np.diag(1.0 / (1.0 + rng.uniform(-1, 1, 3) * ranges.scale))
    if rng.random() < ranges.mirror:
        size[2, 2] *= -1.0
    bone_gain = 1.0 + rng.uniform(-1, 1) * ranges.bone_gain
    knots = None
    if ranges.elastic_mm > 0.0:
        counts = [int(np.ceil(length / ranges.elastic_spacing_mm)) + 3 for length in extent_mm]
        knots = rng.uniform(-1, 1, (3, *counts)) * ranges.elastic_mm
    return Placement(turn.as_matrix() @ size, centre, knots, ranges.elastic_spacing_mm, bone_gain)


def inner_points(centreline_mm: np.ndarray, low_mm: float, high_mm: float, height_mm: float) -> np.ndarray:
    """Points of a spine's line about which at least about two thirds of a grid of `height_mm` were scanned.

    `low_mm` and `high_mm` bound the scan along the superior axis. The middle point where there is no such point.
    """
    height, reach = centreline_mm[:, 0], height_mm / 3.0
    inner = (height > low_mm + reach) & (height < high_mm - reach)
    return centreline_mm[inner] if inner.any() else centreline_mm[[len(height) // 2]]


def laid_out(
    hu: torch.Tensor, spacing_mm: np.ndarray, origin_mm: np.ndarray, placement: Placement, grid: VolumeGrid
) -> tuple[torch.Tensor, torch.Tensor]:
    """A body on a grid about the model's centre.

    Args:
        hu: (S, P, L) of the body, any type and device.
        spacing_mm, origin_mm: (3,), its voxels' size and the place of the first one.
        placement: see there.
        grid: about the model's centre.

    Returns:
        HU (S, P, L), float32, linearly interpolated, air beside the body; and which voxels are unknown because they
        lie above or below it, bool.
    """
    to_index = np.diag(1.0 / np.asarray(spacing_mm, dtype=float))
    matrix = to_index @ placement.linear
    offset = to_index @ (placement.centre_mm - np.asarray(origin_mm, dtype=float))
    index = [_row_of_indices(matrix[axis], offset[axis], grid, hu.device) for axis in range(3)]
    if placement.knots_mm is not None:
        shifts = to_index @ placement.knots_mm.reshape(3, -1)
        knots = torch.as_tensor(shifts.reshape(placement.knots_mm.shape), dtype=torch.float32, device=hu.device)
        for axis, shift in enumerate(_spline(knots, placement.knot_spacing_mm, grid)):
            index[axis] = index[axis] + shift
    unknown = (index[0] < 0.0) | (index[0] > hu.shape[0] - 1)
    # grid_sample wants the last axis first, each from -1 to 1 between the middles of the outer voxels.
    where = torch.stack([2.0 * index[axis] / max(hu.shape[axis] - 1, 1) - 1.0 for axis in (2, 1, 0)], -1)
    above_air = (hu.float() - HU_AIR)[None, None]
    found = F.grid_sample(above_air, where[None], padding_mode="zeros", align_corners=True)[0, 0] + HU_AIR
    bone = (found - BONE_FROM_HU).clamp(min=0.0)
    return found + (placement.bone_gain - 1.0) * bone, unknown


def _row_of_indices(row: np.ndarray, offset: float, grid: VolumeGrid, device: torch.device) -> torch.Tensor:
    """One coordinate of linear @ point + offset at every voxel of the grid, (S, P, L)."""
    # Sums in single precision, not products, which a GPU may round to ten bits.
    parts = []
    for axis, factor in enumerate(row):
        shape = [-1 if axis == other else 1 for other in range(3)]
        values = grid.axis_mm(axis) * factor + (offset if axis == 0 else 0.0)
        parts.append(torch.as_tensor(values, dtype=torch.float32, device=device).view(shape))
    return parts[0] + parts[1] + parts[2]


def _spline(knots: torch.Tensor, spacing_mm: float, grid: VolumeGrid) -> torch.Tensor:
    """Cubic B-splines with the given knots (3, a, b, c) at every voxel of the grid: (3, S, P, L)."""
    weights = [_spline_weights(grid.axis_mm(axis), spacing_mm, knots.shape[axis + 1]) for axis in range(3)]
    rows, backs, lefts = (torch.as_tensor(each, dtype=torch.float32, device=knots.device) for each in weights)
    return torch.einsum("nabc,sa,pb,lc->nspl", knots, rows, backs, lefts)


def _spline_weights(positions_mm: np.ndarray, spacing_mm: float, count: int) -> np.ndarray:
    """(positions, count): what each of `count` knots, centred on the positions' middle, contributes."""
    knot = (np.arange(count) - (count - 1) / 2.0) * spacing_mm
    away = np.abs(positions_mm[:, None] - knot) / spacing_mm
    near = 2.0 / 3.0 - away**2 + away**3 / 2.0
    far = np.clip(2.0 - away, 0.0, None) ** 3 / 6.0
    return np.where(away < 1.0, near, far)
