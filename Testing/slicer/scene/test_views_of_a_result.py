"""What stands in the views when they have their sizes, when a result goes, and when the user leaves and comes back."""

import node_facts
import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout, results
from host import process_events, wait_for


def backgrounds(views):
    found = {layout.composite_node(name).GetBackgroundVolumeID() for name in views.values()}
    assert len(found) == 1
    return found.pop()


def whole(view, volume):
    """Whether the view shows all of a volume in the plane."""
    node = layout.slice_node(view)
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    size = np.diff(np.array(bounds).reshape(3, 2)).ravel()
    across = {"Axial": (0, 1), "Coronal": (0, 2), "Sagittal": (1, 2)}[node.GetOrientation()]
    return all(node.GetFieldOfView()[axis] >= size[other] - 1e-3 for axis, other in enumerate(across))


def compare(window):
    window.ui.compareButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_slices_stand_in_the_middle_of_the_volume_and_show_it_whole(reconstructed):
    compare(reconstructed)
    parameters = reconstructed.parameters
    middle = node_facts.centre(parameters.reconstruction)
    spacing = parameters.reconstruction.GetSpacing()[0]
    for views, volume in (
        (layouts.RECONSTRUCTION_VIEWS, parameters.reconstruction),
        (layouts.TRUTH_VIEWS, parameters.truth),
    ):
        for plane, axis in (("Axial", 2), ("Sagittal", 0), ("Coronal", 1)):
            place = layout.slice_node(views[plane]).GetSliceToRAS().GetElement(axis, 3)
            assert place == pytest.approx(middle[axis], abs=spacing)
            assert whole(views[plane], volume)


def test_radiographs_are_shown_whole(loaded):
    loaded.ui.showRadiographsButton.click()
    process_events()
    for side, view in layouts.RADIOGRAPH_VIEWS.items():
        picture = loaded.widget.panels[side].upright.volume
        assert layout.composite_node(view).GetBackgroundVolumeID() == picture.GetID()
        assert whole(view, picture)


def test_volume_is_looked_at_by_the_camera_of_its_own_view(reconstructed):
    node = layout.threed_view_node()
    widget = reconstructed.app.layoutManager().viewWidget(node)
    assert widget.threeDView()._resets[-2:] == ["focal point", "camera"]
    assert not node.GetBoxVisible()
    assert not node.GetAxisLabelsVisible()


def test_no_other_volume_takes_the_place_of_a_result_that_was_deleted(reconstructed):
    window = reconstructed
    compare(window)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    slicer.mrmlScene.RemoveNode(window.parameters.truth)
    process_events()
    assert window.app.layoutManager().layout == layouts.RESULT_LAYOUT
    assert backgrounds(layouts.TRUTH_VIEWS) is None
    assert backgrounds(layouts.RECONSTRUCTION_VIEWS) == window.parameters.reconstruction.GetID()
    slicer.mrmlScene.RemoveNode(window.parameters.frontalMeasured)
    process_events()
    assert layout.composite_node(layouts.RADIOGRAPH_VIEWS["frontal"]).GetBackgroundVolumeID() is None
    hierarchy.RemoveItem(results.folder_of(window.parameters.reconstruction).item, True, True)
    process_events()
    assert window.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert backgrounds(layouts.RECONSTRUCTION_VIEWS) is None


def test_volume_that_is_loaded_meanwhile_goes_into_slicers_own_views(reconstructed, tmp_path):
    made = reconstructed.parameters.reconstruction.GetID()
    red = reconstructed.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert red.GetBackgroundVolumeID() == made
    path = str(tmp_path / "other.nrrd")
    slicer.util.exportNode(reconstructed.parameters.truthCt, path)
    other = slicer.util.loadVolume(path)
    assert red.GetBackgroundVolumeID() == other.GetID()
    assert backgrounds(layouts.RECONSTRUCTION_VIEWS) == made


def test_views_come_back_with_the_user_unless_he_chose_others(reconstructed):
    window, manager = reconstructed, reconstructed.app.layoutManager()
    compare(window)
    window.representation.exit()
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    window.representation.enter()
    process_events()
    assert manager.layout == layouts.COMPARISON_LAYOUT
    assert backgrounds(layouts.TRUTH_VIEWS) == window.parameters.truth.GetID()
    window.representation.exit()
    one = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    manager.setLayout(one)
    window.representation.enter()
    process_events()
    assert manager.layout == one
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)


def test_views_that_are_left_before_they_were_filled_stay_empty(reconstructed):
    window = reconstructed
    window.ui.showViewsButton.click()
    slicer.mrmlScene.Clear(0)
    process_events()
    assert window.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert backgrounds(layouts.RECONSTRUCTION_VIEWS) is None
