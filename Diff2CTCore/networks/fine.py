"""X2NoiseNet and denoiser with a finer level: on blocks of 2 voxels, where overlapping convolutions join the blocks.

On blocks of 4 voxels alone each block's 64 numbers come from one place of the grid, and where neighbours disagree the
volume shows the block's edges. Here a level of few channels works on blocks of half the size, and the last convolution
reaches into the blocks around. Both networks keep the interface of those that they replace.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ..geometry import IsoPlane, lift_from_iso_plane
from .blocks import BLOCK, UNet3d, depth_to_space, full_precision, space_to_depth
from .denoiser import Denoiser
from .spline_transform import spline_coefficients, volume_of_splines
from .x2noisenet import Condition, ViewEncoder, coordinates, keep_positions

HALF = BLOCK // 2
"""Side length in voxels of the finer blocks."""


LEVEL_SIZES = (0.4, 0.07, 0.05)
"""What means of 4, then of 2 voxels, and single voxels add to CT volumes: root mean square, network's range."""


def fine_blocks(volume: torch.Tensor) -> torch.Tensor:
    """Volume (B, 1, S, P, L) to its voxels in blocks of 2: (B, 8, S/2, P/2, L/2)."""
    return space_to_depth(volume, (HALF,) * 3)


class FineX2NoiseNet(nn.Module):
    """Args:
    plane: the iso-plane image that both views come on (pitch 1 mm, sides divisible by 16).
    view_widths: channels of the 2D encoders at 2, 4, 8 and 16 mm.
    fine, mid, coarse: channels lifted at 2, 4 and 8 mm.
    widths, blocks: levels of the 3D U-Net at 4, 8, 16 (and 32) mm.
    """

    def __init__(
        self,
        plane: IsoPlane,
        view_widths: tuple[int, int, int, int],
        fine: int,
        mid: int,
        coarse: int,
        widths: tuple[int, ...],
        blocks: tuple[int, ...],
    ):
        super().__init__()
        self.encoders = nn.ModuleList(ViewEncoder(view_widths, fine, coarse, mid) for _ in range(2))
        keep_positions(self, plane, {"fine": 2, "mid": 4, "coarse": 8})
        lifted = 2 * ((fine + 1) * HALF**2 + mid) + 3
        self.fuse = nn.Conv3d(lifted, widths[0], 1)
        self.fuse_coarse = nn.Conv3d(2 * (coarse + 1) + 3, widths[1], 1)
        self.unet = UNet3d(widths, blocks, smooth=True)
        self.estimate = nn.Conv3d(widths[0], HALF**3 + 2, 3, padding=1)
        self.direct = nn.Conv3d(lifted, HALF**3 + 2, 1, bias=False)
        nn.init.zeros_(self.direct.weight)

    def forward(self, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> tuple[torch.Tensor, torch.Tensor]:
        """Arguments as of `X2NoiseNet.forward`.

        Returns:
            Features (B, C, S/2, P/2, L/2), and the estimated volume (B, 1, S, P, L), network's range, float32.
        """
        half_axes, block_axes = ([axis.unflatten(-1, (-1, n)).mean(-1) for axis in axes_mm] for n in (HALF, BLOCK))
        parts, coarse_parts = [coordinates(half_axes, len(views))], [coordinates(block_axes, len(views))]
        for index, encoder in enumerate(self.encoders):
            view, frontal = views[:, index], index == 0
            fine, coarse, mid = encoder(view)
            fine = torch.cat([F.avg_pool2d(view[:, :1], 2).to(fine.dtype), fine], 1)
            coarse = torch.cat([F.avg_pool2d(view[:, 1:], 8).to(coarse.dtype), coarse], 1)
            depth = 1 if frontal else 2
            pixels = [half_axes[axis] if axis == depth else axes_mm[axis] for axis in range(3)]
            block = tuple(1 if axis == depth else HALF for axis in range(3))

            def lift(name, features, axes, source=sources_mm[:, index], frontal=frontal):
                places = getattr(self, f"{name}_rows"), getattr(self, f"{name}_columns")
                return lift_from_iso_plane(features, *places, source, frontal, axes)

            parts += [space_to_depth(lift("fine", fine, pixels), block), lift("mid", mid, half_axes)]
            coarse_parts.append(lift("coarse", coarse, block_axes))
        lifted, lifted_coarse = (
            torch.cat([part.to(found[1].dtype) for part in found], 1).contiguous(memory_format=torch.channels_last_3d)
            for found in (parts, coarse_parts)
        )
        features = self.unet(self.fuse(lifted), added=self.fuse_coarse(lifted_coarse))
        return features, _sum_of_levels((self.estimate(features) + self.direct(lifted)).float())


def _sum_of_levels(levels: torch.Tensor) -> torch.Tensor:
    """(B, 8 + 2, S/2, P/2, L/2): voxels, blocks of 2 and, averaged, blocks of 4, to their sum (B, 1, S, P, L).

    Blocks are interpolated, so that they have no edges, and the single voxels, which come from channels of their own,
    are smoothed, so that a difference between these channels is no pattern. Each level comes at its own size: at equal
    size what an optimiser's steps do to the single voxels would drown the rest.
    """
    voxels, half, means = levels.split([HALF**3, 1, 1], 1)
    coarse = F.interpolate(F.avg_pool3d(means, 2), scale_factor=BLOCK, mode="trilinear", align_corners=False)
    middle = F.interpolate(half, scale_factor=HALF, mode="trilinear", align_corners=False)
    single = _without_finest_wave(depth_to_space(voxels, HALF))
    return LEVEL_SIZES[0] * coarse + LEVEL_SIZES[1] * middle + LEVEL_SIZES[2] * single


def _without_finest_wave(volume: torch.Tensor) -> torch.Tensor:
    """Weights 1, 2, 1 along each axis: nothing of the wave of 2 voxels is left. Past an end the last voxel goes on."""
    for axis in (2, 3, 4):
        count = volume.shape[axis]
        padded = torch.cat([volume.narrow(axis, 0, 1), volume, volume.narrow(axis, count - 1, 1)], axis)
        # Two sums of neighbours; pooling does the same in four times as long on a CPU.
        pairs = padded.narrow(axis, 0, count + 1) + padded.narrow(axis, 1, count + 1)
        volume = (pairs.narrow(axis, 0, count) + pairs.narrow(axis, 1, count)) / 4.0
    return volume


class FineDenoiser(Denoiser):
    """The denoiser on blocks of 2 voxels: its U-Net sees and corrects coefficients of unit size as voxels."""

    inputs, reach, smooth = HALF**3, 3, True

    def _correction(self, scaled: torch.Tensor, condition: Condition, embedding: torch.Tensor) -> torch.Tensor:
        with full_precision(scaled.device):
            seen = [fine_blocks(volume_of_splines(found.float())) for found in (scaled, condition.estimate)]
        inputs = torch.cat([*(found.to(condition.features.dtype) for found in seen), condition.features], 1)
        blocks = self.leave(self.unet(self.enter(inputs), embedding))
        with full_precision(scaled.device):
            return spline_coefficients(depth_to_space(blocks.float(), HALF))
