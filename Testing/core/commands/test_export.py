"""A reconstruction as a DICOM series, read back by GDCM, which did not write it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from Diff2CTCore.__main__ import main
from Diff2CTCore.ct import read_ct
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.radiograph import read_radiograph
from Diff2CTCore.storage import resource_path, write_volume

AP, LATERAL = (resource_path("SampleData", name) for name in ("ap.dcm", "lateral.dcm"))
GRID = VolumeGrid((16, 20, 18), 2.5)
CENTRE = (-3.0, 40.0, -120.0)
VALUES = np.random.default_rng(0).integers(-1000, 1500, GRID.shape).astype(np.int16)


@pytest.fixture
def case(tmp_path):
    """A folder with a volume and a report as `reconstruct` writes them."""
    write_volume(tmp_path / "ct.nrrd", VALUES, GRID, CENTRE)
    radiographs = {
        view: {"sha256": read_radiograph(path).provenance["sha256"]} for view, path in (("AP", AP), ("LL", LATERAL))
    }
    report = {
        "version": "0.1.0",
        "created": "2026-03-04T05:06:07+00:00",
        "model": {"name": "tiny", "version": "2.5", "sha256": "ab" * 32},
        "radiographs": radiographs,
    }
    (tmp_path / "ct.json").write_text(json.dumps(report))
    return tmp_path


def export(case, *options, folder="series"):
    return main(["export", str(case / "ct.nrrd"), "-o", str(case / folder), *map(str, options)])


def by_gdcm(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetImageIO("GDCMImageIO")
    (series,) = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series))
    return reader.Execute()


def headers(folder):
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def test_another_reader_finds_values_and_place_of_the_volume(case):
    assert export(case, "--radiographs", AP, LATERAL) == 0
    image = by_gdcm(case / "series")
    assert np.array_equal(sitk.GetArrayFromImage(image), VALUES)
    assert image.GetOrigin() == pytest.approx(GRID.lps_origin_mm(CENTRE))
    assert image.GetSpacing() == pytest.approx((2.5, 2.5, 2.5))
    assert image.GetDirection() == pytest.approx((1, 0, 0, 0, 1, 0, 0, 0, 1))
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(case / "series").image), VALUES)


def test_each_slice_says_that_it_is_synthetic_research_and_by_which_model(case):
    assert export(case, "--radiographs", AP, LATERAL) == 0
    for data in headers(case / "series"):
        assert data.SOPClassUID == pydicom.uid.CTImageStorage
        assert data.ImageType[:2] == ["DERIVED", "SECONDARY"]
        assert (data.SyntheticData, data.ContentQualification, data.BurnedInAnnotation) == ("YES", "RESEARCH", "NO")
        assert "Research use only" in data.ImageComments
        assert "research use only" in data.SeriesDescription
        assert "tiny 2.5, SHA-256 " + "ab" * 32 in data.DerivationDescription
        assert "tiny 2.5" in data.SoftwareVersions
    assert len({data.SOPInstanceUID for data in headers(case / "series")}) == GRID.shape[0]


def test_series_joins_patient_and_study_of_its_radiographs_and_refers_to_both(case):
    assert export(case, "--radiographs", AP, LATERAL) == 0
    sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in (AP, LATERAL)]
    for data in headers(case / "series"):
        for keyword in ("PatientName", "PatientID", "StudyInstanceUID"):
            assert data[keyword].value == sources[0][keyword].value
        assert [item.ReferencedSOPInstanceUID for item in data.SourceImageSequence] == [
            source.SOPInstanceUID for source in sources
        ]
        found = [item.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID for item in data.ReferencedSeriesSequence]
        assert found == [source.SOPInstanceUID for source in sources]
        assert data.SeriesInstanceUID not in {source.SeriesInstanceUID for source in sources}


def test_lateral_of_another_study_is_found_through_its_study(case):
    other = case / "other.dcm"
    data = pydicom.dcmread(LATERAL)
    data.StudyInstanceUID = "2.25.99"
    data.save_as(other)
    report = json.loads((case / "ct.json").read_text())
    report["radiographs"]["LL"]["sha256"] = read_radiograph(other).provenance["sha256"]
    (case / "ct.json").write_text(json.dumps(report))
    assert export(case, "--radiographs", AP, other) == 0
    first = headers(case / "series")[0]
    (study,) = first.StudiesContainingOtherReferencedInstancesSequence
    assert study.StudyInstanceUID == "2.25.99"
    assert len(first.ReferencedSeriesSequence) == 1


def test_without_dicom_radiographs_the_patient_is_anonymous(case):
    picture = case / "ap.png"
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((20, 20), np.uint8)), str(picture))
    assert export(case, "--radiographs", picture) == 0
    first = headers(case / "series")[0]
    assert str(first.PatientName) == "Anonymous"
    assert len(first.SourceImageSequence) == 0


def test_second_export_of_the_same_run_has_the_same_identifiers(case):
    assert export(case) == 0
    assert export(case, folder="again") == 0
    first, again = (headers(case / name) for name in ("series", "again"))
    assert [data.SOPInstanceUID for data in first] == [data.SOPInstanceUID for data in again]


def _other_patient(case):
    data = pydicom.dcmread(LATERAL)
    data.PatientID = "SOMEBODY ELSE"
    data.save_as(case / "lateral.dcm")
    return ("--radiographs", AP, case / "lateral.dcm")


def _foreign_radiograph(case):
    data = pydicom.dcmread(AP)
    data.StudyID = "7"
    data.save_as(case / "foreign.dcm")
    return ("--radiographs", case / "foreign.dcm")


def _filled_folder(case):
    (case / "series").mkdir()
    (case / "series" / "old.dcm").write_bytes(b"")
    return ()


def _no_report(case):
    (case / "ct.json").unlink()
    return ()


def _no_model(case):
    (case / "ct.json").write_text('{"version": "0.1.0"}')
    return ()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_other_patient, "ap.dcm and lateral.dcm belong to different patients"),
        (_foreign_radiograph, "foreign.dcm is not one of the radiographs in the report"),
        (_filled_folder, "it holds files already"),
        (_no_report, "is missing or damaged"),
        (_no_model, "does not say which model"),
        (lambda case: ("--radiographs", case / "nowhere.dcm"), "does not exist"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(case, spoil, sentence, capsys):
    options = spoil(case)
    before = sorted(path.name for path in case.rglob("*"))
    assert export(case, *options) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(path.name for path in case.rglob("*")) == before


def test_damaged_radiograph_is_refused(case, capsys):
    shutil.copyfile(AP, case / "cut.dcm")
    Path(case / "cut.dcm").write_bytes(AP.read_bytes()[:400])
    assert export(case, "--radiographs", case / "cut.dcm") == 2
    assert "cut.dcm" in capsys.readouterr().err
