"""What a run brought into the scene goes with it, by its folder or node by node, and takes nothing else along."""

import slicer
from Diff2CTReconstructionLib.scene import results
from host import process_events, wait_for

VIEWS = ("vtkMRMLSliceNode", "vtkMRMLSliceCompositeNode", "vtkMRMLSliceDisplayNode", "vtkMRMLViewNode", "vtkMRMLCamera")


def nodes():
    """Ids of all nodes but those that views bring along."""
    scene = slicer.mrmlScene
    found = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    found = [node for node in found if not node.GetClassName().startswith(VIEWS)]
    return {node.GetID() for node in found if not node.GetName().startswith(("Slice Transform", "Slice Volume Slice"))}


def hierarchy():
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def test_deleting_the_folder_leaves_the_scene_as_it_was_before_the_run(loaded, tmp_path):
    loaded.ui.showRadiographsButton.click()
    process_events()
    # Saving gives each volume a node for its file.
    assert slicer.util.saveScene(str(tmp_path / "before.mrb"))
    before = nodes()
    loaded.ui.samplesSpinBox.setValue(2)
    loaded.reconstruct()
    loaded.ui.compareButton.click()
    wait_for(lambda: not loaded.widget.logic.busy)
    for row in (1, 2, 0):
        loaded.ui.mapComboBox.setCurrentIndex(row)
    loaded.ui.boneButton.click()
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    run = results.folder_of(loaded.parameters.reconstruction)
    # Whether it lies at the top or was dragged into another folder is the user's business.
    other = hierarchy().CreateFolderItem(hierarchy().GetSceneItemID(), "elsewhere")
    hierarchy().SetItemParent(run.item, other)
    hierarchy().RemoveItem(run.item, True, True)
    process_events()
    assert nodes() == before
    assert not loaded.ui.showViewsButton.enabled


def test_deleting_a_result_leaves_what_a_node_of_the_user_shares_with_it(reconstructed):
    made = reconstructed.parameters.reconstruction
    mine = slicer.util.addVolumeFromArray(slicer.util.arrayFromVolume(made).copy(), name="mine")
    shared = made.GetScalarVolumeDisplayNode()
    mine.SetAndObserveDisplayNodeID(shared.GetID())
    rendering = slicer.modules.volumerendering.logic().GetFirstVolumeRenderingDisplayNode(made)
    slicer.mrmlScene.RemoveNode(made)
    process_events()
    assert mine.GetDisplayNode() is shared
    assert not slicer.mrmlScene.IsNodePresent(rendering)
    assert reconstructed.parameters.reconstruction is None
    assert reconstructed.parameters.frontalMeasured.GetDisplayNode() is not None
    assert not reconstructed.ui.showViewsButton.enabled


def test_a_clone_lives_on_with_its_own_display_when_the_result_goes(reconstructed):
    made = reconstructed.parameters.reconstruction
    clone = slicer.vtkSlicerVolumesLogic.CloneVolume(slicer.mrmlScene, made, "clone")
    slicer.mrmlScene.RemoveNode(made)
    process_events()
    assert slicer.mrmlScene.IsNodePresent(clone.GetDisplayNode())
    assert clone.GetDisplayNode().GetWindow() > 0
