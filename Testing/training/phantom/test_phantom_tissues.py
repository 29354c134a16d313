"""The tissues of the procedural patient: their HU, the structure of bone, and what a scanner makes of edges."""

from __future__ import annotations

import numpy as np
import pytest
from phantom_masks import SPACING_MM, mask
from scipy import ndimage

from training.phantom import LABELS
from training.phantom.canvas import Canvas
from training.phantom.scanner import add_scanner

# median HU of the inside of each tissue, with and without contrast agent (textbook CT numbers)
HU_RANGES = {
    "lung": (-920, -700),
    "subcutaneous_fat": (-130, -60),
    "muscle": (30, 75),
    "liver": (5, 180),
    "disc": (55, 170),  # thin ones among thick slices take up some of the end plates
    "spinal_canal": (-40, 50),
    "heart": (30, 290),
    "aorta": (30, 340),
    "kidney": (20, 300),
}


def test_tissues_have_their_hounsfield_units(patients):
    measured = 0
    for phantom in patients.values():
        for name, (low, high) in HU_RANGES.items():
            inside = ndimage.binary_erosion(phantom.labels == LABELS[name])
            if inside.sum() > 150:
                assert low <= np.median(phantom.hu[inside]) <= high, name
                measured += 1
    assert measured > 18


def test_vertebrae_have_a_dense_shell_around_a_trabecular_body(patients):
    for phantom in patients.values():
        bone = mask(phantom, phantom.centre_level)
        depth = ndimage.distance_transform_edt(bone) * SPACING_MM
        inside, shell = phantom.hu[depth > 7.0], phantom.hu[bone]
        trabecular = phantom.description["trabecular_hu"]
        assert np.median(inside) == pytest.approx(trabecular, rel=0.35)
        # real vertebrae at 2-3 mm: 95th percentile 400-610 HU, 99th 640-920 HU
        assert 330 < np.percentile(shell, 95) < 800
        assert 430 < np.percentile(shell, 99) < 1100


LEVELS = [name for name in LABELS if name[0] in "TL" and name[1:].isdigit()]


def spine_profile(phantom) -> np.ndarray:
    """Mean HU of the inner 14 mm of the spine's line, plane by plane, without its slow change."""
    centres = np.array(list(phantom.description["vertebra_centres_mm"].values()))[::-1]
    middle = (np.array(phantom.hu.shape) - 1) / 2.0
    planes = np.arange(16, phantom.hu.shape[0] - 16)
    line = np.interp((planes - middle[0]) * SPACING_MM, centres[:, 0], np.arange(len(centres)))
    rows, columns = (np.interp(line, np.arange(len(centres)), centres[:, axis]) / SPACING_MM for axis in (1, 2))
    means = []
    for plane, row, column in zip(planes, rows + middle[1], columns + middle[2], strict=True):
        distance = np.hypot(*np.ogrid[-row : len(phantom.hu[0]) - row, -column : phantom.hu.shape[2] - column])
        means.append(phantom.hu[plane][distance < 3.5].mean())
    return np.array(means) - ndimage.gaussian_filter1d(means, 12.0)


def test_vertebrae_and_discs_differ_along_the_spine_as_in_real_scans(patients):
    # 19 real scans at 2 mm: standard deviation 14 to 50 HU, median 34
    amplitudes = [spine_profile(phantom).std() for phantom in patients.values()]
    assert 14.0 < min(amplitudes) <= max(amplitudes) < 62.0
    assert 20.0 < np.median(amplitudes) < 50.0


def test_cancellous_bone_is_denser_in_the_chest_than_in_the_loin(patients):
    relative = {}
    for region, phantom in patients.items():
        depth = ndimage.distance_transform_edt(mask(phantom, *LEVELS)) * SPACING_MM
        relative[region] = np.median(phantom.hu[depth > 7.0]) / phantom.description["trabecular_hu"]
    assert relative["thoracic"] > 1.05 * relative["lumbar"]
    assert relative["lumbar"] == pytest.approx(1.0, abs=0.15)


def test_ribs_and_arches_are_filled_with_dense_bone(patients):
    for region in ("thoracic", "thoracolumbar"):
        phantom = patients[region]
        rib = phantom.labels == LABELS["rib"]
        inside = ndimage.binary_erosion(rib)
        assert np.median(phantom.hu[inside]) > 0.75 * np.median(phantom.hu[rib & ~inside])
        # real ribs: 90th percentile of what exceeds 150 HU is 280 to 870 HU, median 460
        assert 280.0 < np.percentile(phantom.hu[rib & (phantom.hu > 150)], 90) < 700.0
    for phantom in patients.values():
        bone = mask(phantom, *LEVELS)
        canal = np.nonzero(phantom.labels == LABELS["spinal_canal"])[1]
        arch = bone & (np.arange(bone.shape[1]) > np.percentile(canal, 90))[None, :, None]
        # real scans: 3 to 33 of 100 voxels behind the canal that exceed 200 HU exceed 600 HU, median 16
        dense = phantom.hu[arch & (phantom.hu > 200)]
        assert 0.02 < np.mean(dense > 600) < 0.40


def edge_width_mm(axis: int, seed: int) -> float:
    """From 10 to 90 % of a straight edge across an axis that the scanner has seen."""
    canvas = Canvas((64, 64, 64), 0.5)
    canvas.labels[:] = LABELS["muscle"]
    canvas.hu[:] = 0.0
    canvas.hu[(slice(None),) * axis + (slice(32, None),)] = 1000.0
    add_scanner(canvas, np.random.default_rng(seed), np.random.default_rng(seed + 100))
    profile = canvas.hu.mean(axis=tuple({0, 1, 2} - {axis}))[8:56]
    low, high = (np.interp(level, np.maximum.accumulate(profile), np.arange(48)) for level in (100.0, 900.0))
    return (high - low) * 0.5


def test_slices_are_thin_in_some_scans_and_thick_in_others():
    along, back, left = ([edge_width_mm(axis, seed) for seed in range(10)] for axis in range(3))
    # slices of 1.5 to 5 mm without gaps, interpolated: a box and a triangle, together 0.5 of the thickness as standard
    # deviation, whose edge is 2.56 times as wide
    assert 1.7 < min(along) < 3.0
    assert 5.0 < max(along) < 6.7
    assert 1.2 < min(back) <= max(back) < 4.4
    assert left == pytest.approx(back, abs=0.4)


def test_the_outside_of_the_body_is_air(patients):
    for phantom in patients.values():
        outside = ndimage.binary_erosion(phantom.labels == 0, iterations=3)
        if outside.any():
            assert np.median(phantom.hu[outside]) <= -985
