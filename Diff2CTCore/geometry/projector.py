"""Differentiable cone-beam projection of a volume, and its counterpart, the lift of image features.

Both work in the iso-plane of a view: the plane through the volume's centre that is parallel to the
grid's coronal planes (frontal views) or sagittal planes (lateral views). Seen from the source, each
voxel plane parallel to it appears in it merely scaled and shifted, so interpolation in a voxel plane
splits into one for the rows and one for the columns: sums of whole rows of numbers on a CPU, matrix
products on a GPU (`plane_sums`, `plane_products`; Joseph's method, IEEE
Trans. Med. Imaging 1(3), 1982, with linear interpolation in each plane). A detector that is turned
against the grid sees the same rays, so its image is the iso-plane image under a homography
(`isoplane`); nothing else changes.

Tensors: volumes (B, C, superior, posterior, left); iso-plane images (B, C, rows, columns), where rows
grow to the head and columns to the patient's left (frontal) or back (lateral). Positions are
(superior, posterior, left) mm about the volume's centre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np
import torch

from . import plane_products, plane_sums
from .grid import VolumeGrid
from .interpolation import linear_taps
from .isoplane import IsoPlane, iso_plane_for_view, source_spl_mm, warp_to_detector
from .views import ViewGeometry


@dataclass(frozen=True)
class _AxisRoles:
    """Which grid axis plays rows, depth and columns in a view: indices into (superior, posterior, left)."""

    depth: int
    column: int
    row: int = 0


_FRONTAL = _AxisRoles(depth=1, column=2)
_LATERAL = _AxisRoles(depth=2, column=1)


@lru_cache(maxsize=16)
def grid_axes_mm(grid: VolumeGrid, device=None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Voxel positions along the three tensor axes in mm from the grid's centre; kept, so not to be changed."""
    return tuple(_kept(grid.axis_mm(axis), device) for axis in range(3))


@lru_cache(maxsize=16)
def plane_axes_mm(plane: IsoPlane, device=None) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions of the rows and of the columns of an iso-plane image in mm; kept, so not to be changed."""
    return _kept(plane.rows_mm(), device), _kept(plane.columns_mm(), device)


def _kept(positions_mm: np.ndarray, device) -> torch.Tensor:
    # Sending it again would halt a GPU; and a tensor made in inference mode could not be trained with later.
    with torch.inference_mode(False):
        return torch.as_tensor(positions_mm, dtype=torch.float32, device=device)


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
        source_mm: (B, 3), (superior, posterior, left) of the source; superior NaN for a slot scan, whose source is
            level with each row.
        frontal: coronal iso-plane if true, sagittal if false.
        rows_mm, columns_mm: (R,) and (K,), positions in the iso-plane.

    Returns:
        (B, C, R, K), differentiable with respect to `volume`.
    """
    return iso_plane_projector(volume.shape, axes_mm, source_mm, frontal, rows_mm, columns_mm)(volume)


def iso_plane_projector(
    shape: torch.Size,
    axes_mm: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    source_mm: torch.Tensor,
    frontal: bool,
    rows_mm: torch.Tensor,
    columns_mm: torch.Tensor,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """`project_to_iso_plane` for volumes (B, C, S, P, L) of one shape, what depends on the geometry worked out once."""
    roles = _FRONTAL if frontal else _LATERAL
    axes = [_batched(axis, shape[0]) for axis in axes_mm]
    depth = axes[roles.depth]
    source_depth = source_mm[:, roles.depth, None]
    shrink = 1.0 - depth / source_depth  # (B, D): size in the voxel plane per size in the iso-plane
    row_source, column_source = source_mm[:, roles.row, None, None], source_mm[:, roles.column, None, None]
    slope = torch.where(row_source.isnan(), 0.0, rows_mm[None, :, None] - row_source)
    ray_length = torch.sqrt(slope**2 + (columns_mm[None, None, :] - column_source) ** 2 + source_depth[..., None] ** 2)
    step_mm = (depth[:, 1] - depth[:, 0])[:, None, None] * ray_length / source_depth[..., None].abs()

    row_taps = linear_taps(_seen(rows_mm, row_source, shrink), axes[roles.row])  # (B, D, R, 2)
    column_taps = linear_taps(_seen(columns_mm, column_source, shrink), axes[roles.column])  # (B, D, K, 2)
    projection = _way(step_mm).Projection(shape, frontal, row_taps, column_taps)
    return lambda volume: projection(volume) * step_mm.unsqueeze(1)


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
        seen = _seen(axes[role][:, None, :], source_mm[:, role, None, None], grow)
        return linear_taps(seen, _batched(knots, batch))

    row_taps, column_taps = taps(roles.row, rows_mm), taps(roles.column, columns_mm)  # (B, D, row or column, 2)
    return _way(features).lift(features, frontal, row_taps, column_taps)


def _seen(positions: torch.Tensor, source: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Positions (..., N) on one plane as the source (B, 1, 1) sees them on planes of another scale (B, D): (B, D, N).

    A source at NaN is level with each position and sees it where it is.
    """
    level = source.isnan()
    origin = torch.where(level, 0.0, source)
    return origin + (positions - origin) * torch.where(level, 1.0, scale[..., None])


def _way(tensor: torch.Tensor) -> ModuleType:
    """Where the planes are worked on in the way that suits the tensor's device; both give the same."""
    return plane_products if tensor.device.type == "cuda" else plane_sums


def project(volume: torch.Tensor, grid: VolumeGrid, view: ViewGeometry) -> torch.Tensor:
    """Digitally reconstructed radiograph on the pixels of a real detector.

    Args:
        volume: (B, 1, S, P, L), attenuation in 1/mm on `grid`, whose centre is the origin of `view`.
        grid: any size; the rest of the world is air.
        view: where the source and the detector are.

    Returns:
        Line integrals (dimensionless), shape (B, 1, view.rows, view.columns), in the canonical
        orientation of `views`; differentiable with respect to `volume`.
    """
    plane = iso_plane_for_view(view)
    source = torch.as_tensor(source_spl_mm(view), dtype=torch.float32, device=volume.device)
    image = project_to_iso_plane(
        volume,
        grid_axes_mm(grid, volume.device),
        source.expand(volume.shape[0], 3),
        view.frontal,
        *plane_axes_mm(plane, volume.device),
    )
    return warp_to_detector(image, plane, view)
