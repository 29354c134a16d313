"""Projection and lift plane by plane as sums of a few weighted rows (`interpolation`): the way of a CPU.

`plane_products` holds the same two functions for a GPU; what they mean is told in `projector`.
Taps are `linear_taps` of each voxel plane parallel to the iso-plane, D of them: indices and weights (B, D, N, 2).
"""

from __future__ import annotations

import torch

from .interpolation import RowSums, Taps, transposed

_SLAB_ELEMENTS = 4 * 2**20
"""Largest intermediate tensor. Planes are worked on in slabs below it, so memory stays flat and caches help."""


class Projection:
    """Sum over the planes of (B, C, S, P, L), each interpolated at the image's rows and columns: (B, C, R, K).

    What it takes from the taps is worked out once, for as many volumes as there are.

    Args:
        shape: of the volumes.
        frontal: whether the planes are the coronal ones.
        row_taps, column_taps: in each of them.
    """

    def __init__(self, shape: torch.Size, frontal: bool, row_taps: Taps, column_taps: Taps):
        batch, channels, head, back, left = shape
        self._frontal, self._shape = frontal, (batch, channels)
        images, depth, width = batch * channels, *((back, left) if frontal else (left, back))
        self._depth_axis = 2 if frontal else 1
        self._slabs = []
        for part in _slabs(depth, images * row_taps[0].shape[2] * width):
            taps = [
                tuple(item[:, part].repeat_interleave(channels, 0) for item in pair) for pair in (row_taps, column_taps)
            ]
            self._slabs.append((part, _Slab(self._depth_axis, (head, width), *taps)))

    def __call__(self, volume: torch.Tensor) -> torch.Tensor:
        """Differentiable."""
        planes = volume.flatten(0, 1)  # (B C, row, D, column)
        if not self._frontal:
            count, back, left = planes.shape[1:]
            # (B C, D, row, column)
            planes = transposed(planes.reshape(-1, count * back, left)).view(-1, left, count, back)
        total = None
        for part, slab in self._slabs:
            depth = min(part.stop, planes.shape[self._depth_axis]) - part.start
            image = slab(planes.narrow(self._depth_axis, part.start, depth).contiguous())
            total = image if total is None else total + image
        return total.view(*self._shape, *total.shape[1:]).transpose(2, 3)


class _Slab:
    """Some planes, (N, row, D, column) or with row and D exchanged, as `depth_axis` says, each interpolated at its taps
    (N, D, R or K, 2) and summed: (N, K, R)."""

    def __init__(self, depth_axis: int, size: tuple[int, int], row_taps: Taps, column_taps: Taps):
        (row_index, row_weight), (column_index, column_weight) = row_taps, column_taps
        (height, width), (images, depth, rows) = size, row_index.shape[:3]
        columns = column_index.shape[2]
        image_number = torch.arange(images, device=row_index.device).view(-1, 1, 1, 1)
        plane_number = torch.arange(depth, device=row_index.device).view(-1, 1, 1)
        if depth_axis == 2:
            where = (image_number * height + row_index) * depth + plane_number
        else:
            where = (image_number * depth + plane_number) * height + row_index
        where, weight = (item.transpose(1, 2).reshape(-1, 2) for item in (where, row_weight))
        self._rows = RowSums(where, weight, images * depth * height)
        # A pixel of the image gets its two taps of every plane in one sum.
        where = (image_number * depth + plane_number) * width + column_index
        where, weight = (item.transpose(1, 2).reshape(images * columns, -1) for item in (where, column_weight))
        self._columns = RowSums(where, weight, images * depth * width)
        self._narrow, self._image = (images, rows, depth * width), (images, columns, rows)
        self._width = width

    def __call__(self, planes: torch.Tensor) -> torch.Tensor:
        rows_done = self._rows(planes.view(-1, self._width)).view(self._narrow)
        return self._columns(transposed(rows_done).view(-1, self._narrow[1])).view(self._image)


def lift(features: torch.Tensor, frontal: bool, row_taps: Taps, column_taps: Taps) -> torch.Tensor:
    """An image (B, C, R, K) interpolated at the voxels' rows and columns of each plane: (B, C, S, P, L)."""
    lifted = _Lift.apply(features.permute(0, 2, 3, 1).contiguous(), *row_taps, *column_taps)  # (B, D, row, column, C)
    return lifted.permute((0, 4, 2, 1, 3) if frontal else (0, 4, 2, 3, 1))


def _slabs(depth: int, elements_per_plane: int) -> list[slice]:
    """Consecutive planes, as many at a time as an intermediate tensor may hold."""
    count = max(1, _SLAB_ELEMENTS // elements_per_plane)
    return [slice(start, start + count) for start in range(0, depth, count)]


class _Lift(torch.autograd.Function):
    """Features (B, R, K, C) interpolated at the taps (B, D, row or column, 2) of each plane: (B, D, row, column, C).

    Forward rows first, then columns; backward the adjoint in the same order, which needs fewer rows to be sorted.
    """

    @staticmethod
    def forward(ctx, features, *taps):
        ctx.save_for_backward(*taps)
        ctx.shape = features.shape
        row_index, _, column_index, _ = taps
        batch, depth, height, _ = row_index.shape
        width, channels = column_index.shape[2], features.shape[3]
        lifted = features.new_empty(batch, depth, height, width, channels)
        for part in _slabs(depth, batch * height * features.shape[2] * channels):
            lifted[:, part] = _lift_slab(features, *(item[:, part] for item in taps))
        return lifted

    @staticmethod
    def backward(ctx, gradient):
        batch, rows, columns, channels = ctx.shape
        total = None
        for part in _slabs(gradient.shape[1], gradient.shape[2:].numel() * batch):
            taps = [item[:, part] for item in ctx.saved_tensors]
            spread = _spread_slab(gradient[:, part], ctx.shape, *taps)
            total = spread if total is None else total + spread
        # (B, K, R, C)
        return total.view(batch, columns, rows, channels).transpose(1, 2), None, None, None, None


def _lift_slab(features, row_index, row_weight, column_index, column_weight) -> torch.Tensor:
    batch, rows, columns, channels = features.shape
    depth, height, width = row_index.shape[1], row_index.shape[2], column_index.shape[2]
    case_number = torch.arange(batch, device=features.device).view(-1, 1, 1, 1)
    where = case_number * rows + row_index
    sums = RowSums(where.view(-1, 2), row_weight.reshape(-1, 2), batch * rows)
    rows_done = sums.sums(features.view(batch * rows, columns * channels))
    row_number = torch.arange(batch * depth * height, device=features.device).view(batch, depth, height, 1, 1)
    where = row_number * columns + column_index.unsqueeze(2)
    weight = column_weight.unsqueeze(2).expand(where.shape)
    sums = RowSums(where.view(-1, 2), weight.reshape(-1, 2), batch * depth * height * columns)
    lifted = sums.sums(rows_done.view(-1, channels))
    return lifted.view(batch, depth, height, width, channels)


def _spread_slab(gradient, shape, row_index, row_weight, column_index, column_weight) -> torch.Tensor:
    """(B, D, row, column, C) to (B, K, R, C)."""
    batch, rows, columns, channels = shape
    depth, height, width = gradient.shape[1:4]
    plane_number = torch.arange(batch * depth, device=gradient.device).view(batch, depth, 1, 1)
    where = (plane_number * rows + row_index).view(-1, 2)
    spread = gradient.reshape(batch * depth * height, width * channels)
    spread = RowSums(where, row_weight.reshape(-1, 2), batch * depth * rows).adjoint(spread)
    spread = spread.view(batch * depth, rows, width, channels).transpose(1, 2)
    case_number = torch.arange(batch, device=gradient.device).view(-1, 1, 1, 1)
    where = (case_number * columns + column_index).view(-1, 2)
    spread = spread.reshape(batch * depth * width, rows * channels)
    return RowSums(where, column_weight.reshape(-1, 2), batch * columns).adjoint(spread)
