"""The whole model: block transform, X2NoiseNet and denoiser, built from a plain configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from .blocks import BlockTransform, full_precision
from .configuration import NetworkConfig
from .denoiser import Denoiser
from .fine import FineDenoiser, FineX2NoiseNet
from .spline_transform import SplineTransform
from .x2noisenet import Condition, X2NoiseNet


@dataclass(frozen=True)
class Diff2CTConfig(NetworkConfig):
    """Architecture of a model; stored in its card.

    Attributes:
        shape, spacing_mm, plane_size, plane_spacing_mm: see `NetworkConfig`.
        view_widths: channels of the 2D encoders at 2, 4, 8 and 16 times the image's pitch.
        fine, coarse: channels lifted at voxel and at block resolution.
        lift_widths, lift_blocks: X2NoiseNet's 3D U-Net.
        widths, blocks, embedding: the denoiser's 3D U-Net and its time embedding.
        half_blocks: both U-Nets' first level works on blocks of 2 voxels instead of 4 (`fine.py`), and the functions of
            the coefficients overlap (`spline_transform.py`).
        mid: channels lifted at the resolution of those blocks.
    """

    LATER: ClassVar[dict] = {"half_blocks": False, "mid": 0}

    view_widths: tuple[int, int, int, int] = (24, 40, 64, 96)
    fine: int = 2
    coarse: int = 48
    lift_widths: tuple[int, ...] = (64, 96, 128)
    lift_blocks: tuple[int, ...] = (1, 1, 1)
    widths: tuple[int, ...] = (80, 128, 160)
    blocks: tuple[int, ...] = (1, 1, 1)
    embedding: int = 128
    half_blocks: bool = False
    mid: int = 0


class Diff2CT(nn.Module):
    """`condition` once per case, then `denoise` once per diffusion step.

    Attributes:
        transform_class, x2noisenet_class, denoiser_class: its parts without `half_blocks`; `training.ablations`
            exchanges them.
    """

    transform_class, x2noisenet_class, denoiser_class = BlockTransform, X2NoiseNet, Denoiser

    def __init__(self, config: Diff2CTConfig):
        super().__init__()
        self.config = config
        if config.half_blocks:
            transform, x2noisenet, denoiser = SplineTransform, FineX2NoiseNet, FineDenoiser
            lifted = (config.fine, config.mid, config.coarse)
        else:
            transform, x2noisenet, denoiser = self.transform_class, self.x2noisenet_class, self.denoiser_class
            lifted = (config.fine, config.coarse)
        self.transform = transform()
        self.x2noisenet = x2noisenet(config.plane, config.view_widths, *lifted, config.lift_widths, config.lift_blocks)
        self.denoiser = denoiser(config.lift_widths[0], config.widths, config.blocks, config.embedding)
        self.lay_out()

    def lay_out(self) -> None:
        """Let the channels of a filter's places lie together, as convolutions want them."""
        self.denoiser.to(memory_format=torch.channels_last_3d)
        self.x2noisenet.unet.to(memory_format=torch.channels_last_3d)
        self.x2noisenet.encoders.to(memory_format=torch.channels_last)

    def condition(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
        """See `X2NoiseNet.forward`."""
        found = self.x2noisenet(views, sources_mm, axes_mm)
        if not self.config.half_blocks:
            return found
        features, volume = found
        with full_precision(volume.device):
            return Condition(features, self.transform(volume))

    def denoise(self, noisy: torch.Tensor, t: torch.Tensor, condition: Condition) -> torch.Tensor:
        """See `Denoiser.forward`."""
        return self.denoiser(noisy, t, condition)
