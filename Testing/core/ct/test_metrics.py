"""Metrics against values known by construction and against a second library."""

import math

import numpy as np
import pytest

from Diff2CTCore.ct import metrics
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.geometry import VolumeGrid

SHAPE = (40, 36, 32)
NAMES = {
    "ssim_volume", "ssim_body_3d", "ssim_bone", "ssim_planes", "ssim_body",
    "psnr_volume_db", "psnr_body_db", "psnr_bone_db", "psnr_planes_db",
    "mae_hu", "mae_body_hu", "mae_bone_hu",
    "bone_dice", "surface_distance_mm", "level_profile", "spine_dice", "reprojection_error",
}  # fmt: skip


def ball(radius, shape=SHAPE, centre=None):
    middle = (np.array(shape) - 1) / 2 if centre is None else np.array(centre)
    squared = sum((axis - m) ** 2 for axis, m in zip(np.indices(shape), middle, strict=True))
    return squared <= radius**2


@pytest.fixture
def truth():
    """A soft-tissue ball with an air cavity and a bone ball, in air."""
    hu = np.full(SHAPE, -1000.0, np.float32)
    hu[ball(14)] = 40.0
    hu[ball(4, centre=(20, 10, 16))] = -950.0
    hu[ball(5)] = 700.0
    return hu


def test_equal_volumes_are_perfect(truth):
    found = metrics.evaluate(truth, truth, 2.0)
    assert set(found) == NAMES
    assert all(found[name] == pytest.approx(1.0) for name in NAMES if name.startswith(("ssim", "bone_dice")))
    assert all(found[name] == math.inf for name in NAMES if name.startswith("psnr"))
    assert all(found[name] == 0.0 for name in NAMES if name.startswith(("mae", "surface")))
    assert found["reprojection_error"] == pytest.approx(0.0, abs=1e-6)


def test_a_constant_offset_of_25_hu_gives_40_db_and_25_hu(truth):
    found = metrics.evaluate(truth + 25.0, truth, 2.0)
    for name in ("psnr_volume_db", "psnr_body_db", "psnr_bone_db", "psnr_planes_db"):
        assert found[name] == pytest.approx(40.0, abs=1e-4)
    for name in ("mae_hu", "mae_body_hu", "mae_bone_hu"):
        assert found[name] == pytest.approx(25.0, abs=1e-3)
    assert found["bone_dice"] == 1.0


def test_an_error_outside_the_body_counts_on_the_whole_volume_only(truth):
    wrong = truth.copy()
    wrong[0, 0, 0] = -500.0
    found = metrics.evaluate(wrong, truth, 2.0)
    voxels = np.prod(SHAPE)
    assert found["mae_hu"] == pytest.approx(500.0 / voxels)
    assert found["psnr_volume_db"] == pytest.approx(10 * np.log10(2500.0**2 / (500.0**2 / voxels)))
    assert found["mae_body_hu"] == 0.0
    assert found["psnr_body_db"] == math.inf


def test_values_beyond_the_window_change_nothing(truth):
    padded, metal = truth.copy(), truth.copy()
    padded[truth == -1000.0] = -3024.0
    metal[ball(2)], brighter = 2000.0, truth.copy()
    brighter[ball(2)] = 2900.0
    assert metrics.mae_hu(padded, truth) == 0.0
    assert metrics.psnr_db(brighter, metal) == math.inf


def test_psnr_planes_is_the_mean_over_slices_that_hold_an_error(truth):
    wrong = truth.copy()
    wrong[20, 18, 16] += 100.0
    expected = [10 * np.log10(2500.0**2 / (100.0**2 / size)) for size in (36 * 32, 40 * 32, 40 * 36)]
    assert metrics.psnr_planes_db(wrong, truth) == pytest.approx(np.mean(expected))


def test_ssim_agrees_with_the_formula_evaluated_in_one_window():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1000, 1500, (2, 11, 11, 11))
    axis = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    axis /= axis.sum()
    weights = np.einsum("i,j,k->ijk", axis, axis, axis)
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
    covariance = (weights * (a - mean_a) * (b - mean_b)).sum()
    c1, c2 = (0.01 * 2500) ** 2, (0.03 * 2500) ** 2
    expected = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    expected /= (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    assert metrics.ssim_map(a, b)[5, 5, 5] == pytest.approx(expected, abs=1e-6)


def test_ssim_of_the_volume_agrees_with_monai(truth):
    import torch
    from monai.metrics import SSIMMetric

    noisy = truth + np.random.default_rng(1).normal(0, 150, SHAPE).astype(np.float32)
    pair = [torch.from_numpy(np.clip(volume, -1000, 1500))[None, None] for volume in (noisy, truth)]
    expected = float(SSIMMetric(3, data_range=2500.0)(*pair))
    assert metrics.evaluate(noisy, truth, 2.0)["ssim_volume"] == pytest.approx(expected, abs=1e-4)


def test_ssim_of_all_slices_at_once_agrees_with_each_slice_by_itself(truth):
    noisy = truth + np.random.default_rng(1).normal(0, 150, SHAPE).astype(np.float32)
    body = metrics.body_mask(truth, 2.0)
    planes = []
    for axis in range(3):
        slices = [
            metrics.ssim_map(np.take(noisy, index, axis), np.take(truth, index, axis)) for index in range(SHAPE[axis])
        ]
        planes.append(np.stack(slices, axis))
        np.testing.assert_allclose(metrics.ssim_plane_map(noisy, truth, axis), planes[-1], atol=1e-9)
    found = metrics.evaluate(noisy, truth, 2.0)
    assert found["ssim_planes"] == pytest.approx(np.mean([plane.mean() for plane in planes]))
    assert found["ssim_body"] == pytest.approx(np.mean([plane[body].mean() for plane in planes]))


def test_a_table_is_outside_the_body_and_gas_inside_it(truth):
    truth[:, -1:, :] = 0.0
    wrong_table, wrong_gas = truth.copy(), truth.copy()
    wrong_table[:, -1:, :] = 300.0
    wrong_gas[ball(2, centre=(20, 10, 16))] = 0.0
    assert metrics.evaluate(wrong_table, truth, 2.0)["mae_body_hu"] == 0.0
    assert metrics.evaluate(wrong_gas, truth, 2.0)["mae_body_hu"] > 1.0


def test_dice_of_half_overlapping_boxes_is_a_half():
    first, second = np.zeros((2, *SHAPE), bool)
    first[:, :, 0:8] = True
    second[:, :, 4:12] = True
    assert metrics.dice(first, second) == 0.5


def test_surfaces_of_two_slabs_lie_three_voxels_apart_though_the_volume_cuts_both():
    first, second = np.zeros((2, 40, 40, 40), bool)
    first[10:20] = True
    second[13:23] = True
    found = metrics.surface_distance_mm(first, second, 2.0)
    assert found == pytest.approx(6.0, abs=1e-6)


def test_concentric_balls_lie_as_far_apart_as_their_radii():
    found = metrics.surface_distance_mm(ball(9, (40, 40, 40)), ball(13, (40, 40, 40)), 1.5)
    assert found == pytest.approx(4 * 1.5, abs=0.5)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_surface_distance_agrees_with_monai_inside_the_volume():
    import torch
    from monai.metrics import compute_average_surface_distance

    masks = ball(9), ball(8, centre=(24, 18, 15))
    pair = [torch.from_numpy(mask)[None, None] for mask in masks]
    expected = float(compute_average_surface_distance(*pair, include_background=True, symmetric=True, spacing=1.5))
    assert metrics.surface_distance_mm(*masks, 1.5) == pytest.approx(expected, rel=1e-5)


def test_without_bone_the_bone_metrics_are_nan_and_the_others_are_not(truth):
    soft = np.minimum(truth, 100.0)
    found = metrics.evaluate(truth, soft, 2.0)
    missing = {name for name, value in found.items() if math.isnan(value)}
    of_bone = {"ssim_bone", "psnr_bone_db", "mae_bone_hu", "bone_dice", "surface_distance_mm"}
    # Nor does a ball of soft tissue show a spine.
    assert missing == of_bone | {"level_profile", "spine_dice"}


def test_reprojection_error_ignores_gain_and_offset_but_not_structure():
    rng = np.random.default_rng(2)
    image, other = rng.normal(size=(2, 60, 60))
    assert metrics.reprojection_error(image, 3.0 * image + 7.0) == pytest.approx(0.0, abs=1e-6)
    assert metrics.reprojection_error(image, np.ones_like(image)) == 1.0
    # Noise as strong as the image leaves half of the variance of their sum unexplained.
    assert metrics.reprojection_error(image + other, image) == pytest.approx(np.sqrt(0.5), abs=0.03)


def test_reprojection_error_looks_at_seen_pixels_only():
    image = np.arange(100.0).reshape(10, 10)
    hidden = image.copy()
    hidden[:5] = 0.0
    seen = np.zeros((10, 10))
    seen[5:] = 1.0
    assert metrics.reprojection_error(image, hidden) > 0.1
    assert metrics.reprojection_error(image, hidden, seen) == pytest.approx(0.0, abs=1e-6)


def test_a_bone_that_is_moved_raises_the_reprojection_error(truth):
    moved = np.roll(truth, 3, axis=0)
    assert metrics.evaluate(moved, truth, 2.0)["reprojection_error"] > 0.1


@pytest.mark.parametrize(
    ("shape", "value", "words"),
    [((40, 36, 31), 0.0, "shape"), ((40, 36, 8), 0.0, "at least 11"), (SHAPE, np.nan, "not finite")],
)
def test_volumes_that_cannot_be_compared_are_refused(truth, shape, value, words):
    other = np.full(shape, value, np.float32)
    with pytest.raises(VolumeError, match=words):
        metrics.evaluate(other, np.zeros(shape, np.float32) if shape[2] == 8 else truth, 2.0)


def test_default_views_see_the_whole_grid():
    grid = VolumeGrid()
    corners = grid.index_to_ras_mm(np.array(np.meshgrid(*([0, 127],) * 3)).reshape(3, -1).T)
    for view in metrics.default_views(grid).views:
        pixels = view.project(corners)
        assert pixels.min() >= 0
        assert pixels.max() <= view.rows - 1
