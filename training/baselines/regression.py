"""How PSR and 3DCNN are trained: the squared error of every voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from Diff2CTCore.networks import full_precision

from ..methods import Method, Phase

if TYPE_CHECKING:
    from ..data import Batch


@dataclass(frozen=True)
class RegressionLoss:
    """Attributes:
    squared_error: weight of the mean squared error of the known voxels, in the network's range.
    """

    squared_error: float = 1.0


class RegressionMethod(Method):
    """Mean squared error, without anything else; for networks that make a volume at once."""

    loss_config = RegressionLoss

    @property
    def phases(self) -> tuple[Phase, ...]:
        return (Phase("train", (self.network,), betas=(0.5, 0.999)),)

    def losses(self, batch: Batch, generator: torch.Generator, phase: str) -> dict[str, torch.Tensor]:
        """See `Method.losses`; nothing here is random."""
        volume = self.network(batch.views, batch.sources, batch.axes)
        with full_precision(batch.volume.device):
            return {"squared_error": mean_squared_error(volume.float(), batch.volume, batch.known)}


def mean_squared_error(volume: torch.Tensor, truth: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Mean over the known voxels of (B, 1, S, P, L)."""
    return ((volume - truth).square() * known).sum() / known.sum().clamp(min=1.0)
