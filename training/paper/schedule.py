"""Denoising diffusion with a linear schedule (Ho et al., Denoising Diffusion Probabilistic Models, 2020)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

FIRST_BETA, LAST_BETA = 1e-4, 0.02
"""Of 1000 steps; fewer steps have larger ones, so that the last state is noise and nothing else."""


class NoiseSchedule(nn.Module):
    """x_t = sqrt(a_t) x0 + sqrt(1 - a_t) noise for whole t in [0, steps), with `kept` (steps,) holding a_t."""

    def __init__(self, steps: int):
        super().__init__()
        betas = torch.linspace(FIRST_BETA, LAST_BETA, steps, dtype=torch.float64) * (1000.0 / steps)
        self.register_buffer("kept", torch.cumprod(1.0 - betas, 0).float(), False)

    def diffuse(self, x0: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """x_t for times (B,)."""
        kept = self._kept(t)
        return kept.sqrt() * x0 + (1.0 - kept).sqrt() * noise

    def estimate(self, x: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The x0 that x_t has if it holds this noise."""
        kept = self._kept(t)
        return (x - (1.0 - kept).sqrt() * noise) / kept.sqrt()

    def sample(
        self,
        predict: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        shape: torch.Size,
        steps: int,
        generator: torch.Generator,
        limits: tuple[float, float],
    ) -> torch.Tensor:
        """Ancestral sampling from pure noise.

        With fewer steps than the schedule has, it walks along the times that it really visits (Nichol &
        Dhariwal, Improved Denoising Diffusion Probabilistic Models, 2021).

        Args:
            predict: noise in a state (B, ...) at times (B,).
            shape: of the state.
            steps: evaluations of `predict`, at most as many as the schedule has.
            generator: of the CPU.
            limits: the data's range, to which each x0 estimate is clipped.
        """
        device = self.kept.device
        x = torch.randn(shape, generator=generator).to(device)
        last = len(self.kept) - 1
        times = torch.linspace(last, 0, min(steps, last + 1)).round().long().tolist()
        for now, following in zip(times, [*times[1:], None], strict=True):
            t = torch.full((shape[0],), now, device=device)
            x0 = self.estimate(x, predict(x, t), t).clamp(*limits)
            if following is None:
                return x0
            after, before = self.kept[following], self.kept[now]
            step = before / after
            mean = after.sqrt() * (1.0 - step) * x0 + step.sqrt() * (1.0 - after) * x
            deviation = ((1.0 - after) / (1.0 - before) * (1.0 - step)).sqrt()
            x = mean / (1.0 - before) + deviation * torch.randn(shape, generator=generator).to(device)
        return x

    def _kept(self, t: torch.Tensor) -> torch.Tensor:
        return self.kept[t].view(-1, 1, 1, 1, 1)
