"""The DenseNet encoder of X2CT-GAN's generator: one radiograph to feature maps and a feature vector."""

from __future__ import annotations

import torch
from torch import nn

BOTTLENECK = 4
"""Width of a dense layer's 1 x 1 convolution in units of the growth."""


def instance_norm(channels: int) -> nn.GroupNorm:
    """Instance norm without weights, as published, but alike in training and evaluation (no running statistics).

    GroupNorm of one channel each is the same and keeps the channels-last layout.
    """
    return nn.GroupNorm(channels, channels, affine=False)


class DenseLayer(nn.Module):
    """Adds `growth` channels to its input."""

    def __init__(self, channels: int, growth: int):
        super().__init__()
        middle = BOTTLENECK * growth
        self.layers = nn.Sequential(
            instance_norm(channels),
            nn.ReLU(),
            nn.Conv2d(channels, middle, 1),
            instance_norm(middle),
            nn.ReLU(),
            nn.Conv2d(middle, growth, 3, padding=1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.layers(x)], 1)


class DenseEncoder(nn.Module):
    """Image with mask (B, 2, N, N) to feature maps at N, N/2, ... and a last feature vector.

    `widths` holds the channels of the maps and, at its end, of the vector.
    """

    def __init__(self, stem: int, growth: int, dense_layers: tuple[int, ...]):
        super().__init__()
        self.stem = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(2, stem, 7), instance_norm(stem), nn.ReLU())
        self.widths = [stem]
        stages = []
        for index, count in enumerate(dense_layers):
            width = self.widths[-1]
            layers = [instance_norm(width), nn.ReLU(), nn.Conv2d(width, width, 3, stride=2, padding=1)]
            for _ in range(count):
                layers.append(DenseLayer(width, growth))
                width += growth
            if index < len(dense_layers) - 1:
                layers += [instance_norm(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1)]
                width //= 2
            stages.append(nn.Sequential(*layers))
            self.widths.append(width)
        self.stages = nn.ModuleList(stages)

    def forward(self, view: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        maps = [self.stem(view)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[:-1], maps[-1].mean((2, 3))
