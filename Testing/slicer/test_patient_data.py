"""Who the patient is stays in the radiographs, and in the DICOM series that is exported with them."""

import contextlib
import os
import sys
import zipfile
from pathlib import Path

import pydicom
import pytest
import qt
import slicer
from dicom_dialog import take_both
from Diff2CTReconstructionLib.scene import sample_data
from host import wait_for

sys.path.append(str(Path(__file__).resolve().parents[1] / "core"))
from patient import PATIENT, named_in


@pytest.fixture
def pair(tmp_path):
    """The sample pair as radiographs of the patient."""
    paths = {}
    for number, (side, source) in enumerate(sample_data.sample_files().items()):
        if side in ("frontal", "lateral"):
            header = pydicom.dcmread(source)
            for keyword, value in PATIENT.items():
                setattr(header, keyword, value)
            paths[side] = tmp_path / f"{number}.dcm"
            header.save_as(paths[side])
    return paths


@pytest.mark.real_worker
def test_nothing_but_the_dicom_series_names_the_patient(window, pair, tmp_path, monkeypatch, caplog):
    written = {}
    # A worker that serves this test after another one writes elsewhere.
    window.widget.logic.abandon()

    def read_all(folder):
        for place, _folders, names in os.walk(folder):
            for name in names:
                # A file of a running job may be gone in the next moment.
                with contextlib.suppress(FileNotFoundError):
                    written[name] = named_in(Path(place, name).read_bytes())

    for side, path in pair.items():
        panel = window.widget.panels[side]
        panel.loadFile(str(path))
        wait_for(lambda panel=panel: panel.facts)
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.ui.reconstructButton.click()

    def ended():
        read_all(tmp_path / "temporary")
        return not window.widget.logic.busy

    wait_for(ended)
    assert window.status.startswith("Done in"), window.status
    results = tmp_path / "results"
    results.mkdir()
    for row, ending in ((0, ".nrrd"), (1, ".nii.gz"), (2, None), (4, ".html"), (5, ".json")):
        path = results / f"result{ending}" if ending else results
        monkeypatch.setattr(qt.QFileDialog, "getSaveFileName", lambda *_, path=path: str(path))
        monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_, path=path: str(path))
        window.ui.exportFormatComboBox.setCurrentIndex(row)
        window.ui.exportButton.click()
        wait_for(lambda: not window.widget.logic.busy)
    assert slicer.util.saveScene(str(results / "case.mrb"))
    series = sorted(results.rglob("*.dcm"))
    assert str(pydicom.dcmread(series[0]).PatientName) == PATIENT["PatientName"]
    for path in series:
        path.unlink()
    read_all(results)
    assert {"events.jsonl", "result.nrrd", "result.nii.gz", "result.html", "result.json", "case.mrb"} <= set(written)
    assert {name: found for name, found in written.items() if found} == {}
    assert named_in((caplog.text + window.status).encode()) == []
    window.widget.logic.releaseWorker()
    wait_for(lambda: not list((tmp_path / "temporary").iterdir()))


def test_saved_scene_names_the_patient_of_radiographs_from_slicers_database_as_slicer_does(window, pair, tmp_path):
    for path in pair.values():
        slicer.dicomDatabase._insert(path)
    try:
        take_both(window)
        window.reconstruct()
        assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    finally:
        slicer.dicomDatabase._clear()
    with zipfile.ZipFile(tmp_path / "case.mrb") as archive:
        named = {Path(name).suffix: named_in(archive.read(name)) for name in archive.namelist()}
    # In the subject hierarchy, where Slicer's own DICOM module writes it; in no picture and no result.
    assert {"Phantomova", "PH-4711"} <= set(named.pop(".mrml"))
    assert {suffix: found for suffix, found in named.items() if found} == {}
    nodes = [slicer.mrmlScene.GetNthNode(index) for index in range(slicer.mrmlScene.GetNumberOfNodes())]
    ours = [node for node in nodes if not node.IsA("vtkMRMLSubjectHierarchyNode")]
    assert {node.GetName(): found for node in ours if (found := named_in(str(node).encode()))} == {}
