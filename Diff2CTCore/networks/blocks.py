"""Building blocks shared by the networks, and the block transform that they work on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from contextlib import nullcontext

import torch
import torch.nn.functional as F
from torch import nn

BLOCK = 4
"""Side length in voxels of one block of the transform."""

NORM_EPSILON = 1e-4
"""Added to the mean square of a position's channels before it is divided by its root."""


def haar_matrix() -> torch.Tensor:
    """Orthonormal two-level Haar transform of four samples, shape (4, 4); row 0 is the mean times two."""
    root = math.sqrt(0.5)
    rows = [[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, -0.5, -0.5], [root, -root, 0.0, 0.0], [0.0, 0.0, root, -root]]
    # On the CPU also where a network is built without memory: products on the meta device import PyTorch's compiler.
    return torch.tensor(rows, device="cpu")


class BlockTransform(nn.Module):
    """Volume (B, 1, S, P, L) to Haar coefficients (B, 64, S/4, P/4, L/4) of unit scale, and back.

    Each 4 x 4 x 4 block becomes 64 orthonormal Haar coefficients; each coefficient is divided by its
    own typical size `scale` (64,), so that noise of unit variance spares no band and drowns none.
    An exact, parameter-free change of basis: the network sees a grid 64 times smaller.

    Attributes:
        reach: how many blocks around its own hold what matters to a coefficient.
    """

    reach = 0

    def __init__(self, scale: torch.Tensor | None = None):
        super().__init__()
        self.register_buffer("basis", block_basis(), False)
        self.register_buffer("scale", torch.ones(64) if scale is None else scale.clone())

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return block_coefficients(volume, self.basis) / self.scale.view(1, -1, 1, 1, 1)

    def inverse(self, coefficients: torch.Tensor) -> torch.Tensor:
        return volume_of_blocks(coefficients.float() * self.scale.view(1, -1, 1, 1, 1), self.basis)

    def adjoint(self, volume: torch.Tensor) -> torch.Tensor:
        """Of `inverse`, (B, 1, S, P, L) to (B, 64, S/4, P/4, L/4): the functions are orthonormal."""
        return self(volume) * self.scale.square().view(1, -1, 1, 1, 1)


def block_basis() -> torch.Tensor:
    """Orthonormal Haar basis of a block, (64, 64): coefficient, voxel."""
    haar = haar_matrix()
    return torch.einsum("ia,jb,kc->ijkabc", haar, haar, haar).reshape(BLOCK**3, BLOCK**3)


def block_coefficients(volume: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """Volume (B, 1, S, P, L) to coefficients (B, 64, S/4, P/4, L/4) in a block's basis."""
    return torch.einsum("ij,bjspl->bispl", basis, space_to_depth(volume))


def volume_of_blocks(coefficients: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """Inverse of `block_coefficients`."""
    return depth_to_space(torch.einsum("ij,bispl->bjspl", basis, coefficients))


def space_to_depth(volume: torch.Tensor, block: tuple[int, int, int] = (BLOCK, BLOCK, BLOCK)) -> torch.Tensor:
    """(B, C, S, P, L) to (B, C * voxels of a block, S / block[0], P / block[1], L / block[2])."""
    batch, channels, *shape = volume.shape
    s, p, l = (length // side for length, side in zip(shape, block, strict=True))  # noqa: E741
    blocks = volume.reshape(batch, channels, s, block[0], p, block[1], l, block[2])
    return blocks.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(batch, channels * math.prod(block), s, p, l)


def depth_to_space(blocks: torch.Tensor, block: int = BLOCK) -> torch.Tensor:
    """Inverse of `space_to_depth` for cubic blocks."""
    batch, channels, s, p, l = blocks.shape  # noqa: E741
    volume = blocks.view(batch, channels // block**3, block, block, block, s, p, l)
    return volume.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(batch, -1, s * block, p * block, l * block)


class ChannelNorm(nn.Module):
    """Root-mean-square norm over the channels of each position.

    Unlike GroupNorm its statistics do not depend on the rest of the volume, so that a network
    trained on crops behaves alike on whole volumes.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _ChannelNorm.apply(x, self.gain.view(-1, *(1,) * (x.dim() - 2)))


class _ChannelNorm(torch.autograd.Function):
    """With its own gradient, which keeps the input alone: a third of the memory, and fewer passes over it."""

    @staticmethod
    def forward(ctx, x, gain):
        precise = torch.promote_types(x.dtype, torch.float32)
        norm = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=precise)
        inverse = (norm.square() / x.shape[1] + NORM_EPSILON).rsqrt().to(x.dtype)
        ctx.save_for_backward(x, gain, inverse)
        return x * inverse * gain.to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        x, gain, inverse = ctx.saved_tensors
        precise = torch.promote_types(x.dtype, torch.float32)
        unit = x * inverse
        wanted = gradient * gain.to(x.dtype)
        along = (wanted * unit).sum(1, keepdim=True, dtype=precise) / x.shape[1]
        others = [axis for axis in range(x.dim()) if axis != 1]
        by_gain = (gradient * unit).sum(others, keepdim=True, dtype=precise)[0]
        return (wanted - unit * along.to(x.dtype)) * inverse, by_gain.to(gain.dtype)


class ResidualBlock(nn.Module):
    """Two 3 x 3 (x 3) convolutions around an identity; with `embedding` a time scales and shifts between them.

    Attributes:
        fused: does norm, scale, shift and activation at once: (x, scale (B, C), shift (B, C)) to what `_activated`
            gives. None where they are done one after the other.
    """

    fused: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor] | None = None

    def __init__(self, channels: int, dimensions: int = 3, embedding: int = 0):
        super().__init__()
        conv = nn.Conv3d if dimensions == 3 else nn.Conv2d
        self.norm1, self.norm2 = ChannelNorm(channels), ChannelNorm(channels)
        self.conv1 = conv(channels, channels, 3, padding=1)
        self.conv2 = conv(channels, channels, 3, padding=1)
        self.modulate = nn.Linear(embedding, 2 * channels) if embedding else None
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor | None = None) -> torch.Tensor:
        h = self.conv1(self._activated(self.norm1, x))
        by_time = None if self.modulate is None else self.modulate(embedding).chunk(2, dim=1)
        return x + self.conv2(self._activated(self.norm2, h, by_time))

    def _activated(
        self, norm: ChannelNorm, x: torch.Tensor, by_time: tuple[torch.Tensor, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """SiLU of the norm, scaled and shifted by (scale - 1, shift), each (B, C)."""
        if self.fused is not None:
            gain = norm.gain.expand(len(x), -1)
            scale, shift = (
                (gain, torch.zeros_like(gain)) if by_time is None else (gain * (1.0 + by_time[0]), by_time[1])
            )
            return self.fused(x, scale.float(), shift.float())
        h = norm(x)
        if by_time is not None:
            scale, shift = (each.view(len(x), -1, *(1,) * (x.dim() - 2)) for each in by_time)
            h = h * (1.0 + scale) + shift
        return F.silu(h)


class UNet3d(nn.Module):
    """A small 3D U-Net of residual blocks; each level halves the grid.

    Args:
        channels: width of each level, finest first.
        blocks: residual blocks of each level on the way down; one fewer, but at least one, on the way up.
        embedding: width of the time embedding, or 0 for none.
        smooth: what comes up from a coarser level is interpolated. A transposed convolution has weights of its own for
            each place in a block of the coarser level, which leaves a pattern of the blocks' period.
    """

    def __init__(self, channels: tuple[int, ...], blocks: tuple[int, ...], embedding: int = 0, smooth: bool = False):
        super().__init__()
        self.smooth = smooth
        self.down = nn.ModuleList(
            nn.ModuleList(ResidualBlock(width, 3, embedding) for _ in range(count))
            for width, count in zip(channels, blocks, strict=True)
        )
        pairs = list(itertools.pairwise(channels))
        self.reduce = nn.ModuleList(nn.Conv3d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        self.expand = nn.ModuleList(
            nn.Conv3d(coarse, fine, 1) if smooth else nn.ConvTranspose3d(coarse, fine, 2, stride=2)
            for fine, coarse in pairs
        )
        self.up = nn.ModuleList(
            nn.ModuleList(ResidualBlock(width, 3, embedding) for _ in range(max(1, count - 1)))
            for width, count in zip(channels[:-1], blocks[:-1], strict=True)
        )

    def forward(
        self, x: torch.Tensor, embedding: torch.Tensor | None = None, added: torch.Tensor | None = None
    ) -> torch.Tensor:
        """`added` (B, channels[1], ...) joins what comes to the second level."""
        # Convolutions on the CPU run about twice as fast when the channels of a voxel lie together.
        x = x.contiguous(memory_format=torch.channels_last_3d)
        skips = []
        for level, blocks in enumerate(self.down):
            for block in blocks:
                x = block(x, embedding)
            if level < len(self.reduce):
                skips.append(x)
                x = self.reduce[level](x)
                if level == 0 and added is not None:
                    x = x + added
        for level in reversed(range(len(self.up))):
            x = self.expand[level](x)
            if self.smooth:
                x = F.interpolate(x, scale_factor=2, mode="trilinear", align_corners=False)
            x = skips[level] + x
            for block in self.up[level]:
                x = block(x, embedding)
        return x


def time_embedding(t: torch.Tensor, width: int) -> torch.Tensor:
    """Sinusoidal features (B, width) of times (B,) in [0, 1]."""
    frequencies = torch.exp(torch.linspace(0.0, math.log(1000.0), width // 2, device=t.device))
    phase = t[:, None].float() * frequencies * math.pi
    return torch.cat([phase.sin(), phase.cos()], dim=1)


def full_precision(device: torch.device):
    """A context without autocast."""
    if device.type == "meta":  # where operations are only counted
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
