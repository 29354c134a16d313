"""Data consistency on a body whose projections are known."""

import pytest
import torch
from small_model import CONFIG

from Diff2CTCore.diffusion import DataConsistency
from Diff2CTCore.geometry import grid_axes_mm, project_to_iso_plane
from Diff2CTCore.networks import Diff2CT, standardise

SOURCES = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])


def body() -> torch.Tensor:
    """Water cylinder with a bony column, the network's range, (1, 1, S, P, L)."""
    superior, back, left = torch.meshgrid(*grid_axes_mm(CONFIG.grid), indexing="ij")
    volume = torch.full(CONFIG.shape, -1.0)
    volume[(back / 80.0) ** 2 + (left / 110.0) ** 2 < 1.0] = 0.0
    volume[((back - 30.0) / 20.0) ** 2 + (left / 20.0) ** 2 < 1.0] = 0.4 + 0.2 * (superior[0, 0, 0] > 0)
    rings = (superior.div(24.0).round() % 2 == 0) & (((back - 30.0) / 20.0) ** 2 + (left / 20.0) ** 2 < 1.0)
    volume[rings] = 0.8
    return volume[None, None]


def radiographs(volume: torch.Tensor, gain: float = 1.0, offset: float = 0.0) -> torch.Tensor:
    plane = CONFIG.plane
    rows, columns = (torch.as_tensor(axis, dtype=torch.float32) for axis in (plane.rows_mm(), plane.columns_mm()))
    images = [
        project_to_iso_plane(volume + 1.0, grid_axes_mm(CONFIG.grid), SOURCES[:, view], view == 0, rows, columns)[0, 0]
        for view in range(2)
    ]
    image = gain * torch.stack(images) + offset
    return standardise(image, torch.ones_like(image))[None]


@pytest.fixture
def model() -> Diff2CT:
    torch.manual_seed(0)
    return Diff2CT(CONFIG).eval()


def blurred(volume: torch.Tensor) -> torch.Tensor:
    """What a network that is unsure of the details would say."""
    wide = torch.nn.functional.avg_pool3d(volume, 5, 1, 2, count_include_pad=False)
    return torch.where(volume > -0.5, wide.clamp(min=-0.5), volume)


def refined(model, views) -> tuple[DataConsistency, torch.Tensor, torch.Tensor]:
    # Believed strongly, so that what is left tells of the method and not of the damping.
    consistency = DataConsistency(model, views, SOURCES, grid_axes_mm(CONFIG.grid), strength=20.0)
    start = blurred(body())
    with torch.no_grad():
        end = consistency(model.transform(start))
    return consistency, start, end


def test_it_brings_an_estimate_nearer_to_the_radiographs_and_to_the_truth(model):
    consistency, start, end = refined(model, radiographs(body()))
    assert max(consistency.error(end)) < 0.5 * max(consistency.error(start))
    assert (end - body()).square().mean() < (start - body()).square().mean()


def test_the_truth_is_left_alone(model):
    consistency = DataConsistency(model, radiographs(body()), SOURCES, grid_axes_mm(CONFIG.grid))
    assert max(consistency.error(body())) < 0.03  # images of 5 mm pixels against 10 mm ones
    with torch.no_grad():
        change = consistency(model.transform(body())) - body()
    assert change.abs().mean() < 0.005
    assert change.abs().max() < 0.1


def test_gain_and_offset_of_a_radiograph_do_not_matter(model):
    plain, _, expected = refined(model, radiographs(body()))
    scaled, start, found = refined(model, radiographs(body(), gain=37.0, offset=-5.0))
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    assert scaled.error(start) == pytest.approx(plain.error(start), abs=1e-4)


def test_air_stays_air(model):
    _, start, end = refined(model, radiographs(body()))
    air = start < -0.99
    assert (end - start)[air].abs().max() < 0.3
