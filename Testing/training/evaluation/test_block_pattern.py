"""What blocks of 4 voxels leave in an error: a line in its spectrum, jumps at their edges."""

import math

import numpy as np
import pytest

from training.evaluation.block_pattern import block_edges, block_pattern

TRUTH = np.zeros((64, 80, 64))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 50.0, TRUTH.shape)


def test_noise_shows_no_blocks():
    assert block_pattern(noise(), TRUTH) == pytest.approx(1.0, abs=0.05)


def test_a_faint_pattern_of_the_blocks_period_stands_out_as_much_as_it_is_strong():
    # Along one axis a cosine of amplitude a adds a^2 n / 4 / (w sigma^2) to a floor of 1, where n and w are the
    # window's squared sum over its squares: (sum h)^2 / (4 sum h^2) cosines, in units of the noise's power.
    amplitude, sigma = 10.0, 50.0
    window = np.hanning(64)
    wave = amplitude * np.cos(2.0 * np.pi * np.arange(64) / 4.0)
    expected = 1.0 + amplitude**2 * window.sum() ** 2 / (4.0 * (window**2).sum() * sigma**2)
    found = [block_pattern(noise(seed) + wave, TRUTH) for seed in range(3)]
    # The other two axes show nothing.
    assert np.mean(found) == pytest.approx((expected + 2.0) / 3.0, rel=0.05)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_pattern_of_2_voxels_stands_out_too(axis):
    # At the finest wave a cosine of amplitude a has all of its power in one line: a^2 (sum h)^2 / (sum h^2 sigma^2).
    amplitude, sigma, count = 5.0, 50.0, TRUTH.shape[axis]
    window = np.hanning(count)
    wave = amplitude * np.cos(np.pi * np.arange(count)).reshape([-1 if n == axis else 1 for n in range(3)])
    expected = 1.0 + amplitude**2 * window.sum() ** 2 / ((window**2).sum() * sigma**2)
    found = np.mean([block_pattern(noise(seed) + wave, TRUTH) for seed in range(3)])
    assert found == pytest.approx((expected + 2.0) / 3.0, rel=0.05)


def test_another_period_is_no_block():
    wave = 100.0 * np.cos(2.0 * np.pi * np.arange(64) / 8.0)
    assert block_pattern(noise() + wave, TRUTH) < 1.1


def test_means_over_blocks_jump_at_their_edges():
    # A ramp of 1 HU a voxel less its blocks' means: the error rises by 1 inside a block and falls by 3 at its edge.
    ramp = np.broadcast_to(np.arange(64.0), (64, 64, 64))
    blocks = ramp.reshape(64, 64, 16, 4).mean(3).repeat(4, 2)
    assert block_edges(blocks, ramp) == pytest.approx(9.0)


def test_noise_does_not_jump_at_edges():
    assert block_edges(noise(), TRUTH) == pytest.approx(1.0, abs=0.05)


def test_a_small_volume_or_no_error_has_no_spectrum_to_judge():
    assert math.isnan(block_pattern(np.ones((32, 32, 32)), np.zeros((32, 32, 32))))
    assert math.isnan(block_pattern(TRUTH, TRUTH))
    assert math.isnan(block_edges(TRUTH, TRUTH))
