"""Differentiable cone-beam projection of a volume, and its counterpart, the lift of image features.

Both work in the iso-plane of a view: the plane through the volume's centre that is parallel to the
grid's coronal planes (frontal views) or sagittal planes (lateral views). Seen from the source, each
voxel plane parallel to it appears in it merely scaled and shifted, so interpolation in a voxel plane
splits into one for the rows and one for the columns, whole rows of numbers at a time
(`Diff2CTCore.interpolation`; Joseph's method, IEEE Trans. Med. Imaging 1(3), 1982, with linear
interpolation in each plane). A detector that is turned against the grid sees the same rays, so its
image is the iso-plane image under a homography (`Diff2CTCore.isoplane`); nothing else changes.

Tensors: volumes (B, C, superior, posterior, left); iso-plane images (B, C, rows, columns), where rows
grow to the head and columns to the patient's left (frontal) or back (lateral). Positions are
(superior, posterior, left) mm about the volume's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .geometry import ViewGeometry
from .grid import VolumeGrid
from .interpolation import linear_taps, spread_rows, transposed, weighted_rows
from .isoplane import IsoPlane, iso_plane_for_view, source_spl_mm, warp_to_detector


@dataclass(frozen=True)
class _AxisRoles:
    """Which grid axis plays rows, depth and columns in a view: indices into (superior, posterior, left)."""

    depth: int
    column: int
    row: int = 0


_FRONTAL = _AxisRoles(depth=1, column=2)
_LATERAL = _AxisRoles(depth=2, column=1)

_SLAB_ELEMENTS = 4 * 2**20
"""Largest intermediate tensor. Planes are worked on in slabs below it, so memory stays flat and caches help."""


def grid_axes_mm(grid: VolumeGrid, device=None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Voxel positions along the three tensor axes in mm from the grid's centre."""
    return tuple(torch.as_tensor(grid.axis_mm(axis), dtype=torch.float32, device=device) for axis in range(3))


def _batched(axis: torch.Tensor, batch: int) -> torch.Tensor:
    return axis.expand(batch, -1) if axis.dim() == 1 else axis


def project_to_iso_plane(
    volume: torch.Tensor,
    axes_mm: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    source_mm: torch.Tensor,
    frontal: bool,
    rows_mm: torch.Tensor,
    columns_mm: torch.Tensor,
) -> torch.Tensor:
    """Line integrals from the source through points of the iso-plane.

    Args:
        volume: (B, C, S, P, L), attenuation in 1/mm (or any density; the result is in its unit times mm).
        axes_mm: voxel positions along S, P, L: each (n,) or, where cases differ, (B, n); regular.
        source_mm: (B, 3), (superior, posterior, left) of the source.
        frontal: coronal iso-plane if true, sagittal if false.
        rows_mm, columns_mm: (R,) and (K,), positions in the iso-plane.

    Returns:
        (B, C, R, K), differentiable with respect to `volume`.
    """
    roles = _FRONTAL if frontal else _LATERAL
    batch, channels = volume.shape[:2]
    axes = [_batched(axis, batch) for axis in axes_mm]
    depth = axes[roles.depth]
    source_depth = source_mm[:, roles.depth, None]
    shrink = 1.0 - depth / source_depth  # (B, D): size in the voxel plane per size in the iso-plane

    def positions(iso_mm: torch.Tensor, role: int) -> torch.Tensor:
        origin = source_mm[:, role, None, None]
        return origin + (iso_mm - origin) * shrink[..., None]  # (B, D, N)

    row_source, column_source = source_mm[:, roles.row], source_mm[:, roles.column]
    ray_length = torch.sqrt(
        (rows_mm[None, :, None] - row_source[:, None, None]) ** 2
        + (columns_mm[None, None, :] - column_source[:, None, None]) ** 2
        + source_depth[..., None] ** 2
    )
    step_mm = (depth[:, 1] - depth[:, 0])[:, None, None] * ray_length / source_depth[..., None].abs()

    row_taps = linear_taps(positions(rows_mm, roles.row), axes[roles.row])  # (B, D, R, 2)
    column_taps = linear_taps(positions(columns_mm, roles.column), axes[roles.column])  # (B, D, K, 2)
    planes = volume.flatten(0, 1)  # (B C, row, D, column)
    if not frontal:
        count, back, left = planes.shape[1:]
        planes = transposed(planes.reshape(-1, count * back, left)).view(-1, left, count, back)  # (B C, D, row, column)
    depth_axis = 2 if frontal else 1
    total = None
    for part in _slabs(depth.shape[1], len(planes) * len(rows_mm) * planes.shape[3]):
        slab = planes.narrow(depth_axis, part.start, min(part.stop, depth.shape[1]) - part.start).contiguous()
        taps = [
            tuple(item[:, part].repeat_interleave(channels, 0) for item in pair) for pair in (row_taps, column_taps)
        ]
        image = _project_slab(slab, depth_axis, *taps)
        total = image if total is None else total + image
    total = total.view(batch, channels, len(columns_mm), len(rows_mm)).transpose(2, 3)
    return total * step_mm.unsqueeze(1)


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


def lift_from_iso_plane(
    features: torch.Tensor,
    rows_mm: torch.Tensor,
    columns_mm: torch.Tensor,
    source_mm: torch.Tensor,
    frontal: bool,
    axes_mm: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """Spread image features along the rays: each voxel gets the bilinear value where its ray meets the iso-plane.

    Args:
        features: (B, C, R, K) on the iso-plane at `rows_mm` (R,) and `columns_mm` (K,), regular and ascending.
        source_mm, frontal, axes_mm: as for `project_to_iso_plane`; here the axes are those of the result.

    Returns:
        (B, C, S, P, L); zero where a voxel's ray misses the image by more than one pixel.
    """
    roles = _FRONTAL if frontal else _LATERAL
    batch = len(features)
    axes = [_batched(axis, batch) for axis in axes_mm]
    source_depth = source_mm[:, roles.depth, None]
    grow = 1.0 / (1.0 - axes[roles.depth] / source_depth)  # (B, D)

    def taps(role: int, knots: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        origin = source_mm[:, role, None, None]
        seen = origin + (axes[role][:, None, :] - origin) * grow[..., None]
        return linear_taps(seen, _batched(knots, batch))

    row_taps, column_taps = taps(roles.row, rows_mm), taps(roles.column, columns_mm)  # (B, D, row or column, 2)
    lifted = _Lift.apply(features.permute(0, 2, 3, 1).contiguous(), *row_taps, *column_taps)  # (B, D, row, column, C)
    return lifted.permute((0, 4, 2, 1, 3) if frontal else (0, 4, 2, 3, 1))


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


def project(volume: torch.Tensor, grid: VolumeGrid, view: ViewGeometry) -> torch.Tensor:
    """Digitally reconstructed radiograph on the pixels of a real detector.

    Args:
        volume: (B, 1, S, P, L), attenuation in 1/mm on `grid`, whose centre is the origin of `view`.
        grid: any size; the rest of the world is air.
        view: where the source and the detector are.

    Returns:
        Line integrals (dimensionless), shape (B, 1, view.rows, view.columns), in the canonical
        orientation of `Diff2CTCore.geometry`; differentiable with respect to `volume`.
    """
    plane = iso_plane_for_view(view)
    source = torch.as_tensor(source_spl_mm(view), dtype=torch.float32, device=volume.device)
    image = project_to_iso_plane(
        volume,
        grid_axes_mm(grid, volume.device),
        source.expand(volume.shape[0], 3),
        view.frontal,
        *_plane_axes(plane, volume.device),
    )
    return warp_to_detector(image, plane, view)


def _plane_axes(plane: IsoPlane, device) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.as_tensor(plane.rows_mm(), dtype=torch.float32, device=device),
        torch.as_tensor(plane.columns_mm(), dtype=torch.float32, device=device),
    )
