"""Directions and positions that are written with few decimals are sound as far as these go, and no further."""

import numpy as np
import pytest
from ct_files import ramp_image, save_slices, series_datasets
from gantry import tilted_slices

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError


def oriented(orientation, pixel_mm=2.0, size=(128, 64, 16)):
    """Slices of the ramp that say they are turned."""
    slices = series_datasets(ramp_image(size=size, spacing=(pixel_mm, pixel_mm, 2.0), dtype=np.int16))
    for data in slices:
        data.ImageOrientationPatient = orientation
    return slices


@pytest.mark.parametrize("orientation", [[1, 0.015, 0, 0, 1, 0], [1, 0.02, 0, 0, 1, 0], [1, 0, 0, 0.0101, 1, 0]])
def test_rows_and_columns_that_are_askew_by_more_than_a_pixel_are_refused(tmp_path, orientation):
    save_slices(tmp_path, oriented(orientation))
    with pytest.raises(VolumeError, match="must be two perpendicular unit vectors"):
        read_ct(tmp_path)


def test_two_decimals_are_read_as_the_nearest_perpendicular_vectors_and_told(tmp_path):
    save_slices(tmp_path, oriented([1, 0.01, 0, 0, 1, 0]))
    ct = read_ct(tmp_path)
    # Each axis takes half of 0.01: 0.005 x 128 pixels of 2 mm one way, and of 64 the other.
    far = np.array(ct.image.TransformIndexToPhysicalPoint((127, 63, 0))) - ct.image.GetOrigin()
    np.testing.assert_allclose(far, (254.0 - 0.005 * 126.0, 126.0 + 0.005 * 254.0, 0.0), atol=0.01)
    assert len(ct.notes) == 1
    assert "not quite perpendicular" in ct.notes[0]
    assert "up to 1.4 mm" in ct.notes[0]


def test_decimals_that_move_no_pixel_are_not_told(tmp_path):
    save_slices(tmp_path, oriented([1, 0.001, 0, 0, 1, 0]))
    assert read_ct(tmp_path).notes == ()


def whole_mm(shift_mm, step_mm=2.0, pixel_mm=0.5, count=20):
    """Slices whose positions, to whole mm, are `shift_mm(number)` aside."""
    slices = series_datasets(ramp_image(size=(18, 20, count), spacing=(4.0, 4.0, 4.5), dtype=np.int16))
    for number, data in enumerate(slices):
        data.PixelSpacing = [pixel_mm, pixel_mm]
        data.ImagePositionPatient = [round(shift_mm(number)), -16, round(step_mm * number)]
    return slices


@pytest.mark.parametrize("jump_mm", [1, 2, 5])
@pytest.mark.parametrize("at", [1, 10, 15])
def test_a_jump_is_no_tilt_however_positions_are_rounded(tmp_path, jump_mm, at):
    save_slices(tmp_path, whole_mm(lambda number: jump_mm * (number >= at)))
    with pytest.raises(VolumeError, match="shifted sideways"):
        read_ct(tmp_path)


@pytest.mark.parametrize("slope", [0.25, 0.364, 0.7])
def test_a_tilt_of_rounded_positions_is_a_tilt(tmp_path, slope):
    save_slices(tmp_path, whole_mm(lambda number: slope * number))
    tilt_deg = read_ct(tmp_path).provenance["gantry_tilt_deg"]
    # The last of 20 slices is known to 1 mm of 38.
    assert tilt_deg == pytest.approx(np.degrees(np.arctan(slope / 2.0)), abs=1.0)


@pytest.mark.parametrize("decimals", [0, 1])
def test_oblique_slices_with_rounded_positions_are_not_tilted(tmp_path, decimals):
    slices = tilted_slices(0.0, 4.0, "oblique", decimals)
    for data in slices:
        data.PixelSpacing = [0.9, 0.9]
    save_slices(tmp_path, slices)
    assert read_ct(tmp_path).provenance["gantry_tilt_deg"] == 0.0
