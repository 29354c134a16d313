"""The diffusion: its path from data to noise, its projection loss, and its sampler.

Path: x_t = (1 - t) x0 + t noise for t in [0, 1] (rectified flow; Liu et al., 2022), on block
coefficients of unit scale. At t = 1 nothing of the data is left, so sampling may start from pure noise.
This departs from the paper's 1000-step noise schedule because a straight path needs few steps; the
paper's schedule is kept as a configuration of `training`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from ..geometry import IsoPlane, plane_axes_mm, project_to_iso_plane
from ..networks import Condition, Diff2CT


def diffuse(x0: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """x_t for times (B,) in [0, 1]."""
    t = t.view(-1, *(1,) * (x0.dim() - 1))
    return (1.0 - t) * x0 + t * noise


def projection_loss(
    difference: torch.Tensor, axes_mm, sources_mm: torch.Tensor, plane: IsoPlane, path_mm: float = 256.0
) -> torch.Tensor:
    """Mean absolute difference of the projections of two volumes in both views.

    Projection is linear, so the two volumes' difference (B, 1, S, P, L) in the network's range is
    projected, with gradient. The result is in the network's range too: an average over `path_mm` of ray.
    `sources_mm` is (B, 2, 3), frontal then lateral; the image is taken on `plane`.
    """
    rows, columns = plane_axes_mm(plane, difference.device)
    total = 0.0
    for index, frontal in enumerate((True, False)):
        image = project_to_iso_plane(difference, axes_mm, sources_mm[:, index], frontal, rows, columns)
        total = total + image.abs().mean() / path_mm
    return total / 2.0


def sampling_times(steps: int, start: float = 1.0) -> list[float]:
    """Times from `start` to 0, `steps` intervals; each but the last costs one network evaluation."""
    return [start * (1.0 - step / steps) for step in range(steps)] + [0.0]


@torch.no_grad()
def sample(
    model: Diff2CT,
    condition: Condition,
    steps: int,
    generator: torch.Generator,
    start: float = 1.0,
    on_step: Callable[[int, int], None] | None = None,
) -> torch.Tensor:
    """One volume given the condition.

    Args:
        model: on the condition's device, in evaluation mode.
        condition: of one case (batch 1).
        steps: network evaluations.
        generator: CPU generator; the noise is drawn on the CPU so that a seed means the same everywhere.
        start: time at which sampling begins, in (0, 1]. From 1 it begins with pure noise; below, with noise added to
            the regression estimate (as in SDEdit, Meng et al., 2022), which keeps the estimate's coarse structure.
        on_step: called with (evaluations done, steps).

    Returns:
        Block coefficients (1, 64, S/4, P/4, L/4), float32.
    """
    noise = torch.randn(condition.estimate.shape, generator=generator).to(condition.estimate.device)
    x = (1.0 - start) * condition.estimate + start * noise
    times = sampling_times(steps, start)
    for index, (now, following) in enumerate(itertools.pairwise(times)):
        t = torch.full((len(x),), now, device=x.device)
        x0 = model.denoise(x, t, condition)
        # The noise that x_now holds if x0 is right, carried over to the next time.
        noise = (x - (1.0 - now) * x0) / now
        x = (1.0 - following) * x0 + following * noise
        if on_step is not None:
            on_step(index + 1, steps)
    return x
