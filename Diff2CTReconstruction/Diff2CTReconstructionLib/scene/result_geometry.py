"""How the radiographs of a result see its volume: from the world of the scene to their pixels and back."""

from __future__ import annotations

import numpy as np
import vtk

from ..layouts import RADIOGRAPH_VIEWS
from . import results
from .rays import Ray, ray_through

FRONTAL, LATERAL = RADIOGRAPH_VIEWS


class ResultGeometry:
    """Both views of a reconstruction by side, about its own voxels: it may lie under a transform.

    Args:
        volume: the reconstruction.
        views: a `Diff2CTCore.geometry.ViewGeometry` for "frontal" and for "lateral".
        grid: the `Diff2CTCore.geometry.VolumeGrid` that the views are placed about.
    """

    def __init__(self, volume, views: dict, grid):
        self.volume = volume
        self._views = views
        self._grid = grid

    def centre(self) -> tuple[float, float, float]:
        """The middle of the volume, world RAS mm."""
        return self._to_world(np.zeros(3))

    def pixel(self, side: str, world) -> tuple[float, float]:
        """(column, row) of a point, world RAS mm, in a side's radiograph."""
        column, row = self._views[side].project(self._from_world(world))
        return float(column), float(row)

    def ray(self, side: str, column: float, row: float) -> Ray:
        """The ray to a pixel of a side's radiograph, about the volume's centre."""
        return ray_through(self._views[side], column, row)

    def nearest_on(self, ray: Ray, world) -> tuple[float, float, float]:
        """The point of a ray that is nearest to a point; both points in world RAS mm."""
        return self._to_world(ray.nearest_to(self._from_world(world)))

    def world(self, point_mm) -> tuple[float, float, float]:
        """World RAS mm of a point given in mm about the volume's centre."""
        return self._to_world(point_mm)

    def _from_world(self, world) -> np.ndarray:
        local = [0.0, 0.0, 0.0]
        self.volume.TransformPointFromWorld(list(world), local)
        to_index = vtk.vtkMatrix4x4()
        self.volume.GetRASToIJKMatrix(to_index)
        return self._grid.index_to_ras_mm(to_index.MultiplyPoint((*local, 1.0))[2::-1])

    def _to_world(self, point_mm) -> tuple[float, float, float]:
        to_ras = vtk.vtkMatrix4x4()
        self.volume.GetIJKToRASMatrix(to_ras)
        index = [float(value) for value in self._grid.ras_mm_to_index(point_mm)]
        world = [0.0, 0.0, 0.0]
        self.volume.TransformPointToWorld(to_ras.MultiplyPoint((*index[::-1], 1.0))[:3], world)
        return tuple(world)


def geometry_of(volume) -> ResultGeometry | None:
    """What a reconstruction's report says of its views; None where it does not, or is about another grid."""
    from Diff2CTCore.errors import Diff2CTError
    from Diff2CTCore.geometry import BiplanarGeometry, VolumeGrid

    if volume is None or volume.GetImageData() is None:
        return None
    report = results.provenance_of(volume)
    try:
        pair = BiplanarGeometry.from_dict(report["geometry"])
        grid = VolumeGrid(tuple(report["grid"]["shape"]), float(report["grid"]["spacing_mm"]))
    except (KeyError, TypeError, ValueError, AttributeError, Diff2CTError):
        # A scene may come from anywhere.
        return None
    if volume.GetImageData().GetDimensions()[::-1] != grid.shape:
        return None
    return ResultGeometry(volume, {FRONTAL: pair.frontal, LATERAL: pair.lateral}, grid)
