"""A body laid into the model's grid: moved, turned, scaled, mirrored, smoothly deformed, its bone denser or thinner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation

from Diff2CTCore.geometry import HU_AIR, VolumeGrid

from .sending import sent

if TYPE_CHECKING:
    from .randomisation import AugmentationRange

BONE_FROM_HU = 100.0
"""What is denser changes with the density of bone."""

EDGE = 1e-6
"""Of half a body's height: so far beyond its ends a voxel still belongs to it, for sums are rounded."""


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
    found, unknown = laid_out_together([hu], [spacing_mm], [origin_mm], [placement], grid)
    return found[0], unknown[0]


def laid_out_together(
    hu: Sequence[torch.Tensor],
    spacing_mm: Sequence[np.ndarray],
    origin_mm: Sequence[np.ndarray],
    placements: Sequence[Placement],
    grid: VolumeGrid,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Several bodies on one grid, each as by `laid_out`: (B, S, P, L). Deformations have the same knots."""
    device = hu[0].device
    where = _places(hu, spacing_mm, origin_mm, placements, grid)
    unknown = where[:, 2].abs() > 1.0 + EDGE
    found = torch.stack(
        [
            # From above air, for beside a body there is nothing.
            F.grid_sample((body - HU_AIR)[None, None].float(), at[None], padding_mode="zeros", align_corners=True)[0, 0]
            for body, at in zip(hu, where.permute(0, 2, 3, 4, 1), strict=True)
        ]
    )
    found += HU_AIR
    gain = sent([placement.bone_gain - 1.0 for placement in placements], device).view(-1, 1, 1, 1)
    return found + gain * (found - BONE_FROM_HU).clamp(min=0.0), unknown


def _places(hu, spacing_mm, origin_mm, placements: Sequence[Placement], grid: VolumeGrid) -> torch.Tensor:
    """Where each voxel of the grid lies in each body: (B, 3, S, P, L), along the body's L, P and S.

    From -1 to 1 between the middles of the outer voxels, as `grid_sample` wants it.
    """
    parts: list[list[np.ndarray]] = [[], [], []]
    knots = []
    for body, spacing, origin, placement in zip(hu, spacing_mm, origin_mm, placements, strict=True):
        unit = 2.0 / (np.maximum(np.array(body.shape) - 1, 1) * np.asarray(spacing, dtype=float))
        matrix = unit[:, None] * placement.linear
        offset = unit * (placement.centre_mm - np.asarray(origin, dtype=float)) - 1.0
        for axis in range(3):
            row = matrix[:, axis, None] * grid.axis_mm(axis) + (offset[:, None] if axis == 0 else 0.0)
            parts[axis].append(row[::-1])
        knots.append(None if placement.knots_mm is None else (unit[:, None, None, None] * placement.knots_mm)[::-1])
    device = hu[0].device
    # Sums in single precision, not products, which a GPU may round to ten bits.
    s, p, l = (sent(np.stack(part), device) for part in parts)  # noqa: E741
    where = s[:, :, :, None, None] + p[:, :, None, :, None] + l[:, :, None, None, :]
    bent = [each for each in knots if each is not None]
    if bent:
        shifts = np.stack([np.zeros_like(bent[0]) if each is None else each for each in knots])
        spacing = next(placement.knot_spacing_mm for placement in placements if placement.knots_mm is not None)
        where += _spline(sent(shifts, device), spacing, grid)
    return where


def _spline(knots: torch.Tensor, spacing_mm: float, grid: VolumeGrid) -> torch.Tensor:
    """Cubic B-splines with the given knots (B, 3, a, b, c) at every voxel of the grid: (B, 3, S, P, L)."""
    weights = [_weights_on(grid, axis, spacing_mm, knots.shape[axis + 2], knots.device) for axis in range(3)]
    return torch.einsum("znabc,sa,pb,lc->znspl", knots, *weights)


@lru_cache(maxsize=16)
def _weights_on(grid: VolumeGrid, axis: int, spacing_mm: float, count: int, device: torch.device) -> torch.Tensor:
    return sent(_spline_weights(grid.axis_mm(axis), spacing_mm, count), device)


def _spline_weights(positions_mm: np.ndarray, spacing_mm: float, count: int) -> np.ndarray:
    """(positions, count): what each of `count` knots, centred on the positions' middle, contributes."""
    knot = (np.arange(count) - (count - 1) / 2.0) * spacing_mm
    away = np.abs(positions_mm[:, None] - knot) / spacing_mm
    near = 2.0 / 3.0 - away**2 + away**3 / 2.0
    far = np.clip(2.0 - away, 0.0, None) ** 3 / 6.0
    return np.where(away < 1.0, near, far)
