"""What a run does when something goes wrong: one sentence, a non-zero exit, the last checkpoint intact."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from cylinders import write_run
from filelock import FileLock

from Diff2CTCore.errors import OutputError
from training import make_cases, train
from training.methods import method_class
from training.run import RunLog, Trainer, load_checkpoint, load_config, only_run_in
from training.run.checkpoint import CheckpointError


@contextmanager
def no_file_larger_than(size: int):
    """The system refuses to write further, as it does on a full disk."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_checkpoint_that_finds_no_space_leaves_the_last_one_whole(tmp_path):
    trainer = Trainer(load_config(write_run(tmp_path)))
    trainer.train_step()
    trainer.save()
    before = trainer.checkpoint_path.read_bytes()
    trainer.train_step()
    with no_file_larger_than(len(before) // 2), pytest.raises(CheckpointError, match="could not be written"):
        trainer.save()
    assert trainer.checkpoint_path.read_bytes() == before
    assert [path.name for path in trainer.checkpoint_path.parent.iterdir()] == ["checkpoint.safetensors"]


def test_a_log_that_finds_no_space_says_so(tmp_path):
    def log_two_steps():
        with RunLog(tmp_path, 0, 1) as log:
            log.add(1, {"loss": 1.0})
            with no_file_larger_than(10):
                log.add(2, {"loss": 1.0})

    with pytest.raises(OutputError, match=r"log\.jsonl"):
        log_two_steps()


def test_a_loss_that_is_not_finite_ends_the_run_with_the_last_checkpoint_intact(tmp_path, capsys):
    path = write_run(tmp_path)
    assert train.main([str(path), "--steps", "3"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    path.write_text(path.read_text() + "\n[optimiser]\nlearning_rate = 1e30\nwarm_up = 0\n")
    assert train.main([str(path), "--resume", "--steps", "9"]) == 2
    error = capsys.readouterr().err
    assert "not finite; the last checkpoint is intact" in error
    assert "Traceback" not in error
    assert checkpoint.read_bytes() == before
    groups, state = load_checkpoint(checkpoint)
    assert state["step"] == 3
    assert all(torch.isfinite(value).all() for value in groups["average"].values())


def test_a_damaged_checkpoint_is_refused_in_one_sentence(tmp_path, capsys):
    path = write_run(tmp_path)
    assert train.main([str(path), "--steps", "1"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert train.main([str(path), "--resume"]) == 2
    assert "not a readable checkpoint" in capsys.readouterr().err


def test_an_unreadable_case_ends_the_run_in_one_sentence(tmp_path, capsys):
    path = write_run(tmp_path)
    for case in (tmp_path / "cache" / "training").iterdir():
        case.write_bytes(b"nothing")
    assert train.main([str(path)]) == 2
    assert "not a readable training case" in capsys.readouterr().err


def test_a_patient_in_two_splits_is_refused_before_any_work(tmp_path, capsys):
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    for name, split in (("a", "train"), ("b", "validation")):
        (prepared / f"{name}.json").write_text(json.dumps({"patient": "same", "split": split}))
    assert make_cases.main([str(tmp_path / "cache"), "--prepared", str(prepared), "--real", "1"]) == 2
    assert "The patient same is in the training and the validation split" in capsys.readouterr().err


def test_an_empty_dataset_is_refused_in_one_sentence(tmp_path, capsys):
    assert make_cases.main([str(tmp_path / "cache"), "--prepared", str(tmp_path), "--real", "1"]) == 2
    assert "holds no training scans" in capsys.readouterr().err


def test_accumulated_batches_are_averaged(tmp_path):
    config = load_config(write_run(tmp_path))
    config = replace(config, optimiser=replace(config.optimiser, accumulate=3))
    found = Trainer(config).train_step()
    single = Trainer(replace(config, optimiser=replace(config.optimiser, accumulate=1)))
    parts = []
    for number in range(3):
        single.batches_done, single._batches = number, None
        # Before any step has changed the weights, the losses of a step are the means of its batches' losses.
        ((seed, batch),) = single._next_batches()
        parts.append(single.method.losses(batch, torch.Generator().manual_seed(seed), "train"))
    for name, value in found.items():
        assert value == pytest.approx(sum(part[name].item() for part in parts) / 3, rel=1e-5)


def test_tensorboard_gets_losses_and_pictures(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    path = write_run(tmp_path)
    path.write_text(path.read_text().replace("picture_every = 100", "picture_every = 2\npicture_steps = 2"))
    assert train.main([str(path), "--steps", "2"]) == 0
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert [item.step for item in events.Scalars("loss/denoising")] == [1, 2]
    assert [item.step for item in events.Images("samples")] == [2]
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert events.Scalars("loss/denoising")[1].value == pytest.approx(log[2]["denoising"], rel=1e-6)
    assert (tmp_path / "run" / "samples-0000002.png").stat().st_size > 1000


def test_a_second_run_into_the_same_folder_is_refused_while_the_first_goes_on(tmp_path, capsys):
    path = write_run(tmp_path)
    assert train.main([str(path), "--steps", "1"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    with only_run_in(tmp_path / "run"):
        command = [sys.executable, "-m", "training.train", str(path), "--steps", "2", "--resume"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 2
    assert second.stderr == (
        f"error: Another run is writing into {tmp_path / 'run'}; wait until it has ended, or choose another output "
        "folder.\n"
    )
    assert checkpoint.read_bytes() == before
    assert train.main([str(path), "--steps", "2", "--resume"]) == 0


@pytest.mark.parametrize("refusal", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_disk_without_locks_is_told_and_trained_on(tmp_path, capsys, monkeypatch, refusal):
    def no_locks(lock, timeout):
        raise refusal

    monkeypatch.setattr(FileLock, "acquire", no_locks)
    assert train.main([str(write_run(tmp_path)), "--steps", "1"]) == 0
    assert "knows no locks" in capsys.readouterr().out


def test_a_folder_that_cannot_be_locked_for_another_reason_is_refused(tmp_path, capsys, monkeypatch):
    def full(lock, timeout):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileLock, "acquire", full)
    assert train.main([str(write_run(tmp_path)), "--steps", "1"]) == 2
    assert "there is no space left on the disk" in capsys.readouterr().err


def test_sigterm_during_the_start_ends_the_run_at_once(tmp_path, capsys, monkeypatch):
    path = write_run(tmp_path)
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    asked = []

    def prepare(self, batches):
        asked.append(True)
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("the start went on")

    monkeypatch.setattr(method_class("Diff2CT"), "prepare", prepare)
    assert train.main([str(path), "--steps", "1"]) == 130
    assert asked
    assert capsys.readouterr().err == "error: Stopped before the first step; nothing was changed.\n"
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()
