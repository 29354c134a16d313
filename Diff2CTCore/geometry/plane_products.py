"""Projection and lift plane by plane as products with dense interpolation matrices: the way of a GPU.

Nearly all factors are zeros, but a GPU multiplies matrices faster than it gathers, each sum is formed in a fixed order
(scattering there is not repeatable), and the adjoint is the same products transposed. `plane_sums` holds
the same two functions for a CPU; what they mean is told in `projector`. Single precision is true single
precision unless the caller allows TF32.

Between the two, planes are (B, D, row, C, column), images (B, R, C, K).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from .interpolation import Taps, interpolation_matrix

_BLOCK_BYTES, _MEMORY_SHARE = 256 * 2**20, 64
"""Matrices and intermediate tensors held at a time, and the part of a GPU's memory that they may take if that is more:
large enough to fill a GPU, small beside its memory."""

_GROUPS = 16
"""Partial sums over the planes, where their number allows: one small image as a single product, whose inner length is
all planes' rows, would occupy a few of a GPU's hundred multiprocessors."""


class Projection:
    """As `plane_sums.Projection`."""

    def __init__(self, shape: torch.Size, frontal: bool, row_taps: Taps, column_taps: Taps):
        self._order = (0, 3, 2, 1, 4) if frontal else (0, 4, 2, 1, 3)
        knots = shape[2], shape[4] if frontal else shape[3]
        self._matrices = _PixelsBetweenVoxels(row_taps, column_taps, knots)

    def __call__(self, volume: torch.Tensor) -> torch.Tensor:
        """Differentiable."""
        return _Summed.apply(volume.permute(self._order), self._matrices).transpose(1, 2)


def lift(features: torch.Tensor, frontal: bool, row_taps: Taps, column_taps: Taps) -> torch.Tensor:
    """As `plane_sums.lift`."""
    matrices = _VoxelsBetweenPixels(row_taps, column_taps, tuple(features.shape[2:]))
    planes = _Spread.apply(features.transpose(1, 2), matrices)
    return planes.permute((0, 3, 2, 1, 4) if frontal else (0, 3, 2, 4, 1))


@dataclass(frozen=True)
class _Matrices:
    """What relates the rows and columns of an image to those of each plane.

    Attributes:
        row_taps, column_taps: (B, D, N, 2) each.
        knots: how many rows and columns the taps may point to.
    """

    row_taps: Taps
    column_taps: Taps
    knots: tuple[int, int]

    @property
    def planes(self) -> tuple[int, int]:
        """Cases and planes of each."""
        return tuple(self.row_taps[0].shape[:2])

    @property
    def positions(self) -> tuple[int, int]:
        """Rows and columns that have taps."""
        return self.row_taps[0].shape[2], self.column_taps[0].shape[2]

    def blocks(self, channels: int, itemsize: int) -> Iterator[tuple[slice, slice]]:
        """Cases and planes that fit into `_BLOCK_BYTES` together, one after the other."""
        cases, depth = self.planes
        (rows, columns), (row_knots, column_knots) = self.positions, self.knots
        each = rows * row_knots + columns * column_knots  # two matrices, and two tensors between them
        each += channels * max(rows, row_knots) * (columns + column_knots)
        fitting = max(1, _block_bytes(self.row_taps[0].device) // (each * itemsize))
        steps = max(1, fitting // depth), min(fitting, depth)
        starts = (range(0, count, step) for count, step in zip((cases, depth), steps, strict=True))
        for case, plane in itertools.product(*starts):
            yield slice(case, case + steps[0]), slice(plane, min(plane + steps[1], depth))


class _PixelsBetweenVoxels(_Matrices):
    """Taps of the image's rows and columns on the voxels of a plane."""

    @property
    def image_and_plane(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and columns of the image, and of a plane."""
        return self.positions, self.knots

    def rows(self, block: tuple[slice, slice], dtype: torch.dtype) -> torch.Tensor:
        """(cases, groups of planes, R, planes of a group times rows of a plane)."""
        taps = tuple(_grouped(item[block]).transpose(2, 3) for item in self.row_taps)
        return interpolation_matrix(taps, self.knots[0], dtype).flatten(3)

    def columns(self, block: tuple[slice, slice], dtype: torch.dtype) -> torch.Tensor:
        """(cases, planes, columns of a plane, K)."""
        taps = tuple(item[block] for item in self.column_taps)
        return interpolation_matrix(taps, self.knots[1], dtype).transpose(2, 3)


class _VoxelsBetweenPixels(_Matrices):
    """Taps of a plane's rows and columns on the image's pixels; matrices of the same shapes."""

    @property
    def image_and_plane(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return self.knots, self.positions

    def rows(self, block: tuple[slice, slice], dtype: torch.dtype) -> torch.Tensor:
        taps = tuple(_grouped(item[block]) for item in self.row_taps)
        return interpolation_matrix(taps, self.knots[0], dtype).flatten(2, 3).transpose(2, 3)

    def columns(self, block: tuple[slice, slice], dtype: torch.dtype) -> torch.Tensor:
        return interpolation_matrix(tuple(item[block] for item in self.column_taps), self.knots[1], dtype)


def _block_bytes(device: torch.device) -> int:
    held = torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else 0
    return max(_BLOCK_BYTES, held // _MEMORY_SHARE)


def _grouped(taps: torch.Tensor) -> torch.Tensor:
    return taps.unflatten(1, (math.gcd(taps.shape[1], _GROUPS), -1))


class _Summed(torch.autograd.Function):
    """The sum over planes (B, D, row, C, column), each brought to the image's rows and columns: (B, R, C, K)."""

    @staticmethod
    def forward(ctx, planes, matrices):
        ctx.matrices = matrices
        return _summed(planes, matrices)

    @staticmethod
    def backward(ctx, gradient):
        return _Spread.apply(gradient, ctx.matrices), None


class _Spread(torch.autograd.Function):
    """The adjoint of `_Summed`: an image (B, R, C, K) to planes (B, D, row, C, column)."""

    @staticmethod
    def forward(ctx, image, matrices):
        ctx.matrices = matrices
        return _spread(image, matrices)

    @staticmethod
    def backward(ctx, gradient):
        return _Summed.apply(gradient, ctx.matrices), None


def _summed(planes: torch.Tensor, matrices: _PixelsBetweenVoxels | _VoxelsBetweenPixels) -> torch.Tensor:
    (height, width), channels = matrices.image_and_plane[0], planes.shape[3]
    image = planes.new_zeros(len(planes), height, channels, width)
    with torch.autocast(planes.device.type, enabled=False):
        for block in matrices.blocks(channels, planes.itemsize):
            rows, columns = matrices.rows(block, planes.dtype), matrices.columns(block, planes.dtype)
            narrow = torch.bmm(planes[block].flatten(2, 3).flatten(0, 1), columns.flatten(0, 1))  # (planes, row C, K)
            part = torch.matmul(rows, narrow.view(*rows.shape[:2], rows.shape[3], -1)).sum(1)
            image[block[0]] += part.view(-1, *image.shape[1:])
    return image


def _spread(image: torch.Tensor, matrices: _PixelsBetweenVoxels | _VoxelsBetweenPixels) -> torch.Tensor:
    (height, width), channels = matrices.image_and_plane[1], image.shape[2]
    planes = image.new_empty(*matrices.planes, height, channels, width)
    with torch.autocast(image.device.type, enabled=False):
        for block in matrices.blocks(channels, image.itemsize):
            rows, columns = matrices.rows(block, image.dtype), matrices.columns(block, image.dtype)
            wide = torch.matmul(rows.transpose(2, 3), image[block[0]].flatten(2).unsqueeze(1))
            # A block is whole cases or planes of one case, so its place in the result is contiguous.
            place = planes[block].view(-1, height * channels, width)
            torch.bmm(wide.view(len(place), -1, image.shape[3]), columns.flatten(0, 1).transpose(1, 2), out=place)
    return planes
