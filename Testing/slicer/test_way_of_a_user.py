"""From the sample pair to a result, its comparison and a saved scene, as a person does it: by buttons and boxes."""

import json

import node_facts
import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib import layouts, sample_pair
from Diff2CTReconstructionLib.scene import layout, results
from host import wait_for

pytestmark = pytest.mark.real_worker


def test_sample_pair_is_loaded_shown_and_described(loaded):
    window = loaded
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
    # Several stages can come in one turn of the event loop; the bar moves with each of them.
    window.ui.progressBar.valueChanged.connect(lambda _value: seen.add(window.status))
    wait_for(lambda: not window.widget.logic.busy)
    assert window.ui.reconstructButton.text == "Reconstruct"
    assert any(text.startswith("Sample") for text in seen), seen


def test_result_stands_in_its_folder_with_geometry_and_provenance(reconstructed):
    parameters = reconstructed.parameters
    volume = parameters.reconstruction
    assert volume.GetName() == "Diff2CT reconstruction 1 synthetic CT"
    grid = results.provenance_of(volume)["grid"]
    assert list(volume.GetImageData().GetDimensions()) == grid["shape"][::-1]
    assert volume.GetSpacing() == pytest.approx([grid["spacing_mm"]] * 3)
    sample = json.loads((sample_pair.sample_folder() / sample_pair.GEOMETRY_FILE).read_text())
    assert node_facts.centre(volume) == pytest.approx(sample["centre_ras_mm"], abs=0.1)
    provenance = results.provenance_of(volume)
    assert provenance["settings"]["steps"] == 1
    assert provenance["model"]["name"] == "small"
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    folder = results.folder_of(volume).item
    names = node_facts.children(hierarchy, folder)
    assert len(names) == 6, names
    facts = {name: hierarchy.GetItemAttribute(folder, f"Diff2CT.{name}") for name in ("model", "steps", "intended_use")}
    assert facts == {"model": "small", "steps": "1", "intended_use": provenance["intended_use"]}
    assert volume.GetStorageNode() is None or not volume.GetStorageNode().GetFileName()


def test_comparison_shows_metrics_difference_and_six_linked_views(reconstructed):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert reconstructed.status == "Compared with the true CT."
    assert reconstructed.ui.metricsTable.rowCount == reconstructed.parameters.metrics.GetNumberOfRows() > 5
    table = reconstructed.ui.metricsTable
    rows = {table.item(row, 0).text(): row for row in range(table.rowCount)}
    of_surface, of_body = (rows[name] for name in ("Bone surface distance (ASSD)", "Mean absolute error, body (MAE)"))
    assert [table.item(of_surface, column).text() for column in (2, 3)] == ["mm", "lower"]
    assert "body in the true CT" in table.item(of_body, 1).toolTip()
    assert reconstructed.app.layoutManager().layout == layouts.COMPARISON_LAYOUT
    for views, volume in (
        (layouts.RECONSTRUCTION_VIEWS, reconstructed.parameters.reconstruction),
        (layouts.TRUTH_VIEWS, reconstructed.parameters.truth),
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
    assert window.status == "The radiographs were simulated; their CT is chosen as the true CT.", window.status
    assert window.parameters.frontalVolume.GetName() == "Diff2CT simulation 1 frontal"
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert "0.350 mm" in window.ui.frontalFactsLabel.text
    assert "View: LL<br>" in window.ui.lateralFactsLabel.text
    assert window.parameters.truthCt.GetName() == "Diff2CT simulation 1 true CT"
