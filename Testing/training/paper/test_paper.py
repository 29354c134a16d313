"""The paper's setting: its schedule against MONAI's, its sampler against a known distribution, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from cylinders import cylinder_case, write_run
from monai.networks.schedulers import DDPMScheduler

from training.data import case_inputs
from training.data.batch import network_volume
from training.methods import Sampling, reconstruct
from training.paper.schedule import NoiseSchedule
from training.run import Trainer, load_config

MODEL = """
[model]
architecture = "Diff2CT-paper"
shape = [16, 16, 16]
spacing_mm = 16.0
plane_size = 32
plane_spacing_mm = 10.0
view_widths = [4, 4, 8, 8, 8, 8]
condition = 4
widths = [8, 8, 16]
blocks = 1
attention_levels = [false, false, true]
groups = 4
"""


def test_the_schedule_is_that_of_the_literature():
    monai = DDPMScheduler(num_train_timesteps=1000, schedule="linear_beta", beta_start=1e-4, beta_end=0.02)
    ours = NoiseSchedule(1000)
    torch.testing.assert_close(ours.kept, monai.alphas_cumprod, rtol=1e-3, atol=1e-7)
    x0, noise, t = torch.randn(2, 1, 3, 3, 3), torch.randn(2, 1, 3, 3, 3), torch.tensor([3, 700])
    torch.testing.assert_close(ours.diffuse(x0, noise, t), monai.add_noise(x0, noise, t), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(ours.estimate(ours.diffuse(x0, noise, t), noise, t), x0, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("steps", [50, 1000])
def test_every_schedule_ends_in_noise_alone(steps):
    assert NoiseSchedule(steps).kept[-1] < 1e-4


@pytest.mark.parametrize(("steps", "tolerance"), [(1000, 0.02), (100, 0.04)])
def test_sampling_with_perfect_noise_gives_the_distribution_of_the_data(steps, tolerance):
    schedule, mean, deviation = NoiseSchedule(1000), 0.7, 0.4

    def predict(x, t):
        # The conditional mean of the noise for Gaussian data, in closed form.
        kept = schedule.kept[t].view(-1, 1, 1, 1, 1)
        variance = kept * deviation**2 + 1.0 - kept
        return (1.0 - kept).sqrt() * (x - kept.sqrt() * mean) / variance

    found = schedule.sample(predict, (1, 1, 20, 20, 20), steps, torch.Generator().manual_seed(0), (-100.0, 100.0))
    assert float(found.mean()) == pytest.approx(mean, abs=0.02)
    assert float(found.std()) == pytest.approx(deviation, abs=tolerance)


def test_it_learns_to_tell_noise_from_a_body_and_samples(tmp_path):
    path = write_run(tmp_path, model=MODEL, data="whole_share = 1.0\nvolumes = 2")
    config = load_config(path)
    config = replace(
        config, steps=80, optimiser=replace(config.optimiser, learning_rate=4e-3, warm_up=10, decay_share=0.5, ema=0.9)
    )
    trainer = Trainer(config)
    noise = [trainer.train_step()["noise"] for _ in range(config.steps)]
    assert np.mean(noise[:5]) > 0.8  # no better than guessing zero
    assert np.mean(noise[-20:]) < 0.25
    network, case = trainer.averaged_network(), cylinder_case(100.0).on(config.model.grid, config.model.plane)
    inputs = case_inputs(network, case)
    found = [reconstruct(network, *inputs, Sampling(3), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert float(found[0].min()) >= -1.0
    assert float(found[0].max()) <= 3.0
    truth, t = network_volume(case.volume)[0][None], torch.tensor([300])
    noise = torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    noisy = network.schedule.diffuse(truth, noise, t)
    with torch.no_grad():
        predicted = network.predict_noise(noisy, t, network.condition(*inputs))
    estimate = network.schedule.estimate(noisy, predicted, t)
    kept = float(network.schedule.kept[300])
    assert (estimate - truth).square().mean() < 0.2 * (1.0 - kept) / kept  # of the noise that it was given
