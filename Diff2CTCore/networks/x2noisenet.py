"""X2NoiseNet: two radiographs to one 3D condition for the denoiser.

Each view has a 2D encoder. Its features are not copied along an axis but lifted along the view's own
rays, so a structure's condition lies where the structure can be. Fine features (2 mm) keep contours,
coarse ones (8 mm) carry context; a 3D U-Net fuses both views. It runs once per case, not once per
diffusion step, and its first product is a regression estimate that the diffusion starts from. What is
lifted also reaches the estimate directly, by a linear map: the two back-projections, filtered, are there
from the first training steps on, and the U-Net has to find only what they lack.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from ..geometry import IsoPlane, lift_from_iso_plane
from .blocks import BLOCK, ResidualBlock, UNet3d, space_to_depth


@dataclass(frozen=True)
class Condition:
    """What the denoiser is told: features (B, C, S/4, P/4, L/4) and the estimate (B, 64, S/4, P/4, L/4)."""

    features: torch.Tensor
    estimate: torch.Tensor


class ViewEncoder(nn.Module):
    """2D encoder of one view: standardised image and mask at 1 mm to features at 2 mm, 8 mm and, if wanted, 4 mm."""

    def __init__(self, widths: tuple[int, int, int, int], fine: int, coarse: int, mid: int = 0):
        super().__init__()
        self.stem = nn.Conv2d(8, widths[0], 3, padding=1)
        self.stages = nn.ModuleList(ResidualBlock(width, 2) for width in widths)
        pairs = list(itertools.pairwise(widths))
        self.reduce = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairs)
        self.expand = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.merge = nn.ModuleList(ResidualBlock(width, 2) for width in widths[:-1])
        self.fine = nn.Conv2d(widths[0], fine, 1)
        self.coarse = nn.Conv2d(widths[2], coarse, 1)
        self.mid = nn.Conv2d(widths[1], mid, 1) if mid else None

    def forward(self, view: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        x = self.stem(F.pixel_unshuffle(view, 2).contiguous(memory_format=torch.channels_last))
        levels = []
        for level, stage in enumerate(self.stages):
            x = stage(x)
            levels.append(x)
            if level < len(self.reduce):
                x = self.reduce[level](x)
        mid = coarse = None
        for level in reversed(range(len(self.merge))):
            x = levels[level] + F.interpolate(self.expand[level](x), size=levels[level].shape[2:], mode="nearest")
            x = self.merge[level](x)
            if level == 2:
                coarse = self.coarse(x)
            if level == 1 and self.mid is not None:
                mid = self.mid(x)
        return self.fine(x), coarse, mid


class X2NoiseNet(nn.Module):
    """Args:
    plane: the iso-plane image that both views come on (pitch 1 mm, sides divisible by 16).
    view_widths: channels of the 2D encoders at 2, 4, 8 and 16 mm.
    fine, coarse: channels lifted at 2 mm and at 8 mm.
    widths, blocks: levels of the 3D U-Net at 8, 16 (and 32) mm.
    """

    def __init__(
        self,
        plane: IsoPlane,
        view_widths: tuple[int, int, int, int],
        fine: int,
        coarse: int,
        widths: tuple[int, ...],
        blocks: tuple[int, ...],
    ):
        super().__init__()
        self.encoders = nn.ModuleList(ViewEncoder(view_widths, fine, coarse) for _ in range(2))
        keep_positions(self, plane, {"fine": 2, "coarse": 8})
        lifted = 2 * ((fine + 1) * BLOCK**2 + coarse + 1) + 3
        self.fuse = nn.Conv3d(lifted, widths[0], 1)
        self.unet = UNet3d(widths, blocks)
        self.estimate = nn.Conv3d(widths[0], BLOCK**3, 1)
        self.direct = nn.Conv3d(lifted, BLOCK**3, 1, bias=False)
        nn.init.zeros_(self.direct.weight)

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
        """Args:
        views: (B, 2, 2, rows, columns): frontal and lateral; standardised line integrals and mask.
        sources_mm: (B, 2, 3), (superior, posterior, left).
        axes_mm: voxel positions along S, P, L of the wanted volume, each (n,) or (B, n), n divisible by 4.
        """
        block_axes = [axis.unflatten(-1, (-1, BLOCK)).mean(-1) for axis in axes_mm]
        parts = [coordinates(block_axes, len(views))]
        for index, encoder in enumerate(self.encoders):
            view, source, frontal = views[:, index], sources_mm[:, index], index == 0
            fine, coarse, _ = encoder(view)
            fine = torch.cat([F.avg_pool2d(view[:, :1], 2).to(fine.dtype), fine], 1)
            coarse = torch.cat([F.avg_pool2d(view[:, 1:], 8).to(coarse.dtype), coarse], 1)
            # Within a block's depth of a few mm rays hardly part: one sample of it says all, and costs a quarter.
            depth = 1 if frontal else 2
            positions = [block_axes[axis] if axis == depth else axes_mm[axis] for axis in range(3)]
            block = [1 if axis == depth else BLOCK for axis in range(3)]
            at_pixels = lift_from_iso_plane(fine, self.fine_rows, self.fine_columns, source, frontal, positions)
            parts.append(space_to_depth(at_pixels, tuple(block)))
            parts.append(
                lift_from_iso_plane(coarse, self.coarse_rows, self.coarse_columns, source, frontal, block_axes)
            )
        lifted = torch.cat([part.to(parts[1].dtype) for part in parts], 1)
        lifted = lifted.contiguous(memory_format=torch.channels_last_3d)
        features = self.unet(self.fuse(lifted))
        return Condition(features, (self.estimate(features) + self.direct(lifted)).float())


def keep_positions(module: nn.Module, plane: IsoPlane, steps: dict[str, int]) -> None:
    """Give a module the buffers NAME_rows and NAME_columns: positions in mm of pixels `step` times the plane's."""
    for name, step in steps.items():
        reduced = IsoPlane(
            plane.rows // step, plane.columns // step, plane.row_spacing_mm * step, plane.column_spacing_mm * step
        )
        for axis, places in (("rows", reduced.rows_mm()), ("columns", reduced.columns_mm())):
            # There also where a network is built without memory: no file of weights holds them.
            module.register_buffer(f"{name}_{axis}", torch.tensor(places, dtype=torch.float32, device="cpu"), False)


def coordinates(block_axes, batch: int) -> torch.Tensor:
    """Positions of the blocks in units of 100 mm, (B, 3, S/4, P/4, L/4): anatomy depends on where one is."""
    axes = [axis.expand(batch, -1) if axis.dim() == 1 else axis for axis in block_axes]
    shape = [axis.shape[1] for axis in axes]
    parts = []
    for index, axis in enumerate(axes):
        view = [batch, 1, 1, 1]
        view[index + 1] = -1
        parts.append((axis / 100.0).view(view).expand(batch, *shape))
    return torch.stack(parts, 1)
