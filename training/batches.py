"""Training batches as a pure function of (seed, step), so that a resumed run sees the same data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.conditioning import standardise
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.hounsfield import HU_AIR, hu_to_network
from Diff2CTCore.networks.blocks import BLOCK
from Diff2CTCore.networks.diff2ct import Diff2CT
from Diff2CTCore.projector import grid_axes_mm

from .cases import UNKNOWN_HU, TrainingCase
from .config import TrainConfig

SPINE_HALF_WIDTH_MM = 45.0
SPINE_FRONT_MM, SPINE_BACK_MM = -35.0, 65.0
"""The region about the volume's centre in which the spine lies, whatever its height."""


@dataclass(frozen=True)
class Batch:
    """Attributes:
    views: (B, 2, 2, rows, columns), standardised image and mask.
    sources: (B, 2, 3) mm.
    axes: voxel positions along S, P, L, each (B, n) mm.
    volume: (B, 1, S, P, L), the network's range, air where unknown.
    known: (B, 1, S/4, P/4, L/4), 1 where every voxel of a block is known.
    """

    views: torch.Tensor
    sources: torch.Tensor
    axes: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    volume: torch.Tensor
    known: torch.Tensor


class CaseSource:
    """The cases of a cache's `training` folder and how batches are drawn from them."""

    def __init__(self, config: TrainConfig):
        self.config = config
        folder = Path(config.data.cache) / "training"
        self.real = sorted(folder.glob("real-*.npz"))
        self.phantoms = sorted(folder.glob("phantom-*.npz"))
        if not self.real and not self.phantoms:
            raise Diff2CTError(f"{folder} holds no training cases; fill it with python -m training.make_cases.")

    def batch(self, step: int) -> Batch:
        """The batch of an optimiser step; the same for the same configuration and cache."""
        data = self.config.data
        rng = np.random.default_rng([self.config.seed, step])
        whole = rng.random() < data.whole_share
        count = data.volumes if whole else data.crops
        parts = [self._example(rng, whole) for _ in range(count)]
        stack = [torch.stack(column) for column in zip(*parts, strict=True)]
        return Batch(stack[0], stack[1], tuple(stack[2:5]), stack[5], stack[6])

    def _example(self, rng: np.random.Generator, whole: bool) -> tuple[torch.Tensor, ...]:
        pool = self.real if rng.random() < self.config.data.real_share else self.phantoms
        pool = pool or self.real or self.phantoms
        case = TrainingCase.load(pool[rng.integers(len(pool))])
        grid = self.config.model.grid
        size = [count if whole else self.config.data.crop_blocks * BLOCK for count in grid.shape]
        start = [0, 0, 0] if whole else self._crop_start(grid, size, rng)
        window = tuple(slice(first, first + length) for first, length in zip(start, size, strict=True))
        axes = [torch.as_tensor(grid.axis_mm(a)[window[a]], dtype=torch.float32) for a in range(3)]
        volume, known = network_volume(case.volume[window])
        views = self._views(case, rng)
        return views, torch.from_numpy(case.sources), *axes, volume, known

    def _views(self, case: TrainingCase, rng: np.random.Generator) -> torch.Tensor:
        views = []
        for image, mask in zip(case.images, case.masks, strict=True):
            changed = self.config.appearance.apply(
                torch.from_numpy(image.astype(np.float32)),
                torch.from_numpy(mask.astype(np.float32)),
                self.config.model.plane_spacing_mm,
                rng,
            )
            views.append(standardise(*changed))
        return torch.stack(views)

    def _crop_start(self, grid, size, rng) -> list[int]:
        last = [count - length for count, length in zip(grid.shape, size, strict=True)]
        start = [int(rng.integers(0, end // BLOCK + 1)) * BLOCK for end in last]
        if rng.random() < self.config.data.spine_share:
            for axis, middle_mm in ((1, 15.0), (2, 0.0)):
                middle = last[axis] / 2.0 + middle_mm / grid.spacing_mm
                jitter = rng.normal(0.0, 12.0 / grid.spacing_mm)
                start[axis] = int(np.clip(round((middle + jitter) / BLOCK) * BLOCK, 0, last[axis]))
        return start


def case_inputs(network: Diff2CT, case: TrainingCase) -> tuple:
    """Views, sources and axes of a case as it was simulated, without random appearance; see `Diff2CT.condition`."""
    images, masks = (torch.from_numpy(item.astype(np.float32)) for item in (case.images, case.masks))
    return standardise(images, masks)[None], torch.from_numpy(case.sources)[None], grid_axes_mm(network.config.grid)


def network_volume(hu: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """int16 HU (S, P, L) to the network's volume (1, S, P, L) and its mask of known blocks (1, S/4, P/4, L/4)."""
    unknown = hu == UNKNOWN_HU
    volume = hu_to_network(np.where(unknown, HU_AIR, hu).astype(np.float32))
    s, p, l = (length // BLOCK for length in hu.shape)  # noqa: E741
    known = ~unknown.reshape(s, BLOCK, p, BLOCK, l, BLOCK).any((1, 3, 5))
    return torch.from_numpy(volume)[None], torch.from_numpy(known.astype(np.float32))[None]


def spine_weight(axes, weight: float) -> torch.Tensor:
    """(B, 1, S/4, P/4, L/4): `weight` in the region of the spine, 1 elsewhere.

    It depends on the place only, never on the truth, so that it does not bias the estimate.
    """
    _, back, left = (axis.unflatten(-1, (-1, BLOCK)).mean(-1) for axis in axes)
    inside = ((back > SPINE_FRONT_MM) & (back < SPINE_BACK_MM))[:, None, None, :, None] & (
        left.abs() < SPINE_HALF_WIDTH_MM
    )[:, None, None, None, :]
    rows = axes[0].shape[1] // BLOCK
    return (1.0 + (weight - 1.0) * inside.float()).expand(-1, 1, rows, -1, -1)
