"""The whole model: block transform, X2NoiseNet and denoiser, built from a plain configuration."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import torch
from torch import nn

from ..errors import ModelError
from ..grid import VolumeGrid
from ..isoplane import IsoPlane
from .blocks import BlockTransform
from .denoiser import Denoiser
from .x2noisenet import Condition, X2NoiseNet


@dataclass(frozen=True)
class Diff2CTConfig:
    """Architecture of a model; stored in its card.

    Attributes:
        shape, spacing_mm: the volume's grid, (superior, posterior, left) voxels and mm.
        plane_size, plane_spacing_mm: the square iso-plane image of each view, pixels and mm.
        view_widths: channels of the 2D encoders at 2, 4, 8 and 16 times the image's pitch.
        fine, coarse: channels lifted at voxel and at block resolution.
        lift_widths, lift_blocks: X2NoiseNet's 3D U-Net.
        widths, blocks, embedding: the denoiser's 3D U-Net and its time embedding.
    """

    shape: tuple[int, int, int] = (128, 128, 128)
    spacing_mm: float = 2.0
    plane_size: int = 320
    plane_spacing_mm: float = 1.0
    view_widths: tuple[int, int, int, int] = (24, 40, 64, 96)
    fine: int = 2
    coarse: int = 48
    lift_widths: tuple[int, ...] = (64, 96, 128)
    lift_blocks: tuple[int, ...] = (1, 1, 1)
    widths: tuple[int, ...] = (80, 128, 160)
    blocks: tuple[int, ...] = (1, 1, 1)
    embedding: int = 128

    @property
    def grid(self) -> VolumeGrid:
        return VolumeGrid(self.shape, self.spacing_mm)

    @property
    def plane(self) -> IsoPlane:
        return IsoPlane(self.plane_size, self.plane_size, self.plane_spacing_mm, self.plane_spacing_mm)

    def to_dict(self) -> dict:
        """Plain values for a model card."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict) -> Diff2CTConfig:
        """Inverse of `to_dict`; unknown or missing entries raise ModelError."""
        known = {item.name for item in fields(cls)}
        if set(values) != known:
            odd = ", ".join(sorted(set(values) ^ known))
            raise ModelError(f"The model's architecture does not match this version of Diff2CT (entries: {odd}).")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


class Diff2CT(nn.Module):
    """`condition` once per case, then `denoise` once per diffusion step."""

    def __init__(self, config: Diff2CTConfig):
        super().__init__()
        self.config = config
        self.transform = BlockTransform()
        self.x2noisenet = X2NoiseNet(
            config.plane, config.view_widths, config.fine, config.coarse, config.lift_widths, config.lift_blocks
        )
        self.denoiser = Denoiser(config.lift_widths[0], config.widths, config.blocks, config.embedding)
        self.denoiser.to(memory_format=torch.channels_last_3d)
        self.x2noisenet.unet.to(memory_format=torch.channels_last_3d)
        self.x2noisenet.encoders.to(memory_format=torch.channels_last)

    def condition(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
        """See `X2NoiseNet.forward`."""
        return self.x2noisenet(views, sources_mm, axes_mm)

    def denoise(self, noisy: torch.Tensor, t: torch.Tensor, condition: Condition) -> torch.Tensor:
        """See `Denoiser.forward`."""
        return self.denoiser(noisy, t, condition)
