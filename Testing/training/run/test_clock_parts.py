"""The parts of a run by the clock: how time is divided, batch sizes, trials of rates, measurements, pictures."""

import io
import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from cylinders import cylinder_case, write_run
from PIL import Image

from Diff2CTCore.ct import evaluate
from Diff2CTCore.errors import DeviceError
from Diff2CTCore.storage import png_bytes
from training import train
from training.data import UNKNOWN_HU
from training.run import Budget, Trainer, load_checkpoint, load_config, process_start, trained_config
from training.run.batch_size import largest_batch
from training.run.clock import BudgetError, Every
from training.run.config import OptimiserConfig
from training.run.measure import as_text, body_of, means_by_kind, measure_case
from training.run.planes_png import planes_picture
from training.run.rate_trial import try_rates
from training.run.schedule import at_share


class FakeClock:
    def __init__(self):
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_steps_of_any_length_end_before_the_time_for_the_end():
    for longest in (0.05, 1.0, 8.0):
        clock, rng = FakeClock(), np.random.default_rng(0)
        budget = Budget(9.0, clock.time, clock)
        clock.time += 30.0
        budget.begin()
        last = 1.0
        while budget.has_time_for():
            last = budget.share()
            seconds = rng.uniform(0.5 * longest, longest)
            clock.time += seconds
            budget.step_took(seconds)
            if rng.random() < 0.02:
                budget.took("checkpoint", 3.0)
                budget.took("export", 1.0)
                budget.took("measurement", 5.0)
        assert clock.time + 9.0 < budget.deadline
        assert budget.deadline - clock.time < 9.0 * 1.5 + 2.0 + 2.0 * longest
        assert 0.95 < last <= 1.0


def test_the_learning_rate_follows_the_time():
    clock = FakeClock()
    budget = Budget(10.0, clock.time, clock)
    budget.took("checkpoint", 0.0)
    budget.took("export", 0.0)
    clock.time += 98.0
    budget.begin()  # 500 seconds are left when 2 are kept for leaving
    settings = OptimiserConfig(warm_up_share=0.1, decay_share=0.5)
    rates = []
    for _ in range(11):
        rates.append(at_share(settings, budget.share()).rate)
        clock.time += 50.0
    expected = [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0]
    assert rates == pytest.approx(expected, abs=1e-6)


def test_a_first_step_that_is_long_once_does_not_shorten_the_run():
    clock = FakeClock()
    budget = Budget(1.0, clock.time, clock)
    for seconds in (20.0, 0.1, 0.1, 0.1):
        budget.step_took(seconds)
    clock.time = budget.stop_at - 1.0
    assert budget.has_time_for()


def test_a_start_that_takes_all_the_time_is_refused_with_the_minutes_that_suffice():
    clock = FakeClock()
    budget = Budget(0.5, clock.time, clock)
    clock.time += 50.0
    with pytest.raises(BudgetError, match=r"the start took 50 s and the end needs about 5 s; give more than 1 minutes"):
        budget.begin()


def test_work_that_takes_long_becomes_rare():
    clock = FakeClock()
    often = Every(60.0, clock, share=0.05)
    clock.time += 60.0
    assert often.due()
    began = clock.time
    clock.time += 6.0
    often.done(began)
    clock.time = began + 119.0
    assert not often.due()
    clock.time = began + 120.0
    assert often.due()


def test_the_process_began_before_its_tests():

    assert 0.0 < time.monotonic() - process_start() < 24 * 3600.0


def meter(fixed: float, each: float, memory: float):
    def peak(count: int) -> int:
        if fixed + each * count > memory:
            raise torch.OutOfMemoryError("fake")
        return int(fixed + each * count)

    return peak


@pytest.mark.parametrize(
    ("fixed", "each", "limit", "expected"),
    [(100, 50, 32, 15), (100, 50, 8, 8), (100, 700, 32, 1), (100, 400, 32, 1), (100, 300, 32, 2), (100, 1, 1, 1)],
)
def test_a_batch_holds_what_fits_into_the_memory(fixed, each, limit, expected):
    assert largest_batch(meter(fixed, each, 1000.0), 1000, limit) == expected


def test_a_batch_that_needs_more_than_was_foreseen_becomes_smaller():
    def peak(count: int) -> int:
        if count > 6:
            raise torch.OutOfMemoryError("fake")
        return 100 + 10 * count

    assert largest_batch(peak, 1000, 32) in (4, 5, 6)
    assert largest_batch(lambda count: 10 * count + (200 if count > 9 else 0), 300, 32) == 9


def test_a_memory_that_holds_no_case_is_a_device_error():
    with pytest.raises(DeviceError, match="does not hold a step with one case") as caught:
        largest_batch(meter(100, 2000, 1000.0), 1000, 32)
    assert caught.value.exit_code == 3


def test_on_the_cpu_a_batch_of_no_stated_size_holds_one_and_the_export_knows_it(tmp_path):
    path = write_run(tmp_path, data="crop_blocks = 4\ncrops = 0\nvolumes = 0")
    assert train.main([str(path), "--steps", "1"]) == 0
    state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")[1]
    assert (state["volumes"], state["crops"]) == (1, 1)
    found = trained_config(load_config(path), state)
    assert (found.data.volumes, found.data.crops) == (1, 1)


def test_the_best_of_some_learning_rates_goes_on_with_its_state(tmp_path):
    path = write_run(tmp_path)
    config = load_config(path)
    rates = (1e-9, 3e-3, 1e30)
    settings = replace(config.optimiser, trial_rates=rates, trial_seconds=10.0)
    trainer = Trainer(replace(config, optimiser=settings, budget_minutes=1.0))
    clock = FakeClock()

    def ticking() -> float:
        clock.time += 1.0
        return clock.time

    found = try_rates(trainer, ticking)
    assert found[3e-3] < found[1e-9]
    assert math.isinf(found[1e30])
    assert trainer.step == trainer.batches_done == 10
    assert trainer.config.optimiser.learning_rate == 3e-3
    assert all(torch.isfinite(value).all() for value in trainer.method.state_dict().values())
    alone = Trainer(replace(config, optimiser=replace(settings, trial_rates=(3e-3,)), budget_minutes=1.0))
    assert try_rates(alone, ticking) == {3e-3: found[3e-3]}
    torch.testing.assert_close(alone.average, trainer.average, atol=0, rtol=0)


def noisy_pair(unknown_rows: int) -> tuple[np.ndarray, np.ndarray]:
    truth = cylinder_case(90.0, unknown_rows).volume
    noise = np.random.default_rng(0).normal(0.0, 120.0, truth.shape)
    return (truth.astype(np.float32).clip(-1000) + noise).astype(np.float32), truth


@pytest.mark.parametrize("unknown_rows", [0, 5])
def test_measurements_are_the_metrics_of_an_evaluation(unknown_rows):
    found, truth = noisy_pair(unknown_rows)
    values = measure_case(found, truth, 8.0, None)
    expected = evaluate(found[unknown_rows:], truth[unknown_rows:].astype(np.float32), 8.0)
    assert values["bone_dice"] == pytest.approx(expected["bone_dice"], abs=1e-12)
    assert values["ssim_body"] == pytest.approx(expected["ssim_body"], abs=1e-3)
    assert values["psnr_body_db"] == pytest.approx(expected["psnr_body_db"], abs=0.02)
    assert math.isnan(values["level_profile"])


def test_levels_are_found_along_a_line_given_on_the_whole_grid():
    _, truth = noisy_pair(4)
    heights = np.arange(32)
    middle = 12.0 + 0.2 * heights  # the line leans back, so that its height must not be lost with the unknown rows
    rows = np.arange(32)[None, :, None]
    inside = abs(rows - middle[:, None, None]) < 1.5
    levels = np.where(heights % 4 < 2, 300.0, 0.0)[:, None, None]
    truth = np.where(truth == UNKNOWN_HU, truth, np.where(inside, levels, truth)).astype(np.int16)
    line = np.stack([heights, middle, np.full(32, 15.5)], axis=1).astype(float)
    assert measure_case(truth.astype(np.float32), truth, 8.0, line)["level_profile"] == pytest.approx(1.0)
    assert measure_case(300.0 - truth.astype(np.float32), truth, 8.0, line)["level_profile"] < -0.9
    assert abs(measure_case(np.roll(truth, 1, 0).astype(np.float32), truth, 8.0, line)["level_profile"]) < 0.5


def test_a_body_is_its_largest_piece_with_its_cavities():
    hu = np.full((4, 20, 20), -1000.0)
    hu[:, 2:14, 2:14] = 0.0
    hu[:, 6:9, 6:9] = -900.0
    hu[:, 17:19, 17:19] = 0.0
    expected = np.zeros(hu.shape, dtype=bool)
    expected[:, 2:14, 2:14] = True
    assert np.array_equal(body_of(hu), expected)
    assert not body_of(np.full((2, 4, 4), -1000.0)).any()


def test_the_means_stand_in_one_line():
    real = {"ssim_body": 0.241, "psnr_body_db": 22.31, "bone_dice": 0.44, "level_profile": math.nan}
    cases = [("phantom", {**real, "ssim_body": 1.0}), ("real", real), ("real", {**real, "level_profile": -0.31})]
    assert as_text(means_by_kind(cases)) == (
        "real SSIM body .241, PSNR 22.3 dB, bone Dice .44, level profile -.31; "
        "phantom SSIM body 1.000, PSNR 22.3 dB, bone Dice .44"
    )


def test_planes_are_written_as_a_png_that_others_read():
    found, truth = noisy_pair(0)
    picture = planes_picture([(truth, found), (truth, truth)])
    image = Image.open(io.BytesIO(png_bytes(picture)))
    assert image.size == (6 * (32 * 3 + 4), 2 * (32 * 3 + 4))
    assert np.array_equal(np.asarray(image), picture)
    # The middle of the axial plane is bone of 600 HU: (600 + 250) / 1150 of white.
    assert picture[48, 48] == round(255 * 850 / 1150)
    assert picture[0, 0] == 0
