"""The paper's networks: X2NoiseNet makes 3D features of two radiographs, a 3D U-Net predicts noise from them.

The paper's full text gives no sizes. The U-Nets are MONAI's; the features are lifted along each view's
rays, as X2NoiseNet's task demands, and joined to the noisy volume as channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from monai.networks.nets import BasicUNet, DiffusionModelUNet
from torch import nn

from Diff2CTCore.geometry import lift_from_iso_plane
from Diff2CTCore.networks import NetworkConfig

from .schedule import NoiseSchedule


@dataclass(frozen=True)
class PaperConfig(NetworkConfig):
    """Attributes:
    view_widths: channels of each view's 2D U-Net: five levels, and its last stage.
    condition: channels that are lifted from each view, and that the denoiser is given.
    widths: channels of the denoiser's levels, divisible by `groups`.
    blocks: residual blocks in each level.
    attention_levels: which levels have self-attention.
    groups: of the group norms.
    timesteps: T of the noise schedule.
    """

    view_widths: tuple[int, ...] = (32, 32, 64, 128, 256, 32)
    condition: int = 16
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: int = 2
    attention_levels: tuple[bool, ...] = (False, False, False, True)
    groups: int = 16
    timesteps: int = 1000


class PaperNetwork(nn.Module):
    """`condition` once per case, then `predict_noise` for each of its steps."""

    def __init__(self, config: PaperConfig):
        super().__init__()
        self.config = config
        plane = config.plane
        self.register_buffer("rows", torch.as_tensor(plane.rows_mm(), dtype=torch.float32), False)
        self.register_buffer("columns", torch.as_tensor(plane.columns_mm(), dtype=torch.float32), False)
        self.schedule = NoiseSchedule(config.timesteps)
        self.encoders = nn.ModuleList(
            BasicUNet(spatial_dims=2, in_channels=2, out_channels=config.condition, features=config.view_widths)
            for _ in range(2)
        )
        width = config.condition
        self.fuse = nn.Sequential(
            nn.Conv3d(2 * width, width, 3, padding=1), nn.SiLU(), nn.Conv3d(width, width, 3, padding=1)
        )
        self.denoiser = DiffusionModelUNet(
            spatial_dims=3,
            in_channels=1 + width,
            out_channels=1,
            channels=config.widths,
            num_res_blocks=config.blocks,
            attention_levels=config.attention_levels,
            norm_num_groups=config.groups,
            num_head_channels=config.widths[-1] // 2,
            use_flash_attention=True,
        )

    def condition(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> torch.Tensor:
        """(B, condition, S, P, L) of both views; arguments as for `training.methods.reconstruct`."""
        lifted = []
        for index, encoder in enumerate(self.encoders):
            features, source = encoder(views[:, index]), sources_mm[:, index]
            lifted.append(lift_from_iso_plane(features, self.rows, self.columns, source, index == 0, axes_mm))
        return self.fuse(torch.cat(lifted, 1))

    def predict_noise(self, noisy: torch.Tensor, t: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """The noise in (B, 1, S, P, L) at whole times (B,), float32."""
        return self.denoiser(torch.cat([noisy.to(condition.dtype), condition], 1), t).float()
