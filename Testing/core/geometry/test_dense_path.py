"""What a GPU computes, on the CPU: projection and lift as matrix products, and data consistency under autocast."""

import dense_projector
import pytest
import torch
from projection_cases import VIEWS, assert_same_with_gradient, batch_of_two, check_half_precision
from torch.utils._python_dispatch import TorchDispatchMode

from Diff2CTCore.diffusion import DataConsistency
from Diff2CTCore.geometry import (
    ViewGeometry,
    VolumeGrid,
    grid_axes_mm,
    lift_from_iso_plane,
    plane_products,
    project_to_iso_plane,
    projector,
)
from Diff2CTCore.networks import Diff2CT, Diff2CTConfig, standardise

GRID = VolumeGrid((14, 12, 10), 9.0)
PARTS = 96 * 2**10
"""Bytes of a block that hold one case of `GRID` with one channel but not two, and some planes where there are more."""


@pytest.fixture(params=VIEWS.values(), ids=VIEWS.keys())
def view(request) -> ViewGeometry:
    return ViewGeometry(rows=250, columns=240, pixel_spacing_mm=(1.4, 1.3), **request.param)


@pytest.fixture(autouse=True)
def products(monkeypatch):
    """Everything goes the way of a GPU."""
    monkeypatch.setattr(projector, "_way", lambda tensor: plane_products)


blocks = pytest.mark.parametrize("block_bytes", [1, PARTS, 2**28], ids=["plane by plane", "in parts", "all at once"])


@blocks
@pytest.mark.parametrize("channels", [1, 3])
def test_projection_is_the_product_with_interpolation_matrices(view, channels, block_bytes, monkeypatch):
    monkeypatch.setattr(plane_products, "_BLOCK_BYTES", block_bytes)
    sources, axes, rows, columns = batch_of_two(view, GRID)
    volume = torch.rand((2, channels, *GRID.shape), generator=torch.Generator().manual_seed(3))
    rest = (axes, sources, view.frontal, rows, columns)
    assert_same_with_gradient(
        lambda values: project_to_iso_plane(values, *rest),
        lambda values: dense_projector.project_to_iso_plane(values, *rest),
        volume,
    )


@blocks
@pytest.mark.parametrize("channels", [1, 3])
def test_lift_is_the_product_with_interpolation_matrices(view, channels, block_bytes, monkeypatch):
    monkeypatch.setattr(plane_products, "_BLOCK_BYTES", block_bytes)
    sources, axes, rows, columns = batch_of_two(view, GRID)
    features = torch.rand((2, channels, len(rows), len(columns)), generator=torch.Generator().manual_seed(4))
    rest = (rows, columns, sources, view.frontal, axes)
    assert_same_with_gradient(
        lambda values: lift_from_iso_plane(values, *rest),
        lambda values: dense_projector.lift_from_iso_plane(values, *rest),
        features,
    )


@pytest.mark.parametrize("block_bytes", [2**20, 2**22])
def test_no_tensor_is_larger_than_a_block_but_the_planes_themselves(block_bytes, monkeypatch):
    monkeypatch.setattr(plane_products, "_BLOCK_BYTES", block_bytes)
    view = ViewGeometry(rows=250, columns=240, pixel_spacing_mm=(1.4, 1.3), view="AP")
    grid = VolumeGrid((64, 48, 56), 4.0)
    sources, axes, rows, columns = batch_of_two(view, grid)
    volume = torch.rand(2, 1, *grid.shape).requires_grad_()
    with Recorder() as recorder:
        project_to_iso_plane(volume, axes, sources, True, rows, columns).sum().backward()
    assert block_bytes / 8 < max(recorder.sizes["scatter_add_"]) <= block_bytes
    assert max(size for sizes in recorder.sizes.values() for size in sizes) <= max(block_bytes, volume.nbytes)


def test_nothing_is_gathered_or_scattered_but_the_matrices(view):
    sources, axes, rows, columns = batch_of_two(view, GRID)
    features = torch.rand(2, 3, len(rows), len(columns)).requires_grad_()
    with Recorder() as recorder:
        lifted = lift_from_iso_plane(features, rows, columns, sources, view.frontal, axes)
        project_to_iso_plane(lifted, axes, sources, view.frontal, rows, columns).sum().backward()
    unwanted = ("embedding", "index", "gather", "sort", "item", "local_scalar", "nonzero")
    assert not [name for name in recorder.sizes if any(word in name for word in unwanted)]
    assert len(recorder.sizes["scatter_add_"]) == 2 * 4  # rows and columns, forward and backward, of both


def test_lift_and_projection_take_half_precision(view):
    check_half_precision(view, GRID)


def test_autocast_leaves_single_precision_single(view):
    sources, axes, rows, columns = batch_of_two(view, GRID)
    volume = torch.rand(2, 1, *GRID.shape)
    images = []
    for enabled in (False, True):
        leaf = volume.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            image = project_to_iso_plane(leaf, axes, sources, view.frontal, rows, columns)
            image.square().sum().backward()
        images.append((image.detach(), leaf.grad))
    assert all(torch.equal(*pair) for pair in zip(*images, strict=True))


def test_data_consistency_is_in_single_precision_under_a_sampler_s_autocast():
    config = Diff2CTConfig(shape=(32, 32, 32), spacing_mm=8.0, plane_size=64, plane_spacing_mm=5.0)
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 2, 64, 64, generator=generator)
    sources = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])
    views = standardise(image, torch.ones_like(image))
    consistency = DataConsistency(Diff2CT(config), views, sources, grid_axes_mm(config.grid))
    estimate = torch.rand(1, 64, 8, 8, 8, generator=generator)
    found = []
    for enabled in (False, True):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            found.append(consistency(estimate))
    assert not torch.equal(found[0], consistency.transform.inverse(estimate))
    assert found[0].dtype == torch.float32
    assert torch.equal(*found)


def test_data_consistency_leaves_what_it_cannot_improve():
    config = Diff2CTConfig(shape=(32, 32, 32), spacing_mm=8.0, plane_size=64, plane_spacing_mm=5.0)
    sources = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])
    views = torch.stack([torch.zeros(1, 2, 64, 64), torch.ones(1, 2, 64, 64)], 2)
    model = Diff2CT(config)
    consistency = DataConsistency(model, views, sources, grid_axes_mm(config.grid))
    air = model.transform(torch.full((1, 1, 32, 32, 32), -1.0))
    with torch.no_grad():
        assert torch.equal(consistency(air), model.transform.inverse(air))


class Recorder(TorchDispatchMode):
    """Notes the bytes that each operation gives new, by the operation's name."""

    def __init__(self):
        super().__init__()
        self.sizes: dict[str, list[int]] = {}

    def __torch_dispatch__(self, function, types, given=(), named=None):
        result = function(*given, **(named or {}))
        size = result.untyped_storage().nbytes() if isinstance(result, torch.Tensor) else 0
        self.sizes.setdefault(function.overloadpacket.__name__, []).append(size)
        return result
