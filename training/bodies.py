"""Bodies that training cases are cut from: procedural phantoms, and augmented real CT."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.hounsfield import HU_AIR

from .cases import UNKNOWN_HU, Body, cut
from .randomisation import AugmentationRange

MARGIN_VOXELS = (24, 40, 48)
"""How far a body reaches beyond the model's grid on each side (superior, posterior, left): rays run there too."""


def _margin_axes(grid: VolumeGrid) -> tuple[tuple[int, int, int], VolumeGrid]:
    shape = tuple(count + 2 * margin for count, margin in zip(grid.shape, MARGIN_VOXELS, strict=True))
    return MARGIN_VOXELS, VolumeGrid(shape, grid.spacing_mm)


def phantom_body(seed: int, grid: VolumeGrid, region: str | None = None, centre_mm: float = 14.0) -> Body:
    """A procedural patient; the grid's centre is shifted at random from the centre vertebra."""
    from .phantom import make_phantom

    rng = np.random.default_rng([seed, 1])
    margin, whole = _margin_axes(grid)
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
        image = sitk.ReadImage(str(image_path))
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
        """The scan about a point of its spine, turned, scaled and shifted at random (or as it is)."""
        centre = self.centreline_mm[len(self.centreline_mm) // 2]
        linear = np.eye(3)
        bone_gain = 1.0
        if augmentation is not None:
            inner = self._inner_points(grid)
            centre = inner[rng.integers(len(inner))] + rng.uniform(-1, 1, 3) * augmentation.centre_mm
            turn = Rotation.from_euler("xyz", rng.uniform(-1, 1, 3) * augmentation.turn_deg, degrees=True)
            size = np.diag(1.0 / (1.0 + rng.uniform(-1, 1, 3) * augmentation.scale))
            if rng.random() < augmentation.mirror:
                size[2, 2] *= -1.0
            linear = turn.as_matrix() @ size
            bone_gain = 1.0 + rng.uniform(-1, 1) * augmentation.bone_gain
        margin, whole = _margin_axes(grid)
        axes = tuple(whole.axis_mm(axis) for axis in range(3))
        # Output voxel i lies at linear @ (first + i * spacing) + centre in the scan's frame.
        to_index = np.diag(1.0 / self.spacing_mm)
        first = np.array([axis[0] for axis in axes])
        matrix = to_index @ linear * grid.spacing_mm
        offset = to_index @ (linear @ first + centre - self.origin_mm)
        hu = affine_transform(
            self.hu.astype(np.float32), matrix, offset, output_shape=whole.shape, order=1, cval=HU_AIR
        )
        hu[self._unknown(matrix, offset, whole.shape)] = UNKNOWN_HU
        bone = hu > 100.0
        hu[bone] = 100.0 + (hu[bone] - 100.0) * bone_gain
        return Body(hu, axes, cut(hu, margin, grid), self.name)

    def _inner_points(self, grid: VolumeGrid) -> np.ndarray:
        """Centreline points about which at least about two thirds of the grid's height were scanned."""
        half = grid.shape[0] * grid.spacing_mm / 3.0
        top = self.origin_mm[0] + self.hu.shape[0] * self.spacing_mm[0]
        height = self.centreline_mm[:, 0]
        inner = (height > self.origin_mm[0] + half) & (height < top - half)
        if not inner.any():
            return self.centreline_mm[[len(height) // 2]]
        return self.centreline_mm[inner]

    def _unknown(self, matrix, offset, shape) -> np.ndarray:
        """Voxels above or below the scan; beside it there is air or nothing that matters."""
        index = sum(
            matrix[0, axis] * np.arange(count).reshape([-1 if axis == other else 1 for other in range(3)])
            for axis, count in enumerate(shape)
        )
        row = index + offset[0]
        return (row < 0.0) | (row > self.hu.shape[0] - 1)
