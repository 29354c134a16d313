"""SART: simultaneous algebraic reconstruction from two views.

Andersen, Kak, "Simultaneous algebraic reconstruction technique (SART)", Ultrasonic Imaging 6, 81-94, 1984:
each view in turn corrects the volume by its back-projected error, every ray's error divided by the
ray's length and every voxel's correction by the weight of the rays that met it.

It gets what no network gets: calibrated line integrals, without unknown gain and offset. Radiographs
show the whole body, so that the volume is solved on a grid that is larger than the wanted one.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt

from Diff2CTCore.geometry import (
    HU_MAX,
    HU_MIN,
    MU_WATER_PER_MM,
    IsoPlane,
    VolumeGrid,
    grid_axes_mm,
    lift_from_iso_plane,
    project_to_iso_plane,
)

MARGIN_MM = 80.0
"""How far the solved volume reaches beyond the wanted one on every side: most bodies are less than 420 mm wide."""

SHORTEST_RAY_MM = 40.0
"""A ray that runs through less of the solved volume says nothing reliable."""


class _View:
    """One radiograph at a pitch of about half a voxel, with its operator and the operator's sums."""

    def __init__(self, integrals, mask, source_mm, frontal: bool, plane: IsoPlane, axes_mm, spacing_mm: float):
        factor = max(1, round(spacing_mm / 2.0 / plane.row_spacing_mm))
        size = [plane.rows // factor, plane.columns // factor]
        rows = torch.as_tensor(plane.rows_mm(), dtype=torch.float32)[: size[0] * factor]
        columns = torch.as_tensor(plane.columns_mm(), dtype=torch.float32)[: size[1] * factor]
        self.rows, self.columns = (axis.unflatten(0, (-1, factor)).mean(1) for axis in (rows, columns))
        self.source, self.frontal, self.axes = source_mm[None], frontal, axes_mm
        # In water-equivalent mm, so that the volume is 1 for water and 0 for air.
        self.measured = F.avg_pool2d(integrals[None, None] / MU_WATER_PER_MM, factor)
        self.shape = tuple(len(axis) for axis in axes_mm)
        self.length = self.project(torch.ones(1, 1, *self.shape))
        self.known = F.avg_pool2d(mask[None, None], factor) > 0.99
        self.used = (self.known & (self.length > SHORTEST_RAY_MM)).float()
        self.weight = self.back_project(self.used)

    def project(self, volume: torch.Tensor) -> torch.Tensor:
        return project_to_iso_plane(volume, self.axes, self.source, self.frontal, self.rows, self.columns)

    def back_project(self, image: torch.Tensor) -> torch.Tensor:
        """The operator's transpose."""
        with torch.enable_grad():
            volume = torch.zeros(1, 1, *self.shape, requires_grad=True)
            return torch.autograd.grad(self.project(volume), volume, image)[0]

    def correction(self, volume: torch.Tensor) -> torch.Tensor:
        error = (self.measured - self.project(volume)) * self.used / self.length.clamp(min=SHORTEST_RAY_MM)
        return self.back_project(error) / self.weight.clamp(min=1e-3 * float(self.weight.max()))

    def lifted(self) -> torch.Tensor:
        """(1, 1, S, P, L): the measured value along each ray; the nearest known one where it is not known."""
        nearest = distance_transform_edt(~self.known[0, 0].numpy(), return_distances=False, return_indices=True)
        measured = self.measured[:, :, nearest[0], nearest[1]]
        rows, columns = len(self.rows), len(self.columns)
        padded = F.pad(measured, (columns, columns, rows, rows), mode="replicate")
        knots = (_extended(axis) for axis in (self.rows, self.columns))
        return lift_from_iso_plane(padded, *knots, self.source, self.frontal, self.axes)


def _extended(axis: torch.Tensor) -> torch.Tensor:
    """A regular axis, three times as long."""
    step, count = axis[1] - axis[0], len(axis)
    return axis[0] + step * torch.arange(-count, 2 * count)


def _start(frontal: _View, lateral: _View) -> torch.Tensor:
    """The product of both radiographs in each axial slice, over the slice's mass.

    For parallel rays it explains both views and is the smoothest volume that does (maximum entropy; Minerbo,
    Computer Graphics and Image Processing 10, 48-68, 1979).
    """
    along_back, along_left = frontal.lifted(), lateral.lifted()
    back = lateral.axes[1]
    # The lateral view is the one that sees the whole of a wide body.
    mass = along_left[..., along_left.shape[-1] // 2].sum(3) * (back[1] - back[0])
    return along_back * along_left / mass[..., None, None].clamp(min=1.0)


@torch.no_grad()
def sart(
    integrals: torch.Tensor,
    masks: torch.Tensor,
    sources_mm: torch.Tensor,
    plane: IsoPlane,
    grid: VolumeGrid,
    iterations: int = 20,
    relaxation: float = 0.5,
) -> torch.Tensor:
    """Reconstruct a volume from two radiographs of known intensity.

    Args:
        integrals: (2, rows, columns), line integrals (dimensionless) on the iso-plane, frontal and lateral.
        masks: (2, rows, columns), 1 where they are known.
        sources_mm: (2, 3), (superior, posterior, left).
        plane: where the images lie.
        grid: the wanted volume; the solved one is larger by `MARGIN_MM` on every side.
        iterations: passes over both views.
        relaxation: share of each correction that is applied, in (0, 1].

    Returns:
        (S, P, L) in the network's range; no voxel is below air.
    """
    margin = math.ceil(MARGIN_MM / grid.spacing_mm)
    axes = grid_axes_mm(VolumeGrid(tuple(count + 2 * margin for count in grid.shape), grid.spacing_mm))
    views = [
        _View(
            integrals[index].float(), masks[index].float(), sources_mm[index], index == 0, plane, axes, grid.spacing_mm
        )
        for index in range(2)
    ]
    volume = _start(*views)
    for _ in range(iterations):
        for view in views:
            volume = (volume + relaxation * view.correction(volume)).clamp(min=0.0)
    inner = volume[0, 0][tuple(slice(margin, margin + count) for count in grid.shape)]
    return (inner - 1.0).clamp(HU_MIN / 1000.0, HU_MAX / 1000.0)
