"""Projection and lift on the device: the CPU's values and gradients, the same bytes each time, bounded memory."""

import pytest
import torch

from Diff2CTCore.geometry import lift_from_iso_plane, project_to_iso_plane

pytestmark = pytest.mark.cuda

SHAPE, SPACING_MM = (46, 52, 40), 5.0
views = pytest.mark.parametrize("frontal", [True, False], ids=["frontal", "lateral"])


def geometry(frontal: bool, device: torch.device, cases: int = 3):
    """Axes that differ between the cases, sources that do, and pixels."""
    axes = [(torch.arange(count) - (count - 1) / 2.0) * SPACING_MM for count in SHAPE]
    axes[1] = axes[1] + 7.0 * torch.arange(cases)[:, None]
    distances = -900.0 - 100.0 * torch.arange(cases)
    sources = torch.stack([torch.full((cases,), 12.0), torch.full((cases,), 15.0), torch.full((cases,), -8.0)], 1)
    sources[:, 1 if frontal else 2] = distances
    pixels = [(torch.arange(count) - (count - 1) / 2.0) * 3.0 for count in (96, 90)]
    return [axis.to(device) for axis in axes], sources.to(device), [axis.to(device) for axis in pixels]


def projected(volume: torch.Tensor, frontal: bool, device: torch.device) -> list[torch.Tensor]:
    """The projection and the gradient of its weighted sum, on the CPU."""
    axes, sources, pixels = geometry(frontal, device)
    leaf = volume.to(device).requires_grad_()
    image = project_to_iso_plane(leaf, axes, sources, frontal, *pixels)
    return with_gradient(image, leaf)


def lifted(features: torch.Tensor, frontal: bool, device: torch.device) -> list[torch.Tensor]:
    """The lift and the gradient of its weighted sum, on the CPU."""
    axes, sources, pixels = geometry(frontal, device)
    leaf = features.to(device).requires_grad_()
    volume = lift_from_iso_plane(leaf, *pixels, sources, frontal, axes)
    return with_gradient(volume, leaf)


def with_gradient(output: torch.Tensor, leaf: torch.Tensor) -> list[torch.Tensor]:
    weight = torch.rand(output.shape, generator=torch.Generator().manual_seed(1)).to(output.device, output.dtype)
    (gradient,) = torch.autograd.grad((output * weight).sum(), leaf)
    return [output.detach().cpu(), gradient.cpu()]


def random_volume(channels: int = 2) -> torch.Tensor:
    return torch.rand((3, channels, *SHAPE), generator=torch.Generator().manual_seed(2))


def random_features(channels: int = 5) -> torch.Tensor:
    return torch.rand((3, channels, 96, 90), generator=torch.Generator().manual_seed(3))


def assert_near(found, expected, relative: float):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert theirs.float().norm() > 0.0
        assert (ours.float() - theirs.float()).norm() <= relative * theirs.float().norm()


@views
def test_projection_and_its_gradient_are_the_cpu_s(device, frontal):
    pair = [projected(random_volume(), frontal, place) for place in (device, torch.device("cpu"))]
    assert_near(*pair, 1e-5)


@views
def test_the_lift_and_its_gradient_are_the_cpu_s(device, frontal):
    pair = [lifted(random_features(), frontal, place) for place in (device, torch.device("cpu"))]
    assert_near(*pair, 1e-5)


@views
def test_the_lift_under_autocast_keeps_the_features_type(device, frontal):
    features = random_features()
    with torch.autocast(device.type, torch.bfloat16):
        half = lifted(features.bfloat16(), frontal, device)
    assert all(item.dtype == torch.bfloat16 for item in half)
    assert_near(half, lifted(features, frontal, torch.device("cpu")), 0.01)


@views
def test_autocast_does_not_touch_a_projection_in_single_precision(device, frontal):
    plain = projected(random_volume(), frontal, device)
    with torch.autocast(device.type, torch.bfloat16):
        mixed = projected(random_volume(), frontal, device)
    assert all(torch.equal(*pair) for pair in zip(plain, mixed, strict=True))


@views
def test_the_same_input_gives_the_same_bytes(device, frontal):
    for function, values in ((projected, random_volume()), (lifted, random_features())):
        first, second = (function(values, frontal, device) for _ in range(2))
        assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))


@views
def test_a_batch_of_whole_bodies_is_projected_in_little_more_memory_than_it_takes(device, frontal):
    if device.type != "cuda":
        pytest.skip(f"The memory in use is not counted on {device.type}.")
    cases, shape = 8, (176, 208, 224)
    axes = [(torch.arange(count, device=device) - (count - 1) / 2.0) * 2.0 for count in shape]
    sources = torch.tensor([[0.0, -900.0, 0.0] if frontal else [0.0, 0.0, -900.0]], device=device).expand(cases, 3)
    pixels = (torch.arange(320, device=device) - 159.5) * 1.0
    volume = torch.rand((cases, 1, *shape), device=device, requires_grad=True)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    project_to_iso_plane(volume, axes, sources, frontal, pixels, pixels).sum().backward()
    # The gradient is as large as the volume; working space is a block of matrices and tensors, and taps.
    extra = torch.cuda.max_memory_allocated(device) - before - volume.nbytes
    assert extra < 768 * 2**20
