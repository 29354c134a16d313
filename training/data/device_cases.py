"""Training cases made on the device: a body laid into the grid, its radiographs, and both on the model's own pitch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.geometry import IsoPlane, VolumeGrid

from .bodies import margin_grid
from .cases import CACHE_GRID, CaseError
from .deformation import Placement, laid_out_together
from .device_bodies import DeviceBody
from .radiographs import both_radiographs
from .sending import sent


@dataclass(frozen=True)
class DeviceCases:
    """Cases on a device before any change of appearance.

    Attributes:
        hu: (B, S, P, L) on the model's grid, not clipped.
        known: the same shape, bool.
        images, masks: (B, 2, rows, columns), line integrals and where they are known.
        sources: (B, 2, 3) mm.
    """

    hu: torch.Tensor
    known: torch.Tensor
    images: torch.Tensor
    masks: torch.Tensor
    sources: torch.Tensor


class CaseMaker:
    """Makes cases for a model's grid and plane.

    Bodies are looked at on a grid with the model's centre and a margin about it (`bodies.MARGIN_VOXELS`
    of 2 mm), in voxels of the model's size or half of it, and of about 2 mm where the model's allow that.

    Raises:
        CaseError: the model's voxels are no whole multiple of 2 mm.
    """

    def __init__(self, grid: VolumeGrid, plane: IsoPlane):
        factor = Fraction(grid.spacing_mm / CACHE_GRID.spacing_mm).limit_denominator(1000)
        if factor.denominator != 1 or factor < 1:
            raise CaseError(
                f"The model's voxels measure {grid.spacing_mm:g} mm; cases are made for whole multiples of "
                f"{CACHE_GRID.spacing_mm:g} mm: change model.spacing_mm."
            )
        self.finer = 1 if factor == 1 else 2
        voxel = grid.spacing_mm / self.finer
        margin, _ = margin_grid(CACHE_GRID)
        self.margin = [round(count * CACHE_GRID.spacing_mm / voxel) for count in margin]
        inner = [count * self.finer for count in grid.shape]
        self.inner = tuple(slice(m, m + n) for m, n in zip(self.margin, inner, strict=True))
        self.whole = VolumeGrid(tuple(n + 2 * m for n, m in zip(inner, self.margin, strict=True)), voxel)
        self.plane = replace(
            plane,
            rows=plane.rows * self.finer,
            columns=plane.columns * self.finer,
            row_spacing_mm=plane.row_spacing_mm / self.finer,
            column_spacing_mm=plane.column_spacing_mm / self.finer,
        )

    @property
    def extent_mm(self) -> np.ndarray:
        """(3,), size of the grid with its margin."""
        return np.array(self.whole.shape) * self.whole.spacing_mm

    def __call__(
        self, bodies: Sequence[DeviceBody], placements: Sequence[Placement], sources_mm: np.ndarray
    ) -> DeviceCases:
        """One case for each body, with its placement and its two sources (B, 2, 3) mm."""
        hu, unknown = laid_out_together(
            [body.hu for body in bodies],
            [body.spacing_mm for body in bodies],
            [body.origin_mm for body in bodies],
            placements,
            self.whole,
        )
        sources = sent(sources_mm, hu.device)
        images, masks = both_radiographs(hu, unknown, self.whole, sources, self.plane)
        inner = (slice(None), *self.inner)
        hu, known = hu[inner], ~unknown[inner]
        if self.finer > 1:
            # Means, since HU is linear in attenuation; known is what was known in all its parts.
            hu, images = F.avg_pool3d(hu[:, None], self.finer)[:, 0], F.avg_pool2d(images, self.finer)
            masks = -F.max_pool2d(-masks, self.finer)
            known = F.avg_pool3d(known[:, None].float(), self.finer)[:, 0] > 1.0 - 1e-6
        return DeviceCases(hu, known, images, masks, sources)
