"""A reconstruction as a DICOM series, read back by GDCM, which did not write it."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from export_case import AP, CENTRE, GRID, LATERAL, VALUES, by_gdcm, change_report, export, headers, sha256

from Diff2CTCore.ct import read_ct


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
    change_report(case, lambda report: report["radiographs"]["LL"].update(sha256=sha256(other)))
    assert export(case, "--radiographs", AP, other) == 0
    first = headers(case / "series")[0]
    (study,) = first.StudiesContainingOtherReferencedInstancesSequence
    assert study.StudyInstanceUID == "2.25.99"
    assert len(first.ReferencedSeriesSequence) == 1


def test_without_dicom_radiographs_the_patient_is_anonymous(case, capsys):
    picture = case / "ap.png"
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((20, 20), np.uint8)), str(picture))
    change_report(case, lambda report: report["radiographs"]["AP"].update(sha256=sha256(picture)))
    assert export(case, "--radiographs", picture) == 0
    assert "ap.png is no DICOM file" in capsys.readouterr().err
    first = headers(case / "series")[0]
    assert str(first.PatientName) == "Anonymous"
    assert len(first.SourceImageSequence) == 0


def test_second_export_of_the_same_run_has_the_same_identifiers(case):
    assert export(case) == 0
    assert export(case, folder="again") == 0
    first, again = (headers(case / name) for name in ("series", "again"))
    assert [data.SOPInstanceUID for data in first] == [data.SOPInstanceUID for data in again]


def test_two_frames_of_one_file_are_referred_to_by_their_numbers(case):
    data = pydicom.dcmread(AP)
    data.NumberOfFrames = 3
    data.PixelData = data.PixelData * 3
    data.save_as(case / "run.dcm")

    def use_both(report):
        for view, frame in (("AP", 1), ("LL", 3)):
            report["radiographs"][view] = {"sha256": sha256(case / "run.dcm"), "frame": frame}

    change_report(case, use_both)
    assert export(case, "--radiographs", case / "run.dcm", case / "run.dcm") == 0
    (source,) = headers(case / "series")[0].SourceImageSequence
    assert list(source.ReferencedFrameNumber) == [1, 3]
