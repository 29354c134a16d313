"""The denoiser: noisy coefficients, their noise level and the condition to an estimate of the clean ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .blocks import BLOCK, UNet3d, time_embedding
from .x2noisenet import Condition


class Denoiser(nn.Module):
    """Predicts x0 from x_t = (1 - t) x0 + t noise, t in [0, 1].

    The prediction is preconditioned on the regression estimate m: if each band b of x0 were Gaussian
    about m with standard deviation s_b, its posterior mean given x_t would be
        m + k_b (x_t - (1 - t) m),  k_b = (1 - t) s_b^2 / ((1 - t)^2 s_b^2 + t^2),
    with standard deviation c_b = s_b t / sqrt((1 - t)^2 s_b^2 + t^2). The network only has to supply
    what is not Gaussian, in units of c_b, so its target has unit size at every t
    (after Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022).
    `residual_std` (64,) holds s_b, measured in training.

    Attributes:
        inputs, reach: channels that the network sees of a volume, and the width of its last convolution.
        smooth: of its U-Net.
    """

    inputs, reach, smooth = BLOCK**3, 1, False

    def __init__(self, condition_channels: int, widths: tuple[int, ...], blocks: tuple[int, ...], embedding: int):
        super().__init__()
        bands = BLOCK**3
        self.embedding = embedding
        self.time = nn.Sequential(nn.Linear(embedding, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.enter = nn.Conv3d(2 * self.inputs + condition_channels, widths[0], 1)
        self.unet = UNet3d(widths, blocks, embedding, self.smooth)
        self.leave = nn.Conv3d(widths[0], self.inputs, self.reach, padding=self.reach // 2)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.register_buffer("residual_std", torch.full((bands,), 0.5))

    def coefficients(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """k and c of the docstring for times (B,): each (B, 64, 1, 1, 1)."""
        t = t.float().view(-1, 1, 1, 1, 1)
        s, variance = self.residual_std.view(1, -1, 1, 1, 1), self._variance(t)
        return (1.0 - t) * s**2 / variance, s * t / variance.sqrt()

    def forward(self, noisy: torch.Tensor, t: torch.Tensor, condition: Condition) -> torch.Tensor:
        """x0 estimate (B, 64, S/4, P/4, L/4), float32."""
        embedding = F.silu(self.time(time_embedding(t, self.embedding)))
        gain, spread = self.coefficients(t)
        t = t.float().view(-1, 1, 1, 1, 1)
        deviation = noisy - (1.0 - t) * condition.estimate
        # The network sees the deviation at unit size, whatever t and band.
        scaled = deviation / self._variance(t).sqrt()
        correction = self._correction(scaled, condition, embedding)
        return condition.estimate + gain * deviation + spread * correction

    def _correction(self, scaled: torch.Tensor, condition: Condition, embedding: torch.Tensor) -> torch.Tensor:
        """What the network supplies, float32."""
        inputs = torch.cat([scaled, condition.estimate, condition.features.to(scaled.dtype)], 1)
        return self.leave(self.unet(self.enter(inputs), embedding)).float()

    def _variance(self, t: torch.Tensor) -> torch.Tensor:
        """Of x_t about (1 - t) m, for times (B, 1, 1, 1, 1): (B, 64, 1, 1, 1)."""
        return (1.0 - t) ** 2 * self.residual_std.view(1, -1, 1, 1, 1) ** 2 + t**2
