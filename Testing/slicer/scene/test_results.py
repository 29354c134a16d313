"""What a run leaves in the scene, and what is said of it."""

import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import results
from host import lib, process_events, wait_for


def test_deleting_the_folder_undoes_the_run(loaded):
    loaded.ui.showRadiographsButton.click()
    process_events()
    loaded.widget.switch.show(layouts.COMPARISON_LAYOUT, lambda: None)
    before = _nodes()
    loaded.ui.samplesSpinBox.setValue(2)
    loaded.reconstruct()
    loaded.ui.compareButton.click()
    wait_for(lambda: not loaded.widget.logic.busy)
    for row in (1, 2):
        loaded.ui.mapComboBox.setCurrentIndex(row)
    loaded.ui.boneButton.click()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    hierarchy.RemoveItem(results.folder_of(loaded.parameters.reconstruction).item, True, True)
    process_events()
    for name in ("reconstruction", "uncertainty", "truth", "difference", "metrics", "bone", "frontalMeasured"):
        assert loaded.parameters.getValue(name) is None
    assert not loaded.ui.showViewsButton.enabled
    assert _nodes() - before == set()


def test_deleting_the_volume_alone_lets_go_of_it(reconstructed):
    reconstructed.ui.boneButton.click()
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.reconstruction)
    process_events()
    assert reconstructed.parameters.reconstruction is None
    reconstructed.ui.boneThresholdSlider.setValue(900.0)
    assert not reconstructed.ui.boneButton.enabled
    assert slicer.util.getNodesByClass("vtkMRMLVolumeRenderingDisplayNode") == []


def _nodes():
    """Class and name of everything in the scene but the cameras, which the 3D views make when they need them."""
    scene = slicer.mrmlScene
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    return {(node.GetClassName(), node.GetName(), node.GetID()) for node in nodes if not node.IsA("vtkMRMLCameraNode")}


@pytest.mark.real_worker
def test_second_run_gets_a_folder_of_its_own_and_the_same_values(reconstructed):
    first = slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction).copy()
    reconstructed.ui.reconstructButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    again = reconstructed.parameters.reconstruction
    assert again.GetName() == "Diff2CT reconstruction 2 synthetic CT"
    assert np.array_equal(slicer.util.arrayFromVolume(again), first)


def test_warnings_of_the_report_are_shown_with_the_result():
    report = {"reprojection_error": {"AP": 0.1, "LL": None}, "warnings": ["The input is unlike the training data.", 5]}
    report["uncertainty"] = {"interval": 0.9, "half_width_hu": 251.4}
    report["assumptions"] = {"frontal": [{"name": "sid_mm", "value": 1150.0, "why": "The file does not give it."}]}
    said = lib("scene.result_sentence").result_sentence(report, 7.4)
    assert said == (
        "Done in 7 s. Re-projection error 10.0%. 90% interval: \u00b1251 HU on average in the body. "
        "Assumed: SID 1150 mm (frontal). The input is unlike the training data. Research use only."
    )
    assert lib("scene.result_sentence").result_sentence({}, 1.0) == "Done in 1 s. Research use only."


def test_ct_that_does_not_contain_the_field_of_view_is_refused(worker):
    window = worker.window
    here = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="here")
    far = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="far")
    far.SetOrigin(5000.0, 0.0, 0.0)
    window.parameters.reconstruction = here
    window.parameters.truthCt = far
    window.ui.compareButton.click()
    assert "does not contain the field of view" in window.status
    assert not window.widget.logic.busy


def test_sizes_that_are_not_absolute_are_told_with_the_result_in_the_reports_own_words(application):
    result_sentence = lib("scene").result_sentence
    sentence = "Sizes are relative: they may be off by 15 %."
    told = result_sentence({"scale": {"known": False, "uncertainty": 0.15, "sentence": sentence}}, 3.0)
    assert f"{sentence} Research use only." in told
    for report in ({}, {"scale": None}, {"scale": {"known": True, "sentence": sentence}}, {"scale": {"known": False}}):
        assert "relative" not in result_sentence(report, 3.0)
