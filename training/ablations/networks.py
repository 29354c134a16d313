"""The alternatives that change Diff2CT's networks: what the denoiser predicts, voxels, replicated features."""

from __future__ import annotations

import torch

from Diff2CTCore.networks import BLOCK, BlockTransform, Condition, Denoiser, X2NoiseNet

LEAST_SIGNAL = 0.05
"""A noise prediction is turned into x0 by division by the signal's share, which vanishes at t = 1."""

FAR_MM = 1e5
"""Rays from a source this far away are parallel to a fraction of a voxel."""


class NoiseDenoiser(Denoiser):
    """Predicts the noise: x0 = (x_t - t noise) / (1 - t), up to a multiple of the regression estimate.

    This and the next three differ from `Denoiser` in gain and spread of the prediction, thus also in the weight of
    the loss at each time. All are led by the regression estimate as it is.
    """

    def coefficients(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        t = _column(t)
        signal = (1.0 - t).clamp(min=LEAST_SIGNAL)
        return 1.0 / signal, t / signal


class FlowDenoiser(Denoiser):
    """Predicts the flow's velocity noise - x0: x0 = x_t - t velocity."""

    def coefficients(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        t = _column(t)
        return torch.ones_like(t), t


class VelocityDenoiser(Denoiser):
    """Predicts v (Salimans and Ho, Progressive Distillation for Fast Sampling of Diffusion Models, 2022)."""

    def coefficients(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        t = _column(t)
        square = (1.0 - t) ** 2 + t**2
        return (1.0 - t) / square, t / square.sqrt()


class CleanDenoiser(Denoiser):
    """Predicts x0, as a difference from the regression estimate."""

    def coefficients(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        t = _column(t)
        return torch.zeros_like(t), torch.ones_like(t)


class VoxelTransform(BlockTransform):
    """The voxels of each block as they are instead of its Haar coefficients."""

    def __init__(self):
        super().__init__()
        self.register_buffer("basis", torch.eye(BLOCK**3, device="cpu"), False)


class ReplicatingX2NoiseNet(X2NoiseNet):
    """Copies each view's features along the nominal axis instead of lifting them along the view's own rays."""

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
        far = torch.zeros_like(sources_mm)
        far[:, 0, 1] = far[:, 1, 2] = -FAR_MM
        return super().forward(views, far, axes_mm)


def _column(t: torch.Tensor) -> torch.Tensor:
    return t.float().view(-1, 1, 1, 1, 1)
