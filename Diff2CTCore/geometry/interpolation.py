"""Linear interpolation along one axis as sums of a few weighted rows, and the exact adjoint of that.

A hat function on a regular axis touches two knots, so an interpolation matrix has two entries a row. Written as a
dense product nearly all of the work is on zeros, which only a GPU has to spare; written as a gather it also moves a
tensor of corners. `torch.nn.functional.embedding_bag` sums weighted rows of a table in one pass, which is just that.
"""

from __future__ import annotations

from functools import cached_property

import torch
import torch.nn.functional as F

Taps = tuple[torch.Tensor, torch.Tensor]
"""Indices of knots and their weights, as `linear_taps` gives them."""


def linear_taps(positions: torch.Tensor, knots: torch.Tensor) -> Taps:
    """The two knots next to each position, and their weights.

    Args:
        positions: (B, ..., N), in the unit of `knots`.
        knots: (B, M), regular and ascending, M at least 2.

    Returns:
        Indices (B, ..., N, 2), int64 in [0, M - 1], and weights (B, ..., N, 2). A position beyond the last knot fades
        to zero within one spacing.
    """
    shape = (len(knots), *(1,) * (positions.dim() - 1))
    first, spacing = knots[:, 0].view(shape), (knots[:, 1] - knots[:, 0]).view(shape)
    place = (positions - first) / spacing
    below = place.floor()
    share = place - below
    # Far outside, a float may not fit an integer.
    below = below.clamp(-2, knots.shape[1]).long()
    # Sums with two numbers: a CPU stacks along the last axis an order of magnitude more slowly.
    index = below.unsqueeze(-1) + torch.arange(2, device=below.device)
    weight = (share.unsqueeze(-1) - torch.arange(1, -1, -1, device=share.device)).abs()
    inside = (index >= 0) & (index < knots.shape[1])
    return index.clamp(0, knots.shape[1] - 1), weight * inside


def interpolation_matrix(taps: Taps, knots: int, dtype: torch.dtype) -> torch.Tensor:
    """Taps (..., N, 2) as a dense matrix (..., N, knots)."""
    index, weight = taps
    matrix = weight.new_zeros(*index.shape[:-1], knots, dtype=dtype)
    # Beyond an end both taps may be the last knot, one of them without weight; a sum keeps the other's.
    return matrix.scatter_add_(-1, index, weight.to(dtype))


class RowSums:
    """Row m of the result is the sum over j of weight[m, j] table[index[m, j]]; with the exact adjoint of that.

    What the adjoint needs is worked out once, however often it is used.

    Args:
        index, weight: (M, J).
        rows: of the table.
    """

    def __init__(self, index: torch.Tensor, weight: torch.Tensor, rows: int):
        self._index, self._weight, self._rows = index, weight, rows

    def __call__(self, table: torch.Tensor) -> torch.Tensor:
        """(rows, V), contiguous, to (M, V) in its type; differentiable."""
        return _RowSums.apply(table, self)

    def sums(self, table: torch.Tensor) -> torch.Tensor:
        """The same, not differentiable."""
        return F.embedding_bag(self._index, table, per_sample_weights=self._weight.to(table.dtype), mode="sum")

    def adjoint(self, sums: torch.Tensor) -> torch.Tensor:
        """(M, V) back to (rows, V), not differentiable."""
        bags, offsets, weights = self._transposed
        return F.embedding_bag(
            bags,
            sums.contiguous(),
            offsets,
            per_sample_weights=weights.to(sums.dtype),
            mode="sum",
            include_last_offset=True,
        )

    @cached_property
    def _transposed(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The transposed matrix row by row: which sums each row of the table went into."""
        flat = self._index.flatten()
        order = flat.argsort(stable=True)
        # Not bincount, which exists for tensors with numbers only; operations are counted on others (`training.flops`).
        counts = flat.new_zeros(self._rows).index_add_(0, flat, torch.ones_like(flat))
        offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        return order.div(self._index.shape[1], rounding_mode="floor"), offsets, self._weight.flatten()[order]


class _RowSums(torch.autograd.Function):
    """With its own adjoint; PyTorch's spreads one row after the other."""

    @staticmethod
    def forward(ctx, table, matrix):
        ctx.matrix = matrix
        return matrix.sums(table)

    @staticmethod
    def backward(ctx, gradient):
        return ctx.matrix.adjoint(gradient), None


def transposed(matrices: torch.Tensor) -> torch.Tensor:
    """(N, A, B) to (N, B, A), contiguous. PyTorch copies single matrices in blocks that suit caches, stacks not."""
    if len(matrices) == 1:
        # A view: the gradient of taking a stack apart would copy it.
        return matrices.view(matrices.shape[1:]).t().contiguous()[None]
    return torch.stack([matrix.t().contiguous() for matrix in matrices])
