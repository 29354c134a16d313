"""Training on the device: the loss falls, a run goes on where it stopped, gradients travel by NCCL."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from cylinders import MODEL, write_run

from training import train
from training.run import Trainer

pytestmark = pytest.mark.cuda

HERE = Path(__file__).resolve().parent


def losses(run: Path) -> list[dict[str, float]]:
    """The logged losses of each step."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if "regression" in line]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loss_is_finite_and_falls(device, tmp_path, precision):
    if precision == "bfloat16" and device.type != "cuda":
        pytest.skip(f"Convolutions of few channels in bfloat16 are not reliable on {device.type}.")
    config = write_run(tmp_path)
    config.write_text(config.read_text().replace('precision = "float32"', f'precision = "{precision}"'))
    assert train.main([str(config), "--steps", "90", "--device", str(device)]) == 0
    found = losses(tmp_path / "run")
    assert [line["step"] for line in found] == list(range(1, 91))
    assert all(np.isfinite(value) for line in found for value in line.values())
    denoising = [line["denoising"] for line in found]
    assert np.mean(denoising[-20:]) < 0.8 * np.mean(denoising[:20])


@pytest.mark.parametrize("channels", [24, 56, 208])
def test_the_fused_norm_and_its_gradients_are_those_of_its_formula(device, channels):
    if device.type != "cuda":
        pytest.skip(f"Triton's kernels need CUDA; this device is {device.type}.")
    fused = pytest.importorskip("training.run.fused_norm", reason="Triton is not installed.")
    draw = torch.Generator(device).manual_seed(0)
    x = torch.randn(2, channels, 9, 8, 7, generator=draw, device=device).to(memory_format=torch.channels_last_3d)
    scale, shift = (torch.randn(2, channels, generator=draw, device=device) for _ in range(2))
    weight = torch.randn(x.shape, generator=draw, device=device)

    def formula(x, scale, shift):
        unit = x * (x.square().mean(1, keepdim=True) + 1e-4).rsqrt()
        return torch.nn.functional.silu(unit * scale.view(2, -1, 1, 1, 1) + shift.view(2, -1, 1, 1, 1))

    for function, kind in ((fused.norm_scale_shift_silu, torch.float32), (formula, torch.float64)):
        given = [each.to(kind).requires_grad_() for each in (x, scale, shift)]
        result = function(*given)
        values = [result, *torch.autograd.grad((result * weight.to(kind)).sum(), given)]
        if kind is torch.float32:
            found = values
    for each, expected in zip(found, values, strict=True):
        assert (each.double() - expected).norm() < 1e-5 * expected.norm()


def test_a_resumed_run_goes_on_like_the_uninterrupted_one(device, tmp_path):
    config = [str(write_run(tmp_path)), "--device", str(device)]
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    assert train.main([*config, "--steps", "4", "--output", str(whole)]) == 0
    # Each step's rate depends on the number of steps, so the run that is broken off must have been as long.
    stopped_after(3, [*config, "--steps", "4", "--output", str(parted)])
    assert [line["step"] for line in losses(parted)] == [1, 2, 3]
    assert train.main([*config, "--steps", "4", "--output", str(parted), "--resume"]) == 0
    expected, found = (losses(run)[-1] for run in (whole, parted))
    assert found["step"] == expected["step"] == 4
    for name in ("denoising", "regression", "projection"):
        assert found[name] == pytest.approx(expected[name], rel=1e-3)


def stopped_after(steps: int, arguments: list[str]) -> None:
    """Train, and stop with a checkpoint as on Ctrl-C after some steps."""
    train_step = Trainer.train_step

    def stopping(self, *given):
        found = train_step(self, *given)
        if self.step == steps:
            signal.raise_signal(signal.SIGINT)
        return found

    with patch.object(Trainer, "train_step", stopping):
        assert train.main(arguments) == 0


def test_a_run_that_torchrun_starts_trains(device, tmp_path, environment):
    config = write_run(tmp_path, model="[optimiser]\nwarm_up = 5\n" + MODEL)
    command = [*torchrun(), "-m", "training.train", config, "--device", device]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert [line["step"] for line in losses(tmp_path / "run")] == [1, 2, 3, 4, 5, 6]


def test_distributed_gradients_are_those_of_one_process(device, environment):
    command = [*torchrun(), HERE / "distributed_step.py", device]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["backend"] == ("nccl" if device.type == "cuda" else "gloo")
    assert found["distributed"] == pytest.approx(found["alone"], rel=1e-3)
    assert found["weights_differ"] < 1e-3 * found["weights_changed"]


def torchrun() -> list[str]:
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1"]
