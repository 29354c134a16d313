"""The overlapping block transform: an orthonormal basis of smooth functions in the places of Haar's."""

import numpy as np
import pytest
import torch

from Diff2CTCore.networks.blocks import block_basis, block_coefficients
from Diff2CTCore.networks.spline_transform import SplineTransform, spline_basis, spline_coefficients, volume_of_splines


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("count", [4, 8, 12, 128])
def test_the_functions_of_an_axis_are_orthonormal(count):
    basis = spline_basis(count)
    np.testing.assert_allclose(basis @ basis.T, np.eye(count), atol=1e-12)


@pytest.mark.parametrize("batch", [1, 2])
def test_a_volume_comes_back_from_its_coefficients(batch):
    volume = random(batch, 1, 16, 8, 12)
    coefficients = spline_coefficients(volume)
    assert coefficients.shape == (batch, 64, 4, 2, 3)
    torch.testing.assert_close(volume_of_splines(coefficients), volume, atol=1e-5, rtol=0)
    transform = SplineTransform(torch.linspace(0.1, 6.4, 64))
    torch.testing.assert_close(transform(volume), coefficients / transform.scale.view(1, -1, 1, 1, 1))
    torch.testing.assert_close(transform.inverse(transform(volume)), volume, atol=1e-4, rtol=0)


def test_a_coefficient_is_the_product_with_its_functions_along_the_axes():
    volume, block, band = random(1, 1, 16, 8, 12), (2, 1, 0), (1, 3, 2)
    functions = [spline_basis(n)[4 * b + k] for n, b, k in zip((16, 8, 12), block, band, strict=True)]
    expected = np.einsum("spl,s,p,l", volume[0, 0].numpy(), *functions)
    found = spline_coefficients(volume)[0, 16 * band[0] + 4 * band[1] + band[2], block[0], block[1], block[2]]
    assert found.item() == pytest.approx(expected, abs=1e-5)


def test_a_constant_has_means_alone_up_to_the_faces():
    found = spline_coefficients(torch.full((1, 1, 16, 16, 16), 3.0))
    torch.testing.assert_close(found[:, 0], torch.full((1, 4, 4, 4), 24.0))
    assert found[:, 1:].abs().max() < 1e-5


def test_functions_have_the_places_and_signs_of_haars():
    volume = random(1, 1, 64, 64, 64)
    found, haar = spline_coefficients(volume), block_coefficients(volume, block_basis())
    likeness = (found * haar).mean((0, 2, 3, 4))
    assert likeness.min() > 0.5


def test_a_functions_block_and_those_beside_it_hold_nearly_all_of_it():
    basis = spline_basis(128).reshape(32, 4, 32, 4) ** 2
    for block in range(32):
        near = basis[block, :, max(0, block - SplineTransform.reach) : block + SplineTransform.reach + 1]
        assert near.sum((1, 2)).min() > 0.95


@pytest.mark.parametrize("power", range(1, 7))
def test_a_polynomial_has_no_slopes_because_splines_of_its_degree_hold_it(power):
    # One more vanishing moment than the degree (Battle 1987): far from the ends the bands beside the mean are empty.
    position = (np.arange(512) - 255.5) / 256.0
    bands = (spline_basis(512) @ (1.0 + position**power)).reshape(128, 4)
    assert np.abs(bands[56:72, 1:]).max() < 1e-9


def test_noise_of_the_means_hardly_jumps_more_at_the_edges_of_blocks_than_inside():
    noise = torch.zeros(1, 64, 8, 8, 256)
    noise[:, 0] = random(1, 8, 8, 256)
    jumps = volume_of_splines(noise)[0, 0].diff(dim=-1)[..., 16:-16].square().mean((0, 1))
    at_edge = torch.arange(17, 17 + len(jumps)) % 4 == 0
    # Haar functions jump there alone.
    assert jumps[at_edge].mean() < 2.0 * jumps[~at_edge].mean()


def test_what_inference_has_used_can_be_trained_with():
    with torch.inference_mode():
        spline_coefficients(random(1, 1, 20, 20, 20))
    volume = random(1, 1, 20, 20, 20).requires_grad_()
    spline_coefficients(volume).square().sum().backward()
    torch.testing.assert_close(volume.grad, 2.0 * volume.detach(), atol=1e-4, rtol=0)
