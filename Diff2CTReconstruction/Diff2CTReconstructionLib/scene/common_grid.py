"""A reconstruction and the truth on one grid: what takes time is done beside the window, and touches no scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from .background import in_background
from .file_identity import voxel_digest

AIR_HU = -1000.0


@dataclass(frozen=True)
class CommonGrid:
    """Truth and difference on the grid of a reconstruction, float32 in HU.

    Attributes:
        truth, difference: images with origin 0 and spacing 1, as volume nodes hold them; the difference is the
            reconstruction minus the truth.
        truth_digest: of the truth's voxels.
    """

    truth: vtk.vtkImageData
    difference: vtk.vtkImageData
    truth_digest: str


def common_grid(reconstruction, ct) -> Iterator[None]:
    """The `CommonGrid` of two volume nodes; a yield each few milliseconds until it is there.

    What is changed in the nodes meanwhile may be in it or not: the caller asks whether there was something.
    """
    reslice = _onto(reconstruction, ct)
    return (yield from in_background(_computed, reslice, slicer.util.arrayFromVolume(reconstruction)))


def _onto(reference, moving) -> vtk.vtkImageReslice:
    """What puts `moving` on the grid of `reference`: linearly interpolated, air outside of it."""
    to_moving = vtk.vtkMatrix4x4()
    moving.GetRASToIJKMatrix(to_moving)
    from_reference = vtk.vtkMatrix4x4()
    reference.GetIJKToRASMatrix(from_reference)
    index_to_index = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Multiply4x4(to_moving, from_reference, index_to_index)
    # The same voxels, but no pipeline that the scene's own would hear of.
    image = vtk.vtkImageData()
    image.ShallowCopy(moving.GetImageData())
    reslice = vtk.vtkImageReslice()
    reslice.SetInputData(image)
    reslice.SetResliceAxes(index_to_index)
    reslice.SetInterpolationModeToLinear()
    reslice.SetBackgroundLevel(AIR_HU)
    # An unsigned CT has no value for air.
    reslice.SetOutputScalarType(vtk.VTK_FLOAT)
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputExtent(reference.GetImageData().GetExtent())
    return reslice


def _computed(reslice: vtk.vtkImageReslice, reconstruction: np.ndarray) -> CommonGrid:
    reslice.Update()
    truth = reslice.GetOutput()
    values = vtk_to_numpy(truth.GetPointData().GetScalars()).reshape(reconstruction.shape)
    scalars = numpy_to_vtk((reconstruction.astype(np.float32) - values).ravel(), deep=True)
    difference = vtk.vtkImageData()
    difference.CopyStructure(truth)
    difference.GetPointData().SetScalars(scalars)
    return CommonGrid(truth, difference, voxel_digest(values))
