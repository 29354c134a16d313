"""The files of a simulated pair belong together, and are written all or none."""

import json
import os

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from ball import GEOMETRY, sphere_ct

from Diff2CTCore.ct import simulate
from Diff2CTCore.errors import Diff2CTError, OutputError
from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry
from Diff2CTCore.radiograph import read_radiograph, view_geometry
from Diff2CTCore.storage import resource_path


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "Doe_John.nii.gz"
    sitk.WriteImage(sphere_ct().image, str(path))
    return path


def test_the_command_writes_four_files_that_belong_together(tmp_path, scan):
    record = simulate(scan, tmp_path / "new" / "out", (0.0, 6.0, -4.0), geometry=GEOMETRY)
    folder = tmp_path / "new" / "out"
    assert sorted(os.listdir(folder)) == ["ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd"]
    assert json.loads((folder / "geometry.json").read_text()) == record
    assert BiplanarGeometry(*(ViewGeometry.from_dict(record[name]) for name in ("frontal", "lateral"))) == GEOMETRY
    frontal, lateral = (pydicom.dcmread(folder / name) for name in ("ap.dcm", "lateral.dcm"))
    assert frontal.StudyInstanceUID == lateral.StudyInstanceUID
    assert frontal.PatientID == lateral.PatientID
    assert frontal.SOPInstanceUID != lateral.SOPInstanceUID
    truth = sitk.ReadImage(str(folder / "truth.nrrd"))
    assert (truth.GetSize(), truth.GetSpacing()) == ((128,) * 3, (2.0,) * 3)
    # The ball's middle in the CT's own frame is at the origin.
    array = sitk.GetArrayFromImage(truth)
    assert array.dtype == np.int16
    index = np.argwhere(array > 0).mean(axis=0)[::-1]
    np.testing.assert_allclose(truth.TransformContinuousIndexToPhysicalPoint(index.tolist()), 0.0, atol=0.1)
    for path in folder.iterdir():
        assert b"Doe" not in path.read_bytes()


def test_the_same_run_gives_the_same_files(tmp_path, scan):
    for name in ("a", "b"):
        simulate(scan, tmp_path / name, (0.0, 0.0, 0.0), geometry=GEOMETRY, photons=1e5, seed=4)
    for name in ("ap.dcm", "lateral.dcm", "truth.nrrd", "geometry.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_failure_leaves_no_file_behind(tmp_path, scan, monkeypatch):
    def fails(*_, **__):
        raise OutputError("full")

    monkeypatch.setattr("Diff2CTCore.ct.simulated_files.write_json", fails)
    with pytest.raises(OutputError):
        simulate(scan, tmp_path / "out", (0.0, 0.0, 0.0), geometry=GEOMETRY)
    assert sorted(os.listdir(tmp_path)) == [scan.name]


def test_an_output_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="it is a file"):
        simulate(tmp_path / "missing.nrrd", tmp_path / "out")


@pytest.mark.parametrize("link", [False, True])
def test_a_ct_that_the_truth_would_replace_is_refused_before_any_work(tmp_path, link):
    precious = tmp_path / ("ct.nrrd" if link else "truth.nrrd")
    precious.write_bytes(b"precious")
    if link:
        os.link(precious, tmp_path / "truth.nrrd")
    with pytest.raises(OutputError, match="would replace the CT"):
        simulate(precious, tmp_path)
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize(("modality", "refused"), [("CT", True), ("DX", False)])
def test_a_slice_that_a_radiograph_would_replace_is_refused_and_an_older_radiograph_is_not(tmp_path, modality, refused):
    (tmp_path / "ct" / "pair").mkdir(parents=True)
    slice_ = pydicom.Dataset()
    slice_.file_meta = pydicom.dataset.FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    slice_.Modality = modality
    slice_.save_as(tmp_path / "ct" / "pair" / "ap.dcm", enforce_file_format=False)
    with pytest.raises(Diff2CTError) as told:
        simulate(tmp_path / "ct", tmp_path / "ct" / "pair")
    assert ("ap.dcm would replace the CT or a slice of it" in str(told.value)) is refused


def test_the_bundled_sample_is_a_pair_of_the_bundled_truth():
    folder = resource_path("SampleData")
    record = json.loads((folder / "geometry.json").read_text())
    truth = sitk.ReadImage(str(folder / "truth.nrrd"))
    middle = truth.TransformContinuousIndexToPhysicalPoint([63.5] * 3)
    np.testing.assert_allclose(np.array(middle) * (-1, -1, 1), record["centre_ras_mm"], atol=1e-3)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    for name, view in (("ap.dcm", "frontal"), ("lateral.dcm", "lateral")):
        radiograph = read_radiograph(folder / name)
        assert view_geometry(radiograph)[0] == ViewGeometry.from_dict(record[view])
