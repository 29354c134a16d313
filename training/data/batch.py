"""A batch of training examples: its tensors, its shapes, and where crops begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from Diff2CTCore.geometry import HU_AIR, grid_axes_mm, hu_to_network
from Diff2CTCore.networks import BLOCK, standardise

from .cases import UNKNOWN_HU, TrainingCase

if TYPE_CHECKING:
    from .settings import DataRun

SPINE_BEHIND_CENTRE_MM = 15.0
"""Vertebrae with their arches lie this far behind the volume's centre on average."""

CROP_JITTER_MM = 12.0


@dataclass(frozen=True)
class Batch:
    """Attributes:
    views: (B, 2, 2, rows, columns), standardised image and mask.
    sources: (B, 2, 3) mm.
    axes: voxel positions along S, P, L, each (B, n) mm.
    volume: (B, 1, S, P, L), the network's range, air where unknown.
    known: (B, 1, S, P, L), 1 where the voxel was scanned.
    """

    views: torch.Tensor
    sources: torch.Tensor
    axes: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    volume: torch.Tensor
    known: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        views, sources, volume, known, *axes = (
            tensor.to(device, non_blocking=True)
            for tensor in (self.views, self.sources, self.volume, self.known, *self.axes)
        )
        return Batch(views, sources, tuple(axes), volume, known)


def crop_start(config: DataRun, size: tuple[int, int, int], rng: np.random.Generator) -> list[int]:
    """The first voxel of a random crop of the model's grid, a multiple of the block's size."""
    grid, data = config.model.grid, config.data
    last = [count - length for count, length in zip(grid.shape, size, strict=True)]
    start = [int(rng.integers(0, end // BLOCK + 1)) * BLOCK for end in last]
    if rng.random() < data.spine_share:
        for axis, middle_mm in ((1, SPINE_BEHIND_CENTRE_MM), (2, 0.0)):
            middle = last[axis] / 2.0 + middle_mm / grid.spacing_mm
            jitter = rng.normal(0.0, CROP_JITTER_MM / grid.spacing_mm)
            start[axis] = int(np.clip(round((middle + jitter) / BLOCK) * BLOCK, 0, last[axis]))
    return start


def example_shape(config: DataRun, whole: bool) -> tuple[int, int, int]:
    """Voxels (S, P, L) of one example of a batch of whole volumes or of crops."""
    side = config.data.crop_blocks * BLOCK
    return tuple(count if whole else min(side, count) for count in config.model.grid.shape)


def blank_batch(config: DataRun, whole: bool) -> Batch:
    """A batch of air of the shapes that a configuration trains on."""
    count = config.data.volumes if whole else config.data.crops
    shape, plane = example_shape(config, whole), config.model.plane
    axes = tuple((torch.arange(n) - (n - 1) / 2.0).expand(count, -1) * config.model.grid.spacing_mm for n in shape)
    sources = torch.tensor([[0.0, -1000.0, 0.0], [0.0, 0.0, -1000.0]]).expand(count, -1, -1)
    views = torch.zeros(count, 2, 2, plane.rows, plane.columns)
    return Batch(views, sources, axes, torch.full((count, 1, *shape), -1.0), torch.ones(count, 1, *shape))


def case_inputs(network: nn.Module, case: TrainingCase, pair: int = 0, device: torch.device | str = "cpu") -> tuple:
    """Views, sources and axes of a pair of radiographs as they were simulated, without random appearance.

    The case must be on the network's grid (`TrainingCase.on`). For `training.methods.reconstruct`.
    """
    images, masks = (torch.from_numpy(item[pair].astype(np.float32)).to(device) for item in (case.images, case.masks))
    sources = torch.from_numpy(case.sources[pair]).to(device)
    return standardise(images, masks)[None], sources[None], grid_axes_mm(network.config.grid, device)


def network_volume(hu: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """int16 HU (S, P, L) to the network's volume and its mask of known voxels, both float32 (1, S, P, L)."""
    unknown = hu == UNKNOWN_HU
    volume = hu_to_network(np.where(unknown, HU_AIR, hu).astype(np.float32))
    return torch.from_numpy(volume)[None], torch.from_numpy((~unknown).astype(np.float32))[None]
