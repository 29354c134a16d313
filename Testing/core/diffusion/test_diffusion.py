"""The sampler on data whose posterior is known, and the projection loss."""

import pytest
import torch

from Diff2CTCore.diffusion import diffuse, projection_loss, sample
from Diff2CTCore.diffusion.sampling import sampling_times
from Diff2CTCore.geometry import IsoPlane, VolumeGrid, grid_axes_mm
from Diff2CTCore.networks import Condition

MEAN, SPREAD = 0.7, 0.4
SOURCES = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])


class GaussianOracle:
    """The ideal denoiser of data that are normal with MEAN and SPREAD; remembers the times it was asked for."""

    def __init__(self):
        self.times = []

    def denoise(self, noisy, t, condition):
        time = float(t[0])
        self.times.append(time)
        precision = SPREAD**-2 + ((1.0 - time) / time) ** 2
        return (MEAN * SPREAD**-2 + noisy * (1.0 - time) / time**2) / precision


def drawn(steps: int, **options) -> tuple[torch.Tensor, GaussianOracle]:
    oracle = GaussianOracle()
    condition = Condition(torch.zeros(1, 1, 8, 8, 8), torch.zeros(1, 64, 8, 8, 8))
    return sample(oracle, condition, steps, torch.Generator().manual_seed(3), **options), oracle


@pytest.mark.parametrize(("steps", "tolerance"), [(12, 0.06), (200, 0.01)])
def test_samples_have_the_data_s_mean_and_spread(steps, tolerance):
    values, _ = drawn(steps)
    assert values.mean().item() == pytest.approx(MEAN, abs=0.01)
    assert values.std().item() == pytest.approx(SPREAD, abs=tolerance)


def test_each_evaluation_sees_the_time_of_its_state():
    done = []
    _, oracle = drawn(5, on_step=lambda step, of: done.append((step, of)))
    assert oracle.times == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    assert done == [(step, 5) for step in range(1, 6)]


def test_the_path_ends_in_pure_noise_and_in_pure_data():
    x0, noise = torch.full((2, 3), 5.0), torch.randn(2, 3)
    assert torch.equal(diffuse(x0, noise, torch.tensor([1.0, 1.0])), noise)
    assert torch.equal(diffuse(x0, noise, torch.tensor([0.0, 0.0])), x0)
    assert sampling_times(4) == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert sampling_times(2, start=0.5) == [0.5, 0.25, 0.0]


def test_a_late_start_adds_noise_to_the_regression_estimate():
    condition = Condition(torch.zeros(1, 1, 8, 8, 8), torch.full((1, 64, 8, 8, 8), MEAN))
    seen = []

    class Identity:
        def denoise(self, noisy, t, condition):
            seen.append((float(t[0]), noisy))
            return condition.estimate

    result = sample(Identity(), condition, 2, torch.Generator().manual_seed(0), start=0.4)
    assert [time for time, _ in seen] == pytest.approx([0.4, 0.2])
    assert seen[0][1].mean().item() == pytest.approx(0.6 * MEAN, abs=0.01)
    assert seen[0][1].std().item() == pytest.approx(0.4, abs=0.01)
    assert torch.equal(result, condition.estimate)


def test_the_last_estimate_is_the_result():
    class Late(GaussianOracle):
        def denoise(self, noisy, t, condition):
            found = super().denoise(noisy, t, condition)
            return torch.full_like(found, 9.0) if len(self.times) == 3 else found

    condition = Condition(torch.zeros(1, 1, 8, 8, 8), torch.zeros(1, 64, 8, 8, 8))
    values = sample(Late(), condition, 3, torch.Generator().manual_seed(3))
    assert torch.equal(values, torch.full_like(values, 9.0))


def test_the_projection_loss_of_a_slab_is_its_thickness():
    grid = VolumeGrid((64, 64, 64), 4.0)
    difference = torch.zeros(1, 1, *grid.shape)
    difference[:, :, :, 24:40] = 0.1  # 64 mm from front to back, everywhere else along the body
    near_axis = IsoPlane(9, 9, 1.0, 1.0)
    loss = projection_loss(difference, grid_axes_mm(grid), SOURCES, near_axis, path_mm=1.0)
    # The frontal view looks through 64 mm of it, the lateral one along all 256 mm.
    assert loss.item() == pytest.approx(0.1 * (64.0 + 256.0) / 2.0, rel=0.01)


def test_the_projection_loss_has_a_gradient():
    difference = torch.full((1, 1, 16, 16, 16), 0.1, requires_grad=True)
    axes = grid_axes_mm(VolumeGrid((16, 16, 16), 16.0))
    projection_loss(difference, axes, SOURCES, IsoPlane(8, 8, 8.0, 8.0)).backward()
    assert difference.grad[0, 0, 8, 8, 8] > 0.0
