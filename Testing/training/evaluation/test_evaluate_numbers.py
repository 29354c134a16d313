"""Numbers of an evaluation against independent truths."""

import math

import numpy as np
import pytest
import torch
from cylinders import GRID, PLANE, cylinder_case
from scipy import linalg, stats

from Diff2CTCore.ct import evaluate
from Diff2CTCore.errors import ModelError
from training.evaluation import statistics
from training.evaluation.case_metrics import body_ssim, case_metrics, reprojection_errors
from training.evaluation.features import EfficientNetFeatures, InceptionFeatures, volume_features
from training.evaluation.frechet import feature_distance, feature_distance_interval, frechet_distance
from training.evaluation.inception import InceptionV3
from training.evaluation.observation import observe
from training.evaluation.results import CaseResult
from training.evaluation.slices import middle_slices, plane_slices
from training.evaluation.tables import summarise

TABBY_CATS = {281, 282, 285}
"""ImageNet's classes tabby, tiger cat and Egyptian cat."""


def random_covariance(rng, size):
    root = rng.normal(size=(size, size))
    return root @ root.T / size


def test_the_frechet_distance_of_two_normal_distributions_is_the_analytic_one():
    # One dimension: (m1 - m2)^2 + (s1 - s2)^2.
    one = frechet_distance(np.array([1.0]), np.array([[4.0]]), np.array([3.0]), np.array([[9.0]]))
    assert one == pytest.approx(4.0 + 1.0)
    # Diagonal: the sum over dimensions.
    means, deviations = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 4.0]]), np.array([[1.0, 2.0, 3.0], [2.0, 2.5, 0.5]])
    found = frechet_distance(means[0], np.diag(deviations[0] ** 2), means[1], np.diag(deviations[1] ** 2))
    assert found == pytest.approx(np.square(means[0] - means[1]).sum() + np.square(deviations[0] - deviations[1]).sum())


def test_the_frechet_distance_agrees_with_the_matrix_root_of_scipy():
    rng = np.random.default_rng(0)
    first, second = random_covariance(rng, 12), random_covariance(rng, 12)
    mean = rng.normal(size=12)
    expected = mean @ mean + np.trace(first + second - 2.0 * np.real(linalg.sqrtm(first @ second)))
    assert frechet_distance(mean, first, np.zeros(12), second) == pytest.approx(expected)


def test_a_case_that_counts_twice_is_the_same_as_two_such_cases():
    rng = np.random.default_rng(0)
    found, truth = ([rng.normal(size=(9, 4)) for _ in range(3)] for _ in range(2))
    twice = feature_distance([found[0], *found], [truth[0], *truth])
    assert feature_distance(found, truth, np.array([2, 1, 1])) == pytest.approx(twice)


def test_the_interval_of_a_frechet_distance_holds_the_true_one_and_narrows_with_cases():
    rng = np.random.default_rng(0)
    shift = 2.0
    found = [rng.normal(shift, 1.0, size=(60, 3)) for _ in range(40)]
    truth = [rng.normal(0.0, 1.0, size=(60, 3)) for _ in range(40)]
    value, low, high = feature_distance_interval(found, truth, 100)
    assert low < value < high
    assert low < 3 * shift**2 < high
    few = feature_distance_interval(found[:5], truth[:5], 100)
    assert few[2] - few[1] > high - low
    assert all(math.isnan(limit) for limit in feature_distance_interval(found[:1], truth[:1], 100)[1:])


def test_bootstrap_intervals_agree_with_those_of_scipy():
    values = np.random.default_rng(1).gamma(2.0, size=30)
    mean, low, high = statistics.mean_interval(values)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000).confidence_interval
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx(tuple(expected), abs=0.05)
    other = values + 1.0 + np.random.default_rng(2).normal(0.0, 0.1, 30)
    ratio, low, high = statistics.ratio_interval(other, values)
    expected = stats.bootstrap(
        (other, values), lambda a, b, axis: a.mean(axis) / b.mean(axis), paired=True, method="percentile"
    ).confidence_interval
    assert ratio == pytest.approx(other.mean() / values.mean())
    assert (low, high) == pytest.approx(tuple(expected), abs=0.05)


def test_cases_without_a_value_are_left_out_and_one_case_has_no_interval():
    assert statistics.mean_interval([1.0, math.nan, 3.0])[0] == 2.0
    assert all(math.isnan(value) for value in statistics.mean_interval([math.nan]))
    value, low, high = statistics.mean_interval([4.0])
    assert value == 4.0
    assert math.isnan(low)
    assert math.isnan(high)
    assert statistics.difference_interval([1.0, 2.0, math.nan], [0.0, 0.0, 5.0])[0] == 1.5


def test_the_paired_test_sees_a_constant_gain_that_an_unpaired_one_would_not():
    rng = np.random.default_rng(0)
    hard = rng.normal(0.0, 10.0, 12)
    assert statistics.wilcoxon_p(hard + 0.1, hard) == pytest.approx(2 / 2**12)
    assert statistics.wilcoxon_p(hard, hard) == 1.0
    assert math.isnan(statistics.wilcoxon_p([1.0], [2.0]))


def test_efficientnet_knows_a_cat():
    from skimage.data import chelsea

    features = EfficientNetFeatures()
    image = torch.from_numpy(chelsea()).permute(2, 0, 1)[None, :, :, 75:375] / 255.0
    with torch.no_grad():
        last = features.last_block(features.normalised(image))
        head = features.network._swish(features.network._bn1(features.network._conv_head(last)))
        likeliest = int(features.network._fc(head.mean((2, 3))).argmax())
        assert features(image).shape == (1, 320)
    assert likeliest in TABBY_CATS


def fill(network):
    """Weights that follow from their names, so that another implementation can be given the same."""
    for name, values in sorted(network.state_dict().items()):
        if not values.is_floating_point():
            continue
        generator = torch.Generator().manual_seed(sum(map(ord, name)))
        if "running_var" in name or name.endswith("bn.weight"):
            values.copy_(0.5 + torch.rand(values.shape, generator=generator))
        elif values.dim() == 4:
            values.copy_(torch.randn(values.shape, generator=generator) * (2 / values[0].numel()) ** 0.5)
        else:
            values.copy_(torch.randn(values.shape, generator=generator) * 0.1)
    return network.eval()


def test_inception_gives_what_torch_fidelity_gives_for_the_same_weights():
    """The numbers were computed with torch-fidelity 0.4.0's FeatureExtractorInceptionV3, filled alike."""
    with torch.no_grad():
        network = fill(InceptionV3())
        image = (torch.arange(2 * 3 * 299 * 299).reshape(2, 3, 299, 299) * 7919 % 251).float()
        found = network((image - 128.0) / 128.0)
    assert found.shape == (2, 2048)
    expected = [6.4142, 4.9113, 0.73516, 3.0201, 8.4485e-04, 0.14277]
    np.testing.assert_allclose(found[0, ::400].numpy(), expected, rtol=1e-3, atol=1e-4)
    assert float(found.mean()) == pytest.approx(4.540977, rel=1e-4)
    assert float(found.std()) == pytest.approx(6.228367, rel=1e-4)


def test_inception_weights_are_read_from_a_file_and_wrong_files_are_refused(tmp_path):
    torch.manual_seed(0)
    network = InceptionV3()
    # As in the files in circulation: a classifier is there too, and the counters may be missing.
    stored = {name: value for name, value in network.state_dict().items() if not name.endswith("tracked")}
    torch.save({**stored, "fc.weight": torch.zeros(1008, 2048)}, tmp_path / "inception.pth")
    features = InceptionFeatures(tmp_path / "inception.pth")
    hu = np.random.default_rng(0).normal(0.0, 300.0, (4, 4, 4)).astype(np.float32)
    assert volume_features(features, hu).shape == (6, 2048)
    torch.save({"Conv2d_1a_3x3.conv.weight": torch.zeros(1)}, tmp_path / "short.pth")
    with pytest.raises(ModelError, match="does not hold the weights of InceptionV3"):
        InceptionV3.from_file(tmp_path / "short.pth")
    torch.save(network, tmp_path / "whole.pth")
    with pytest.raises(ModelError, match="not a file of weights alone"):
        InceptionV3.from_file(tmp_path / "whole.pth")
    with pytest.raises(ModelError, match="cannot be read"):
        InceptionV3.from_file(tmp_path / "nowhere.pth")


def test_slices_show_the_head_above_and_the_front_above():
    hu = np.full((4, 6, 8), -1000.0, np.float32)
    hu[3, 0, :] = 1000.0  # head end, front
    axial, coronal, sagittal = plane_slices(hu, step=1)
    assert (axial.shape, coronal.shape, sagittal.shape) == ((4, 6, 8), (6, 4, 8), (8, 4, 6))
    assert axial[3, 0].min() == coronal[0, 0].min() == sagittal[:, 0, 0].min() == 1.0
    assert axial.sum() == coronal.sum() == sagittal.sum() == 8.0
    assert [part.shape for part in middle_slices(hu)] == [(6, 8), (4, 8), (4, 6)]


def test_the_truth_explains_its_radiographs_when_there_is_nothing_beside_it():
    case = cylinder_case(90.0)
    truth, observation = observe(case, GRID, PLANE)
    hu = truth.astype(np.float32)
    assert reprojection_errors(hu, truth, GRID, observation) == pytest.approx((0.0, 0.0), abs=2e-3)
    turned = hu[:, ::-1, ::-1].copy()
    turned[:, :10] = 400.0
    measured, alone = reprojection_errors(turned, truth, GRID, observation)
    assert measured > 0.1
    assert alone == pytest.approx(measured, abs=0.02)


def test_metrics_are_taken_where_the_truth_is_known():
    truth, observation = observe(cylinder_case(90.0, unknown_rows=8), GRID, PLANE)
    hu = np.where(truth == -32768, 1234, truth).astype(np.float32)
    hu += np.random.default_rng(0).normal(0.0, 50.0, hu.shape).astype(np.float32)
    found = case_metrics(hu, truth, GRID, observation)
    expected = evaluate(hu[8:], truth[8:].astype(np.float32), GRID.spacing_mm)
    for name in set(expected) - {"reprojection_error"}:
        # A cylinder shows no spine.
        assert found[name] == expected[name] or (np.isnan(found[name]) and name in ("level_profile", "spine_dice"))
    assert body_ssim(hu, truth, GRID) == pytest.approx(found["ssim_body"])
    assert found["reprojection_error"] < 0.2


def test_the_candidate_is_tested_against_the_method_that_shows_the_spine_best():
    names = ("level_profile", "spine_dice", "surface_distance_mm")
    values = {"ours": 0.5, "low": 0.2, "high": 0.8}
    results = {method: [CaseResult("a", dict.fromkeys(names, value))] for method, value in values.items()}
    summary = summarise(results, [], "ours")
    assert [summary["ours"][name]["against"] for name in names] == ["high", "high", "low"]
