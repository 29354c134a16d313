"""No other volume stands in the views of a result: not when it is deleted, and not when another one is loaded."""

import slicer
from Diff2CTReconstructionLib import layouts, sample_pair
from Diff2CTReconstructionLib.scene import layout, results
from host import process_events, wait_for

FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def layers(views):
    composites = [layout.composite_node(name) for name in views.values()]
    return {c.GetBackgroundVolumeID() for c in composites} | {c.GetForegroundVolumeID() for c in composites}


def compare(window):
    window.ui.compareButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_deleted_run_takes_its_layout_along_and_leaves_nothing_in_the_views(reconstructed):
    compare(reconstructed)
    reconstructed.ui.mapComboBox.setCurrentIndex(1)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    hierarchy.RemoveItem(results.folder_of(reconstructed.parameters.reconstruction).item, True, True)
    process_events()
    assert reconstructed.parameters.truthCt is not None
    assert reconstructed.status == ""
    assert reconstructed.app.layoutManager().layout == FOUR_UP
    for views in (layouts.RECONSTRUCTION_VIEWS, layouts.TRUTH_VIEWS, layouts.RADIOGRAPH_VIEWS):
        assert layers(views) == {None}


def test_deleted_truth_leaves_the_result_in_its_own_layout(reconstructed):
    compare(reconstructed)
    reconstructed.ui.mapComboBox.setCurrentIndex(0)
    volume = reconstructed.parameters.reconstruction
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.truth)
    process_events()
    assert reconstructed.app.layoutManager().layout == layouts.RESULT_LAYOUT
    assert layers(layouts.RECONSTRUCTION_VIEWS) == {volume.GetID(), None}
    assert layers(layouts.TRUTH_VIEWS) == {None}


def test_volume_deleted_within_a_batch_of_changes_leaves_no_other_in_its_place(reconstructed):
    slicer.mrmlScene.StartState(slicer.mrmlScene.BatchProcessState)
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.reconstruction)
    slicer.mrmlScene.EndState(slicer.mrmlScene.BatchProcessState)
    assert layers(layouts.RECONSTRUCTION_VIEWS) == {None}


def test_volume_that_is_loaded_stays_out_of_the_views_of_the_result(reconstructed):
    shown = [layers(views) for views in (layouts.RECONSTRUCTION_VIEWS, layouts.RADIOGRAPH_VIEWS)]
    loaded = slicer.util.loadVolume(str(sample_pair.sample_folder() / "truth.nrrd"))
    process_events()
    assert [layers(views) for views in (layouts.RECONSTRUCTION_VIEWS, layouts.RADIOGRAPH_VIEWS)] == shown
    red = reconstructed.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert red.GetBackgroundVolumeID() == loaded.GetID()
