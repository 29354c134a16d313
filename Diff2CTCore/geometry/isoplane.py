"""The iso-plane image of a view, and the homographies between it and the detector.

Any detector sees the rays of its source; on which plane they are recorded is a matter of
coordinates. Two planes in the same pencil of rays are related by a homography (Hartley & Zisserman,
Multiple View Geometry, chapter 8), so a radiograph is carried over to the plane through the
volume's centre that is parallel to the grid once, and all later work is axis-aligned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .views import ViewGeometry


@dataclass(frozen=True)
class IsoPlane:
    """A regular image on the iso-plane: size, pixel pitch and middle in mm (at the volume's centre)."""

    rows: int
    columns: int
    row_spacing_mm: float
    column_spacing_mm: float
    centre_row_mm: float = 0.0
    centre_column_mm: float = 0.0

    def rows_mm(self) -> np.ndarray:
        """Position of each row towards the head, mm."""
        return (np.arange(self.rows) - (self.rows - 1) / 2.0) * self.row_spacing_mm + self.centre_row_mm

    def columns_mm(self) -> np.ndarray:
        """Position of each column towards the left (frontal) or the back (lateral), mm."""
        return (np.arange(self.columns) - (self.columns - 1) / 2.0) * self.column_spacing_mm + self.centre_column_mm


def source_spl_mm(view: ViewGeometry) -> np.ndarray:
    """The source as (superior, posterior, left) mm about the volume's centre.

    The source of a slot scan has no height of its own, it is level with whatever it shows: superior is NaN.
    """
    right, anterior, superior = view.source_mm()
    return np.array([np.nan if view.slot_scan else superior, -anterior, -right])


def _iso_point_ras(view: ViewGeometry, row_mm: np.ndarray, column_mm: np.ndarray) -> np.ndarray:
    """Iso-plane coordinates to RAS mm, shape (..., 3)."""
    zero = np.zeros(np.broadcast(row_mm, column_mm).shape)
    if view.frontal:
        return np.stack([zero - column_mm, zero, zero + row_mm], axis=-1)
    return np.stack([zero, zero - column_mm, zero + row_mm], axis=-1)


def _detector_to_iso(view: ViewGeometry, column_px: np.ndarray, row_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the rays to detector pixels cross the iso-plane: (row_mm, column_mm); the two are broadcast."""
    ray, column_axis, row_axis = view.frame()
    row_pitch, column_pitch = view.pixel_spacing_mm
    across_mm = (column_px - view.principal_point_px[0]) * column_pitch
    along_mm = (row_px - (view.centre_px if view.slot_scan else view.principal_point_px)[1]) * row_pitch

    def source_and_direction(axis: int) -> tuple[np.ndarray | float, np.ndarray]:
        along = along_mm * row_axis[axis]
        direction = view.sid_mm * ray[axis] + across_mm * column_axis[axis]
        if view.slot_scan:
            return view.source_mm()[axis] + along, direction
        return view.source_mm()[axis], direction + along

    # One axis at a time: of a large detector's points there are too many for all three.
    depth, across = (1, 0) if view.frontal else (0, 1)
    source, direction = source_and_direction(depth)
    reach = source / direction
    row_mm, column_mm = (source - direction * reach for source, direction in map(source_and_direction, (2, across)))
    return row_mm, -column_mm


def _is_parallel(view: ViewGeometry) -> bool:
    return view.primary_deg == 0.0 and view.secondary_deg == 0.0 and view.rotation_deg == 0.0


def iso_plane_for_view(view: ViewGeometry) -> IsoPlane:
    """The iso-plane image that covers a detector at its own resolution.

    For a detector parallel to the grid its pixels coincide with the detector's.
    """
    columns, rows = np.arange(view.columns, dtype=float), np.arange(view.rows, dtype=float)
    if _is_parallel(view):
        row_mm, _ = _detector_to_iso(view, np.zeros_like(rows), rows)
        _, column_mm = _detector_to_iso(view, columns, np.zeros_like(columns))
        return IsoPlane(view.rows, view.columns, *view.iso_spacing_mm, row_mm.mean(), column_mm.mean())
    edge_columns = np.concatenate([columns, columns, np.full(view.rows, columns[0]), np.full(view.rows, columns[-1])])
    edge_rows = np.concatenate([np.full(view.columns, rows[0]), np.full(view.columns, rows[-1]), rows, rows])
    row_mm, column_mm = _detector_to_iso(view, edge_columns, edge_rows)
    pitch = min(view.iso_spacing_mm)
    size = [int(np.ceil(np.ptp(extent) / pitch)) + 3 for extent in (row_mm, column_mm)]
    return IsoPlane(*size, pitch, pitch, (row_mm.min() + row_mm.max()) / 2, (column_mm.min() + column_mm.max()) / 2)


def warp_to_detector(image: torch.Tensor, plane: IsoPlane, view: ViewGeometry) -> torch.Tensor:
    """Iso-plane image (B, C, rows, columns) to the detector's pixels (B, C, view.rows, view.columns).

    Zero where a pixel lies outside the iso-plane image.
    """
    if _is_parallel(view) and plane == iso_plane_for_view(view):
        return image.flip(2)  # rows run to the head in the iso-plane, to the feet on the detector
    row_mm, column_mm = _detector_to_iso(view, np.arange(view.columns)[None, :], np.arange(view.rows)[:, None])
    y = (row_mm - plane.centre_row_mm) / (plane.row_spacing_mm * (plane.rows - 1) / 2.0)
    x = (column_mm - plane.centre_column_mm) / (plane.column_spacing_mm * (plane.columns - 1) / 2.0)
    return _sample(image, x, y, "zeros")


def warp_to_iso_plane(image: torch.Tensor, view: ViewGeometry, plane: IsoPlane) -> tuple[torch.Tensor, torch.Tensor]:
    """A radiograph on the iso-plane, with a mask of what the detector saw.

    Args:
        image: (B, C, view.rows, view.columns), canonical orientation.
        view: the radiograph's geometry.
        plane: the wanted iso-plane image.

    Returns:
        (B, C, plane.rows, plane.columns) values, zero where the detector saw nothing, and the mask
        (1, 1, plane.rows, plane.columns), 1 inside the detector and 0 outside.

    Where the plane is coarser than the detector the radiograph is averaged first, so that fine
    detail does not alias.
    """
    row_mm, column_mm = np.meshgrid(plane.rows_mm(), plane.columns_mm(), indexing="ij")
    pixels = view.project(_iso_point_ras(view, row_mm, column_mm))
    # No more pixels can be averaged than there are, however small a pitch is claimed.
    reduce = [
        max(1, round(min(side, spacing / pitch)))
        for side, spacing, pitch in zip(
            image.shape[2:], (plane.row_spacing_mm, plane.column_spacing_mm), view.iso_spacing_mm, strict=True
        )
    ]
    if max(reduce) > 1:
        image = F.avg_pool2d(image, reduce, ceil_mode=True, count_include_pad=False)
    # align_corners=False coordinates: pixel edges at -1 and 1, which averaging leaves in place but
    # for the last, partly filled pixel.
    x = (2.0 * pixels[..., 0] + 1.0) / (image.shape[3] * reduce[1]) - 1.0
    y = (2.0 * pixels[..., 1] + 1.0) / (image.shape[2] * reduce[0]) - 1.0
    inside = (
        (pixels[..., 0] >= -0.5)
        & (pixels[..., 0] <= view.columns - 0.5)
        & (pixels[..., 1] >= -0.5)
        & (pixels[..., 1] <= view.rows - 0.5)
    )
    mask = torch.as_tensor(inside, dtype=image.dtype, device=image.device)[None, None]
    return _sample(image, x, y, "border", align_corners=False) * mask, mask


def _sample(image: torch.Tensor, x: np.ndarray, y: np.ndarray, padding: str, align_corners: bool = True):
    where = torch.empty(*np.broadcast_shapes(x.shape, y.shape), 2, dtype=image.dtype)
    for axis, values in enumerate((x, y)):
        where[..., axis] = torch.from_numpy(values)
    where = where.to(image.device)
    where = where.expand(image.shape[0], *where.shape)
    return F.grid_sample(image, where, mode="bilinear", padding_mode=padding, align_corners=align_corners)
