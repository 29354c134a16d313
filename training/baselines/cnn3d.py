"""3DCNN: Henzler, Rasche, Ropinski, Ritschel, "Single-image Tomography: 3D Volumes from 2D Cranial X-Rays",
Computer Graphics Forum 37(2), 377-388, 2018.

A 2D encoder-decoder of residual bottlenecks with additive skip connections; the channels of its last
feature map are the slices of the volume. The image has twice the volume's resolution. The paper has one
view; the second enters as a further channel. Its later fusion to higher resolution than the network's
is not part of the comparison.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .images import BaselineConfig, DensityReLU, InputImages, check_divisible, to_network_range
from .regression import RegressionMethod

LEVELS = 4
"""Times that the encoder halves its finest feature map."""
BLOCKS = 3
"""Residual blocks of each level on the way down."""
BOTTOM_BLOCKS = 5


@dataclass(frozen=True)
class CNN3DConfig(BaselineConfig):
    """Attributes:
    stem, middle, width: channels of the first convolution, of the first blocks, and of all levels.

    The paper's network: shape (128, 128, 128), stem 64, middle 128, width 256.
    """

    stem: int = 32
    middle: int = 72
    width: int = 144


def _unit(channels: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(channels, width, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), nn.ReLU())


class Bottleneck(nn.Module):
    """Three convolutions beside an identity, or beside a 1 x 1 convolution where the width changes."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        middle = channels // 2 if channels == width else channels
        self.residual = nn.Sequential(_unit(channels, middle, 1), _unit(middle, middle, 3), _unit(middle, width, 3))
        self.skip = nn.Identity() if channels == width else _unit(channels, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.skip(x) + self.residual(x))


def _double(width: int) -> nn.ConvTranspose2d:
    """Doubles the image, each channel by itself."""
    return nn.ConvTranspose2d(width, width, 4, stride=2, padding=1, groups=width, bias=False)


class CNN3DNet(nn.Module):
    """Two radiographs to a volume."""

    def __init__(self, config: CNN3DConfig):
        super().__init__()
        self.config = config
        side, width = config.side, config.width
        check_divisible(side, LEVELS)
        self.images = InputImages(config, 2 * side)
        widths = (config.stem, config.middle, config.middle, config.middle, width)
        first = [_unit(4, config.stem, 7, stride=2), *(Bottleneck(a, b) for a, b in itertools.pairwise(widths))]
        counts = [BLOCKS] * (LEVELS - 1) + [BOTTOM_BLOCKS]
        levels = [[nn.MaxPool2d(2), *(Bottleneck(width, width) for _ in range(count))] for count in counts]
        self.down = nn.ModuleList(nn.Sequential(*layers) for layers in (first, *levels))
        self.up = nn.ModuleList(
            nn.Sequential(*([] if level == LEVELS else [Bottleneck(width, width)]), _double(width))
            for level in range(LEVELS, 0, -1)
        )
        self.slices = nn.Sequential(_unit(width, width, 1), nn.Conv2d(width, side, 1, bias=False), DensityReLU())
        self.to(memory_format=torch.channels_last)

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> torch.Tensor:
        """See `PSRNet.forward`."""
        x = torch.cat(self.images(views), 1).contiguous(memory_format=torch.channels_last)
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        for level, up in zip(reversed(levels[:-1]), self.up, strict=True):
            x = level + up(x)
        slices = self.slices(x)  # coronal slices (B, P, S, L), front to back
        return to_network_range(slices.transpose(1, 2).unsqueeze(1))


class CNN3DMethod(RegressionMethod):
    """The squared error, as published."""

    architecture = "3DCNN"
    network_class = CNN3DNet
    model_config = CNN3DConfig
