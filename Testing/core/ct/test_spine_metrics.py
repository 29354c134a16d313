"""The metrics along the spine against values known in closed form, and the line against the phantom's labels."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from Diff2CTCore.ct import evaluate, lacks_spine, level_profile, spine_line
from Diff2CTCore.ct.spine_metrics import spine_dice, spine_metrics
from training.phantom import LABELS, make_phantom

SPACING_MM = 2.0
SHAPE = (120, 60, 70)
HEIGHTS_MM = np.arange(SHAPE[0]) * SPACING_MM
LINE = np.array([[0.0, 20.0, 44.0], [119.0, 38.0, 26.0]])
"""Oblique, another way in each direction."""

ROOT = Path(__file__).resolve().parents[3]


def column(profile):
    """A volume whose HU depend on the height alone."""
    return np.broadcast_to(np.asarray(profile)[:, None, None], SHAPE).astype(np.float32)


def levels(period_mm=30.0, shift_mm=0.0, amplitude_hu=100.0):
    return amplitude_hu * np.cos(2 * np.pi * (HEIGHTS_MM - shift_mm) / period_mm)


def across_mm():
    """Distance of each voxel from `LINE` in its axial plane."""
    height, row, column = np.indices(SHAPE)
    middle = [np.interp(height, LINE[:, 0], LINE[:, axis]) for axis in (1, 2)]
    return SPACING_MM * np.hypot(row - middle[0], column - middle[1])


@pytest.mark.parametrize(("part", "expected"), [(0.0, 1.0), (0.25, 0.0), (0.5, -1.0), (0.125, np.sqrt(0.5))])
def test_levels_moved_by_a_part_of_their_period_correlate_as_the_cosine_of_it(part, expected):
    moved = column(150.0 + levels(shift_mm=part * 30.0))
    assert level_profile(moved, column(150.0 + levels()), LINE, SPACING_MM) == pytest.approx(expected, abs=0.02)


def test_contrast_offset_and_a_slow_trend_of_the_levels_do_not_matter():
    other = column(-30.0 + 0.25 * levels())
    assert level_profile(other, column(300.0 + levels()), LINE, SPACING_MM) == pytest.approx(1.0, abs=1e-6)
    sloped = column(150.0 + 0.2 * HEIGHTS_MM + levels())
    assert level_profile(sloped, column(150.0 + levels()), LINE, SPACING_MM) == pytest.approx(1.0, abs=1e-3)


def test_blurring_along_the_height_lowers_the_level_profile_as_much_as_it_damps_the_finer_of_two_waves():
    def waves(sigma_mm):
        return sum(np.exp(-2 * (np.pi * sigma_mm / period) ** 2) * levels(period) for period in (30.0, 10.0))

    for sigma_mm in (2.0, 4.0):
        coarse, fine = (np.exp(-2 * (np.pi * sigma_mm / period) ** 2) for period in (30.0, 10.0))
        expected = (coarse + fine) / math.sqrt(2 * (coarse**2 + fine**2))
        found = level_profile(column(waves(sigma_mm)), column(waves(0.0)), LINE, SPACING_MM)
        assert found == pytest.approx(expected, abs=0.01)
        assert found < 0.95


def test_the_level_profile_looks_within_10_mm_of_the_line_only():
    truth = column(levels())
    noise = np.random.default_rng(0).normal(0.0, 300.0, SHAPE)
    outside, inside = (np.where(far, truth + noise, truth) for far in (across_mm() > 10.0, across_mm() <= 10.0))
    assert level_profile(outside, truth, LINE, SPACING_MM) == 1.0
    assert level_profile(inside, truth, LINE, SPACING_MM) < 0.99


def test_values_beyond_the_window_of_the_metrics_do_not_matter():
    truth = column(np.where(HEIGHTS_MM % 30.0 < 10.0, 3000.0, -1000.0))
    other = column(np.where(HEIGHTS_MM % 30.0 < 10.0, 1500.0, -3024.0 - HEIGHTS_MM))
    assert level_profile(other, truth, LINE, SPACING_MM) == pytest.approx(1.0)


def test_a_constant_reconstruction_tells_no_levels_apart_and_a_constant_truth_has_none():
    constant, truth = column(np.full(SHAPE[0], 123.4)), column(levels())
    assert level_profile(constant, truth, LINE, SPACING_MM) == 0.0
    assert math.isnan(level_profile(truth, constant, LINE, SPACING_MM))


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ([[10, 30, 30], [38, 30, 30]], False),
        ([[10, 30, 30], [39, 30, 30]], True),
        ([[-40, 30, 30], [28, 30, 30]], False),
        ([[91, 30, 30], [300, 30, 30]], False),
        ([[90, 30, 30], [300, 30, 30]], True),
        ([], False),
    ],
    ids=["58 mm", "60 mm", "58 mm inside", "58 mm inside at the top", "60 mm inside", "no point"],
)
def test_less_than_60_mm_of_spine_in_the_volume_give_no_number(line, given):
    truth = column(300.0 + levels())
    line = np.reshape(line, (-1, 3))
    expected = dict.fromkeys(("level_profile", "spine_dice"), 1.0 if given else math.nan)
    found = spine_metrics(truth, truth, line, SPACING_MM)
    assert found == pytest.approx(expected, nan_ok=True)
    assert lacks_spine(found) is not given


def test_spine_dice_of_a_square_column_moved_sideways_is_the_part_that_both_share():
    truth, moved = np.zeros((2, *SHAPE), np.float32)
    truth[:, 25:35, 30:40] = 400.0
    moved[:, 25:35, 33:43] = 400.0
    line = np.array([[0.0, 30.0, 35.0], [119.0, 30.0, 35.0]])
    assert spine_dice(moved, truth, line, SPACING_MM) == pytest.approx(7 / 10)


def test_spine_dice_looks_within_45_mm_of_the_line_and_between_its_ends_only():
    truth = np.zeros(SHAPE, np.float32)
    truth[:, 25:35, 30:40] = 400.0
    line = np.array([[20.0, 30.0, 35.0], [100.0, 30.0, 35.0]])
    row, column = np.indices(SHAPE[1:])
    far = SPACING_MM * np.hypot(row - 30.0, column - 35.0) > 45.0
    other = np.where(far, 400.0, truth)
    other[:20], other[101:] = 400.0, 0.0
    assert spine_dice(other, truth, line, SPACING_MM) == 1.0
    other[50] = np.where(far, 0.0, 400.0)
    assert spine_dice(other, truth, line, SPACING_MM) < 1.0


def test_spine_dice_of_a_truth_without_bone_is_nan_but_its_levels_are_judged():
    truth = column(levels())
    found = spine_metrics(truth, truth, LINE, SPACING_MM)
    assert math.isnan(found["spine_dice"])
    assert found["level_profile"] == pytest.approx(1.0)
    assert not lacks_spine(found)


@pytest.mark.parametrize("seed", [2, 5])
def test_the_line_of_a_phantom_passes_within_10_mm_of_the_middle_of_each_of_its_discs(seed):
    phantom = make_phantom(seed, (64, 64, 64), 4.0)
    line = spine_line(phantom.hu, 4.0)
    parts, count = ndimage.label(phantom.labels == LABELS["disc"])
    middles = np.array(ndimage.center_of_mass(parts > 0, parts, range(1, count + 1)))
    sizes = ndimage.sum(parts > 0, parts, range(1, count + 1))
    between = (middles[:, 0] > line[0, 0]) & (middles[:, 0] < line[-1, 0])
    # A disc that the volume's face cuts, or a scrap of one, has its middle elsewhere.
    middles = middles[between & (sizes * 4.0**3 > 2500.0)]
    assert len(middles) >= 6
    away = [middles[:, axis] - np.interp(middles[:, 0], line[:, 0], line[:, axis]) for axis in (1, 2)]
    assert 4.0 * np.hypot(*away).max() < 10.0


def test_all_metrics_of_a_phantom_hold_its_spine_and_of_air_hold_none():
    truth = make_phantom(5, (64, 64, 64), 4.0).hu.astype(np.float32)
    found = evaluate(truth, truth, 4.0)
    assert found["level_profile"] == pytest.approx(1.0)
    assert found["spine_dice"] == 1.0
    lifted = evaluate(np.roll(truth, 3, axis=0), truth, 4.0)
    assert lifted["level_profile"] < 0.5
    assert lifted["spine_dice"] < 0.9
    air = np.full((32, 32, 32), -1000.0, np.float32)
    assert lacks_spine(evaluate(air, air, 4.0))


def test_with_a_known_line_numpy_alone_suffices():
    code = (
        "import sys\n"
        "sys.modules.update({name: None for name in ('SimpleITK', 'skimage', 'scipy', 'torch')})\n"
        "import numpy as np\n"
        "from Diff2CTCore.ct.spine_metrics import level_profile, spine_dice\n"
        "volume = np.random.default_rng(0).normal(200.0, 50.0, (40, 20, 20))\n"
        "line = np.array([[0.0, 10.0, 10.0], [39.0, 10.0, 10.0]])\n"
        "assert abs(level_profile(volume, volume, line, 2.0) - 1.0) < 1e-9\n"
        "assert spine_dice(volume, volume, line, 2.0) == 1.0\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
