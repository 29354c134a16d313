"""How the paper's networks are trained: L = L_simple + lambda L_projection on the x0 estimate."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from Diff2CTCore.diffusion import projection_loss
from Diff2CTCore.geometry import HU_MAX, HU_MIN, IsoPlane, hu_to_network
from Diff2CTCore.networks import full_precision
from Diff2CTCore.reconstruction import autocast

from ..data import Batch
from ..methods import Method, Sampling
from .network import PaperConfig, PaperNetwork

PROJECTION_PLANE = IsoPlane(128, 128, 2.5, 2.5)
LIMITS = tuple(hu_to_network(torch.tensor([HU_MIN, HU_MAX])).tolist())


@dataclass(frozen=True)
class PaperLoss:
    """Weights of the loss terms.

    Attributes:
        noise: squared error of the predicted noise (L_simple).
        projection: projection loss of the x0 estimate, with gradient; 1/T in the paper.
    """

    noise: float = 1.0
    projection: float = 1e-3


class PaperMethod(Method):
    """Noise prediction at a random step of the schedule."""

    architecture = "Diff2CT-paper"
    network_class = PaperNetwork
    model_config = PaperConfig
    loss_config = PaperLoss

    def losses(self, batch: Batch, generator: torch.Generator, phase: str) -> dict[str, torch.Tensor]:
        """Noise and projection loss at one random time for each case."""
        network, device = self.network, batch.volume.device
        schedule = network.schedule
        with full_precision(device):
            noise = torch.randn(batch.volume.shape, generator=generator, device=generator.device).to(device)
            t = torch.randint(network.config.timesteps, (len(noise),), generator=generator, device=generator.device).to(
                device
            )
            noisy = schedule.diffuse(batch.volume, noise, t)
        condition = network.condition(batch.views, batch.sources, batch.axes)
        predicted = network.predict_noise(noisy, t, condition)
        with full_precision(device):
            wrong = (schedule.estimate(noisy, predicted, t) - batch.volume) * batch.known
            error = ((predicted - noise).square() * batch.known).sum() / batch.known.sum().clamp(min=1.0)
            projection = projection_loss(wrong, batch.axes, batch.sources, PROJECTION_PLANE)
            return {"noise": error, "projection": projection}

    @staticmethod
    def reconstruct(network, views, sources_mm, axes_mm, sampling: Sampling, generator) -> torch.Tensor:
        """One sample by ancestral sampling."""
        with autocast(views.device):
            condition = network.condition(views, sources_mm, axes_mm)
            return network.schedule.sample(
                lambda noisy, t: network.predict_noise(noisy, t, condition),
                torch.Size([1, 1, *(len(axis) for axis in axes_mm)]),
                sampling.steps,
                generator,
                LIMITS,
            )
