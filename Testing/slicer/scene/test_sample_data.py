"""The bundled pair in Slicer's Sample Data module."""

import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import SampleData
import slicer
from Diff2CTReconstructionLib import sample_pair
from Diff2CTReconstructionLib.scene import radiographs


@pytest.fixture
def source(window, monkeypatch):
    """The entry that Slicer has after its start."""
    monkeypatch.setattr(slicer.modules, "sampleDataSources", {}, raising=False)
    window.app.startupCompleted.emit()
    (entry,) = SampleData.SampleDataLogic.sampleDataSourcesByCategory("Diff2CT")
    return entry


def test_one_click_loads_pair_and_truth_with_their_geometry(source):
    assert source.sampleName == "Diff2CT thoracic pair"
    assert Path(source.thumbnailFileName).is_file()
    SampleData.click(source)
    nodes = [slicer.mrmlScene.GetFirstNodeByName(name) for name in sample_pair.NODE_NAMES.values()]
    assert None not in nodes
    assert radiographs.remembered_geometry(nodes[0])["view"] == "AP"
    assert radiographs.centre_ras_mm(nodes[1]) == [-2.8, -73.5, -178.0]


def shown_backgrounds():
    nodes = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    return {node.GetBackgroundVolumeID() for node in nodes}


def test_click_outside_the_module_shows_the_truth_and_has_the_pair_chosen_when_the_panel_opens(source, window):
    window.representation.exit()
    SampleData.click(source)
    truth = slicer.mrmlScene.GetFirstNodeByName(sample_pair.NODE_NAMES["truth"])
    assert shown_backgrounds() == {truth.GetID()}
    window.representation.enter()
    assert window.parameters.frontalVolume.GetName() == "Diff2CT sample frontal"
    assert window.parameters.truthCt is truth


def test_click_leaves_radiographs_alone_that_were_chosen_before(source, window):
    own = slicer.util.addVolumeFromArray(np.zeros((1, 80, 80)), name="own")
    window.parameters.frontalVolume = own
    window.representation.exit()
    SampleData.click(source)
    window.representation.enter()
    assert window.parameters.frontalVolume is own
    assert window.parameters.lateralVolume is None


def test_click_while_the_panel_is_open_chooses_the_pair_there(source, window):
    before = shown_backgrounds()
    SampleData.click(source)
    assert window.parameters.lateralVolume.GetName() == "Diff2CT sample lateral"
    assert shown_backgrounds() == before


def test_files_of_the_entry_are_those_that_are_installed(source):
    """Slicer's other way: it fetches each file by its address."""
    for uri, name in zip(source.uris, source.fileNames, strict=True):
        path = Path(urllib.request.url2pathname(urllib.parse.urlparse(uri).path))
        assert path.is_file()
        assert path.name == name


def test_panel_takes_what_sample_data_has_loaded(source, window):
    SampleData.click(source)
    before = slicer.mrmlScene.GetNumberOfNodes()
    window.ui.loadSampleButton.click()
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert window.parameters.frontalVolume.GetName() == "Diff2CT sample frontal"


def test_missing_sample_is_told(window, monkeypatch, tmp_path):
    monkeypatch.setattr("Diff2CTCore.storage.sample_data.resource_path", lambda *_: tmp_path)
    window.ui.loadSampleButton.click()
    assert window.status == "The sample data file ap.dcm is missing or cannot be read; install Diff2CT again."
