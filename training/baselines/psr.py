"""PSR: Shen, Zhao, Xing, "Patient-specific reconstruction of volumetric computed tomography images from a
single projection view via deep learning", Nature Biomedical Engineering 3, 880-888, 2019.

A 2D residual encoder shrinks the image to 4 x 4; a transform turns half of its channels to depth; 3D
deconvolutions grow that to a volume with half as many slices as wanted, which a last convolution over
depth maps to the slices. Several views enter as channels of one image, as in the paper's few-view setting.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .images import BaselineConfig, DensityReLU, InputImages, check_divisible, to_network_range
from .regression import RegressionMethod

DEPTH = 2
"""Slices of the feature volume that the transform makes of 2 D feature maps."""


@dataclass(frozen=True)
class PSRConfig(BaselineConfig):
    """Attributes:
    encoder: channels of the 2D encoder's stages, each of which halves the image; the last must be even.
    decoder: channels of the 3D stages, each of which doubles the volume; as many as the encoder has.

    The paper's network: shape (128, 128, 128), encoder (256, 512, 1024, 2048, 4096),
    decoder (1024, 512, 256, 128, 64).
    """

    encoder: tuple[int, ...] = (32, 64, 128, 256)
    decoder: tuple[int, ...] = (64, 64, 32, 16)


class ResidualStage(nn.Module):
    """A convolution that halves the image, and another around an identity."""

    def __init__(self, channels: int, width: int, first: bool):
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 4, stride=2, padding=1, bias=False)
        # The first stage has neither norm nor activation before its residual, as published.
        self.enter = nn.Identity() if first else nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.residual = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.enter(self.reduce(x))
        return F.relu(x + self.residual(x))


def _grow(channels: int, width: int, refined: bool) -> nn.Sequential:
    """A deconvolution that doubles the volume; with `refined` another one of stride 1."""
    layers = [nn.ConvTranspose3d(channels, width, 4, stride=2, padding=1, bias=False), nn.BatchNorm3d(width), nn.ReLU()]
    if refined:
        layers += [nn.ConvTranspose3d(width, width, 3, padding=1, bias=False), nn.BatchNorm3d(width), nn.ReLU()]
    return nn.Sequential(*layers)


class PSRNet(nn.Module):
    """Two radiographs to a volume."""

    def __init__(self, config: PSRConfig):
        super().__init__()
        self.config = config
        side, stages = config.side, len(config.encoder)
        check_divisible(side, stages)
        self.images = InputImages(config, side)
        widths = itertools.pairwise((4, *config.encoder))
        self.encoder = nn.Sequential(*(ResidualStage(a, b, index == 0) for index, (a, b) in enumerate(widths)))
        last = config.encoder[-1]
        self.transform2d = nn.Sequential(nn.Conv2d(last, last, 1, bias=False), nn.ReLU())
        self.transform3d = nn.Sequential(nn.ConvTranspose3d(last // DEPTH, last // DEPTH, 1, bias=False), nn.ReLU())
        widths = itertools.pairwise((last // DEPTH, *config.decoder))
        self.decoder = nn.Sequential(*(_grow(a, b, index > 0) for index, (a, b) in enumerate(widths)))
        self.density = nn.Sequential(nn.Conv3d(config.decoder[-1], 1, 1, bias=False), DensityReLU())
        self.slices = nn.Conv2d(DEPTH * 2**stages, side, 1, bias=False)
        self.apply(_initialise)
        with torch.no_grad():
            self.slices.weight.mul_(0.1)  # starts near air; from random densities of full size it learns far slower
        self.encoder.to(memory_format=torch.channels_last)
        self.decoder.to(memory_format=torch.channels_last_3d)

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> torch.Tensor:
        """Args:
            views: (B, 2, 2, rows, columns): frontal and lateral; standardised line integrals and mask.
            sources_mm, axes_mm: not used; this network does not know the geometry.

        Returns:
            (B, 1, S, P, L) in the network's range.
        """
        features = self.transform2d(self.encoder(torch.cat(self.images(views), 1)))
        volume = self.transform3d(features.unflatten(1, (-1, DEPTH)))
        density = self.density(self.decoder(volume))[:, 0]
        slices = self.slices(density)  # coronal slices (B, P, S, L), front to back
        return to_network_range(slices.transpose(1, 2).unsqueeze(1))


def _initialise(module: nn.Module) -> None:
    """He's initialisation, as published."""
    if isinstance(module, nn.Conv2d | nn.Conv3d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    elif isinstance(module, nn.ConvTranspose3d):
        # Each voxel of a deconvolution sums as many products as a kernel of a stride-th of the size holds.
        taps = math.prod(module.kernel_size) / math.prod(module.stride)
        nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / (taps * module.in_channels)))


class PSRMethod(RegressionMethod):
    """The squared error, as published."""

    architecture = "PSR"
    network_class = PSRNet
    model_config = PSRConfig
