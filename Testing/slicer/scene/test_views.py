"""The views of a result: what lies in them, what they share, and the layout that the user gets back."""

import pytest
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import wait_for


@pytest.fixture
def reconstructed_after_loading(window, tmp_path):
    """A reconstruction in a scene that was saved in one of the module's layouts and loaded."""
    window.ui.showRadiographsButton.click()
    window.widget.switch.show(layouts.RESULT_LAYOUT, lambda: None)
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    window.ui.loadSampleButton.click()
    window.reconstruct()
    return window


@pytest.mark.parametrize("start", ["reconstructed", "reconstructed_after_loading"])
def test_scrolling_is_linked_within_the_six_views_and_leaves_the_others_alone(request, start):
    panel = request.getfixturevalue(start)
    panel.ui.compareButton.click()
    wait_for(lambda: not panel.widget.logic.busy)
    views = (layouts.RECONSTRUCTION_VIEWS["Axial"], layouts.TRUTH_VIEWS["Axial"], layouts.RADIOGRAPH_VIEWS["frontal"])
    made, truth, radiograph = (layout.slice_logic(name) for name in views)
    others = [radiograph, panel.app.layoutManager().sliceWidget("Red").sliceLogic()]
    before = [logic.GetSliceOffset() for logic in others]
    made.StartSliceOffsetInteraction()
    made.SetSliceOffset(made.GetSliceOffset() + 20.0)
    made.EndSliceOffsetInteraction()
    assert truth.GetSliceOffset() == pytest.approx(made.GetSliceOffset())
    assert [logic.GetSliceOffset() for logic in others] == before


def test_radiographs_fade_into_their_reprojections(reconstructed):
    composite = layout.composite_node(layouts.RADIOGRAPH_VIEWS["frontal"])
    assert composite.GetBackgroundVolumeID() == reconstructed.parameters.frontalMeasured.GetID()
    assert composite.GetForegroundVolumeID() == reconstructed.parameters.frontalReprojection.GetID()
    reconstructed.ui.fadeSlider.setValue(80.0)
    assert composite.GetForegroundOpacity() == pytest.approx(0.8)
    assert not composite.GetLinkedControl()


def test_uncertainty_map_lies_over_the_reconstruction(reconstructed):
    reconstructed.ui.mapComboBox.setCurrentIndex(2)
    composite = layout.composite_node(layouts.RECONSTRUCTION_VIEWS["Axial"])
    assert composite.GetForegroundVolumeID() == reconstructed.parameters.uncertainty.GetID()
    reconstructed.ui.mapComboBox.setCurrentIndex(0)
    assert composite.GetForegroundVolumeID() is None


def test_difference_map_lies_over_the_reconstruction(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    reconstructed.ui.mapComboBox.setCurrentIndex(1)
    for name in layouts.RECONSTRUCTION_VIEWS.values():
        composite = layout.composite_node(name)
        assert composite.GetForegroundVolumeID() == reconstructed.parameters.difference.GetID()
        assert composite.GetForegroundOpacity() == 0.5
    assert layout.composite_node(layouts.TRUTH_VIEWS["Axial"]).GetForegroundVolumeID() is None
    colours = reconstructed.parameters.difference.GetDisplayNode().GetColorNode()
    assert colours.GetName() == "DivergingBlueRed"


def test_reconstruction_and_truth_share_window_and_level_with_no_other_volume(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    parameters = reconstructed.parameters
    ct = parameters.truthCt.GetDisplayNode()
    before = (ct.GetWindow(), ct.GetLevel())
    parameters.truth.GetDisplayNode().SetWindowLevel(350.0, 40.0)
    made = parameters.reconstruction.GetDisplayNode()
    assert (made.GetWindow(), made.GetLevel()) == (350.0, 40.0)
    made.SetWindowLevel(2000.0, 500.0)
    assert parameters.truth.GetDisplayNode().GetWindow() == 2000.0
    assert (ct.GetWindow(), ct.GetLevel()) == before


def test_leaving_the_module_restores_the_layout(reconstructed):
    before = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert reconstructed.app.layoutManager().layout == layouts.RESULT_LAYOUT
    reconstructed.representation.exit()
    assert reconstructed.app.layoutManager().layout == before
    reconstructed.representation.enter()
    reconstructed.ui.showViewsButton.click()
    assert reconstructed.app.layoutManager().layout == layouts.RESULT_LAYOUT


def test_result_that_comes_when_the_user_has_left_changes_no_layout(window):
    window.ui.loadSampleButton.click()
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.ui.reconstructButton.click()
    window.representation.exit()
    before = window.app.layoutManager().layout
    wait_for(lambda: not window.widget.logic.busy)
    assert window.app.layoutManager().layout == before
    window.representation.enter()
    assert window.parameters.reconstruction is not None
    window.ui.showViewsButton.click()
    assert window.app.layoutManager().layout == layouts.RESULT_LAYOUT


def test_closing_the_scene_restores_the_layout(reconstructed):
    slicer.mrmlScene.Clear(0)
    assert reconstructed.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_scene_saved_in_the_comparison_layout_opens_in_it(application):
    """Slicer writes the number of the layout alone; who reads it must know its description from the start."""
    node = application.app.layoutManager().layoutLogic().GetLayoutNode()
    assert all(node.IsLayoutDescription(identifier) for identifier in layouts.LAYOUTS)
