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

from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.hounsfield import HU_MAX, HU_MIN, MU_WATER_PER_MM
from Diff2CTCore.isoplane import IsoPlane
from Diff2CTCore.projector import grid_axes_mm, lift_from_iso_plane, project_to_iso_plane

MARGIN_MM = 80.0
"""How far the solved volume reaches beyond the wanted one on every side: most bodies are less than 420 mm wide."""

AIR_BELOW_MM = 5.0
"""A ray through less than this of water does not meet the body."""

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
        seen = F.avg_pool2d(mask[None, None], factor) > 0.99
        self.used = (seen & (self.length > SHORTEST_RAY_MM)).float()
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

    def may_be_body(self) -> torch.Tensor:
        """(1, 1, S, P, L), false where a ray through air passes; beyond the image its edge counts."""
        unsure = ((self.measured > AIR_BELOW_MM) | (self.used == 0)).float()
        reach = [len(axis) for axis in (self.rows, self.columns)]
        padded = F.pad(unsure, (reach[1], reach[1], reach[0], reach[0]), mode="replicate")
        rows, columns = (_extended(axis) for axis in (self.rows, self.columns))
        return lift_from_iso_plane(padded, rows, columns, self.source, self.frontal, self.axes) > 0.5


def _extended(axis: torch.Tensor) -> torch.Tensor:
    """A regular axis, three times as long."""
    step, count = axis[1] - axis[0], len(axis)
    return axis[0] + step * torch.arange(-count, 2 * count)


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
        (S, P, L) in the network's range. It starts with water wherever neither view saw air, and no
        voxel falls below air.
    """
    margin = math.ceil(MARGIN_MM / grid.spacing_mm)
    axes = grid_axes_mm(VolumeGrid(tuple(count + 2 * margin for count in grid.shape), grid.spacing_mm))
    views = [
        _View(
            integrals[index].float(), masks[index].float(), sources_mm[index], index == 0, plane, axes, grid.spacing_mm
        )
        for index in range(2)
    ]
    volume = (views[0].may_be_body() & views[1].may_be_body()).float()
    for _ in range(iterations):
        for view in views:
            volume = (volume + relaxation * view.correction(volume)).clamp(min=0.0)
    inner = volume[0, 0][tuple(slice(margin, margin + count) for count in grid.shape)]
    return (inner - 1.0).clamp(HU_MIN / 1000.0, HU_MAX / 1000.0)
