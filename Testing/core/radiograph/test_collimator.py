"""A collimator's shadow that the file does not state, found in pictures whose open field is known."""

import numpy as np
import pytest
from assumed import assumed
from pydicom.data import get_testdata_file
from radiograph_files import dicom
from refusal import refuse

from Diff2CTCore.bundled import resource_path
from Diff2CTCore.radiograph import read_radiograph

ROWS, COLUMNS = 420, 340
EDGES = {"left": (34.0, 0.03), "right": (41.0, -0.05), "top": (30.0, 0.02), "bottom": (44.0, -0.04)}
"""Distance of the edge at the middle of the side, and its slope."""


def trunk(seed=0, beside=0.0):
    """Line integrals of a trunk with a spine and ribs, float64; `beside`: part of the width that is open beam."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    middle = COLUMNS / 2 + 12.0 * np.sin(row / 130.0)
    half = COLUMNS * (0.75 - beside) + 18.0 * np.cos(row / 80.0)
    chord = np.sqrt(np.clip(1.0 - ((column - middle) / half) ** 2, 0.0, None))
    spine = np.exp(-(((column - middle) / 28.0) ** 2)) * (1.0 + 0.3 * np.sign(np.sin(row / 11.0)))
    ribs = 0.15 * np.sin((row + 0.004 * (column - middle) ** 2) / 13.0)
    gas = sum(
        -0.6 * np.exp(-((row - y) ** 2 + (column - x) ** 2) / 500.0)
        for y, x in random.uniform((0, 0), (ROWS, COLUMNS), (12, 2))
    )
    return 4.0 * chord + (0.8 * spine + ribs + gas + 0.4 * np.sin(row / 60.0)) * (chord > 0.0)


def beyond(side, foot=0.0):
    """How far each pixel lies inside the edge of a side, pixels."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    place = {"left": column, "right": COLUMNS - 1 - column, "top": row, "bottom": ROWS - 1 - row}[side]
    along = row - (ROWS - 1) / 2 if side in ("left", "right") else column - (COLUMNS - 1) / 2
    offset, slope = EDGES[side]
    return place - offset - slope * along - foot


def collimated(sides, level=3.4, softness=2.0, seed=0):
    """(line integrals of the trunk behind a collimator, where it was open)."""
    picture = trunk(seed)
    inside = np.min([beyond(side) for side in sides], axis=0)
    shadow = level + 0.2 * np.mgrid[0:ROWS, 0:COLUMNS][0] / ROWS
    open_part = 1.0 / (1.0 + np.exp(-inside / (0.5 * softness)))
    return open_part * picture + (1.0 - open_part) * shadow, inside > 0.0


def stored(picture, seed=0):
    """As 12 bits with a detector's noise."""
    noisy = picture + np.random.default_rng(seed).normal(0.0, 0.02, picture.shape)
    return np.round((noisy + 0.5) * 550.0).clip(0, 4095).astype(np.uint16)


@pytest.mark.parametrize("sides", [("left",), ("left", "right"), ("top", "bottom"), ("left", "right", "top", "bottom")])
@pytest.mark.parametrize("level", [3.4, 4.2, 6.0])
def test_a_soft_shadow_is_masked_where_the_collimator_was_closed(tmp_path, sides, level):
    picture, was_open = collimated(sides, level)
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored(picture)))
    assert sorted(assumed(read.assumptions)["collimator"]) == sorted(sides)
    # Nothing of the shadow is taken for the patient, and little of the patient is lost.
    assert (read.mask & ~was_open).mean() < 0.001
    nearly = np.min([beyond(side, foot=9.0) for side in sides], axis=0) > 0.0
    assert read.mask[nearly].all()
    assert (read.pixels[~read.mask] == read.pixels[read.mask].min()).all()


def test_what_was_found_is_told_with_its_sides_and_its_extent(tmp_path):
    picture, was_open = collimated(("left", "bottom"))
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored(picture)))
    (note,) = [item for item in read.assumptions if item.name == "collimator"]
    assert sorted(note.value) == ["bottom", "left"]
    assert "% at the left" in note.why
    assert "% at the bottom" in note.why
    assert note.why.endswith(".")
    assert read.provenance["mask_source"] == "the picture"
    assert read.provenance["exposed_fraction"] == pytest.approx(was_open.mean(), abs=0.04)


def test_none_is_looked_for_where_the_user_says_so(tmp_path):
    picture, _ = collimated(("left", "right"))
    path = dicom(tmp_path / "a.dcm", stored(picture))
    read = read_radiograph(path, collimator="off")
    assert read.mask is None
    assert "collimator" not in assumed(read.assumptions)
    assert read.provenance["mask_source"] == "not looked for"
    np.testing.assert_array_equal(read.pixels, stored(picture))


def test_a_shutter_that_the_file_states_is_followed_and_nothing_is_added(tmp_path):
    picture, _ = collimated(("left", "right"))
    edges = {"LeftVertical": 0, "RightVertical": COLUMNS + 1, "UpperHorizontal": 60, "LowerHorizontal": ROWS + 1}
    tags = {f"Shutter{edge}Edge": value for edge, value in edges.items()}
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored(picture), ShutterShape="RECTANGULAR", **tags))
    np.testing.assert_array_equal(read.mask, np.mgrid[0:ROWS, 0:COLUMNS][0] >= 60)
    assert read.provenance["mask_source"] == "the file"
    assert "collimator" not in assumed(read.assumptions)


def test_a_shutter_around_all_of_the_picture_says_that_all_was_exposed(tmp_path):
    picture, _ = collimated(("left", "right"))
    edges = {"LeftVertical": 0, "RightVertical": COLUMNS + 1, "UpperHorizontal": 0, "LowerHorizontal": ROWS + 1}
    tags = {f"Collimator{edge}Edge": value for edge, value in edges.items()}
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored(picture), CollimatorShape="RECTANGULAR", **tags))
    assert read.mask is None
    assert read.provenance["mask_source"] == "the file"


def test_sides_are_those_of_the_upright_picture_whatever_polarity_and_turn_the_file_has(tmp_path):
    picture, was_open = collimated(("left",))
    negative = np.rot90(4095 - stored(picture))
    path = dicom(tmp_path / "a.dcm", np.ascontiguousarray(negative), PhotometricInterpretation="MONOCHROME1")
    read = read_radiograph(path, rotate=90)
    assert assumed(read.assumptions)["collimator"] == ["left"]
    assert (read.mask != was_open).mean() < 0.03


@pytest.mark.parametrize("beside", [0.0, 0.25, 0.35, 0.45])
@pytest.mark.parametrize("seed", range(4))
def test_a_trunk_with_and_without_open_beam_beside_it_is_not_masked(tmp_path, seed, beside):
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored(trunk(seed, beside), seed)))
    assert read.mask is None
    assert read.provenance["mask_source"] == "none found"


def test_a_plate_beside_the_spine_and_a_letter_are_not_taken_for_a_collimator(tmp_path):
    picture = trunk(1)
    picture[60:380, 205:222] += 3.0
    picture[20:50, 290:310] = picture.max()
    assert read_radiograph(dicom(tmp_path / "a.dcm", stored(picture))).mask is None


def test_open_beam_with_a_straight_border_is_not_taken_for_a_collimator(tmp_path):
    """A table's side, with air on both of its sides."""
    picture = trunk(2, beside=0.45)
    picture[:, 20:26] += 0.5
    assert read_radiograph(dicom(tmp_path / "a.dcm", stored(picture))).mask is None


@pytest.mark.parametrize("value", [0, 4095])
def test_a_border_painted_by_the_device_is_masked(tmp_path, value):
    painted = stored(trunk(3))
    painted[:, :30], painted[:, -24:] = value, value
    read = read_radiograph(dicom(tmp_path / "a.dcm", painted))
    assert not read.mask[:, :30].any()
    assert not read.mask[:, -24:].any()
    assert read.mask[:, 38:-32].all()


@pytest.mark.parametrize(("hidden", "found"), [(0.34, True), (0.385, False)])
def test_a_mask_that_would_leave_less_than_a_quarter_is_not_believed(tmp_path, hidden, found):
    picture, edge = trunk(4), round(hidden * COLUMNS)
    picture[:, :edge] = picture[:, -edge:] = 6.0
    assert (read_radiograph(dicom(tmp_path / "a.dcm", stored(picture))).mask is not None) == found


def test_the_bundled_pair_shows_no_collimator():
    for name in ("ap.dcm", "lateral.dcm"):
        read = read_radiograph(resource_path("SampleData", name))
        assert read.mask is None
        assert read.provenance["mask_source"] == "none found"


def test_another_choice_is_refused(tmp_path):
    refuse(dicom(tmp_path / "a.dcm"), "collimator 'on' is not known", collimator="on")


def test_the_leaves_in_a_real_radiograph_of_a_leg_are_found_and_none_in_one_of_a_chest():
    leg = read_radiograph(get_testdata_file("RG3_UNCR.dcm"), pixel_spacing_mm=0.2)
    assert sorted(assumed(leg.assumptions)["collimator"]) == ["left", "right"]
    # Beside the leaves the detector is at one end of its scale, and so are next to none of the pixels that remain.
    assert (read_radiograph(get_testdata_file("RG3_UNCR.dcm"), collimator="off").pixels[leg.mask] == 1023).mean() < 0.01
    assert read_radiograph(get_testdata_file("RG1_UNCR.dcm"), pixel_spacing_mm=0.2).mask is None
