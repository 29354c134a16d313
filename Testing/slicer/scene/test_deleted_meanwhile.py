"""What users delete while something runs or follows it, and what they do with a result afterwards."""

import numpy as np
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout, results
from host import process_events, wait_for


def hierarchy():
    """Loading a scene may bring another one."""
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def names():
    return {node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLStorableNode")}


def test_run_that_is_undone_while_it_is_compared_stays_undone(reconstructed):
    run = results.folder_of(reconstructed.parameters.reconstruction)
    reconstructed.ui.compareButton.click()
    process_events()
    hierarchy().RemoveItem(run.item, True, True)
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert "was deleted while it was compared" in reconstructed.status
    assert not [name for name in names() if name.startswith(run.run)]
    assert reconstructed.parameters.truth is None
    # The name is free again, and the next run bears it without a suffix.
    reconstructed.reconstruct()
    assert reconstructed.parameters.reconstruction.GetName() == f"{run.run} synthetic CT"


def test_result_does_not_take_another_node_for_a_radiograph_that_was_deleted(loaded):
    loaded.ui.qualityComboBox.setCurrentIndex(0)
    loaded.ui.reconstructButton.click()
    process_events()
    for side in ("frontal", "lateral"):
        slicer.mrmlScene.RemoveNode(loaded.parameters.getValue(side + "Volume"))
    wait_for(lambda: not loaded.widget.logic.busy)
    made = loaded.parameters.reconstruction
    assert made is not None
    assert [made.GetNodeReference(results.SOURCE_ROLE + side) for side in ("frontal", "lateral")] == [None, None]


def test_bone_comes_back_when_its_segment_was_deleted(reconstructed):
    parameters = reconstructed.parameters
    reconstructed.ui.boneButton.click()
    segments = parameters.bone.GetSegmentation()
    segments.RemoveSegment("Bone")
    wanted = float(np.percentile(slicer.util.arrayFromVolume(parameters.reconstruction), 90))
    reconstructed.ui.boneThresholdSlider.setValue(wanted)
    wait_for(lambda: segments.GetNumberOfSegments() == 1)
    assert segments.GetNthSegment(0).GetName() == "Bone of the synthetic CT"


def test_bone_is_outlined_on_a_truth_that_is_compared_later(reconstructed):
    reconstructed.ui.boneButton.click()
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    process_events()
    display = reconstructed.parameters.bone.GetDisplayNode()
    for name in (*layouts.RECONSTRUCTION_VIEWS.values(), *layouts.TRUTH_VIEWS.values()):
        assert display.IsDisplayableInView(layout.slice_node(name).GetID())
    assert not display.IsDisplayableInView(layout.slice_node(layouts.RADIOGRAPH_VIEWS["frontal"]).GetID())


def test_result_that_was_renamed_and_moved_is_compared_saved_and_undone(reconstructed, tmp_path):
    parameters = reconstructed.parameters
    parameters.reconstruction.SetName("of a patient")
    elsewhere = hierarchy().CreateFolderItem(hierarchy().GetSceneItemID(), "elsewhere")
    hierarchy().SetItemParent(results.folder_of(parameters.reconstruction).item, elsewhere)
    reconstructed.ui.boneButton.click()
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert results.folder_of(parameters.truth).item == results.folder_of(parameters.reconstruction).item
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    process_events()
    slicer.util.loadScene(path)
    process_events()
    parameters = reconstructed.parameters
    assert parameters.reconstruction.GetName() == "of a patient"
    threshold = float(np.percentile(slicer.util.arrayFromVolume(parameters.reconstruction), 90))
    expected = slicer.util.arrayFromVolume(parameters.reconstruction) >= threshold
    reconstructed.ui.boneThresholdSlider.setValue(threshold)
    voxels = slicer.util.arrayFromSegmentBinaryLabelmap
    wait_for(lambda: np.array_equal(voxels(parameters.bone, "Bone", parameters.reconstruction), expected))
    hierarchy().RemoveItem(results.folder_of(parameters.reconstruction).item, True, True)
    process_events()
    assert parameters.bone is None
    assert not [name for name in names() if name.startswith(("of a patient", "Diff2CT reconstruction"))]
