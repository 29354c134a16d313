"""The bone of a synthetic CT as a segmentation, which Slicer's Segment Editor can change and export."""

from __future__ import annotations

import slicer
import vtk
from slicer.i18n import tr as _

from ..layouts import RADIOGRAPH_VIEWS
from . import results

BONE_COLOUR = (0.93, 0.87, 0.74)
SEGMENT_ID = "Bone"

_TERMINOLOGY = (
    "Segmentation category and type - DICOM master list~SCT^123037004^Anatomical Structure~SCT^272673000^Bone~^^~"
    "Anatomic codes - DICOM master list~^^~^^"
)

_SURFACE = {"Conversion method": "1", "SurfaceNets smoothing": "1"}
"""Surface nets, smoothed by themselves: a tenth of the time of Slicer's usual way, so that a slider can be followed."""


def bone_segmentation(volume, threshold_hu: float, segmentation=None):
    """A segmentation node whose one segment holds the voxels of `volume` at and above a threshold, with its surface.

    It is shown in 3D and as an outline in slices, but not across radiographs, whose views have a frame of their own.

    Args:
        segmentation: an earlier one, to be brought up to date; a new one joins the volume's run when None.
    """
    if segmentation is None:
        segmentation = _new(volume)
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segmentation.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        _labelmap(volume, threshold_hu), segmentation, SEGMENT_ID
    )
    segmentation.CreateClosedSurfaceRepresentation()
    return segmentation


def _new(volume):
    run = results.folder_of(volume)
    name = _("{run} bone").format(run=run.run if run is not None else volume.GetName())
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    segments = node.GetSegmentation()
    for parameter, value in _SURFACE.items():
        segments.SetConversionParameter(parameter, value)
    segments.AddEmptySegment(SEGMENT_ID, _("Bone of the synthetic CT"), BONE_COLOUR)
    segments.GetSegment(SEGMENT_ID).SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), _TERMINOLOGY)
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetViewNodeIDs(_views_of_patients())
    if run is not None:
        run.adopt(node, "bone")
    return node


def _labelmap(volume, threshold_hu: float):
    threshold = vtk.vtkImageThreshold()
    threshold.SetInputData(volume.GetImageData())
    threshold.ThresholdByUpper(threshold_hu)
    threshold.SetInValue(1)
    threshold.SetOutValue(0)
    threshold.SetOutputScalarTypeToUnsignedChar()
    threshold.Update()
    labelmap = slicer.vtkOrientedImageData()
    labelmap.ShallowCopy(threshold.GetOutput())
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(ijk_to_ras)
    labelmap.SetGeometryFromImageToWorldMatrix(ijk_to_ras)
    return labelmap


def _views_of_patients() -> list[str]:
    """Ids of all views but those of radiographs."""
    nodes = [*slicer.util.getNodesByClass("vtkMRMLSliceNode"), *slicer.util.getNodesByClass("vtkMRMLViewNode")]
    return [node.GetID() for node in nodes if node.GetLayoutName() not in RADIOGRAPH_VIEWS.values()]
