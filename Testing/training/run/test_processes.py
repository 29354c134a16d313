"""Runs of several processes, and runs that are killed: what they compute and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cylinders import MODEL, write_run
from ready_python import TRAINING, ready_python

from training.run import load_checkpoint

ROOT = Path(__file__).parents[3]
TRAIN = ["-m", "training.train"]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def two_processes() -> list[str]:
    """`torchrun` with the start of two processes of Python."""
    return [*TORCHRUN, "--no-python", *ready_python(TRAINING)]


def start(arguments: list, fresh: bool = False) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [*([sys.executable] if fresh else ready_python(TRAINING)), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def finish(arguments: list, fresh: bool = False) -> str:
    process = start(arguments, fresh)
    error = process.communicate(timeout=240)[1]
    assert process.returncode == 0, error
    return error


def losses(run: Path) -> list[dict]:
    if not (run / "log.jsonl").exists():
        return []
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines(keepends=True) if line[-1] == "\n"]
    for line in lines:
        line.pop("seconds_per_step", None)
    return [line for line in lines if "step" in line]


def test_two_processes_compute_what_one_does(tmp_path):
    config = write_run(tmp_path, model="[optimiser]\naccumulate = 2\nwarm_up = 5\n" + MODEL)
    finish([*TRAIN, config, "--steps", "10", "--output", tmp_path / "one"])
    finish([*TORCHRUN, *TRAIN, config, "--steps", "10", "--output", tmp_path / "two"], fresh=True)
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert [line["step"] for line in two] == list(range(1, 11))
    for first, second in zip(one, two, strict=True):
        assert second == pytest.approx(first, abs=1e-5)


def test_batches_that_processes_cannot_share_are_refused_in_one_sentence(tmp_path):
    process = start([*two_processes(), *TRAIN, write_run(tmp_path)])
    error = process.communicate(timeout=240)[1]
    assert process.returncode != 0
    assert "2 processes cannot share equally" in error


def test_a_dying_process_ends_the_others_with_a_sentence(tmp_path):
    config = write_run(tmp_path, model="[optimiser]\naccumulate = 2\n" + MODEL)
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, signal, sys\n"
        "from training import train\n"
        "from training.run import Trainer\n"
        "step = Trainer.train_step\n"
        "def dying(self):\n"
        "    if self.step == 4 and self.processes.rank == 1:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return step(self)\n"
        "Trainer.train_step = dying\n"
        "sys.exit(train.main(sys.argv[1:]))\n"
    )
    process = start([*two_processes(), script, config, "--steps", "50"])
    error = process.communicate(timeout=240)[1]
    assert process.returncode != 0
    assert "error: Process 0 lost the others" in error
    _, state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert state["step"] == 3


def test_a_killed_and_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(tmp_path):
    config = write_run(tmp_path)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finish([*TRAIN, config, "--steps", "30", "--output", whole])
    process = start([*TRAIN, config, "--steps", "30", "--output", killed])
    while len(losses(killed)) < 10:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert 10 <= len(losses(killed)) < 30
    finish([*TRAIN, config, "--steps", "30", "--output", killed, "--resume"])
    assert losses(killed) == losses(whole)
    assert [line["step"] for line in losses(whole)] == list(range(1, 31))


def test_sigterm_ends_a_run_between_two_steps_with_a_checkpoint(tmp_path):
    process = start([*TRAIN, write_run(tmp_path, "").resolve(), "--steps", "5000"])
    while len(losses(tmp_path / "run")) < 5:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 0, error
    _, state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert state["step"] == losses(tmp_path / "run")[-1]["step"]
