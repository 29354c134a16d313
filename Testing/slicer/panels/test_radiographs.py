"""How radiographs come in: from files, from the DICOM database, and which are refused."""

import numpy as np
import pydicom
import pytest
import qt
import SimpleITK as sitk
import slicer
from Diff2CTReconstructionLib.scene import sample_data
from host import lib, process_events, wait_for
from node_facts import node_ids


def test_dropped_file_becomes_the_radiograph(window):
    panel = window.widget.panels["lateral"]
    data = qt.QMimeData()
    data.setUrls([qt.QUrl.fromLocalFile(str(sample_data.sample_files()["lateral"]))])
    where = (qt.QPoint(5, 5), qt.Qt.CopyAction, data, qt.Qt.LeftButton, qt.Qt.NoModifier)
    enter = qt.QDragEnterEvent(*where)
    qt.QApplication.sendEvent(panel.picture, enter)
    assert enter.isAccepted()
    qt.QApplication.sendEvent(panel.picture, qt.QDropEvent(qt.QPointF(5, 5), *where[1:]))
    wait_for(lambda: panel.facts)
    assert panel.facts["view"] == "LL"


def test_radiograph_is_looked_at_at_once_and_choices_about_it_when_no_more_come(loaded, monkeypatch):
    panel = loaded.widget.panels["frontal"]
    monkeypatch.setattr(panel, "_timer", lib("timer").Timer(600_000))
    panel.loadFile(str(sample_data.sample_files()["lateral"]))
    wait_for(lambda: panel.facts)
    loaded.ui.frontalInvertCheckBox.click()
    for _turn in range(5):
        process_events()
    assert panel.facts is None
    assert not list(loaded.temporary_folder.glob("Diff2CT-job-*"))


def test_empty_dicom_database_is_told(window):
    window.ui.frontalDicomButton.click()
    assert window.status.startswith("The DICOM database holds no radiograph")


def test_same_node_twice_is_refused(slicer_window):
    slicer_window.ui.loadSampleButton.click()
    slicer_window.parameters.lateralVolume = slicer_window.parameters.frontalVolume
    assert "are the same" in slicer_window.status
    assert not slicer_window.ui.reconstructButton.enabled


def test_volume_is_refused_as_a_radiograph(slicer_window):
    slicer_window.ui.loadSampleButton.click()
    slicer_window.parameters.lateralVolume = slicer_window.parameters.truthCt
    assert "is a 3D volume" in slicer_window.status
    assert not slicer_window.ui.reconstructButton.enabled


def test_file_that_is_no_radiograph_is_told(slicer_window, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture")
    before = node_ids()
    slicer_window.widget.panels["frontal"].loadFile(str(path))
    assert "cannot be loaded as a radiograph" in slicer_window.status
    assert node_ids() == before


def test_radiograph_without_spacing_is_marked_as_assumed(slicer_window, tmp_path):
    path = str(tmp_path / "plain.png")
    sitk.WriteImage(sitk.GetImageFromArray((np.random.default_rng(0).random((300, 200)) * 255).astype(np.uint8)), path)
    panel = slicer_window.widget.panels["frontal"]
    panel.loadFile(path)
    wait_for(lambda: panel.facts)
    assert "<i>1.433 mm (assumed)</i>" in slicer_window.ui.frontalFactsLabel.text
    assert "<i>AP (assumed)</i>" in slicer_window.ui.frontalFactsLabel.text


def test_colour_photograph_is_told_and_cannot_be_reconstructed(loaded, tmp_path):
    path = str(tmp_path / "photograph.png")
    pixels = (np.random.default_rng(0).random((100, 90, 3)) * 255).astype(np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(pixels, isVector=True), path)
    loaded.widget.panels["frontal"].loadFile(path)
    wait_for(lambda: "colour" in loaded.ui.frontalFactsLabel.text)
    before = slicer.mrmlScene.GetNumberOfNodes()
    loaded.ui.reconstructButton.click()
    wait_for(lambda: not loaded.widget.logic.busy)
    assert "colour" in loaded.status, loaded.status
    assert slicer.mrmlScene.GetNumberOfNodes() == before


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_radiograph_stored_lying_and_inverted_is_used_the_same_way_without_its_file(window, tmp_path, photometric):
    header = pydicom.dcmread(sample_data.sample_files()["frontal"])
    upright = header.pixel_array
    # The head to the left, the left side down; falling values, as a detector delivers them.
    header.PatientOrientation = ["F", "L"]
    header.PhotometricInterpretation = photometric
    header.PixelIntensityRelationshipSign = 1
    header.PixelData = np.ascontiguousarray(upright.max() - upright.T).tobytes()
    header.save_as(tmp_path / "lying.dcm")
    lying = window.widget.panels["frontal"]
    lying.loadFile(str(tmp_path / "lying.dcm"))
    window.widget.panels["lateral"].loadFile(str(sample_data.sample_files()["lateral"]))
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    window.reconstruct()
    before = slicer.util.arrayFromVolume(window.parameters.reconstruction).astype(float)
    window.parameters.frontalVolume.GetStorageNode().SetFileName("")
    window.reconstruct()
    after = slicer.util.arrayFromVolume(window.parameters.reconstruction).astype(float)
    assert before.std() > 10
    # Rounding differs, which an untrained network in bfloat16 makes larger; a wrong turn or polarity changes all of it.
    assert np.abs(after - before).mean() < 0.02 * before.std()
    # What a person chooses comes on top of what the file said.
    window.ui.frontalInvertCheckBox.click()
    window.reconstruct()
    assert np.abs(slicer.util.arrayFromVolume(window.parameters.reconstruction) - before).max() > 100
