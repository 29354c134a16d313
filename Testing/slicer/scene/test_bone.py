"""Bone as a segmentation: the voxels above the threshold, a closed surface, and scenes of earlier versions."""

import numpy as np
import slicer
import vtk
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import wait_for


def voxels(window):
    """The segment on the reconstruction's grid."""
    parameters = window.parameters
    return slicer.util.arrayFromSegmentBinaryLabelmap(parameters.bone, "Bone", parameters.reconstruction)


def edges(surface, kind):
    """How many edges of a kind a surface has."""
    find = vtk.vtkFeatureEdges()
    find.SetInputData(surface)
    for name in ("BoundaryEdges", "FeatureEdges", "ManifoldEdges", "NonManifoldEdges"):
        getattr(find, f"Set{name}")(name == kind)
    find.Update()
    return find.GetOutput().GetNumberOfCells()


def test_bone_is_a_segment_that_follows_the_threshold(reconstructed):
    window, parameters = reconstructed, reconstructed.parameters
    window.ui.boneThresholdSlider.setValue(0.0)
    assert parameters.bone is None
    window.ui.boneButton.click()
    bone = parameters.bone
    made = slicer.util.arrayFromVolume(parameters.reconstruction)
    assert np.array_equal(voxels(window), made >= 0)
    assert bone.GetSegmentation().GetSegment("Bone").GetName() == "Bone of the synthetic CT"
    assert bone.GetAttribute("Diff2CT.run") == parameters.reconstruction.GetAttribute("Diff2CT.run")
    wanted = float(np.percentile(made, 95))
    window.ui.boneThresholdSlider.setValue(wanted)
    wait_for(lambda: voxels(window).sum() < (made >= 0).sum())
    assert np.array_equal(voxels(window), made >= wanted)
    assert parameters.bone is bone
    shown = set(bone.GetDisplayNode().GetViewNodeIDs())
    assert layout.threed_view_node().GetID() in shown
    assert layout.slice_node(layouts.RECONSTRUCTION_VIEWS["Axial"]).GetID() in shown
    assert layout.slice_node(layouts.RADIOGRAPH_VIEWS["frontal"]).GetID() not in shown


def test_surface_goes_out_closed_and_in_the_place_of_the_volume(reconstructed, tmp_path):
    window, parameters = reconstructed, reconstructed.parameters
    made = slicer.util.arrayFromVolume(parameters.reconstruction)
    window.ui.boneThresholdSlider.setValue(float(np.percentile(made, 90)))
    window.ui.boneButton.click()
    export = slicer.vtkSlicerSegmentationsModuleLogic.ExportSegmentsClosedSurfaceRepresentationToFiles
    assert export(str(tmp_path), parameters.bone, None, "STL", True)
    reader = vtk.vtkSTLReader()
    reader.SetFileName(str(next(tmp_path.glob("*.stl"))))
    reader.Update()
    surface = reader.GetOutput()
    assert surface.GetNumberOfCells() > 100
    assert edges(surface, "BoundaryEdges") == 0
    left, right, back, front, *height = surface.GetBounds()
    outer = [0.0] * 6
    parameters.reconstruction.GetRASBounds(outer)
    # The file is in LPS, as Slicer writes it.
    inner = (-right, -left, -front, -back, *height)
    # Bone at the edge of the volume is closed off in the half voxel around it.
    half = parameters.reconstruction.GetSpacing()[0] / 2.0
    for axis in (0, 2, 4):
        assert outer[axis] - half <= inner[axis] <= inner[axis + 1] <= outer[axis + 1] + half


def test_scene_of_an_earlier_version_with_a_bone_model_opens(window, tmp_path):
    node = window.parameters.parameterNode
    model = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "bone of before")
    node.SetNodeReferenceID("boneSurface", model.GetID())
    path = str(tmp_path / "earlier.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    assert window.parameters.bone is None
    assert slicer.mrmlScene.GetFirstNodeByName("bone of before") is not None
