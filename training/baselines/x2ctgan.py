"""How X2CT-GAN is trained (see `training.baselines.x2ct` for the paper): least-squares adversarial loss, squared
error, and the error of the projections along the three axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from Diff2CTCore.networks import full_precision

from ..methods import Method, Phase
from .images import to_density
from .regression import mean_squared_error
from .x2ct import X2CTConfig, X2CTGenerator
from .x2ct_discriminator import X2CTDiscriminator

if TYPE_CHECKING:
    from ..data import Batch

BETAS = (0.5, 0.99)


@dataclass(frozen=True)
class X2CTGANLoss:
    """Weights of the loss terms, as published, and the size of the discriminator.

    Attributes:
        adversarial: least-squares loss of the generator (Mao et al., ICCV 2017).
        reconstruction: mean squared error, density 1 being 1500 HU.
        projection: mean absolute error of the parallel projections along the three axes.
        discriminator: least-squares loss of the discriminator.
        discriminator_width: channels of its first convolution; 64 in the paper.
    """

    adversarial: float = 0.1
    reconstruction: float = 10.0
    projection: float = 10.0
    discriminator: float = 0.1
    discriminator_width: int = 16


class X2CTGANMethod(Method):
    """In every step the generator first, then the discriminator."""

    architecture = "X2CT-GAN"
    network_class = X2CTGenerator
    model_config = X2CTConfig
    loss_config = X2CTGANLoss

    def __init__(self, model: X2CTConfig, loss: Any):
        super().__init__(model, loss)
        self.discriminator = X2CTDiscriminator(model, loss.discriminator_width)

    @property
    def phases(self) -> tuple[Phase, ...]:
        return (
            Phase("generator", (self.network,), betas=BETAS),
            Phase("discriminator", (self.discriminator,), betas=BETAS),
        )

    def losses(self, batch: Batch, generator: torch.Generator, phase: str) -> dict[str, torch.Tensor]:
        """See `Method.losses`; random is the dropout alone."""
        if phase == "generator":
            return self._generator_losses(batch)
        with torch.no_grad():
            made = self._completed(batch)
        scan, fake = self.discriminator(batch.views, batch.volume), self.discriminator(batch.views, made)
        with full_precision(batch.volume.device):
            return {"discriminator": (scan.float() - 1.0).square().mean() + fake.float().square().mean()}

    def _generator_losses(self, batch: Batch) -> dict[str, torch.Tensor]:
        made = self._completed(batch)
        score = self.discriminator(batch.views, made)
        with full_precision(batch.volume.device):
            density, truth = to_density(made), to_density(batch.volume)
            projections = [(density - truth).mean(axis).abs().mean() for axis in (2, 3, 4)]
            return {
                "adversarial": (score.float() - 1.0).square().mean(),
                "reconstruction": mean_squared_error(density, truth, batch.known),
                "projection": sum(projections) / 3.0,
            }

    def _completed(self, batch: Batch) -> torch.Tensor:
        """The generator's volume; where the truth is unknown it is the truth's air, which no loss can tell apart."""
        made = self.network(batch.views, batch.sources, batch.axes)
        with full_precision(batch.volume.device):
            return made.float() * batch.known + batch.volume * (1.0 - batch.known)
