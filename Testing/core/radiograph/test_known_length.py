"""A length that is known in the patient calibrates a radiograph, whatever its file says of its spacing."""

import numpy as np
import pytest
from assumed import assumed
from marker_ball import TRUE, known_length, picture
from radiograph_files import dicom, pattern

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.radiograph import read_radiograph, view_geometry

STATED = {"ImagerPixelSpacing": [0.2, 0.2], "DistanceSourceToDetector": 1200, "DistanceSourceToPatient": 1000}
ACROSS = (10.0, 40.0, 60.0, 40.0, 25.0)
"""50 pixels of a row are 25 mm."""


def read(path, **tags):
    return read_radiograph(dicom(path / "a.dcm", modality="CR", ViewPosition="AP", **tags))


@pytest.mark.parametrize("view", TRUE.views, ids=lambda view: view.view)
@pytest.mark.parametrize("distances", [{}, {"sid_mm": 1000.0}, {"sid_mm": 1800.0, "sod_mm": 1300.0}])
def test_a_ball_gives_pictures_without_spacing_their_true_size_whatever_the_distances_are(tmp_path, view, distances):
    path = dicom(tmp_path / "a.dcm", picture(view), modality="CR", bits=16, ViewPosition=view.view)
    radiograph = read_radiograph(path)
    ends = known_length(view)
    calibrated, assumptions = view_geometry(radiograph, known_length=ends, **distances)
    assert calibrated.iso_spacing_mm == pytest.approx(view.iso_spacing_mm, rel=0.01)
    assert "pixel_spacing_mm" not in assumed(assumptions)
    # Places 100 mm apart in the patient are seen 100 mm apart.
    seen = calibrated.project(np.array([[0.0, 0.0, 50.0], [0.0, 0.0, -50.0]]))
    truth = view.project(np.array([[0.0, 0.0, 50.0], [0.0, 0.0, -50.0]]))
    assert np.ptp(seen[:, 1]) == pytest.approx(np.ptp(truth[:, 1]), rel=0.01)
    # Without the ball they are not.
    assert view_geometry(radiograph)[0].iso_spacing_mm != pytest.approx(view.iso_spacing_mm, rel=0.1)


def test_it_wins_over_the_spacing_of_the_file_and_the_contradiction_is_told(tmp_path):
    radiograph = read(tmp_path, **STATED)
    geometry, told = view_geometry(radiograph, known_length=ACROSS)
    assert geometry.pixel_spacing_mm == pytest.approx((0.6, 0.6))
    (doubt,) = [item for item in told if item.name == "pixel_spacing_mm"]
    assert "3.00 times as large" in doubt.why


@pytest.mark.parametrize(("true_mm", "told"), [(8.3, False), (8.9, True), (7.8, True)])
def test_what_agrees_with_the_file_within_the_width_of_a_mark_is_not_told(tmp_path, true_mm, told):
    # 50 pixels of 0.2 mm, 1.2 times magnified, are 8.33 mm.
    assumptions = view_geometry(read(tmp_path, **STATED), known_length=(*ACROSS[:4], true_mm))[1]
    assert ("pixel_spacing_mm" in assumed(assumptions)) == told


def test_rows_and_columns_of_the_upright_picture_keep_their_ratio(tmp_path):
    radiograph = read(tmp_path, PatientOrientation=["F", "L"], ImagerPixelSpacing=[0.2, 0.3])
    assert (radiograph.rows, radiograph.columns) == (80, 96)
    # 40 columns and 20 rows: in units of the shorter pitch sides of 40 x 2 and 20 x 3 sixths of 0.6 mm, 100 in all.
    geometry = view_geometry(radiograph, known_length=(10.0, 10.0, 50.0, 30.0, 50.0), sid_mm=1000.0, sod_mm=800.0)[0]
    row_mm, column_mm = geometry.iso_spacing_mm
    assert row_mm / column_mm == pytest.approx(1.5)
    assert np.hypot(40.0 * column_mm, 20.0 * row_mm) == pytest.approx(50.0)
    assert column_mm == pytest.approx(1.0)


def test_a_length_along_a_slot_scan_is_not_magnified_and_one_across_is(tmp_path):
    radiograph = read(tmp_path, ImagerPixelSpacing=[0.2, 0.2])
    choices = {"slot_scan": True, "sid_mm": 1200.0, "sod_mm": 1000.0}
    along = view_geometry(radiograph, known_length=(20.0, 10.0, 20.0, 60.0, 25.0), **choices)[0]
    across = view_geometry(radiograph, known_length=ACROSS, **choices)[0]
    assert along.iso_spacing_mm[0] == pytest.approx(0.5)
    assert across.iso_spacing_mm[1] == pytest.approx(0.5)
    assert along.pixel_spacing_mm == pytest.approx((0.5, 0.5))
    assert across.pixel_spacing_mm == pytest.approx((0.6, 0.6))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ((10.0, 40.0, 10.0, 40.0, 25.0), "0 pixels apart"),
        ((10.0, 40.0, 25.0, 52.0, 25.0), "19.2 pixels apart, fewer than 20"),
        ((10.0, 40.0, 80.0, 40.0, 25.0), "column 80 and row 40, outside its upright picture of 80 x 96"),
        ((-1.0, 40.0, 60.0, 40.0, 25.0), "column -1 and row 40, outside"),
        ((10.0, 96.0, 60.0, 40.0, 25.0), "column 10 and row 96, outside"),
        ((*ACROSS[:4], 0.0), "is 0 mm; give a positive"),
        ((*ACROSS[:4], -25.0), "is -25 mm; give a positive"),
        ((*ACROSS[:4], 0.25), "makes the frontal radiograph 0.58"),
        ((*ACROSS[:4], 4000.0), "mm large; a side has 1 to 5000 mm"),
        ((*ACROSS[:4], float("nan")), "five numbers"),
        (ACROSS[:4], "five numbers"),
        ("long", "five numbers"),
    ],
)
def test_a_length_from_which_no_size_follows_is_refused_in_one_sentence(tmp_path, known, words):
    with pytest.raises(GeometryError, match=words) as refusal:
        view_geometry(read(tmp_path), known_length=known)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_border_of_the_outermost_pixels_is_inside(tmp_path):
    geometry = view_geometry(read(tmp_path), known_length=(-0.5, 40.0, 79.5, 40.0, 40.0))[0]
    assert geometry.iso_spacing_mm == pytest.approx((0.5, 0.5))


def test_a_spacing_by_hand_beside_it_is_refused_wherever_it_was_given(tmp_path):
    with pytest.raises(GeometryError, match="give one of them"):
        view_geometry(read(tmp_path), known_length=ACROSS, pixel_spacing_mm=0.3)
    chosen = read_radiograph(dicom(tmp_path / "b.dcm", pattern(), ViewPosition="AP"), pixel_spacing_mm=0.3)
    with pytest.raises(GeometryError, match="give one of them"):
        view_geometry(chosen, known_length=ACROSS)
