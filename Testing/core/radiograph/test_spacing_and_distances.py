"""The spacing on the detector, and the distances from the source."""

import pytest
from assumed import assumed
from radiograph_files import dicom
from refusal import refuse

from Diff2CTCore.errors import GeometryError, RadiographError
from Diff2CTCore.radiograph import read_radiograph, view_geometry


def test_non_square_pixels_keep_row_before_column(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[0.4, 0.25]))
    assert read.pixel_spacing_mm == (0.4, 0.25)


@pytest.mark.parametrize(
    ("tags", "spacing", "sod"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), 950.0),
        ({"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.2, 0.2]}, (0.2, 0.2), 950.0),
        (
            {
                "ImagerPixelSpacing": [0.25, 0.25],
                "PixelSpacing": [0.2, 0.2],
                "PixelSpacingCalibrationType": "FIDUCIAL",
                "DistanceSourceToDetector": 1000,
            },
            (0.25, 0.25),
            800.0,
        ),
        (
            {
                "PixelSpacing": [0.2, 0.1],
                "PixelSpacingCalibrationType": "GEOMETRY",
                "EstimatedRadiographicMagnificationFactor": 1.25,
            },
            (0.25, 0.125),
            920.0,
        ),
        (
            {
                "PixelSpacing": [0.2, 0.1],
                "PixelSpacingCalibrationType": "GEOMETRY",
                "DistanceSourceToDetector": 1000,
                "DistanceSourceToPatient": 800,
            },
            (0.25, 0.125),
            800.0,
        ),
        ({"NominalScannedPixelSpacing": [0.17, 0.17]}, (0.17, 0.17), 950.0),
        ({}, (430 / 96, 430 / 96), 950.0),
    ],
)
def test_the_spacing_is_that_on_the_detector(tmp_path, tags, spacing, sod):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    geometry = view_geometry(read, view="AP")[0]
    assert geometry.pixel_spacing_mm == pytest.approx(spacing)
    assert geometry.sod_mm == pytest.approx(sod)


CALIBRATED = {"PixelSpacing": [0.3, 0.3], "PixelSpacingCalibrationType": "FIDUCIAL"}
TWO_SPACINGS = {"ImagerPixelSpacing": [0.3, 0.3], "PixelSpacing": [0.25, 0.25]}
DISTANCES = {"DistanceSourceToDetector": 1150, "DistanceSourceToPatient": 1000}


@pytest.mark.parametrize(
    ("tags", "by_hand", "in_the_volume"),
    [
        ({**CALIBRATED, **DISTANCES}, {}, (0.3, 0.3)),
        ({**CALIBRATED, **DISTANCES}, {"sod_mm": 850.0}, (0.3, 0.3)),
        ({**CALIBRATED, **DISTANCES}, {"sid_mm": 1800.0, "sod_mm": 1600.0}, (0.3, 0.3)),
        ({**CALIBRATED, **DISTANCES}, {"slot_scan": True}, (0.3, 0.3)),
        ({**CALIBRATED, "EstimatedRadiographicMagnificationFactor": 1.5}, {}, (0.3, 0.3)),
        ({**CALIBRATED, "EstimatedRadiographicMagnificationFactor": 1.1}, {"sid_mm": 1000.0}, (0.3, 0.3)),
        ({**CALIBRATED, **DISTANCES, "EstimatedRadiographicMagnificationFactor": 1.5}, {}, (0.3, 0.3)),
        # A magnification of 1.5 or 1.2 makes 0.3 mm at the detector 0.2 or 0.25 mm in the patient.
        ({"ImagerPixelSpacing": [0.3, 0.3], "EstimatedRadiographicMagnificationFactor": 1.5}, {}, (0.2, 0.2)),
        (
            {"ImagerPixelSpacing": [0.3, 0.3], "EstimatedRadiographicMagnificationFactor": 1.5},
            {"sod_mm": 800.0},
            (0.2, 0.2),
        ),
        ({**TWO_SPACINGS, "DistanceSourceToDetector": 1150}, {"sid_mm": 1800.0}, (0.25, 0.25)),
        (TWO_SPACINGS, {}, (0.25, 0.25)),
        (TWO_SPACINGS, {"sid_mm": 1800.0}, (0.25, 0.25)),
        (TWO_SPACINGS, {"slot_scan": True, "sid_mm": 1800.0, "sod_mm": 1600.0}, (0.25, 0.25)),
    ],
)
def test_what_a_file_says_of_the_size_in_the_patient_is_the_size_in_the_volume(tmp_path, tags, by_hand, in_the_volume):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", ViewPosition="AP", **tags))
    assert view_geometry(read, **by_hand)[0].iso_spacing_mm == pytest.approx(in_the_volume)


@pytest.mark.parametrize(("chosen", "in_the_volume"), [((0.3, 0.3), 0.25), ((0.6, 0.6), 0.5)])
def test_the_magnification_of_two_spacings_holds_for_a_chosen_spacing_too(tmp_path, chosen, in_the_volume):
    tags = {**TWO_SPACINGS, "DistanceSourceToDetector": 1150, "ViewPosition": "AP"}
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags), pixel_spacing_mm=chosen)
    geometry = view_geometry(read)[0]
    assert geometry.sod_mm == pytest.approx(1150 / 1.2)
    assert geometry.iso_spacing_mm == pytest.approx((in_the_volume,) * 2)


def test_a_chosen_spacing_leaves_no_doubt_about_the_spacing_of_the_file(tmp_path):
    tags = {"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.4, 0.4]}
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags), pixel_spacing_mm=0.2)
    assert "pixel_spacing_mm" not in assumed(read.assumptions)


@pytest.mark.parametrize("tags", [TWO_SPACINGS, {"EstimatedRadiographicMagnificationFactor": 1.2}])
def test_distances_by_hand_that_contradict_the_magnification_of_the_file_are_told(tmp_path, tags):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", ViewPosition="AP", **tags))
    geometry, told = view_geometry(read, sid_mm=1200.0, sod_mm=800.0)
    assert geometry.sod_mm == assumed(told)["sod_mm"] == 800.0
    assert "sod_mm" not in assumed(view_geometry(read, sid_mm=1200.0, sod_mm=1000.0)[1])


def test_a_distance_that_follows_from_one_of_the_file_is_told_where_the_user_gave_the_other(tmp_path):
    tags = {**TWO_SPACINGS, "DistanceSourceToDetector": 1200, "ViewPosition": "AP"}
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    assert "sod_mm" not in assumed(view_geometry(read)[1])
    assert assumed(view_geometry(read, sid_mm=1800.0)[1])["sod_mm"] == pytest.approx(1500.0)


def test_a_calibrated_spacing_without_magnification_is_scaled_by_the_geometry_in_use(tmp_path):
    path = dicom(
        tmp_path / "a.dcm",
        ViewPosition="AP",
        PatientOrientation=["F", "L"],
        PixelSpacing=[0.2, 0.4],
        PixelSpacingCalibrationType="FIDUCIAL",
    )
    read = read_radiograph(path)
    assert read.pixel_spacing_mm is None
    geometry, assumptions = view_geometry(read, sid_mm=1000, sod_mm=800)
    assert geometry.pixel_spacing_mm == pytest.approx((0.5, 0.25))
    assert "pixel_spacing_mm" in assumed(assumptions)


def test_a_spacing_without_a_place_is_taken_at_the_detector_and_the_user_is_told(tmp_path):
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", PatientOrientation=["F", "L"], PixelSpacing=[0.2, 0.4])
    read = read_radiograph(path)
    assert read.pixel_spacing_mm == (0.4, 0.2)
    assert assumed(view_geometry(read)[1])["pixel_spacing_mm"] == (0.4, 0.2)
    assert "pixel_spacing_mm" not in assumed(view_geometry(read, pixel_spacing_mm=0.3)[1])


def test_a_chosen_spacing_replaces_an_impossible_one(tmp_path):
    path = dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[0, 0])
    assert read_radiograph(path, pixel_spacing_mm=(0.3, 0.2)).pixel_spacing_mm == (0.3, 0.2)


def test_the_distance_of_a_digital_radiograph_ends_at_the_support_unless_the_magnification_agrees(tmp_path):
    distances = {"DistanceSourceToDetector": 1200, "DistanceSourceToPatient": 1000}
    vague = read_radiograph(dicom(tmp_path / "a.dcm", **distances))
    exact = read_radiograph(dicom(tmp_path / "b.dcm", EstimatedRadiographicMagnificationFactor=1.2, **distances))
    assert (vague.sid_mm, vague.sod_mm) == (exact.sid_mm, exact.sod_mm) == (1200.0, 1000.0)
    assert "sod_mm" in assumed(vague.assumptions)
    assert "sod_mm" not in assumed(exact.assumptions)


def test_one_known_distance_gives_the_other(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", ViewPosition="AP", DistanceSourceToDetector=1800))
    assert view_geometry(read)[0].sod_mm == 1600.0
    assert view_geometry(read, sid_mm=None, sod_mm=1500.0)[0].sid_mm == 1800.0


def test_distances_in_the_file_that_cannot_be_are_refused(tmp_path):
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", DistanceSourceToDetector=1000, DistanceSourceToPatient=1000)
    with pytest.raises(GeometryError, match="SOD"):
        view_geometry(read_radiograph(path))


@pytest.mark.parametrize("spacing", [(1.0, 25.0), (0.5, 0.2), (0.2, 0.5)])
def test_pixels_much_longer_than_wide_are_refused_from_file_and_user_alike(tmp_path, spacing):
    refuse(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=list(spacing)), "at most 2 times")
    refuse(dicom(tmp_path / "b.dcm"), "at most 2 times", pixel_spacing_mm=spacing)
    with pytest.raises(RadiographError, match="at most 2 times"):
        view_geometry(read_radiograph(dicom(tmp_path / "c.dcm")), view="AP", pixel_spacing_mm=spacing)


def test_pixels_that_were_binned_one_way_are_read(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[0.278, 0.139]))
    assert read.pixel_spacing_mm == (0.278, 0.139)


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.4, 0.4]}, "pixel_spacing_mm"),
        ({"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.15, 0.19]}, "pixel_spacing_mm"),
        (
            {
                "DistanceSourceToDetector": 1200,
                "DistanceSourceToPatient": 1000,
                "EstimatedRadiographicMagnificationFactor": 1.5,
            },
            "sod_mm",
        ),
        ({"DistanceSourceToDetector": 1200, "EstimatedRadiographicMagnificationFactor": 0.8}, "sod_mm"),
        ({"DistanceSourceToPatient": 1000, "DistanceSourceToIsocenter": 900}, "sod_mm"),
        (
            {
                "ImagerPixelSpacing": [0.2, 0.2],
                "PixelSpacing": [0.15, 0.15],
                "EstimatedRadiographicMagnificationFactor": 1.1,
            },
            "sod_mm",
        ),
    ],
)
def test_spacings_and_distances_that_contradict_each_other_are_told(tmp_path, tags, name):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    assert name in assumed(read.assumptions)
    assert read.pixel_spacing_mm == (tuple(tags["ImagerPixelSpacing"]) if "ImagerPixelSpacing" in tags else None)


def test_the_spacing_of_a_film_has_its_aspect(tmp_path):
    tags = {"NominalScannedPixelSpacing": [0.2, 0.3], "PixelAspectRatio": [2, 3]}
    assert read_radiograph(dicom(tmp_path / "a.dcm", **tags)).pixel_spacing_mm == (0.2, 0.3)
