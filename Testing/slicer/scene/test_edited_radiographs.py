"""What is reconstructed is what the scene shows: a radiograph's file only as long as both hold the same picture."""

import json
import shutil

import numpy as np
import pydicom
import pytest
import slicer
from Diff2CTReconstructionLib.scene import results, sample_data
from host import wait_for

CHANGED = "was changed in the scene after it was read"


@pytest.fixture
def pair(window, tmp_path):
    """The sample pair as files of the test's own; the frontal one is loaded as from the DICOM database."""
    paths = {}
    for side in ("frontal", "lateral"):
        paths[side] = tmp_path / f"{side}.dcm"
        shutil.copy(sample_data.sample_files()[side], paths[side])
    slicer.dicomDatabase._insert(paths["frontal"])
    window.widget.panels["lateral"].loadFile(str(paths["lateral"]))
    node = slicer.util.loadVolume(str(paths["frontal"]), {"singleFile": True, "show": False})
    slicer.mrmlScene.RemoveNode(node.GetStorageNode())
    node.SetAttribute("DICOM.instanceUIDs", pydicom.dcmread(paths["frontal"]).SOPInstanceUID)
    window.parameters.frontalVolume = node
    looked_at(window)
    yield window, paths
    slicer.dicomDatabase._clear()


def looked_at(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def pixels(window):
    return slicer.util.arrayFromVolume(window.parameters.frontalVolume)


def edit(window, change):
    """Change the frontal radiograph's pixels as Slicer's Python users do, and wait until the panel has seen it."""
    array = pixels(window)
    array[:] = change(array.copy())
    slicer.util.arrayFromVolumeModified(window.parameters.frontalVolume)
    wait_for(lambda: window.widget.panels["frontal"].facts is None)
    looked_at(window)


def made(window):
    window.reconstruct()
    return slicer.util.arrayFromVolume(window.parameters.reconstruction).astype(float)


def assumed(window, side="frontal"):
    report = results.provenance_of(window.parameters.reconstruction)
    return [item["why"] for item in report["assumptions"][side] if item["name"] == "scene"]


def format_of(window, view="AP"):
    return results.provenance_of(window.parameters.reconstruction)["radiographs"][view]["format"]


def test_unchanged_radiograph_of_the_database_is_read_from_its_file(pair):
    window, _paths = pair
    made(window)
    assert format_of(window) == "DICOM"
    assert assumed(window) == []
    assert CHANGED not in window.ui.frontalFactsLabel.text


def test_mirrored_radiograph_gives_what_the_panels_own_mirroring_gives(pair):
    window, _paths = pair
    before = made(window)
    window.ui.frontalFlipCheckBox.click()
    wanted = made(window)
    window.ui.frontalFlipCheckBox.click()
    edit(window, lambda array: array[..., ::-1])
    found = made(window)
    # The geometry is symmetric, so the two ways differ by rounding alone.
    assert np.abs(found - wanted).mean() < 0.02 * wanted.std()
    assert np.abs(found - before).mean() > 0.1 * before.std()
    assert CHANGED in window.ui.frontalFactsLabel.text
    assert CHANGED in window.status
    assert CHANGED in assumed(window)[0]
    assert assumed(window, "lateral") == []
    facts = window.widget.panels["frontal"].facts
    assert (facts["view"], facts["pixel_spacing_mm"]) == ("AP", [0.4, 0.4])
    assert window.ui.frontalFactsLabel.text.count("(assumed)") <= 2


@pytest.mark.parametrize("change", [lambda a: np.where(a > a.mean(), a, 0), lambda a: np.clip(a, None, a.mean())])
def test_blanked_or_thresholded_pixels_are_used_even_without_an_event(pair, change):
    window, _paths = pair
    array = pixels(window)
    array[:] = change(array.copy())
    made(window)
    assert CHANGED in assumed(window)[0]
    assert format_of(window) != "DICOM"


def test_radiograph_that_was_changed_before_the_panel_saw_it_still_has_its_files_tags(pair):
    window, paths = pair
    window.parameters.frontalVolume = None
    node = slicer.util.loadVolume(str(paths["frontal"]), {"singleFile": True, "show": False})
    slicer.util.arrayFromVolume(node)[:, :40] = 0
    window.parameters.frontalVolume = node
    looked_at(window)
    facts = window.widget.panels["frontal"].facts
    assert (facts["view"], facts["sid_mm"], facts["pixel_spacing_mm"]) == ("AP", 1150.0, [0.4, 0.4])
    assert CHANGED in window.ui.frontalFactsLabel.text


def test_values_that_another_reader_scaled_or_turned_round_are_the_same_picture(pair):
    window, _paths = pair
    edit(window, lambda array: array.max() - array)
    wanted = made(window)
    assert format_of(window) == "DICOM"
    assert assumed(window) == []
    # Without the file, what is kept with the node says that its values are turned round.
    slicer.dicomDatabase._clear()
    assert np.abs(made(window) - wanted).mean() < 0.02 * wanted.std()
    assert format_of(window) != "DICOM"


def test_file_that_was_replaced_is_not_reconstructed_in_the_nodes_name(pair):
    window, paths = pair
    other = pydicom.dcmread(paths["frontal"])
    shown = made(window)
    other.PixelData = np.ascontiguousarray(other.pixel_array[::-1]).tobytes()
    other.save_as(paths["frontal"])
    found = made(window)
    assert np.abs(found - shown).mean() < 0.02 * shown.std()
    assert "no longer holds" in assumed(window)[0]


def test_two_nodes_of_one_file_are_told_apart_by_their_pixels(pair):
    window, paths = pair
    twin = slicer.util.loadVolume(str(paths["lateral"]), {"singleFile": True, "show": False})
    slicer.util.arrayFromVolume(twin)[:, :, :100] = 0
    window.parameters.lateralVolume.SetName("another name")
    made(window)
    assert assumed(window, "lateral") == []
    window.parameters.lateralVolume = twin
    made(window)
    assert CHANGED in assumed(window, "lateral")[0]


def test_saved_scene_remembers_which_pixels_the_tags_belong_to(pair, tmp_path):
    window, _paths = pair
    slicer.dicomDatabase._clear()
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    looked_at(window)
    assert CHANGED not in window.ui.frontalFactsLabel.text
    edit(window, lambda array: array[..., ::-1])
    assert CHANGED in window.ui.frontalFactsLabel.text


def transform(matrix):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.array(matrix, dtype=float)))
    return node


def test_radiograph_under_a_transform_is_refused_until_it_is_taken_out(pair):
    window, _paths = pair
    node = window.parameters.frontalVolume
    node.SetAndObserveTransformNodeID(transform(np.diag([-1, 1, 1, 1])).GetID())
    assert "is under a transform" in window.status
    assert not window.ui.reconstructButton.enabled
    node.SetAndObserveTransformNodeID(None)
    looked_at(window)
    assert window.ui.reconstructButton.enabled


def test_mirror_that_was_hardened_is_refused_and_a_turn_in_space_is_told(pair):
    window, _paths = pair
    node = window.parameters.frontalVolume
    upright = [[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    node.ApplyTransformMatrix(slicer.util.vtkMatrixFromArray(np.array(upright, dtype=float)))
    wait_for(lambda: "turned in the scene as a whole" in window.ui.frontalFactsLabel.text)
    made(window)
    assert format_of(window) == "DICOM"
    assert "turned in the scene" in assumed(window)[0]
    node.ApplyTransformMatrix(slicer.util.vtkMatrixFromArray(np.diag([-1.0, 1.0, 1.0, 1.0])))
    wait_for(lambda: "was mirrored in the scene" in window.ui.frontalFactsLabel.text)
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "was mirrored in the scene" in window.status


def test_spacing_that_was_set_in_the_scene_counts_and_is_told(pair):
    window, _paths = pair
    window.parameters.frontalVolume.SetSpacing(0.2, 0.25, 1.0)
    wait_for(lambda: "0.250 × 0.200 mm" in window.ui.frontalFactsLabel.text)
    made(window)
    geometry = results.provenance_of(window.parameters.reconstruction)["geometry"]["AP"]
    assert geometry["pixel_spacing_mm"] == [0.25, 0.2]
    assert "was set in the scene" in assumed(window)[0]


def test_sources_of_a_result_are_those_it_was_made_from_though_others_are_chosen_meanwhile(pair):
    window, _paths = pair
    wanted = window.parameters.frontalVolume
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.ui.reconstructButton.click()
    window.parameters.frontalVolume = window.parameters.lateralVolume
    wait_for(lambda: not window.widget.logic.busy)
    made_from = window.parameters.reconstruction.GetNodeReference(results.SOURCE_ROLE + "frontal")
    assert made_from.GetID() == wanted.GetID()


def test_radiographs_of_two_simulations_are_no_pair(window):
    window.ui.loadSampleButton.click()
    looked_at(window)
    window.parameters.lateralVolume.SetAttribute("Diff2CT.centre_ras_mm", json.dumps([0.0, 0.0, 50.0]))
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "about different centre points" in window.status


def test_sample_is_known_by_its_pixels_and_not_by_its_name(window):
    window.ui.loadSampleButton.click()
    first = window.parameters.frontalVolume
    first.SetName("renamed")
    window.ui.loadSampleButton.click()
    assert window.parameters.frontalVolume is first
    impostor = window.parameters.truthCt
    impostor.SetName("Diff2CT sample frontal")
    slicer.util.arrayFromVolume(first)[:] = 0
    window.ui.loadSampleButton.click()
    assert window.parameters.frontalVolume not in (first, impostor)
    assert slicer.util.arrayFromVolume(window.parameters.frontalVolume).std() > 0
