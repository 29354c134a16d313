"""Each voxel of a DICOM series is where its slice says, also where the gantry was tilted; gaps are told."""

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import save_slices
from gantry import BALL_LPS_MM, POSES, ball_hu, tilted_slices

from Diff2CTCore.ct import read_ct, resample_ct
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.geometry import VolumeGrid

LPS = np.array((-1.0, -1.0, 1.0))


def ball_place(ct):
    """Where the ball is found on a grid about where it should be, LPS mm."""
    grid = VolumeGrid((28, 28, 28), 1.0)
    bone = np.clip(resample_ct(ct, grid, BALL_LPS_MM * LPS) - 300.0, 0.0, None)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return (
        np.average((grid.index_to_ras_mm(index) + BALL_LPS_MM * LPS).reshape(-1, 3), axis=0, weights=bone.ravel()) * LPS
    )


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("step_mm", [1.25, 5.0])
@pytest.mark.parametrize("tilt_deg", [-20.0, -5.0, 0.0, 5.0, 20.0])
def test_a_ball_is_where_it_was_whatever_the_tilt(tmp_path, tilt_deg, step_mm, pose):
    save_slices(tmp_path, tilted_slices(tilt_deg, step_mm, pose))
    ct = read_ct(tmp_path)
    np.testing.assert_allclose(ball_place(ct), BALL_LPS_MM, atol=0.3)
    assert ct.provenance["gantry_tilt_deg"] == pytest.approx(abs(tilt_deg), abs=0.01)
    assert ct.notes == ()


@pytest.mark.parametrize("tilt_deg", [0.0, 20.0])
def test_every_voxel_has_the_value_of_its_place(tmp_path, tilt_deg):
    save_slices(tmp_path, tilted_slices(tilt_deg, 5.0))
    image = read_ct(tmp_path).image
    axes = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    index = np.stack(np.meshgrid(*(np.arange(n) for n in image.GetSize()), indexing="ij"), axis=-1)
    expected = ball_hu(image.GetOrigin() + index @ axes.T)
    # Four decimals of the positions change a value by less than 1 at the edge of the ball.
    np.testing.assert_allclose(sitk.GetArrayViewFromImage(image), expected.T, atol=2.0)


def test_the_shift_of_all_slices_counts_and_not_the_step(tmp_path):
    # Each slice is shifted by 0.02 mm, the last by 1.5 mm against the first.
    save_slices(tmp_path, tilted_slices(1.0, 1.25))
    assert read_ct(tmp_path).provenance["gantry_tilt_deg"] == pytest.approx(1.0, abs=0.01)


def test_what_the_file_says_about_the_tilt_is_compared_with_the_positions(tmp_path):
    slices = tilted_slices(20.0, 5.0)
    for data in slices:
        data.GantryDetectorTilt = "-20"
    save_slices(tmp_path / "agree", slices)
    assert read_ct(tmp_path / "agree").notes == ()
    for data in slices:
        data.GantryDetectorTilt = "0"
    save_slices(tmp_path / "differ", slices)
    ct = read_ct(tmp_path / "differ")
    assert ct.notes == (
        "The CT states a GantryDetectorTilt of 0 degrees, but its slices are shifted like those of 20.0 degrees; "
        "the positions of the slices are followed.",
    )
    np.testing.assert_allclose(ball_place(ct), BALL_LPS_MM, atol=0.3)


@pytest.mark.parametrize(("step_mm", "decimals"), [(0.625, 1), (1.25, 1), (2.5, 0), (5.0, 0)])
def test_rounded_positions_are_sound(tmp_path, step_mm, decimals):
    save_slices(tmp_path, tilted_slices(0.0, step_mm, decimals=decimals))
    ct = read_ct(tmp_path)
    assert ct.image.GetSpacing()[2] == pytest.approx(step_mm, rel=5e-3)
    np.testing.assert_allclose(ball_place(ct), BALL_LPS_MM, atol=0.6 if decimals == 0 else 0.3)


def test_noise_in_the_orientation_is_sound(tmp_path):
    slices = tilted_slices(0.0, 2.5, "oblique")
    random = np.random.default_rng(1)
    for data in slices:
        noisy = np.array(data.ImageOrientationPatient, dtype=float) + random.uniform(-3e-5, 3e-5, 6)
        data.ImageOrientationPatient = [f"{value:.9f}" for value in noisy]
    save_slices(tmp_path, slices)
    np.testing.assert_allclose(ball_place(read_ct(tmp_path)), BALL_LPS_MM, atol=0.3)


@pytest.mark.parametrize(("step_mm", "decimals", "tilt_deg"), [(0.625, 1, 0.0), (2.5, 0, 0.0), (2.0, 4, 20.0)])
@pytest.mark.parametrize("gap", [1, 7, -2])
def test_a_missing_slice_is_told_however_positions_are_rounded(tmp_path, step_mm, decimals, tilt_deg, gap):
    slices = tilted_slices(tilt_deg, step_mm, decimals=decimals)
    del slices[gap]
    save_slices(tmp_path, slices)
    with pytest.raises(VolumeError, match="slices are missing"):
        read_ct(tmp_path)


def moved(slices, numbers, by):
    for number in numbers:
        position = np.array(slices[number].ImagePositionPatient, dtype=float) + by
        slices[number].ImagePositionPatient = [f"{value:.4f}" for value in position]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: moved(s, [9], (0.0, 0.0, 0.9)), "so they are not even"),
        (lambda s: moved(s, range(8, 16), (0.0, 0.0, 1.2)), "so they are not even"),
        (lambda s: moved(s, [9], (0.0, 1.5, 0.0)), "shifted sideways by up to 1.4 mm"),
        (lambda s: moved(s, range(8, 16), (4.0, 0.0, 0.0)), "shifted sideways"),
        (lambda s: moved(s, [9], (0.0, 0.0, 5.0)), "at the same place"),
        (lambda s: [moved(s, [i], (0.0, 5.0 * i, 0.0)) for i in range(16)], "45 degrees away from the normal"),
    ],
)
def test_slices_that_are_not_even_on_a_line_are_refused(tmp_path, change, sentence):
    slices = tilted_slices(0.0, 5.0)
    change(slices)
    save_slices(tmp_path, slices)
    with pytest.raises(VolumeError, match=sentence):
        read_ct(tmp_path)
