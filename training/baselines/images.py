"""What the baselines share: their configuration's grid, their input images, and their density scale."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from Diff2CTCore.errors import ModelError
from Diff2CTCore.networks import NetworkConfig

DENSITY_UNIT = 2.5
"""Network range per unit of the published methods' density: they map air to 0 and 1500 HU to 1 (X2CT-GAN's range)."""


@dataclass(frozen=True)
class BaselineConfig(NetworkConfig):
    """The cube that a baseline reconstructs; see `NetworkConfig`. 64 voxels of 4 mm unless stated otherwise."""

    shape: tuple[int, int, int] = (64, 64, 64)
    spacing_mm: float = 4.0

    @property
    def side(self) -> int:
        """Voxels along each axis; ModelError for a volume that is no cube."""
        if len(set(self.shape)) != 1:
            raise ModelError(f"This network makes cubes only, not {list(self.shape)} voxels; set a cubic model.shape.")
        return self.shape[0]


def check_divisible(side: int, halvings: int) -> None:
    """ModelError unless an image side can be halved as often as an encoder does."""
    if side % 2**halvings:
        raise ModelError(
            f"An image side of {side} pixels cannot be halved {halvings} times; change model.shape or the stages."
        )


class InputImages(nn.Module):
    """The part of both iso-plane images that covers the volume, at a baseline's own resolution.

    Rows and columns of the result and of the volume correspond: row i of n lies at the height of voxel
    i S / n, column j at voxel j L / n (frontal) or j P / n (lateral), magnification aside.

    Args:
        config: where the volume and the iso-plane images lie.
        size: rows and columns of the result.
    """

    def __init__(self, config: BaselineConfig, size: int):
        super().__init__()
        plane = torch.as_tensor(config.plane.rows_mm(), dtype=torch.float32)
        pitch = config.side * config.spacing_mm / size
        wanted = (torch.arange(size) - (size - 1) / 2.0) * pitch
        # Triangles as wide as the coarser of the two pitches: interpolation that does not alias.
        reach = max(pitch, config.plane_spacing_mm)
        weights = (1.0 - (wanted[:, None] - plane).abs() / reach).clamp(min=0.0)
        self.register_buffer("weights", weights / weights.sum(1, keepdim=True), False)

    def forward(self, views: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 2, 2, rows, columns) to the frontal and the lateral image with their masks, each (B, 2, size, size)."""
        frontal, lateral = (self.weights @ views @ self.weights.T).unbind(1)
        return frontal, lateral


def to_network_range(density: torch.Tensor) -> torch.Tensor:
    """Published density (air 0) to the network's range (air -1)."""
    return density * DENSITY_UNIT - 1.0


def to_density(volume: torch.Tensor) -> torch.Tensor:
    """Inverse of `to_network_range`."""
    return (volume + 1.0) / DENSITY_UNIT


class DensityReLU(nn.LeakyReLU):
    """The rectifier that ends the published networks, made leaky.

    Half of a body's surroundings are air, where a plain one is easily switched off everywhere and for good
    in the first steps. What leaks below air is clipped when a volume is converted to HU.
    """

    def __init__(self):
        super().__init__(0.1)
