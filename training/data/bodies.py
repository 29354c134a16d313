"""Bodies that training cases are cut from: procedural phantoms, and augmented real CT."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.image_files import read_volume_image

from .cases import UNKNOWN_HU, Body, cut
from .deformation import inner_points, laid_out, middle_placement, random_placement
from .randomisation import AugmentationRange

MARGIN_VOXELS = (24, 40, 48)
"""How far a body reaches beyond the model's grid on each side (superior, posterior, left): rays run there too."""

VALIDATION_SEED = 1_000_000
"""Phantom seeds from here on are never trained on."""

PHANTOM_SOURCE = {"name": "Procedural phantoms", "licence": "Apache-2.0", "citation": "Diff2CT, training/phantom"}
"""What a model's card says of phantoms that it was trained on."""


def margin_grid(grid: VolumeGrid) -> tuple[tuple[int, int, int], VolumeGrid]:
    """The margin in voxels along each axis, and the grid with it, about the same centre."""
    shape = tuple(count + 2 * margin for count, margin in zip(grid.shape, MARGIN_VOXELS, strict=True))
    return MARGIN_VOXELS, VolumeGrid(shape, grid.spacing_mm)


def phantom_body(seed: int, grid: VolumeGrid, region: str | None = None, centre_mm: float = 14.0) -> Body:
    """A procedural patient; the grid's centre is shifted at random from the centre vertebra."""
    from ..phantom import make_phantom

    rng = np.random.default_rng([seed, 1])
    margin, whole = margin_grid(grid)
    phantom = make_phantom(seed, shape=whole.shape, spacing_mm=grid.spacing_mm, region=region)
    reach = np.round(np.array([centre_mm] * 3) / grid.spacing_mm)
    shift = rng.integers(-reach, reach + 1)
    start = tuple(int(value) for value in np.add(margin, shift))
    axes = tuple(whole.axis_mm(axis) - shift[axis] * grid.spacing_mm for axis in range(3))
    return Body(phantom.hu, axes, cut(phantom.hu, start, grid), f"phantom-{seed}")


@dataclass(frozen=True, eq=False)
class RealScan:
    """A CT with its spine's centreline.

    Attributes:
        name: of the scan.
        hu: (S, P, L), HU.
        spacing_mm: (3,), of the voxels along S, P, L.
        origin_mm: (3,), superior, posterior, left of voxel (0, 0, 0).
        centreline_mm: (n, 3), points of the spine's line in the same frame.
    """

    name: str
    hu: np.ndarray
    spacing_mm: np.ndarray
    origin_mm: np.ndarray
    centreline_mm: np.ndarray

    @classmethod
    def read(cls, image_path: Path) -> RealScan:
        """A prepared scan (see `training.prepare`) with its card."""
        import SimpleITK as sitk

        image = read_volume_image(image_path)
        name = image_path.name.split(".")[0]
        right_left, front_back, up = image.GetOrigin()
        card = json.loads((image_path.parent / f"{name}.json").read_text(encoding="utf-8"))
        line = np.array(card["centreline_ras_mm"], dtype=float)
        return cls(
            name=name,
            hu=sitk.GetArrayFromImage(image),
            spacing_mm=np.array(image.GetSpacing())[::-1],
            origin_mm=np.array([up, front_back, right_left]),
            centreline_mm=np.stack([line[:, 2], -line[:, 1], -line[:, 0]], axis=1),
        )

    def body(self, grid: VolumeGrid, augmentation: AugmentationRange | None, rng: np.random.Generator) -> Body:
        """The scan about a point of its spine, changed at random (or as it is); see `training.data.deformation`."""
        margin, whole = margin_grid(grid)
        axes = tuple(whole.axis_mm(axis) for axis in range(3))
        if augmentation is None:
            placement = middle_placement(self.centreline_mm)
        else:
            top = self.origin_mm[0] + self.hu.shape[0] * self.spacing_mm[0]
            points = inner_points(self.centreline_mm, self.origin_mm[0], top, grid.shape[0] * grid.spacing_mm)
            extent = np.array(whole.shape) * whole.spacing_mm
            placement = random_placement(points, extent, augmentation, rng)
        found, unknown = laid_out(torch.from_numpy(self.hu), self.spacing_mm, self.origin_mm, placement, whole)
        hu = found.masked_fill(unknown, UNKNOWN_HU).numpy()
        return Body(hu, axes, cut(hu, margin, grid), self.name)
