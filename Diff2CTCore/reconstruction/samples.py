"""One volume near the regression estimate, and the spread of others from pure noise."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..diffusion import DataConsistency, sample
from ..geometry import network_to_hu
from ..networks import Condition, Diff2CT
from .device import autocast

START_TIME = 0.02
"""Sampling begins at this noise level around the regression estimate: what X2NoiseNet knows need not be found again.
On validation cases SSIM, PSNR, bone Dice and Frechet distance worsen the earlier it begins."""

SPREAD_START = 1.0
"""Samples whose spread tells the uncertainty begin at pure noise. Near the estimate they differ by that noise alone,
which is the same everywhere; from pure noise they differ most where the error is large."""


def sample_volume(
    network: Diff2CT,
    condition: Condition,
    steps: int,
    generator: torch.Generator,
    consistency: DataConsistency | None = None,
    on_step: Callable[[int, int], None] | None = None,
    start: float = START_TIME,
) -> torch.Tensor:
    """One sample as block coefficients (1, 64, S/4, P/4, L/4), in the end consistent with the radiographs if wanted."""
    refine = None
    if consistency is not None:

        def refine(x0, following):
            # Earlier it brings re-projections nearer still, at the price of SSIM.
            return consistency(x0) if following == 0.0 else x0

    with autocast(condition.estimate.device):
        return sample(network, condition, steps, generator, start, refine, on_step)


def volume_and_deviation(network, condition, consistency, settings, tell) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The volume, and the standard deviation of further ones from pure noise, HU, (1, 1, S, P, L)."""
    generator = torch.Generator().manual_seed(settings.seed)
    runs = 1 if settings.samples == 1 else 1 + settings.samples
    tell("sample", 0, runs * settings.steps)

    def draw(number: int, start: float) -> torch.Tensor:
        x0 = sample_volume(
            network,
            condition,
            settings.steps,
            generator,
            consistency if settings.consistency else None,
            lambda step, _: tell("sample", number * settings.steps + step, runs * settings.steps),
            start,
        )
        return network_to_hu(network.transform.inverse(x0))

    volume = draw(0, START_TIME)
    if settings.samples == 1:
        return volume, None
    # Welford's update: stable, and only three volumes are held at a time.
    mean = square = torch.zeros_like(volume)
    for number in range(1, runs):
        hu = draw(number, SPREAD_START)
        delta = hu - mean
        mean = mean + delta / number
        square = square + delta * (hu - mean)
    return volume, (square / (settings.samples - 1)).sqrt()
