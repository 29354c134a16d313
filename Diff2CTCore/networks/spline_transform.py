"""A block transform whose functions overlap: orthonormal spline wavelets of two levels.

Haar functions (`blocks.BlockTransform`) end where their blocks end, so noise of their bands has the blocks' edges, and
what a denoiser leaves of it shows them. These functions have the same places, bands and symmetry, and no edges. They
are Battle's and Lemarie's wavelets (Battle, A block spin construction of ondelettes, 1987) on an interval that is
mirrored at its ends.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch

from .blocks import BlockTransform, depth_to_space, space_to_depth

DEGREE = 6
"""Of the splines, even, so that they lie about the middle of two samples. With a CT's sizes of the bands the square of
noise's jumps at the blocks' edges is 48 times that inside them with Haar functions, 3.3 times with degree 2, 1.9 with
4, 1.6 with 6, and 1.3 with 12, whose functions reach further."""


class SplineTransform(BlockTransform):
    """Volume (B, 1, S, P, L) to coefficients (B, 64, S/4, P/4, L/4) of unit scale, and back, as `BlockTransform`.

    A function's block and the `reach` around it hold at least 0.95 of its square along each axis.
    """

    reach = 1

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return spline_coefficients(volume) / self.scale.view(1, -1, 1, 1, 1)

    def inverse(self, coefficients: torch.Tensor) -> torch.Tensor:
        return volume_of_splines(coefficients.float() * self.scale.view(1, -1, 1, 1, 1))


def spline_coefficients(volume: torch.Tensor) -> torch.Tensor:
    """Volume (B, 1, S, P, L), sides multiples of 4, to orthonormal coefficients (B, 64, S/4, P/4, L/4).

    Channels are in the order of `blocks.block_basis`: 16, 4 and 1 times the bands along S, P and L, which are the mean
    and the slope of four voxels, and the slopes of the first and of the last two.
    """
    s, p, l = (_basis_on(count, volume.device) for count in volume.shape[2:])  # noqa: E741
    return space_to_depth(_along_axes(volume, s, p, l))


def volume_of_splines(coefficients: torch.Tensor) -> torch.Tensor:
    """Inverse of `spline_coefficients`."""
    bands = depth_to_space(coefficients)
    s, p, l = (_basis_on(count, bands.device).T for count in bands.shape[2:])  # noqa: E741
    return _along_axes(bands, s, p, l)


def _along_axes(volume: torch.Tensor, s: torch.Tensor, p: torch.Tensor, l: torch.Tensor) -> torch.Tensor:  # noqa: E741
    """The product with a matrix along each axis of (B, 1, S, P, L)."""
    found = torch.matmul(p, torch.matmul(volume, l.T))
    return torch.matmul(s, found.flatten(3)).view_as(volume)


@lru_cache(maxsize=32)
def _basis_on(count: int, device: torch.device) -> torch.Tensor:
    # A tensor made in inference mode could not be trained with later.
    with torch.inference_mode(False):
        return torch.tensor(spline_basis(count), dtype=torch.float32, device=device)


def spline_basis(count: int) -> np.ndarray:
    """Orthonormal basis of an axis: (count, count), functions by block and band, voxels. `count` is a multiple of 4."""
    low, fine = _split(count)
    means, middle = (part @ low for part in _split(count // 2))
    rows = np.stack([means, middle, fine[0::2], fine[1::2]], axis=1)
    return rows.reshape(count, count)


def _split(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Smooth functions and those orthogonal to them, (count / 2, count) each, one for every two samples."""
    # A B-spline is the sum of those of half its size with binomial weights.
    weights = [math.comb(DEGREE + 1, k) for k in range(DEGREE + 2)]
    smooth = np.zeros((count // 2, count))
    for index, row in enumerate(smooth):
        places = np.arange(DEGREE + 2) + 2 * index - DEGREE // 2
        places %= 2 * count
        np.add.at(row, np.minimum(places, 2 * count - 1 - places), weights)
    smooth = _orthonormal(smooth)
    slopes = np.kron(np.eye(count // 2), [[1.0, -1.0]])
    return smooth, _orthonormal(slopes - slopes @ smooth.T @ smooth)


def _orthonormal(rows: np.ndarray) -> np.ndarray:
    """The nearest orthonormal rows (Loewdin, 1950), which have the places and symmetries of the given ones."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    return (vectors / np.sqrt(values)) @ vectors.T @ rows
