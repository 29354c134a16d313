"""The grid of a reconstructed volume, and its frames.

Inside, a volume is a tensor (..., superior, posterior, left): the first spatial index grows to the
head, the second to the back, the third to the patient's left. Its axes are the patient's; its
centre is the origin of `Diff2CTCore.geometry.views`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class VolumeGrid:
    """Voxel counts (superior, posterior, left) and the isotropic voxel size in mm."""

    shape: tuple[int, int, int] = (128, 128, 128)
    spacing_mm: float = 2.0

    def axis_mm(self, axis: int) -> np.ndarray:
        """Voxel centres along tensor axis 0 (superior), 1 (posterior) or 2 (left), in mm from the centre."""
        count = self.shape[axis]
        return (np.arange(count) - (count - 1) / 2.0) * self.spacing_mm

    def index_to_ras_mm(self, index: np.ndarray) -> np.ndarray:
        """RAS mm about the centre of (superior, posterior, left) voxel indices, shape (..., 3)."""
        middle = (np.asarray(self.shape) - 1) / 2.0
        superior, posterior, left = np.moveaxis((np.asarray(index, dtype=float) - middle) * self.spacing_mm, -1, 0)
        return np.stack([-left, -posterior, superior], axis=-1)

    def ras_mm_to_index(self, points_mm: np.ndarray) -> np.ndarray:
        """Inverse of `index_to_ras_mm`."""
        right, anterior, superior = np.moveaxis(np.asarray(points_mm, dtype=float), -1, 0)
        middle = (np.asarray(self.shape) - 1) / 2.0
        return np.stack([superior, -anterior, -right], axis=-1) / self.spacing_mm + middle

    def lps_origin_mm(self, centre_ras_mm=(0.0, 0.0, 0.0)) -> tuple[float, float, float]:
        """LPS position of voxel (0, 0, 0), as SimpleITK wants it (direction is the identity)."""
        right, anterior, superior = centre_ras_mm
        half = (np.asarray(self.shape) - 1) / 2.0 * self.spacing_mm
        return (-right - half[2], -anterior - half[1], superior - half[0])
