"""From where a radiograph was taken, and how its image lies."""

import numpy as np
import pytest
from assumed import assumed
from pydicom.dataset import Dataset
from radiograph_files import dicom, pattern

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph, view_geometry


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
