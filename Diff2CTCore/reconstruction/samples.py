"""One volume near the regression estimate, and the spread of others from pure noise."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..diffusion import DataConsistency, sample
from ..geometry import network_to_hu
from ..networks import Condition, Diff2CT
from .device import autocast
from .settings import spread_evaluations

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
    """One sample (1, 1, S, P, L) in the network's range, in the end consistent with the radiographs if wanted."""
    with autocast(condition.estimate.device):
        x0 = sample(network, condition, steps, generator, start, on_step)
    # Once, at the end: earlier it brings re-projections nearer still, at the price of SSIM.
    return network.transform.inverse(x0) if consistency is None else consistency(x0)


def volume_and_deviation(
    network, condition, consistency, settings, tell, spread_steps: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The volume, and the standard deviation of further ones from pure noise, HU, (1, 1, S, P, L)."""
    generator = torch.Generator().manual_seed(settings.seed)
    further = spread_evaluations(settings.samples, spread_steps)
    evaluations = settings.steps + further
    tell("sample", 0, evaluations)

    def draw(steps: int, before: int, start: float) -> torch.Tensor:
        volume = sample_volume(
            network,
            condition,
            steps,
            generator,
            consistency if settings.consistency else None,
            lambda step, _: tell("sample", before + step, evaluations),
            start,
        )
        return network_to_hu(volume)

    volume = draw(settings.steps, 0, START_TIME)
    if not further:
        return volume, None
    # Welford's update: stable, and only three volumes are held at a time.
    mean = square = torch.zeros_like(volume)
    for number in range(settings.samples):
        hu = draw(spread_steps, settings.steps + number * spread_steps, SPREAD_START)
        delta = hu - mean
        mean = mean + delta / (number + 1)
        square = square + delta * (hu - mean)
    return volume, (square / (settings.samples - 1)).sqrt()
