"""Two radiographs that are no pair are told as soon as they were read, in the worker's own words."""

import subprocess
import sys

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from Diff2CTReconstructionLib.scene import radiographs, sample_data
from host import ROOT, wait_for


def read_both(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def load(window, frontal, lateral):
    for side, path in (("frontal", frontal), ("lateral", lateral)):
        window.widget.panels[side].loadFile(str(path))
    read_both(window)


def said_by_the_worker(frontal, lateral):
    """What the command line says of the two files, as the module gives them to it."""
    command = [sys.executable, "-m", "Diff2CTCore", "reconstruct", str(frontal), str(lateral), "-o", "never.nrrd"]
    command += ["--align", "off"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stderr


@pytest.fixture
def files():
    return sample_data.sample_files()


def refused(window, *, swap):
    """The reason, which status and tool tip give alike."""
    assert not window.ui.reconstructButton.enabled
    assert window.ui.reconstructButton.toolTip == window.status
    assert window.ui.swapViewsButton.isHidden() != swap
    assert not window.ui.statusIconLabel.isHidden()
    return window.status


def test_swapped_pair_is_told_and_swapped_back_by_the_button_beside_it(loaded, files):
    loaded.ui.swapButton.click()
    read_both(loaded)
    said = refused(loaded, swap=True)
    assert "frontal radiograph is a lateral view (LL)" in said
    assert "swap the two" in said
    assert said in said_by_the_worker(files["lateral"], files["frontal"])
    loaded.ui.swapViewsButton.click()
    read_both(loaded)
    assert loaded.ui.reconstructButton.enabled
    assert loaded.status == ""
    assert loaded.ui.swapViewsButton.isHidden()
    assert loaded.ui.statusIconLabel.isHidden()
    # A view that the person sets wins over the file, as it does in the worker.
    loaded.ui.frontalViewComboBox.setCurrentIndex(0)
    loaded.parameters.lateralView = "RL"
    read_both(loaded)
    assert loaded.ui.reconstructButton.enabled


def test_one_image_twice_is_told(window, files):
    load(window, files["frontal"], files["frontal"])
    said = refused(window, swap=False)
    assert said == "Both radiographs are the same image; give one frontal and one lateral radiograph."
    assert said in said_by_the_worker(files["frontal"], files["frontal"])


def changed(path, folder, **elements):
    header = pydicom.dcmread(path)
    for keyword, value in elements.items():
        setattr(header, keyword, value)
    pixels = header.pixel_array.copy()
    pixels[:9] = 0
    header.PixelData = pixels.tobytes()
    header.save_as(folder / "changed.dcm")
    return folder / "changed.dcm"


def test_second_frontal_view_is_told_until_its_view_is_set(window, files, tmp_path):
    other = changed(files["frontal"], tmp_path)
    load(window, files["frontal"], other)
    said = refused(window, swap=False)
    assert "lateral radiograph is a frontal view (AP) like the other one: choose another" in said
    assert said in said_by_the_worker(files["frontal"], other)
    window.parameters.lateralView = "LL"
    read_both(window)
    assert window.ui.reconstructButton.enabled
    assert window.status == ""


def test_other_patient_is_told(window, files, tmp_path):
    other = changed(files["lateral"], tmp_path, PatientID="somebody else")
    load(window, files["frontal"], other)
    said = refused(window, swap=False)
    assert said == "The two radiographs belong to different patients; give two of one patient."
    assert said in said_by_the_worker(files["frontal"], other)


def test_pair_about_two_centres_is_told(loaded):
    node = loaded.parameters.lateralVolume
    geometry = radiographs.remembered_geometry(node)
    radiographs.keep_geometry(node, geometry, [0.0, 0.0, 50.0])
    loaded.parameters.lateralFlip = True
    loaded.parameters.lateralFlip = False
    read_both(loaded)
    assert refused(loaded, swap=False).startswith("The two radiographs were simulated about different centre points")


def test_pictures_that_state_no_view_are_not_held_against_each_other(window, tmp_path):
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for seed, path in enumerate(paths):
        pixels = (np.random.default_rng(seed).random((300, 200)) * 255).astype(np.uint8)
        sitk.WriteImage(sitk.GetImageFromArray(pixels), str(path))
    load(window, *paths)
    assert window.ui.reconstructButton.enabled
    assert window.status == ""
