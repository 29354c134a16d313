"""The geometry of a view: what is assumed where the file is silent, and what the user says instead."""

import pytest
from assumed import assumed
from radiograph_files import dicom

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.radiograph import read_radiograph, view_geometry


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


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({}, "choose AP, PA, LL or RL"),
        ({"view": "AP", "sid_mm": 900, "sod_mm": 950}, "SOD"),
        ({"view": "AP", "sid_mm": "far"}, "number"),
        ({"view": "AP", "primary_deg": 60}, "degrees"),
        ({"view": "AP", "sdi_mm": 900}, "sdi_mm"),
        ({"view": "AP", "sod_mm": 0.0}, "SOD"),
        ({"view": "AP", "sid_mm": 180, "sod_mm": 160}, "SID 180 mm.*1800 if it was in centimetres"),
        ({"view": "AP", "sid_mm": 115}, "SID 115 mm.*1150 if it was in centimetres"),
        ({"view": "AP", "sid_mm": 1.15, "sod_mm": 0.95}, "SID 1.15 mm.*1150 if it was in metres"),
        ({"view": "AP", "sid_mm": 1150, "sod_mm": 95}, "SOD 95 mm.*950 if it was in centimetres"),
        ({"view": "AP", "sid_mm": 300, "sod_mm": 280}, "SOD 280 mm.*300 to 10000 mm"),
        ({"view": "AP", "sid_mm": 1e7, "sod_mm": 9999800}, "SID 1e\\+07 mm.*300 to 10000 mm"),
    ],
)
def test_an_impossible_geometry_is_one_sentence(tmp_path, overrides, message):
    read = read_radiograph(dicom(tmp_path / "a.dcm"))
    with pytest.raises(GeometryError, match=message):
        view_geometry(read, **overrides)
