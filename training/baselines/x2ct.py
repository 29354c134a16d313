"""X2CT-GAN: Ying, Guo, Ma, Wu, Weng, Zheng, "X2CT-GAN: Reconstructing CT from Biplanar X-Rays with Generative
Adversarial Networks", CVPR 2019. This is the generator.

Each view has a DenseNet encoder and a 3D decoder. Connection A is a fully connected layer from the last
feature vector to the first volume; connection B copies a feature map along the depth axis of its view into
the decoder; connection C averages the two decoders, turned to the patient's axes, and a third decoder
makes the volume of these averages. The averages also go back to both views.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from Diff2CTCore.errors import ModelError

from .images import BaselineConfig, DensityReLU, InputImages, check_divisible, to_network_range
from .x2ct_encoder import DenseEncoder, instance_norm

FRONTAL_TO_PATIENT = (0, 1, 3, 2, 4)
LATERAL_TO_PATIENT = (0, 1, 3, 4, 2)
"""(B, C, depth, rows, columns) to (B, C, S, P, L): depth is P and columns L, or depth is L and columns P."""

FRONTAL_FROM_PATIENT = (0, 1, 3, 2, 4)
LATERAL_FROM_PATIENT = (0, 1, 4, 2, 3)


@dataclass(frozen=True)
class X2CTConfig(BaselineConfig):
    """Attributes:
    stem, growth: channels of the encoder's first convolution, and of each dense layer.
    dense_layers: dense layers of the encoder's stages, each of which halves the image.
    decoder: channels of the volumes, finest first; one entry more than there are stages.
    view_blocks, fused_blocks: convolutions at each size but the coarsest, in the views' and in the fused decoder.
    dropout: of connection A.

    The paper's network (61.7 million parameters): shape (128, 128, 128), stem 64, growth 32,
    dense_layers (6, 12, 24, 16, 6), decoder (16, 16, 32, 64, 128, 256), view_blocks (1, 2, 2, 2, 2),
    fused_blocks (1, 1, 1, 1, 1), dropout 0.5.
    """

    stem: int = 32
    growth: int = 12
    dense_layers: tuple[int, ...] = (4, 6, 8, 6)
    decoder: tuple[int, ...] = (8, 16, 24, 40, 48)
    view_blocks: tuple[int, ...] = (1, 2, 2, 2)
    fused_blocks: tuple[int, ...] = (1, 1, 1, 1)
    dropout: float = 0.5


class DepthSkip(nn.Module):
    """Connection B: a feature map, copied along depth, then mixed: (B, C, N, N) to (B, width, N, N, N)."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.compress = nn.Sequential(nn.Conv2d(channels, width, 1), instance_norm(width), nn.ReLU())
        self.mix = _unit(width, width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        flat = self.compress(features)
        copies = flat.unsqueeze(2).expand(-1, -1, flat.shape[-1], -1, -1)
        return self.mix(copies.contiguous(memory_format=torch.channels_last_3d))


def _unit(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv3d(channels, width, 3, padding=1), instance_norm(width), nn.ReLU())


def _grow(channels: int, width: int) -> nn.Sequential:
    convolution = nn.ConvTranspose3d(channels, width, 3, stride=2, padding=1, output_padding=1)
    return nn.Sequential(convolution, instance_norm(width), nn.ReLU())


def _decoder_steps(widths: tuple[int, ...], blocks: tuple[int, ...]) -> list[nn.Sequential]:
    """What each size does before the next finer one, finest first, coarsest last."""
    steps = []
    for level, width in enumerate(widths):
        layers = [_unit(width, width) for _ in range(blocks[level])] if level < len(blocks) else []
        if level > 0:
            layers.append(_grow(width, widths[level - 1]))
        steps.append(nn.Sequential(*layers))
    return steps


def _merges(widths: tuple[int, ...]) -> nn.ModuleList:
    """Two volumes of one width to one, for all sizes but the coarsest."""
    return nn.ModuleList(_unit(2 * width, width) for width in widths[:-1])


class ViewBranch(nn.Module):
    """Encoder and decoder of one view; its volumes are (B, C, depth, rows, columns) of that view."""

    def __init__(self, config: X2CTConfig):
        super().__init__()
        self.encoder = DenseEncoder(config.stem, config.growth, config.dense_layers)
        self.start = config.side >> len(config.dense_layers)
        widths = config.decoder
        self.bridge = nn.Sequential(
            nn.Linear(self.encoder.widths[-1], widths[-1] * self.start**3), nn.Dropout(config.dropout), nn.ReLU()
        )
        self.skips = nn.ModuleList(DepthSkip(*pair) for pair in zip(self.encoder.widths[:-1], widths[:-1], strict=True))
        self.merges = _merges(widths)
        # The views' own finest volumes are not made: their loss has weight zero in the paper.
        self.steps = nn.ModuleList(_decoder_steps(widths, config.view_blocks)[1:])

    def encode(self, view: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The coarsest volume (connection A), and the skips (connection B), finest first."""
        maps, vector = self.encoder(view)
        volume = self.bridge(vector).unflatten(1, (-1, self.start, self.start, self.start))
        return volume, [skip(features) for skip, features in zip(self.skips, maps, strict=True)]


def fuse(frontal: torch.Tensor, lateral: torch.Tensor) -> torch.Tensor:
    """Connection C: the mean of both views' volumes on the patient's axes, (B, C, S, P, L)."""
    return (frontal.permute(FRONTAL_TO_PATIENT) + lateral.permute(LATERAL_TO_PATIENT)) / 2.0


class LastConvolution(nn.Conv3d):
    """7 x 7 x 7 convolution to one channel: (B, C, S, P, L) to (B, 1, S, P, L).

    Done as a 2D convolution of every slice to one image per slice of the kernel, which are then added up
    along the first axis: the same sums, ten times faster on a CPU, which is slow with a single output channel.
    """

    def __init__(self, channels: int):
        super().__init__(channels, 1, 7, padding=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, _, count = x.shape[:3]
        kernel, reach = self.weight[0].transpose(0, 1), self.padding[0]
        slices = x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        images = F.conv2d(slices, kernel, padding=reach).unflatten(0, (batch, count))
        images = F.pad(images, (0, 0, 0, 0, 0, 0, reach, reach))
        total = sum(images[:, tap : tap + count, tap] for tap in range(len(kernel)))
        return (total + self.bias).unsqueeze(1)


class X2CTGenerator(nn.Module):
    """Two radiographs to a volume."""

    def __init__(self, config: X2CTConfig):
        super().__init__()
        stages = len(config.dense_layers)
        if (len(config.decoder), len(config.view_blocks), len(config.fused_blocks)) != (stages + 1, stages, stages):
            raise ModelError(
                f"With {stages} dense_layers the model needs {stages + 1} decoder widths and {stages} view_blocks and "
                "fused_blocks; correct the configuration."
            )
        self.config = config
        check_divisible(config.side, stages)
        self.images = InputImages(config, config.side)
        self.frontal, self.lateral = ViewBranch(config), ViewBranch(config)
        self.merges = _merges(config.decoder)
        self.steps = nn.ModuleList(_decoder_steps(config.decoder, config.fused_blocks))
        self.density = nn.Sequential(LastConvolution(config.decoder[0]), DensityReLU())
        self.apply(initialise)

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> torch.Tensor:
        """Args:
            views: (B, 2, 2, rows, columns): frontal and lateral; standardised line integrals and mask.
            sources_mm, axes_mm: not used; this network does not know the geometry.

        Returns:
            (B, 1, S, P, L) in the network's range.
        """
        images = self.images(views)
        frontal, frontal_skips = self.frontal.encode(images[0])
        lateral, lateral_skips = self.lateral.encode(images[1])
        coarsest = len(self.merges)
        fused = None
        for level in range(coarsest, -1, -1):
            if level < coarsest:
                frontal = self.frontal.merges[level](torch.cat([frontal, frontal_skips[level]], 1))
                lateral = self.lateral.merges[level](torch.cat([lateral, lateral_skips[level]], 1))
            mean = fuse(frontal, lateral)
            merged = mean if level == coarsest else self.merges[level](torch.cat([mean, fused], 1))
            fused = self.steps[level](merged)
            if level > 0:
                frontal = self.frontal.steps[level - 1](mean.permute(FRONTAL_FROM_PATIENT))
                lateral = self.lateral.steps[level - 1](mean.permute(LATERAL_FROM_PATIENT))
        return to_network_range(self.density(fused))


def initialise(module: nn.Module) -> None:
    """Normal weights of standard deviation 0.02 and no bias, as published."""
    if isinstance(module, nn.Conv2d | nn.Conv3d | nn.ConvTranspose3d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
