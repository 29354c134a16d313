"""Lifting features along the rays against one grid_sample that looks up every voxel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from projection import two_views
from rows import SHARE, TIMES_FASTER, Goal, Row, row
from scale import Scale
from timing import alternate

from Diff2CTCore.geometry import IsoPlane, VolumeGrid, grid_axes_mm, lift_from_iso_plane, source_spl_mm


def measure(scale: Scale) -> list[Row]:
    """Time, and that both give the same."""
    grid = VolumeGrid((scale.volume,) * 3, 256.0 / scale.volume)
    side = scale.volume * 5 // 4
    plane = IsoPlane(side, side, grid.spacing_mm, grid.spacing_mm)
    features = torch.rand(2, 1, scale.channels, side, side, generator=torch.Generator().manual_seed(0))
    rows, columns = (torch.as_tensor(axis, dtype=torch.float32) for axis in (plane.rows_mm(), plane.columns_mm()))
    axes = grid_axes_mm(grid)
    views = two_views(scale.detector)
    sources = [torch.as_tensor(source_spl_mm(view), dtype=torch.float32) for view in views]

    @torch.no_grad()
    def ours():
        return [
            lift_from_iso_plane(image, rows, columns, source[None], view.frontal, axes)
            for image, view, source in zip(features, views, sources, strict=True)
        ]

    @torch.no_grad()
    def theirs():
        return [
            lift_by_grid_sample(image, plane, source, view.frontal, axes)
            for image, view, source in zip(features, views, sources, strict=True)
        ]

    work = f"lift of two views, {scale.channels} channels to {scale.volume}^3"
    name = "grid_sample per voxel and view"
    error = max(float((a - b).square().mean().sqrt()) for a, b in zip(ours(), theirs(), strict=True))
    seconds = alternate(ours, theirs, scale.slow_rounds)
    return [
        row(work, name, Goal(TIMES_FASTER, 2.5), *seconds),
        row("lift, NRMSE", name, Goal(SHARE, 0.01), [error], unit=""),
    ]


def lift_by_grid_sample(features, plane: IsoPlane, source, frontal: bool, axes) -> torch.Tensor:
    """What `lift_from_iso_plane` does, straightforwardly: (1, C, rows, columns) to (1, C, S, P, L)."""
    depth, across = (1, 2) if frontal else (2, 1)
    position = torch.meshgrid(*axes, indexing="ij")
    grow = 1.0 / (1.0 - position[depth] / source[depth])
    row_mm, column_mm = (source[axis] + (position[axis] - source[axis]) * grow for axis in (0, across))
    y = row_mm / (plane.row_spacing_mm * (plane.rows - 1) / 2.0)
    x = column_mm / (plane.column_spacing_mm * (plane.columns - 1) / 2.0)
    where = torch.stack([x, y], -1).view(1, -1, 1, 2)
    return F.grid_sample(features, where, align_corners=True).view(1, -1, *position[0].shape)
