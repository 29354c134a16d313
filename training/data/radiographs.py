"""Radiographs of whole bodies, a batch at a time, on any device: what a training case is seen through."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from Diff2CTCore.geometry import (
    HU_AIR,
    IsoPlane,
    VolumeGrid,
    grid_axes_mm,
    hu_to_attenuation,
    plane_axes_mm,
    project_to_iso_plane,
)

from .cases import UNKNOWN_PATH_MM

COARSER = 2
"""Voxels and pixels of the unknown region, which is smooth, are this much larger: an eighth of the work."""


def both_radiographs(
    hu: torch.Tensor, unknown: torch.Tensor, grid: VolumeGrid, sources_mm: torch.Tensor, plane: IsoPlane
) -> tuple[torch.Tensor, torch.Tensor]:
    """The frontal and the lateral radiograph of each body.

    Args:
        hu: (B, S, P, L), HU on `grid`, whose centre is the model's.
        unknown: the same shape, bool: voxels that no scan covers; they cast no shadow.
        grid: larger than the model's, with as much of the body as there is.
        sources_mm: (B, 2, 3), (superior, posterior, left) of the sources, frontal then lateral.
        plane: the iso-plane image.

    Returns:
        Line integrals (B, 2, rows, columns), and masks of the same shape: 0 where a ray runs further than
        `UNKNOWN_PATH_MM` through unknown voxels, else 1.
    """
    attenuation = hu_to_attenuation(hu.masked_fill(unknown, HU_AIR))[:, None]
    images = _both_views(attenuation, grid_axes_mm(grid, hu.device), sources_mm, plane)
    masks = torch.ones_like(images)
    # Bodies that cover the grid are the exception, so nothing is gained by looking for them.
    hidden = F.avg_pool3d(unknown[:, None].to(hu.dtype), COARSER)
    axes = [axis.view(-1, COARSER).mean(1) for axis in grid_axes_mm(grid, hu.device)]
    reduced = IsoPlane(
        plane.rows // COARSER,
        plane.columns // COARSER,
        plane.row_spacing_mm * COARSER,
        plane.column_spacing_mm * COARSER,
        plane.centre_row_mm,
        plane.centre_column_mm,
    )
    paths = _both_views(hidden, axes, sources_mm, reduced)
    paths = F.interpolate(paths, size=(plane.rows, plane.columns), mode="bilinear", align_corners=False)
    return images, masks * (paths < UNKNOWN_PATH_MM)


def _both_views(volume: torch.Tensor, axes, sources_mm: torch.Tensor, plane: IsoPlane) -> torch.Tensor:
    """(B, 1, S, P, L) to (B, 2, rows, columns)."""
    rows, columns = plane_axes_mm(plane, volume.device)
    views = [
        project_to_iso_plane(volume, axes, sources_mm[:, index], index == 0, rows, columns)[:, 0] for index in range(2)
    ]
    return torch.stack(views, 1)
