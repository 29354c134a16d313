"""Runs by the clock: they end in time with a model, whatever happens on the way."""

import json
import os
import resource
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from cylinders import with_a_scan, write_run

from Diff2CTCore.models import load_model
from training import train
from training.data.case_source import CaseSource
from training.run import Budget, load_checkpoint, session, trainer

MINUTES = 0.2
HASTE = 3.0


@pytest.fixture(scope="module", autouse=True)
def imports(tmp_path_factory):
    """What a first run imports is no part of the minutes of the runs here."""
    assert train.main([str(write_run(tmp_path_factory.mktemp("first"))), "--steps", "1"]) == 0


@pytest.fixture
def hasty_clock(monkeypatch):
    """From its call on, all clocks of a run are fast: its minutes are over sooner, on a machine that seems slower."""

    def hurry():
        now = time.monotonic
        began = now()

        def fast() -> float:
            return began + HASTE * (now() - began)

        monkeypatch.setattr(time, "monotonic", fast)
        monkeypatch.setattr(session, "Budget", partial(Budget, now=fast))

    return hurry


@pytest.fixture
def config_file(tmp_path) -> Path:
    return write_run(tmp_path, "checkpoint_minutes = 0.03\nmeasure_minutes = 0.03\npicture_steps = 1")


def sources_file(folder: Path) -> Path:
    path = folder / "sources.json"
    path.write_text(json.dumps([{"name": "cylinders", "licence": "none", "citation": "this test"}]))
    return path


def run(config: Path, *options, minutes: float = MINUTES) -> tuple[int, float]:
    """Exit code and seconds of a run by the clock that begins now."""
    began = time.monotonic()
    code = train.main([str(config), "--minutes", str(minutes), *map(str, options)], start=began)
    return code, time.monotonic() - began


def log_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]


def test_a_run_ends_in_time_with_a_model_and_goes_on_with_new_minutes(config_file, tmp_path, capsys, hasty_clock):
    code, seconds = run(config_file, "--sources", sources_file(tmp_path))
    assert code == 0
    assert seconds < 60.0 * MINUTES
    model = load_model(tmp_path / "run" / "model")
    assert (model.card.name, model.card.version) == ("run", "0")
    assert model.card.training_data[0]["name"] == "cylinders"
    groups, state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    for name, value in model.state_dict.items():
        torch.testing.assert_close(value, groups["average"][name].half(), atol=0, rtol=0)
    *_, measured, summary = (line for line in log_of(tmp_path) if "measured" in line or "summary" in line)
    assert set(measured["measured"]["phantom"]) == {"ssim_body", "psnr_body_db", "bone_dice"}
    assert summary["summary"]["steps"] == state["step"] == model.card.training_data[0]["steps"]
    assert f"step {measured['step']}: phantom SSIM body " in capsys.readouterr().out
    assert (tmp_path / "run" / "samples-latest.png").read_bytes().startswith(b"\x89PNG")

    hasty_clock()
    code, seconds = run(config_file, "--resume")
    assert code == 0
    assert seconds < 60.0 * MINUTES
    after, later = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert later["step"] > state["step"]
    counts = [value for name, value in after["optimiser.train"].items() if name.endswith("step")]
    assert all(int(count) == later["step"] for count in counts)
    # What the first minutes were trained on is known to the next.
    assert load_model(tmp_path / "run" / "model").card.training_data[0]["steps"] == later["step"]


def test_the_learning_rate_of_a_resumed_run_rises_and_falls_over_its_new_minutes(
    config_file, tmp_path, monkeypatch, capsys, hasty_clock
):
    moments = []
    step = trainer.Trainer.train_step
    with_a_scan(tmp_path)
    assert train.main([str(config_file), "--steps", "1"]) == 0
    monkeypatch.setattr(trainer.Trainer, "train_step", lambda self, now: moments.append(now) or step(self, now))
    hasty_clock()
    assert run(config_file, "--resume")[0] == 0
    assert "No model was exported" in capsys.readouterr().out  # nobody said what it was trained on
    done = [moment.done for moment in moments]
    assert done == sorted(done)
    assert done[0] < 0.02
    assert moments[0].rate == pytest.approx(done[0] / 0.03)
    assert done[-1] > 0.5
    assert moments[-1].rate == pytest.approx(min(1.0, (1.0 - done[-1]) / 0.3))


def test_sigterm_leaves_a_checkpoint_long_before_the_time_is_over(config_file, tmp_path, capsys):
    log = tmp_path / "run" / "log.jsonl"

    def stop():
        while not (log.exists() and '"denoising"' in log.read_text()):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop, daemon=True).start()
    code, seconds = run(config_file, minutes=5.0)
    assert code == 0
    assert seconds < 60.0
    steps = [line["step"] for line in log_of(tmp_path) if "denoising" in line]
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")[1]["step"] == steps[-1]
    assert "Stopped with a checkpoint" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--minutes", "0"], "--minutes is 0; it must be above 0"),
        (["--minutes", "-1"], "--minutes is -1; it must be above 0"),
        (["--minutes", "nan"], "--minutes is nan; it must be above 0"),
        (["--minutes", "1", "--steps", "3"], "--minutes or --steps, not both"),
        (["--minutes", "0.001"], "0.001 minutes do not suffice"),
    ],
)
def test_minutes_that_cannot_be_are_refused_in_one_sentence(config_file, tmp_path, capsys, options, sentence):
    assert train.main([str(config_file), *options], start=time.monotonic()) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_an_output_that_is_a_file_is_refused_in_one_sentence(config_file, tmp_path, capsys):
    assert run(config_file, "--output", config_file)[0] == 2
    assert "it is a file" in capsys.readouterr().err


def test_sources_that_no_card_can_hold_are_refused_before_any_step(config_file, tmp_path, capsys):
    path = tmp_path / "sources.json"
    path.write_text('["cylinders"]')
    assert run(config_file, "--sources", path)[0] == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_a_pack_without_a_validation_scan_is_refused_in_one_sentence(config_file, tmp_path, capsys, monkeypatch):
    class OnlyTraining(CaseSource):
        def held_out(self, count):
            return [held for held in super().held_out(count) if held.kind == "real"]

    monkeypatch.setattr(trainer, "open_source", lambda config, device: OnlyTraining(config))
    assert run(config_file, "--pack", "scans.pack")[0] == 2
    assert "The pack scans.pack has no validation scan" in capsys.readouterr().err


def test_a_loss_that_is_not_finite_ends_a_run_by_the_clock_with_the_last_checkpoint_intact(
    config_file, tmp_path, capsys
):
    assert train.main([str(config_file), "--steps", "1"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    config_file.write_text(config_file.read_text() + "\n[optimiser]\nlearning_rate = 1e30\nwarm_up_share = 0.0\n")
    code, seconds = run(config_file, "--resume", minutes=1.0)
    assert code == 2
    assert seconds < 30.0
    assert "not finite; the last checkpoint is intact" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before


def test_a_checkpoint_that_finds_no_space_ends_a_run_by_the_clock(config_file, tmp_path, capsys):
    assert train.main([str(config_file), "--steps", "1"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        code, seconds = run(config_file, "--resume", minutes=1.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert code == 2
    assert seconds < 30.0
    assert "checkpoint.safetensors could not be written" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before
