"""Projection and lift plane by plane as sums of a few weighted rows (`interpolation`): the way of a CPU.

`plane_products` holds the same two functions for a GPU; what they mean is told in `projector`.
Taps are `linear_taps` of each voxel plane parallel to the iso-plane, D of them: indices and weights (B, D, N, 2).
"""

from __future__ import annotations

import torch

from .interpolation import Taps, spread_rows, transposed, weighted_rows

_SLAB_ELEMENTS = 4 * 2**20
"""Largest intermediate tensor. Planes are worked on in slabs below it, so memory stays flat and caches help."""


def project(volume: torch.Tensor, frontal: bool, row_taps: Taps, column_taps: Taps) -> torch.Tensor:
    """Sum over the planes of (B, C, S, P, L), each interpolated at the image's rows and columns: (B, C, R, K)."""
    batch, channels = volume.shape[:2]
    depth, rows, columns = *row_taps[0].shape[1:3], column_taps[0].shape[2]
    planes = volume.flatten(0, 1)  # (B C, row, D, column)
    if not frontal:
        count, back, left = planes.shape[1:]
        planes = transposed(planes.reshape(-1, count * back, left)).view(-1, left, count, back)  # (B C, D, row, column)
    depth_axis = 2 if frontal else 1
    total = None
    for part in _slabs(depth, len(planes) * rows * planes.shape[3]):
        slab = planes.narrow(depth_axis, part.start, min(part.stop, depth) - part.start).contiguous()
        taps = [
            tuple(item[:, part].repeat_interleave(channels, 0) for item in pair) for pair in (row_taps, column_taps)
        ]
        image = _project_slab(slab, depth_axis, *taps)
        total = image if total is None else total + image
    return total.view(batch, channels, columns, rows).transpose(2, 3)


def lift(features: torch.Tensor, frontal: bool, row_taps: Taps, column_taps: Taps) -> torch.Tensor:
    """An image (B, C, R, K) interpolated at the voxels' rows and columns of each plane: (B, C, S, P, L)."""
    lifted = _Lift.apply(features.permute(0, 2, 3, 1).contiguous(), *row_taps, *column_taps)  # (B, D, row, column, C)
    return lifted.permute((0, 4, 2, 1, 3) if frontal else (0, 4, 2, 3, 1))


def _slabs(depth: int, elements_per_plane: int) -> list[slice]:
    """Consecutive planes, as many at a time as an intermediate tensor may hold."""
    count = max(1, _SLAB_ELEMENTS // elements_per_plane)
    return [slice(start, start + count) for start in range(0, depth, count)]


def _project_slab(planes: torch.Tensor, depth_axis: int, row_taps, column_taps) -> torch.Tensor:
    """Sum over the depth of planes, each interpolated at its taps (N, D, R or K, 2): (N, K, R).

    `planes` is (N, row, D, column), or with row and D exchanged, as `depth_axis` says.
    """
    images, depth, width = len(planes), planes.shape[depth_axis], planes.shape[3]
    (row_index, row_weight), (column_index, column_weight) = row_taps, column_taps
    rows, columns = row_index.shape[2], column_index.shape[2]
    image_number = torch.arange(images, device=planes.device).view(-1, 1, 1, 1)
    plane_number = torch.arange(depth, device=planes.device).view(-1, 1, 1)
    height = planes.shape[3 - depth_axis]
    if depth_axis == 2:
        where = (image_number * height + row_index) * depth + plane_number
    else:
        where = (image_number * depth + plane_number) * height + row_index
    where, weight = (item.transpose(1, 2).reshape(-1, 2) for item in (where, row_weight))
    rows_done = weighted_rows(planes.view(-1, width), where, weight).view(images, rows, depth * width)
    # A pixel of the image gets its two taps of every plane in one sum.
    where = (image_number * depth + plane_number) * width + column_index
    where, weight = (item.transpose(1, 2).reshape(images * columns, -1) for item in (where, column_weight))
    return weighted_rows(transposed(rows_done).view(-1, rows), where, weight).view(images, columns, rows)


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
    rows_done = weighted_rows(
        features.view(batch * rows, columns * channels), where.view(-1, 2), row_weight.reshape(-1, 2)
    )
    row_number = torch.arange(batch * depth * height, device=features.device).view(batch, depth, height, 1, 1)
    where = row_number * columns + column_index.unsqueeze(2)
    weight = column_weight.unsqueeze(2).expand(where.shape)
    lifted = weighted_rows(rows_done.view(-1, channels), where.view(-1, 2), weight.reshape(-1, 2))
    return lifted.view(batch, depth, height, width, channels)


def _spread_slab(gradient, shape, row_index, row_weight, column_index, column_weight) -> torch.Tensor:
    """(B, D, row, column, C) to (B, K, R, C)."""
    batch, rows, columns, channels = shape
    depth, height, width = gradient.shape[1:4]
    plane_number = torch.arange(batch * depth, device=gradient.device).view(batch, depth, 1, 1)
    where = (plane_number * rows + row_index).view(-1, 2)
    spread = gradient.reshape(batch * depth * height, width * channels)
    spread = spread_rows(spread, where, row_weight.reshape(-1, 2), batch * depth * rows)
    spread = spread.view(batch * depth, rows, width, channels).transpose(1, 2)
    case_number = torch.arange(batch, device=gradient.device).view(-1, 1, 1, 1)
    where = (case_number * columns + column_index).view(-1, 2)
    spread = spread.reshape(batch * depth * width, rows * channels)
    return spread_rows(spread, where, column_weight.reshape(-1, 2), batch * columns)
