"""Radiographs that lie otherwise in their file than upright, or whose file says nothing of what is dense."""

import shutil

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
import slicer
from Diff2CTReconstructionLib.scene import results, sample_data
from host import wait_for


@pytest.fixture
def beside_lateral(window, tmp_path):
    """The panel with the sample's lateral radiograph, and a function that loads a frontal file."""
    lateral = tmp_path / "lateral.dcm"
    shutil.copy(sample_data.sample_files()["lateral"], lateral)
    window.widget.panels["lateral"].loadFile(str(lateral))

    def load(path):
        window.widget.panels["frontal"].loadFile(str(path))
        looked_at(window)
        return window

    return load


def looked_at(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def spacing_shown(window):
    return window.widget.panels["frontal"].facts["pixel_spacing_mm"]


def spacing_used(window):
    window.reconstruct()
    return results.provenance_of(window.parameters.reconstruction)["geometry"]["AP"]["pixel_spacing_mm"]


def lying(folder):
    """The sample with every second row, stored so that its rows run to the left and its columns to the feet."""
    header = pydicom.dcmread(sample_data.sample_files()["frontal"])
    stored = np.ascontiguousarray(header.pixel_array[::2].T)
    header.Rows, header.Columns = stored.shape
    header.PixelData = stored.tobytes()
    header.PatientOrientation = ["F", "L"]
    header.ImagerPixelSpacing = ["0.4", "0.8"]
    for element in [element for element in header if element.tag.is_private]:
        del header[element.tag]
    header.save_as(folder / "frontal.dcm")
    return folder / "frontal.dcm"


def test_spacing_of_a_lying_radiograph_is_the_same_without_its_file(beside_lateral, tmp_path):
    path = lying(tmp_path)
    window = beside_lateral(path)
    assert spacing_shown(window) == [0.8, 0.4]
    path.unlink()
    slicer.util.arrayFromVolumeModified(window.parameters.frontalVolume)
    wait_for(lambda: window.widget.panels["frontal"].facts is None)
    looked_at(window)
    assert spacing_shown(window) == [0.8, 0.4]
    assert spacing_used(window) == [0.8, 0.4]


def test_spacing_set_in_the_scene_turns_with_the_radiograph(beside_lateral, tmp_path):
    shutil.copy(sample_data.sample_files()["frontal"], tmp_path / "frontal.dcm")
    window = beside_lateral(tmp_path / "frontal.dcm")
    window.parameters.frontalVolume.SetSpacing(0.3, 0.45, 1.0)
    wait_for(lambda: "0.450 × 0.300" in window.ui.frontalFactsLabel.text)
    window.parameters.frontalRotate = "90"
    wait_for(lambda: "0.300 × 0.450" in window.ui.frontalFactsLabel.text)
    assert spacing_used(window) == [0.3, 0.45]


def test_values_turned_round_in_the_scene_are_not_taken_from_a_file_that_says_nothing_of_them(beside_lateral, tmp_path):
    bright = pydicom.dcmread(sample_data.sample_files()["frontal"]).pixel_array.astype(np.uint16)
    image = sitk.GetImageFromArray(bright.max() - bright)
    image.SetSpacing((0.4, 0.4))
    sitk.WriteImage(image, str(tmp_path / "frontal.mha"))
    window = beside_lateral(tmp_path / "frontal.mha")
    array = slicer.util.arrayFromVolume(window.parameters.frontalVolume)
    array[:] = array.max() - array
    slicer.util.arrayFromVolumeModified(window.parameters.frontalVolume)
    wait_for(lambda: "was changed in the scene" in window.ui.frontalFactsLabel.text)
    window.reconstruct()
    # The small model is untrained: what it was given is told by the radiograph beside the re-projection.
    measured = slicer.util.arrayFromVolume(window.parameters.frontalMeasured)[0]
    given = slicer.util.arrayFromVolume(window.parameters.frontalVolume)[0]
    step = given.shape[0] / measured.shape[0], given.shape[1] / measured.shape[1]
    rows, columns = (np.arange(size) * part for size, part in zip(measured.shape, step, strict=True))
    alike = given[rows.astype(int)][:, columns.astype(int)].astype(float)
    assert np.corrcoef(alike.ravel(), measured.ravel())[0, 1] > 0.8
