"""What a DICOM radiograph says and cannot be read is not taken for something that it does not say."""

import numpy as np
import pytest
from assumed import assumed
from pydicom.dataset import Dataset
from radiograph_files import dataset, dicom, pattern, save
from raw_elements import raw
from refusal import refuse

from Diff2CTCore.radiograph import read_radiograph, view_geometry


@pytest.mark.parametrize(
    ("keyword", "value", "representation", "content"),
    [
        ("RescaleSlope", 1, "DS", b"minus one"),
        ("RescaleIntercept", 0, "DS", b"none"),
        ("PixelPaddingValue", 5, "US", b"\1\0\2\0"),
        ("NumberOfFrames", 1, "IS", b"one"),
        ("ImagerPixelSpacing", [0.2, 0.2], "DS", b"0.2\\wide"),
        ("ImagerPixelSpacing", [0.2, 0.2], "DS", b"0.2"),
        ("PixelSpacing", [0.2, 0.2], "DS", b"wide"),
        ("NominalScannedPixelSpacing", [0.2, 0.2], "DS", b"0.2\\0.2\\0.2"),
    ],
)
def test_what_decides_about_pixels_or_their_spacing_is_refused_by_name(
    tmp_path, keyword, value, representation, content
):
    tags = {"RescaleSlope": 1, "RescaleIntercept": 0, keyword: value}
    path = raw(dicom(tmp_path / "a.dcm", modality="CR", **tags), keyword, content, representation)
    refuse(path, f"{keyword}.*(cannot be read|must be two positive)")


@pytest.mark.parametrize("keyword", ["ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing"])
def test_a_spacing_that_cannot_be_read_is_no_matter_where_the_user_states_it(tmp_path, keyword):
    path = raw(dicom(tmp_path / "a.dcm", **{keyword: [0.2, 0.2]}), keyword, b"wide")
    assert read_radiograph(path, pixel_spacing_mm=0.3).pixel_spacing_mm == (0.3, 0.3)


def test_decimal_commas_are_read(tmp_path):
    path = dicom(
        tmp_path / "a.dcm",
        modality="CR",
        ViewPosition="AP",
        RescaleSlope=-10,
        RescaleIntercept=40950,
        ImagerPixelSpacing=[0.2, 0.3],
        DistanceSourceToDetector=1800,
    )
    for keyword, content in (
        ("RescaleSlope", b"-10,0"),
        ("ImagerPixelSpacing", b"0,2\\0,3"),
        ("DistanceSourceToDetector", b"1800,0"),
    ):
        raw(path, keyword, content)
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, 40950.0 - 10.0 * pattern())
    assert (read.pixel_spacing_mm, read.sid_mm) == ((0.2, 0.3), 1800.0)


@pytest.mark.parametrize("content", [b"far", b"1,150", b"-1150", b"1150\\950", b"115"])
def test_a_distance_that_cannot_be_used_is_told_and_the_user_can_say_it(tmp_path, content):
    path = raw(dicom(tmp_path / "a.dcm", DistanceSourceToDetector=1800), "DistanceSourceToDetector", content)
    read = read_radiograph(path)
    geometry, assumptions = view_geometry(read, view="AP")
    notes = [note for note in assumptions if note.name == "sid_mm"]
    assert [note.value for note in notes] == [geometry.sid_mm] == [1150.0]
    assert "DistanceSourceToDetector" in notes[0].why
    assert "sid_mm" not in assumed(view_geometry(read, view="AP", sid_mm=1800.0)[1])


def test_a_distance_to_the_patient_and_a_magnification_that_cannot_be_used_are_told(tmp_path):
    tags = {
        "DistanceSourceToDetector": 1200,
        "DistanceSourceToPatient": 900,
        "EstimatedRadiographicMagnificationFactor": 1,
    }
    path = raw(dicom(tmp_path / "a.dcm", modality="CR", **tags), "DistanceSourceToPatient", b"near")
    path = raw(path, "EstimatedRadiographicMagnificationFactor", b"much")
    geometry, assumptions = view_geometry(read_radiograph(path), view="AP")
    (note,) = [note for note in assumptions if note.name == "sod_mm"]
    assert note.value == geometry.sod_mm == 1000.0
    assert "DistanceSourceToPatient" in note.why
    assert "EstimatedRadiographicMagnificationFactor" in note.why


@pytest.mark.parametrize(
    ("keyword", "option"),
    [("PositionerPrimaryAngle", "primary_deg"), ("PositionerSecondaryAngle", "secondary_deg")],
)
@pytest.mark.parametrize("content", [b"left", b"1000"])
def test_an_angle_that_cannot_be_used_is_told(tmp_path, keyword, option, content):
    tags = {"PositionerPrimaryAngle": 180, "PositionerSecondaryAngle": 5}
    path = raw(dicom(tmp_path / "a.dcm", ViewPosition="AP", **tags), keyword, content)
    (note,) = [note for note in view_geometry(read_radiograph(path))[1] if note.name == option]
    assert keyword in note.why


def test_a_second_angle_that_is_missing_is_told_to_be_zero(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="XA", PositionerPrimaryAngle=3))
    assert "secondary_deg" in assumed(view_geometry(read)[1])
    lonely = read_radiograph(dicom(tmp_path / "b.dcm", ViewPosition="AP", PositionerSecondaryAngle=20))
    assert "secondary_deg" in assumed(view_geometry(lonely)[1])


@pytest.mark.parametrize("value", ["L", ["L", "L"], ["LR", "F"], ["X", "F"], ["L", "A"]])
def test_an_orientation_that_is_there_and_means_nothing_is_told_as_such(tmp_path, value):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="AP", PatientOrientation=value))
    (note,) = [note for note in read.assumptions if note.name == "rotate"]
    assert "PatientOrientation" in note.why
    silent = read_radiograph(dicom(tmp_path / "b.dcm", ViewPosition="AP"))
    assert "does not say" in next(note.why for note in silent.assumptions if note.name == "rotate")


@pytest.mark.parametrize("value", ["OBLIQUE", "LLD", "QUUX"])
def test_a_view_that_is_there_and_not_known_is_told_as_such(tmp_path, value):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition=value, PatientOrientation=["L", "F"]))
    assert read.view == "AP"
    assert any("ViewPosition" in note.why for note in read.assumptions if note.name == "view")
    assert value not in repr(read.assumptions)


def test_two_views_in_one_file_are_told(tmp_path):
    entry = Dataset()
    entry.CodeValue, entry.CodingSchemeDesignator, entry.CodeMeaning = "272479007", "SCT", "postero-anterior"
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="AP", ViewCodeSequence=[entry]))
    assert (read.view, assumed(read.assumptions)["view"]) == ("AP", "AP")
    lateral = read_radiograph(dicom(tmp_path / "b.dcm", ViewPosition="LATERAL", ViewCodeSequence=[entry]))
    assert (lateral.view, assumed(lateral.assumptions)["view"]) == ("PA", "PA")


def test_an_intensity_that_is_there_and_not_known_is_told_as_such(tmp_path):
    path = dicom(tmp_path / "a.dcm", PixelIntensityRelationship="LINEAR")
    notes = [note.why for note in read_radiograph(path).assumptions if note.name == "intensity"]
    assert len(notes) == 1
    assert "PixelIntensityRelationship" in notes[0]


def test_a_calibration_that_is_not_known_is_told_as_such(tmp_path):
    path = dicom(tmp_path / "a.dcm", PixelSpacing=[0.2, 0.2], PixelSpacingCalibrationType="RULER")
    (note,) = [note for note in read_radiograph(path).assumptions if note.name == "pixel_spacing_mm"]
    assert "PixelSpacingCalibrationType" in note.why


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"ShutterShape": "BITMAP"}, "shutter"),
        ({"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": 4}, "shutter"),
        ({"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [48, 40], "RadiusOfCircularShutter": 3}, "shutter"),
        ({"CollimatorShape": "POLYGONAL", "VerticesOfThePolygonalCollimator": [1, 1, 1, 80]}, "collimator"),
        ({"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4095}, "padding"),
    ],
)
def test_a_shutter_or_padding_that_cannot_be_this_images_is_told_and_not_used(tmp_path, tags, name):
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    assert read.mask is None
    assert name in assumed(read.assumptions)


def test_a_beam_that_met_the_detector_obliquely_is_told(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", DetectorPrimaryAngle=0, DetectorSecondaryAngle=12))
    (note,) = [note for note in read.assumptions if note.name == "principal_point_px"]
    assert "DetectorSecondaryAngle" in note.why
    assert read_radiograph(dicom(tmp_path / "b.dcm", DetectorPrimaryAngle=0)).provenance["modality"] == "DX"


@pytest.mark.parametrize("primary", [400, 0])
def test_an_angle_that_goes_with_one_that_cannot_be_used_is_not_called_unstated(tmp_path, primary):
    angles = {"PositionerPrimaryAngle": primary, "PositionerSecondaryAngle": 10}
    _, assumptions = view_geometry(read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="AP", **angles)))
    told = [item.why for item in assumptions if item.name in ("primary_deg", "secondary_deg")]
    assert len(told) == 2
    assert not any("No angle is stated" in why for why in told)


def test_a_number_with_an_underscore_is_none(tmp_path):
    path = raw(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[0.2, 0.2]), "ImagerPixelSpacing", b"0_2\\0_2")
    refuse(path, "ImagerPixelSpacing.*cannot be read")
    path = raw(dicom(tmp_path / "b.dcm", DistanceSourceToDetector=1200), "DistanceSourceToDetector", b"1_200")
    assert read_radiograph(path).sid_mm is None


@pytest.mark.parametrize(
    "keyword", ["ScanOptions", "PatientOrientation", "ShutterShape", "CollimatorShape", "ImageType"]
)
@pytest.mark.parametrize(("representation", "value"), [("US", 7), ("FD", 5.5), ("PN", "a^b"), ("SQ", [Dataset()])])
def test_a_text_that_is_written_as_something_else_does_not_stop_the_file(tmp_path, keyword, representation, value):
    ds = dataset(pattern(), ViewPosition="AP")
    ds.add_new(keyword, representation, value)
    read = read_radiograph(save(ds, tmp_path / "a.dcm"))
    np.testing.assert_array_equal(read.pixels, pattern())
    told = {"PatientOrientation": "PatientOrientation", "ShutterShape": "shutter", "CollimatorShape": "collimator"}
    if keyword in told:
        assert any(told[keyword] in note.why for note in read.assumptions)
