"""Runs of several frames: a stack or a sequence in the scene, and the one frame that is a radiograph."""

import numpy as np
import pydicom
import pytest
import slicer
from Diff2CTReconstructionLib.scene import results, sample_data
from host import wait_for
from pydicom.uid import generate_uid

XA = "1.2.840.10008.5.1.4.1.1.12.1"
FRAMES = 4


@pytest.fixture
def run(tmp_path):
    """A run whose frames are the sample's frontal radiograph, shifted by ten columns from one to the next."""
    header = pydicom.dcmread(sample_data.sample_files()["frontal"])
    picture = header.pixel_array
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = XA
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["run"])
    header.Modality = "XA"
    header.NumberOfFrames = FRAMES
    header.PixelData = b"".join(np.roll(picture, 10 * index, axis=1).tobytes() for index in range(FRAMES))
    path = tmp_path / "run.dcm"
    header.save_as(path)
    return path


@pytest.fixture
def chosen(window, run):
    """The run as the frontal radiograph, loaded by the panel as a stack, beside the sample's lateral one."""
    window.widget.panels["lateral"].loadFile(str(sample_data.sample_files()["lateral"]))
    window.widget.panels["frontal"].loadFile(str(run))
    return window


def read(window, frame):
    """Choose a frame and wait until it was looked at."""
    window.ui.frontalFrameSpinBox.setValue(frame)
    wait_for(lambda: window.widget.panels["frontal"].facts)


def used(window):
    window.reconstruct()
    return results.provenance_of(window.parameters.reconstruction)["radiographs"]["AP"]


def test_run_asks_for_a_frame_and_takes_none_of_itself(chosen):
    assert not chosen.ui.frontalFrameSpinBox.isHidden()
    assert chosen.ui.lateralFrameSpinBox.isHidden()
    assert "has 4 frames; choose one" in chosen.status
    assert "has 4 frames; choose one" in chosen.ui.frontalFactsLabel.text
    assert not chosen.ui.reconstructButton.enabled
    chosen.parameters.frontalFrame = 9
    assert "has no frame 9; choose one from 1 to 4" in chosen.status
    assert not chosen.ui.reconstructButton.enabled


def test_chosen_frame_is_shown_and_reconstructed_and_saved_with_the_scene(chosen, tmp_path):
    shown = {}
    for frame in (3, 1):
        read(chosen, frame)
        assert f"Frame: {frame} of 4" in chosen.ui.frontalFactsLabel.text
        shown[frame] = slicer.util.arrayFromVolume(chosen.widget.panels["frontal"].upright.volume).astype(int)
    assert np.array_equal(shown[3], np.roll(shown[1], 20, axis=2))
    assert used(chosen)["frame"] == 1
    read(chosen, 3)
    record = used(chosen)
    assert (record["format"], record["frame"]) == ("DICOM", 3)
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    assert chosen.parameters.frontalFrame == 3
    wait_for(lambda: chosen.widget.panels["frontal"].facts)
    assert "Frame: 3 of 4" in chosen.ui.frontalFactsLabel.text
    # The file is in the bundle no more, and what it said of frame 3 is not said of another one.
    read(chosen, 2)
    assert "what it said of frame 2 alone" in chosen.ui.frontalFactsLabel.text


def test_frame_of_one_run_is_not_taken_for_a_frame_of_the_next(chosen, run):
    read(chosen, 2)
    chosen.parameters.frontalVolume = None
    chosen.widget.panels["frontal"].loadFile(str(run))
    assert chosen.parameters.frontalFrame == 0
    assert "has 4 frames; choose one" in chosen.status


def test_two_frames_of_one_run_are_not_the_same_radiograph(chosen):
    chosen.parameters.lateralVolume = chosen.parameters.frontalVolume
    assert "are the same" in chosen.status
    chosen.parameters.frontalFrame, chosen.parameters.lateralFrame = 1, 3
    assert chosen.ui.reconstructButton.enabled


def test_enhanced_ct_of_one_file_stays_a_volume(slicer_window, run):
    header = pydicom.dcmread(run)
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    header.save_as(run)
    slicer_window.ui.loadSampleButton.click()
    slicer_window.widget.panels["frontal"].loadFile(str(run))
    assert "is a 3D volume" in slicer_window.status


@pytest.fixture
def sequence(window, run):
    """The run as Slicer's image-sequence plugin loads it; gives the sequence, its browser, and its shown node."""
    slicer.dicomDatabase._insert(run)
    stack = slicer.util.arrayFromVolume(slicer.util.loadVolume(str(run), {"singleFile": True, "show": False}))
    frame = slicer.util.addVolumeFromArray(stack[:1], name="XA run")
    frame.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    frame.SetSpacing(0.4, 0.4, 1.0)
    frame.SetAttribute("DICOM.instanceUIDs", str(pydicom.dcmread(run).SOPInstanceUID))
    sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode")
    for index in range(FRAMES):
        slicer.util.updateVolumeFromArray(frame, stack[index : index + 1])
        sequence.SetDataNodeAtValue(frame, str(index))
    slicer.mrmlScene.RemoveNode(frame)
    logic = slicer.vtkSlicerSequencesLogic()
    logic.SetMRMLApplicationLogic(window.app.applicationLogic())
    logic.SetMRMLScene(slicer.mrmlScene)
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    browser.AddSynchronizedSequenceNode(sequence)
    logic.UpdateProxyNodesFromSequences(browser)

    def show(index):
        browser.SetSelectedItemNumber(index)
        logic.UpdateProxyNodesFromSequences(browser)

    yield browser.GetProxyNode(sequence), show
    slicer.dicomDatabase._clear()


def test_sequence_gives_the_frame_that_it_shows_or_the_chosen_one(window, sequence):
    shown, show = sequence
    window.widget.panels["lateral"].loadFile(str(sample_data.sample_files()["lateral"]))
    show(1)
    window.parameters.frontalVolume = shown
    wait_for(lambda: "Frame: 2 of 4" in window.ui.frontalFactsLabel.text)
    assert used(window)["frame"] == 2
    show(2)
    wait_for(lambda: "Frame: 3 of 4" in window.ui.frontalFactsLabel.text)
    record = used(window)
    assert (record["format"], record["frame"]) == ("DICOM", 3)
    read(window, 4)
    assert "Frame: 4 of 4" in window.ui.frontalFactsLabel.text
    assert used(window)["frame"] == 4
    # A frame that is edited in the scene is used as it is shown.
    window.ui.frontalFrameSpinBox.setValue(0)
    slicer.util.arrayFromVolume(shown)[..., :200] = 0
    assert used(window)["format"] != "DICOM"
