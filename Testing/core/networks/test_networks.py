"""The block transform, the denoiser's preconditioning and the model's configuration."""

import pytest
import torch
from small_model import CONFIG, HALF_BLOCKS

from Diff2CTCore.errors import ModelError
from Diff2CTCore.geometry import grid_axes_mm
from Diff2CTCore.networks import BlockTransform, Condition, Diff2CT, Diff2CTConfig
from Diff2CTCore.networks.blocks import ChannelNorm, ResidualBlock, depth_to_space, space_to_depth
from Diff2CTCore.networks.fine import LEVEL_SIZES, _sum_of_levels
from Diff2CTCore.networks.spline_transform import SplineTransform


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_blocks_keep_each_voxel_in_its_block():
    volume = torch.arange(8**3).float().view(1, 1, 8, 8, 8)
    blocks = space_to_depth(volume)
    assert sorted(blocks[0, :, 1, 0, 1].tolist()) == sorted(volume[0, 0, 4:, :4, 4:].flatten().tolist())
    assert torch.equal(depth_to_space(blocks), volume)


def test_the_block_transform_is_an_orthonormal_change_of_basis():
    volume, transform = random(2, 1, 16, 8, 12), BlockTransform()
    coefficients = transform(volume)
    assert coefficients.square().sum().item() == pytest.approx(volume.square().sum().item(), rel=1e-5)
    torch.testing.assert_close(transform.inverse(coefficients), volume, atol=1e-5, rtol=0)
    # The first coefficient of a constant block holds all of it: the mean times the root of 64.
    flat = transform(torch.full((1, 1, 4, 4, 4), 3.0))[0, :, 0, 0, 0]
    assert flat[0].item() == pytest.approx(24.0)
    assert flat[1:].abs().max().item() < 1e-5


def test_scaled_coefficients_are_undone_by_the_inverse():
    transform = BlockTransform(torch.linspace(0.1, 6.4, 64))
    volume = random(1, 1, 8, 8, 8)
    torch.testing.assert_close(transform.inverse(transform(volume)), volume, atol=1e-4, rtol=0)


@pytest.mark.parametrize("transform", [BlockTransform, SplineTransform])
def test_the_adjoint_of_the_inverse_gives_the_same_products(transform):
    found = transform(random(64).abs() + 0.1)
    coefficients, volume = random(2, 64, 4, 2, 3), random(2, 1, 16, 8, 12, seed=1)
    products = [(found.inverse(coefficients) * volume).sum(), (coefficients * found.adjoint(volume)).sum()]
    assert products[0].item() == pytest.approx(products[1].item(), rel=1e-4)


@pytest.mark.parametrize(("config", "side"), [(CONFIG, 8), (HALF_BLOCKS, 16)])
def test_the_untrained_denoiser_is_the_posterior_mean_of_gaussian_bands(config, side):
    torch.manual_seed(0)
    denoiser = Diff2CT(config).denoiser
    spread = torch.linspace(0.1, 1.5, 64)
    denoiser.residual_std.copy_(spread)
    mean = random(1, 64, 8, 8, 8, seed=1)
    noisy = random(1, 64, 8, 8, 8, seed=2)
    condition = Condition(torch.zeros(1, 8, side, side, side), mean)
    time = 0.3
    with torch.no_grad():
        found = denoiser(noisy, torch.tensor([time]), condition)
    # Bayes: prior N(mean, s^2), measurement x_t / (1 - t) with standard deviation t / (1 - t).
    prior = spread.view(1, 64, 1, 1, 1) ** -2
    measured = ((1.0 - time) / time) ** 2
    expected = (prior * mean + measured * noisy / (1.0 - time)) / (prior + measured)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


SOURCES = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])


@pytest.mark.parametrize(("config", "side"), [(CONFIG, 4), (HALF_BLOCKS, 8)])
def test_a_crop_of_the_condition_needs_no_more_than_its_own_axes(config, side):
    torch.manual_seed(0)
    model = Diff2CT(config).eval()
    axes = grid_axes_mm(config.grid)
    with torch.no_grad():
        crop = model.condition(random(1, 2, 2, 64, 64), SOURCES, [axis[8:24] for axis in axes])
    assert crop.estimate.shape == (1, 64, 4, 4, 4)
    assert crop.features.shape == (1, 8, side, side, side)


def test_with_half_blocks_one_place_of_the_features_reaches_the_voxels_around_its_block():
    torch.manual_seed(0)
    head = Diff2CT(HALF_BLOCKS).x2noisenet.estimate
    features = torch.zeros(1, 8, 8, 8, 8)
    features[..., 4, 4, 4] = 1.0
    with torch.no_grad():
        changed = (_sum_of_levels(head(features)) - _sum_of_levels(head(torch.zeros_like(features))))[0, 0].abs() > 1e-6
    # Its own block of 2 is voxels 8 and 9; means of blocks of 4 reach furthest.
    assert changed[6:12, 6:12, 6:12].all()
    assert changed.nonzero().min(0).values.tolist() == [2, 2, 2]
    assert changed.nonzero().max(0).values.tolist() == [13, 13, 13]


def test_a_smooth_level_has_no_edges_between_its_blocks():
    levels = torch.zeros(1, 10, 16, 16, 16)
    levels[:, 9] = torch.arange(16.0).view(16, 1, 1)  # a ramp: 2 units a block of 4 voxels
    steps = _sum_of_levels(levels)[0, 0].diff(dim=0)[4:-4]
    torch.testing.assert_close(steps, torch.full_like(steps, LEVEL_SIZES[0] * 0.5))


def test_channels_of_single_voxels_that_differ_leave_no_pattern():
    levels = torch.zeros(1, 10, 8, 8, 8)
    levels[:, :8] = random(8, 1, 1, 1)
    found = _sum_of_levels(levels)[0, 0, 1:-1, 1:-1, 1:-1]  # at the faces one voxel stands for the one beyond
    torch.testing.assert_close(found, torch.full_like(found, LEVEL_SIZES[2] * float(levels[0, :8, 0, 0, 0].mean())))


@pytest.mark.parametrize("network", ["x2noisenet", "denoiser"])
def test_with_half_blocks_what_is_the_same_everywhere_stays_so(network):
    torch.manual_seed(0)
    unet = getattr(Diff2CT(HALF_BLOCKS), network).unet
    embedding = torch.zeros(1, 16) if network == "denoiser" else None
    with torch.no_grad():
        inner = unet(torch.ones(1, 8, 32, 32, 32), embedding)[..., 8:-8, 8:-8, 8:-8]
    assert inner.std((2, 3, 4)).max() < 1e-5 < inner.abs().max()


def test_with_half_blocks_every_weight_takes_part_in_the_result():
    torch.manual_seed(0)
    model = Diff2CT(HALF_BLOCKS)
    with torch.no_grad():
        for weights in model.parameters():
            if not weights.any():  # layers that start at zero pass nothing on to what comes before them
                weights.normal_(0.0, 0.05)
    condition = model.condition(random(1, 2, 2, 64, 64), SOURCES, grid_axes_mm(HALF_BLOCKS.grid))
    model.denoise(random(1, 64, 8, 8, 8, seed=3), torch.tensor([0.5]), condition).square().mean().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []


@pytest.mark.parametrize("shape", [(2, 6, 4, 5, 3), (2, 6, 4, 5)])
def test_the_norm_and_its_gradient_are_those_of_its_formula(shape):
    norm = ChannelNorm(6).double()
    with torch.no_grad():
        norm.gain.copy_(torch.linspace(0.5, 2.0, 6))
    x = random(*shape).double().requires_grad_()
    gain = norm.gain.view(-1, *(1,) * (x.dim() - 2))
    expected = x * (x.square().mean(1, keepdim=True) + 1e-4).rsqrt() * gain
    torch.testing.assert_close(norm(x), expected)
    weight = random(*shape, seed=1).double()
    found, wanted = (torch.autograd.grad((y * weight).sum(), (x, norm.gain)) for y in (norm(x), expected))
    for each, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(each, other)


@pytest.mark.parametrize("embedding", [0, 5])
def test_a_residual_block_is_the_same_with_norm_and_activation_at_once(embedding):
    def at_once(x, scale, shift):
        unit = x * (x.square().mean(1, keepdim=True) + 1e-4).rsqrt()
        scale, shift = (each.view(*each.shape, 1, 1, 1) for each in (scale, shift))
        return torch.nn.functional.silu(unit * scale + shift)

    torch.manual_seed(0)
    block = ResidualBlock(6, 3, embedding)
    with torch.no_grad():
        for weights in block.parameters():
            weights.normal_(0.5, 0.5)
    x, times = random(2, 6, 4, 3, 5), random(2, 5, seed=1) if embedding else None
    expected = block(x, times)
    block.fused = at_once
    torch.testing.assert_close(block(x, times), expected)


def test_a_card_from_before_half_blocks_gives_the_network_of_its_time():
    values = CONFIG.to_dict()
    del values["half_blocks"], values["mid"]
    assert Diff2CTConfig.from_dict(values) == CONFIG


def test_a_configuration_survives_its_card():
    assert Diff2CTConfig.from_dict(CONFIG.to_dict()) == CONFIG


@pytest.mark.parametrize("change", [{"depth": 3}, {"widths": None}])
def test_a_configuration_of_another_version_is_refused(change):
    values = {**CONFIG.to_dict(), **change}
    values = {key: value for key, value in values.items() if value is not None}
    with pytest.raises(ModelError, match="does not match this version"):
        Diff2CTConfig.from_dict(values)
