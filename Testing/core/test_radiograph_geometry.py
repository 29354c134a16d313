"""View, orientation, spacing and distances of a radiograph, and what is assumed when they are missing."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from radiograph_files import dicom, pattern

from Diff2CTCore.errors import GeometryError, RadiographError
from Diff2CTCore.radiograph import check_pair, read_radiograph, view_geometry


def assumed(assumptions):
    return {item.name: item.value for item in assumptions}


def turned_back(canonical, along_columns, along_rows, right, down="F"):
    """The image as stored when its columns run to `along_columns`: the canonical one, re-indexed pixel by pixel."""
    opposite = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
    rows, columns = canonical.shape
    shape = (columns, rows) if along_columns in "HF" else (rows, columns)
    stored = np.empty(shape, canonical.dtype)
    for row in range(rows):
        for column in range(columns):
            place = {right: column, opposite[right]: columns - 1 - column, down: row, opposite[down]: rows - 1 - row}
            stored[place[along_rows], place[along_columns]] = canonical[row, column]
    return stored


@pytest.mark.parametrize("view", ["AP", "LL"])
@pytest.mark.parametrize("index", range(8))
def test_every_patient_orientation_ends_canonical_with_its_own_spacing(tmp_path, view, index):
    right, left = ("L", "R") if view == "AP" else ("P", "A")
    choices = [(c, r) for c in (right, left) for r in "FH"]
    choices += [(c, r) for c in "FH" for r in (right, left)]
    along_columns, along_rows = choices[index]
    canonical = pattern(70, 90)
    stored = turned_back(canonical, along_columns, along_rows, right)
    swapped = along_columns in "HF"
    path = dicom(
        tmp_path / "a.dcm",
        stored,
        ViewPosition=view,
        PatientOrientation=[along_columns, along_rows],
        ImagerPixelSpacing=[0.3, 0.2] if swapped else [0.2, 0.3],
    )
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, canonical)
    assert read.pixel_spacing_mm == (0.2, 0.3)


def test_rotation_and_mirroring_chosen_by_the_user_come_on_top(tmp_path):
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", PatientOrientation=["R", "F"], ImagerPixelSpacing=[0.2, 0.3])
    stored = pattern()
    for rotate in (0, 90, 180, 270):
        read = read_radiograph(path, rotate=rotate)
        np.testing.assert_array_equal(read.pixels, np.rot90(stored[:, ::-1], -rotate // 90))
        assert read.pixel_spacing_mm == ((0.2, 0.3) if rotate in (0, 180) else (0.3, 0.2))
    flipped = read_radiograph(path, rotate=90, flip="vertical")
    np.testing.assert_array_equal(flipped.pixels, np.rot90(stored[:, ::-1], -1)[::-1])


def test_non_square_pixels_keep_row_before_column(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[0.4, 0.1]))
    assert read.pixel_spacing_mm == (0.4, 0.1)


@pytest.mark.parametrize(
    ("tags", "spacing", "sod"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), None),
        ({"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.2, 0.2]}, (0.2, 0.2), None),
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
            None,
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
        ({"NominalScannedPixelSpacing": [0.17, 0.17]}, (0.17, 0.17), None),
        ({}, None, None),
    ],
)
def test_the_spacing_is_that_on_the_detector(tmp_path, tags, spacing, sod):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    assert read.pixel_spacing_mm == (None if spacing is None else pytest.approx(spacing))
    assert read.sod_mm == (None if sod is None else pytest.approx(sod))


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


def coded_view(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "view"
    return [item]


@pytest.mark.parametrize(
    ("modality", "tags", "view"),
    [
        ("DX", {"ViewPosition": "PA"}, "PA"),
        ("DX", {"ViewPosition": "RL"}, "RL"),
        ("DX", {"ViewPosition": "LLAT"}, "LL"),
        ("DX", {"ViewCodeSequence": coded_view("272479007")}, "PA"),
        ("DX", {"ViewCodeSequence": coded_view("R-10232")}, "RL"),
        ("CR", {"PatientOrientation": ["L", "F"]}, "AP"),
        ("CR", {"PatientOrientation": ["A", "F"]}, "LL"),
        ("XA", {"PositionerPrimaryAngle": 3}, "PA"),
        ("XA", {"PositionerPrimaryAngle": 88}, "LL"),
        ("XA", {"PositionerPrimaryAngle": -90}, "RL"),
        ("RF", {"PositionerPrimaryAngle": -178}, "AP"),
        ("CR", {}, None),
        ("CR", {"ViewPosition": "LLD"}, None),
    ],
)
def test_the_view_is_found_where_the_file_states_it(tmp_path, modality, tags, view):
    assert read_radiograph(dicom(tmp_path / "a.dcm", modality=modality, **tags)).view == view


@pytest.mark.parametrize(
    ("primary", "view", "deviation"), [(3, "PA", 3), (88, "LL", -2), (-95, "RL", -5), (-178, "AP", 2), (175, "AP", -5)]
)
def test_positioner_angles_become_deviations_from_the_nominal_view(tmp_path, primary, view, deviation):
    path = dicom(
        tmp_path / "a.dcm", modality="XA", PositionerPrimaryAngle=primary, PositionerSecondaryAngle=4, ViewPosition=""
    )
    geometry, assumptions = view_geometry(read_radiograph(path))
    assert (geometry.view, geometry.primary_deg, geometry.secondary_deg) == (view, pytest.approx(deviation), 4.0)
    assert not {"primary_deg", "secondary_deg"} & set(assumed(assumptions))


def test_the_angle_of_a_tube_on_a_column_is_not_taken_for_one_about_the_patient(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="LL", PositionerPrimaryAngle=0))
    geometry, assumptions = view_geometry(read)
    assert (geometry.view, geometry.primary_deg) == ("LL", 0.0)
    assert "primary_deg" in assumed(assumptions)


def test_a_file_that_contradicts_itself_about_its_view_asks_for_a_choice(tmp_path):
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", PatientOrientation=["P", "H"])
    with pytest.raises(RadiographError, match="choose the view"):
        read_radiograph(path)
    np.testing.assert_array_equal(read_radiograph(path, view="LL").pixels, pattern()[::-1])
    chosen = read_radiograph(path, view="AP")
    np.testing.assert_array_equal(chosen.pixels, pattern())
    assert "rotate" in assumed(chosen.assumptions)


def test_every_default_of_a_silent_file_is_shown_by_name(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm"))
    geometry, assumptions = view_geometry(read, view="AP")
    values = assumed(assumptions)
    assert (geometry.sid_mm, geometry.sod_mm) == (values["sid_mm"], values["sod_mm"]) == (1150.0, 950.0)
    assert geometry.pixel_spacing_mm == values["pixel_spacing_mm"] == (430 / 96, 430 / 96)
    assert {"rotate", "intensity", "primary_deg", "secondary_deg", "principal_point_px", "centre_px"} <= set(values)
    assert all(item.why.endswith(".") for item in assumptions)


def test_overrides_win_and_leave_no_assumption(tmp_path):
    overrides = {
        "view": "RL",
        "sid_mm": 1000.0,
        "sod_mm": 700.0,
        "pixel_spacing_mm": (0.3, 0.2),
        "primary_deg": 1.0,
        "secondary_deg": 2.0,
        "rotation_deg": 3.0,
        "principal_point_px": (30.0, 40.0),
        "centre_px": (31.0, 41.0),
    }
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", DistanceSourceToDetector=1300, PatientOrientation=["L", "F"])
    geometry, assumptions = view_geometry(read_radiograph(path, intensity="log"), **overrides)
    assert {name: getattr(geometry, name) for name in overrides} == overrides
    assert assumptions == []


def test_one_known_distance_gives_the_other(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", ViewPosition="AP", DistanceSourceToDetector=1800))
    assert view_geometry(read)[0].sod_mm == 1600.0
    assert view_geometry(read, sid_mm=None, sod_mm=1500.0)[0].sid_mm == 1800.0


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({}, "choose AP, PA, LL or RL"),
        ({"view": "AP", "sid_mm": 900, "sod_mm": 950}, "SOD"),
        ({"view": "AP", "sid_mm": "far"}, "number"),
        ({"view": "AP", "primary_deg": 60}, "degrees"),
        ({"view": "AP", "sdi_mm": 900}, "sdi_mm"),
        ({"view": "AP", "sod_mm": 0.0}, "SOD"),
    ],
)
def test_an_impossible_geometry_is_one_sentence(tmp_path, overrides, message):
    read = read_radiograph(dicom(tmp_path / "a.dcm"))
    with pytest.raises(GeometryError, match=message):
        view_geometry(read, **overrides)


def test_distances_in_the_file_that_cannot_be_are_refused(tmp_path):
    path = dicom(tmp_path / "a.dcm", ViewPosition="AP", DistanceSourceToDetector=1000, DistanceSourceToPatient=1000)
    with pytest.raises(GeometryError, match="SOD"):
        view_geometry(read_radiograph(path))


def test_a_pair_needs_two_views_of_one_patient(tmp_path):
    def read(name, view, patient="A", stored=None, **tags):
        return read_radiograph(dicom(tmp_path / name, stored, ViewPosition=view, PatientID=patient, **tags))

    frontal = read("f.dcm", "AP")
    lateral = read("l.dcm", "LL", stored=pattern()[::-1])
    check_pair(frontal, lateral)
    check_pair(frontal, read("anonymous.dcm", "LL", "", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match="swap"):
        check_pair(lateral, frontal)
    with pytest.raises(RadiographError, match="same image"):
        check_pair(frontal, frontal)
    with pytest.raises(RadiographError, match="same image"):
        check_pair(frontal, read("copy.dcm", "LL"))
    with pytest.raises(RadiographError, match="different patients"):
        check_pair(frontal, read("other.dcm", "LL", "B", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match="Both radiographs are frontal"):
        check_pair(frontal, read("pa.dcm", "PA", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match="Both radiographs are lateral"):
        check_pair(read("rl.dcm", "RL"), lateral)


def test_two_frames_of_one_file_can_be_a_pair(tmp_path):
    path = dicom(tmp_path / "a.dcm", np.stack([pattern(), pattern()[::-1]]), "XA", PixelIntensityRelationship="LOG")
    check_pair(read_radiograph(path, frame=1, view="PA"), read_radiograph(path, frame=2, view="LL"))
