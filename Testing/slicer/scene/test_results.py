"""What a run leaves in the scene, and what is said of it."""

import node_facts
import numpy as np
import slicer
from Diff2CTReconstructionLib.scene import results
from host import lib, wait_for


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
