"""How Diff2CT is trained: losses on block coefficients, and the projection loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from Diff2CTCore.diffusion import DataConsistency, diffuse, projection_loss
from Diff2CTCore.geometry import IsoPlane
from Diff2CTCore.networks import BLOCK, Diff2CT, Diff2CTConfig, full_precision
from Diff2CTCore.reconstruction import network_condition, sample_volume

from ..data import Batch
from .method import Method, Sampling

RESIDUAL_MEMORY = 0.99
LOSS_PLANE = IsoPlane(96, 96, 3.0, 3.0)
"""Projections are compared at 3 mm: finer ones cost more and say nothing that the voxel loss does not."""

BONE_FROM, BONE_SOFTNESS = 0.2, 0.06
"""Network values: bone begins at 200 HU, and between 80 and 320 HU the soft Dice loss takes it to be so in part."""

SPINE_HALF_WIDTH_MM = 45.0
SPINE_FRONT_MM, SPINE_BACK_MM = -35.0, 65.0
"""The region about the volume's centre in which the spine lies, whatever its height."""


@dataclass(frozen=True)
class Diff2CTLoss:
    """Weights of the loss terms.

    Attributes:
        denoising: squared error of the denoiser's correction, at unit size for every noise level.
        regression: squared error of X2NoiseNet's estimate.
        projection: projection loss of the x0 estimate, with gradient.
        bone: soft Dice loss of what is bone, of both estimates. The squared error alone leaves bone whose place is
            uncertain below its threshold.
        band_power: a coefficient's weight is its typical size to this power (0: all alike, 2: as in voxels).
        spine: weight of the region around the spine relative to the rest.
    """

    denoising: float = 1.0
    regression: float = 1.0
    projection: float = 0.5
    bone: float = 0.0
    band_power: float = 1.0
    spine: float = 3.0


class Diff2CTMethod(Method):
    """Denoising, regression, projection and bone loss of `Diff2CTCore.networks.diff2ct.Diff2CT`."""

    architecture = "Diff2CT"
    network_class = Diff2CT
    model_config = Diff2CTConfig
    loss_config = Diff2CTLoss
    crops = True

    def __init__(self, model: Diff2CTConfig, loss: Diff2CTLoss):
        super().__init__(model, loss)
        self._residuals: list[torch.Tensor] = []

    def prepare(self, batches) -> None:
        """Set the block transform's scales to the root mean square of each coefficient."""
        transform = self.network.transform
        squares, count = torch.zeros_like(transform.scale), 0.0
        for batch in batches:
            known = known_blocks(batch.known, transform.reach)
            squares += (transform(batch.volume).square() * known).sum((0, 2, 3, 4))
            count += float(known.sum())
        transform.scale.copy_((squares / max(count, 1.0)).sqrt().clamp(min=1e-3))

    def losses(self, batch: Batch, generator: torch.Generator, phase: str) -> dict[str, torch.Tensor]:
        """All losses at one random time for each case."""
        network, device = self.network, batch.volume.device
        with full_precision(device):
            x0 = network.transform(batch.volume)
            noise = torch.randn(x0.shape, generator=generator, device=generator.device).to(device)
            t = torch.rand(len(x0), generator=generator, device=generator.device).clamp(0.01, 1.0).to(device)
            noisy = diffuse(x0, noise, t)
        condition = network.condition(batch.views, batch.sources, batch.axes)
        estimate = network.denoise(noisy, t, condition)
        with full_precision(device):
            known = known_blocks(batch.known, network.transform.reach)
            weight = self._band_weight() * known * spine_weight(batch.axes, self.loss.spine)
            weight = weight / weight.mean().clamp(min=1e-6)
            _, spread = network.denoiser.coefficients(t)
            residual = condition.estimate - x0
            self._residuals.append((residual.detach().square() * known).sum((0, 2, 3, 4)) / known.sum().clamp(min=1.0))
            wrong = network.transform.inverse((estimate - x0) * known)
            projection = projection_loss(wrong, batch.axes, batch.sources, LOSS_PLANE)
            volumes = [network.transform.inverse(found) for found in (condition.estimate, estimate)]
            return {
                "denoising": (weight * ((estimate - x0) / spread).square()).mean(),
                "regression": (weight * residual.square()).mean(),
                "projection": projection * 10.0,
                "bone": sum(bone_loss(found, batch.volume, batch.known) for found in volumes) / 2.0,
            }

    def finish_step(self, mean) -> None:
        """Track the regression's error per band, on which the denoiser is preconditioned."""
        measured = mean(torch.stack(self._residuals).mean(0))
        self._residuals.clear()
        kept = self.network.denoiser.residual_std
        kept.copy_((RESIDUAL_MEMORY * kept.square() + (1.0 - RESIDUAL_MEMORY) * measured).sqrt().clamp(0.02, 2.0))

    def _band_weight(self) -> torch.Tensor:
        scale = self.network.transform.scale
        weight = (scale / scale.max()) ** self.loss.band_power
        return (weight / weight.mean()).view(1, -1, 1, 1, 1)

    @staticmethod
    def reconstruct(network, views, sources_mm, axes_mm, sampling: Sampling, generator) -> torch.Tensor:
        """One sample, as `diff2ct reconstruct` draws it."""
        condition = network_condition(network, views, sources_mm, axes_mm)
        pull = DataConsistency(network, views, sources_mm, axes_mm) if sampling.consistency else None
        return sample_volume(network, condition, sampling.steps, generator, pull, start=sampling.start)


def known_blocks(known: torch.Tensor, reach: int = 0) -> torch.Tensor:
    """(B, 1, S, P, L) to (B, 1, S/4, P/4, L/4): 1 where all of a block and of `reach` blocks around it is known."""
    unknown = torch.nn.functional.max_pool3d(-known, BLOCK)
    return -torch.nn.functional.max_pool3d(unknown, 2 * reach + 1, stride=1, padding=reach)


def bone_loss(volume: torch.Tensor, truth: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """1 less the mean soft Dice of bone in two volumes (B, 1, S, P, L) in the network's range, where `known` is 1."""
    found = torch.sigmoid((volume - BONE_FROM) / BONE_SOFTNESS) * known
    bone = (truth > BONE_FROM).float() * known
    common = (found * bone).sum((1, 2, 3, 4))
    return 1.0 - ((2.0 * common + 1.0) / (found.sum((1, 2, 3, 4)) + bone.sum((1, 2, 3, 4)) + 1.0)).mean()


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
