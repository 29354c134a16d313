"""From the sample pair to an exported volume, as a person does it: by buttons and boxes."""

import json

import node_facts
import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib.scene import layout, results, sample_data
from host import wait_for


@pytest.fixture
def reconstructed(window):
    """The sample pair reconstructed with the small model."""
    window.ui.loadSampleButton.click()
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.ui.samplesSpinBox.setValue(2)
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status.startswith("Done in"), window.status
    return window


def test_sample_pair_is_loaded_shown_and_described(window):
    window.ui.loadSampleButton.click()
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert window.ui.frontalVolumeSelector.currentNode().GetName() == "Diff2CT sample frontal"
    assert "AP" in window.ui.frontalFactsLabel.text
    assert "LL" in window.ui.lateralFactsLabel.text
    assert "0.400 mm" in window.ui.frontalFactsLabel.text
    assert "1150 / 950 mm" in window.ui.lateralFactsLabel.text
    assert window.ui.reconstructButton.enabled


def test_reconstruct_button_becomes_cancel_and_progress_is_shown(window):
    window.ui.loadSampleButton.click()
    window.ui.reconstructButton.click()
    assert window.ui.reconstructButton.text == "Cancel"
    seen = set()

    def watch():
        seen.add(window.status)
        return not window.widget.logic.busy

    wait_for(watch)
    assert window.ui.reconstructButton.text == "Reconstruct"
    assert any(text.startswith("Sample") for text in seen), seen


def test_result_stands_in_its_folder_with_geometry_and_provenance(reconstructed):
    parameters = reconstructed.parameters
    volume = parameters.reconstruction
    assert volume.GetName() == "Diff2CT reconstruction 1 synthetic CT"
    grid = results.provenance_of(volume)["grid"]
    assert list(volume.GetImageData().GetDimensions()) == grid["shape"][::-1]
    assert volume.GetSpacing() == pytest.approx([grid["spacing_mm"]] * 3)
    sample = json.loads((sample_data.sample_folder() / sample_data.GEOMETRY_FILE).read_text())
    assert node_facts.centre(volume) == pytest.approx(sample["centre_ras_mm"], abs=0.1)
    provenance = results.provenance_of(volume)
    assert provenance["settings"]["steps"] == 3
    assert provenance["model"]["name"] == "small"
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    folder = results.folder_of(volume).item
    names = node_facts.children(hierarchy, folder)
    assert len(names) == 6, names
    facts = {name: hierarchy.GetItemAttribute(folder, f"Diff2CT.{name}") for name in ("model", "steps", "intended_use")}
    assert facts == {"model": "small", "steps": "3", "intended_use": provenance["intended_use"]}
    assert volume.GetStorageNode() is None or not volume.GetStorageNode().GetFileName()


def test_deleting_the_folder_undoes_the_run(reconstructed):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    before = {"Diff2CT sample frontal", "Diff2CT sample lateral", "Diff2CT sample truth CT"}
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    reconstructed.ui.boneSurfaceButton.click()
    hierarchy.RemoveItem(results.folder_of(reconstructed.parameters.reconstruction).item, True, True)
    for name in ("reconstruction", "uncertainty", "truth", "difference", "metrics", "boneSurface", "frontalMeasured"):
        assert reconstructed.parameters.getValue(name) is None
    assert not reconstructed.ui.showViewsButton.enabled
    assert set(node_facts.children(hierarchy, hierarchy.GetSceneItemID())) == before


def test_second_run_gets_a_folder_of_its_own_and_the_same_values(reconstructed):
    first = slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction).copy()
    reconstructed.ui.reconstructButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    again = reconstructed.parameters.reconstruction
    assert again.GetName() == "Diff2CT reconstruction 2 synthetic CT"
    assert np.array_equal(slicer.util.arrayFromVolume(again), first)


def test_comparison_shows_metrics_difference_and_six_linked_views(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert reconstructed.status == "Compared with the true CT."
    assert reconstructed.ui.metricsTable.rowCount == reconstructed.parameters.metrics.GetNumberOfRows() > 5
    names = [reconstructed.ui.metricsTable.item(row, 0).text() for row in range(reconstructed.ui.metricsTable.rowCount)]
    assert any("PSNR" in name for name in names)
    assert reconstructed.app.layoutManager().layout == layout.COMPARISON_LAYOUT
    for views, volume in (
        (layout.RECONSTRUCTION_VIEWS, reconstructed.parameters.reconstruction),
        (layout.TRUTH_VIEWS, reconstructed.parameters.truth),
    ):
        for plane, name in views.items():
            logic = layout.slice_logic(name)
            assert logic.GetSliceNode().GetOrientation() == plane
            assert logic.GetSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
            assert logic.GetSliceCompositeNode().GetLinkedControl()
    difference = slicer.util.arrayFromVolume(reconstructed.parameters.difference)
    made = slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction).astype(float)
    truth = slicer.util.arrayFromVolume(reconstructed.parameters.truth).astype(float)
    assert np.allclose(difference, made - truth, atol=0.01)


def test_scrolling_is_linked_within_the_six_views_and_leaves_the_others_alone(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    red = reconstructed.app.layoutManager().sliceWidget("Red").sliceLogic()
    before = red.GetSliceOffset()
    made, truth = (layout.slice_logic(views["Axial"]) for views in (layout.RECONSTRUCTION_VIEWS, layout.TRUTH_VIEWS))
    made.StartSliceOffsetInteraction()
    made.SetSliceOffset(made.GetSliceOffset() + 20.0)
    made.EndSliceOffsetInteraction()
    assert truth.GetSliceOffset() == pytest.approx(made.GetSliceOffset())
    assert red.GetSliceOffset() == before


def test_radiographs_fade_into_their_reprojections(reconstructed):
    composite = layout.composite_node(layout.RADIOGRAPH_VIEWS["frontal"])
    assert composite.GetBackgroundVolumeID() == reconstructed.parameters.frontalMeasured.GetID()
    assert composite.GetForegroundVolumeID() == reconstructed.parameters.frontalReprojection.GetID()
    reconstructed.ui.fadeSlider.setValue(80.0)
    assert composite.GetForegroundOpacity() == pytest.approx(0.8)
    assert not composite.GetLinkedControl()


def test_uncertainty_map_lies_over_the_reconstruction(reconstructed):
    reconstructed.ui.mapComboBox.setCurrentIndex(2)
    composite = layout.composite_node(layout.RECONSTRUCTION_VIEWS["Axial"])
    assert composite.GetForegroundVolumeID() == reconstructed.parameters.uncertainty.GetID()
    reconstructed.ui.mapComboBox.setCurrentIndex(0)
    assert composite.GetForegroundVolumeID() is None


def test_bone_surface_follows_the_threshold(reconstructed):
    reconstructed.ui.boneThresholdSlider.setValue(0.0)
    assert reconstructed.parameters.boneSurface is None
    reconstructed.ui.boneSurfaceButton.click()
    model = reconstructed.parameters.boneSurface
    points = model.GetPolyData().GetNumberOfPoints()
    reconstructed.ui.boneThresholdSlider.setValue(1400.0)
    wait_for(lambda: model.GetPolyData().GetNumberOfPoints() < points)
    assert reconstructed.parameters.boneSurface.GetID() == model.GetID()


def test_difference_map_lies_over_the_reconstruction(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    reconstructed.ui.mapComboBox.setCurrentIndex(1)
    for name in layout.RECONSTRUCTION_VIEWS.values():
        composite = layout.composite_node(name)
        assert composite.GetForegroundVolumeID() == reconstructed.parameters.difference.GetID()
        assert composite.GetForegroundOpacity() == 0.5
    assert layout.composite_node(layout.TRUTH_VIEWS["Axial"]).GetForegroundVolumeID() is None
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
    assert reconstructed.app.layoutManager().layout == layout.RESULT_LAYOUT
    reconstructed.representation.exit()
    assert reconstructed.app.layoutManager().layout == before
    reconstructed.representation.enter()
    reconstructed.ui.showViewsButton.click()
    assert reconstructed.app.layoutManager().layout == layout.RESULT_LAYOUT


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
    assert window.app.layoutManager().layout == layout.RESULT_LAYOUT


def test_closing_the_scene_restores_the_layout(reconstructed):
    slicer.mrmlScene.Clear(0)
    assert reconstructed.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_scene_saved_in_the_comparison_layout_opens_in_it(application):
    """Slicer writes the number of the layout alone; who reads it must know its description from the start."""
    node = application.app.layoutManager().layoutLogic().GetLayoutNode()
    assert all(node.IsLayoutDescription(identifier) for identifier in layout.LAYOUTS)


def test_saved_scene_brings_back_parameters_results_and_provenance(reconstructed, tmp_path):
    values = slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction).copy()
    provenance = results.provenance_of(reconstructed.parameters.reconstruction)
    reconstructed.ui.seedSpinBox.setValue(7)
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    assert reconstructed.ui.seedSpinBox.value == 0
    slicer.util.loadScene(path)
    assert reconstructed.ui.seedSpinBox.value == 7
    assert reconstructed.ui.samplesSpinBox.value == 2
    again = reconstructed.parameters.reconstruction
    assert np.array_equal(slicer.util.arrayFromVolume(again), values)
    assert results.provenance_of(again) == provenance
    # The radiographs of the scene have lost their DICOM files and must still be reconstructed the same way.
    reconstructed.ui.seedSpinBox.setValue(0)
    for side in ("frontal", "lateral"):
        reconstructed.parameters.getValue(side + "Volume").GetStorageNode().SetFileName("")
    reconstructed.ui.reconstructButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert reconstructed.status.startswith("Done in"), reconstructed.status
    repeated = reconstructed.parameters.reconstruction
    assert repeated is not again
    assert slicer.util.arrayFromVolume(repeated).tobytes() == values.tobytes()


def test_pair_is_simulated_from_a_ct_and_reconstructed(window):
    window.ui.loadSampleButton.click()
    ct = window.parameters.truthCt
    window.parameters.frontalVolume = None
    window.parameters.simulationCt = ct
    window.ui.simulateButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status == "Radiographs and truth were simulated.", window.status
    assert window.parameters.frontalVolume.GetName() == "Diff2CT simulation 1 frontal"
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert "0.350 mm" in window.ui.frontalFactsLabel.text
    assert "View: LL<br>" in window.ui.lateralFactsLabel.text
    assert window.parameters.truthCt.GetName() == "Diff2CT simulation 1 truth"


def test_click_in_the_picture_places_the_centre_and_reset_takes_it_back(window):
    window.ui.loadSampleButton.click()
    panel = window.widget.panels["frontal"]
    wait_for(lambda: panel.facts)
    panel._picture_clicked(0.25, 0.75)
    assert window.ui.frontalCentreColumnSpinBox.value == pytest.approx(0.25 * (panel.facts["columns"] - 1), abs=0.1)
    window.ui.resetGeometryButton.click()
    assert window.ui.frontalCentreColumnSpinBox.value == -1.0


def test_correction_changes_the_picture_and_what_was_read(window):
    window.ui.loadSampleButton.click()
    panel = window.widget.panels["frontal"]
    wait_for(lambda: panel.facts)
    window.ui.frontalSpacingSpinBox.setValue(0.25)
    window.ui.frontalInvertCheckBox.click()
    wait_for(lambda: panel.facts and "0.250 mm" in window.ui.frontalFactsLabel.text)
    assert "inverted by the user" in window.ui.frontalFactsLabel.text


def test_without_a_main_window_results_come_without_views(window, monkeypatch):
    monkeypatch.setattr(type(window.app), "layoutManager", lambda self: None)
    window.ui.loadSampleButton.click()
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.parameters.reconstruction is not None
    window.representation.exit()
    window.representation.enter()
