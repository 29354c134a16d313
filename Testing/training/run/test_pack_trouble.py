"""What a run from a pack does when the pack or its settings cannot be used: one sentence, nothing written or lost."""

import os
import signal
import subprocess
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from packs import column_body, write_column_pack, write_pack_run

from training import train
from training.data import open_source, write_pack
from training.run import load_config
from training.run.flop_count import FlopCount


def write_bodies(folder, **changes):
    """A pack of a training scan with changes and of a whole validation scan."""
    train_body = replace(column_body("column-0", "train"), **changes)
    write_pack(folder / "scans.pack", [train_body, column_body("column-1", "validation")])


@pytest.mark.parametrize(
    "changes",
    [
        {"centreline_mm": np.zeros((0, 3))},
        {"centreline_mm": np.zeros((5, 2))},
        {"origin_mm": np.zeros(2)},
        {"spacing_mm": 0.0},
    ],
)
def test_a_body_whose_place_is_none_is_refused_in_one_sentence(tmp_path, capsys, changes):
    config = write_pack_run(tmp_path)
    write_bodies(tmp_path, **changes)
    assert train.main([str(config), "--steps", "1"]) == 2
    assert "The body column-0 of the pack" in capsys.readouterr().err
    assert list((tmp_path / "run").iterdir()) == []


def test_a_line_outside_its_body_is_refused_in_one_sentence(tmp_path, capsys):
    config = write_pack_run(tmp_path)
    write_bodies(tmp_path, centreline_mm=column_body("column-0", "train").centreline_mm + 2000.0)
    assert train.main([str(config), "--steps", "1"]) == 2
    assert "The spine's line of column-0 lies outside its body" in capsys.readouterr().err


def test_a_body_of_one_slice_gives_finite_batches(tmp_path):
    config = load_config(write_pack_run(tmp_path))
    body = column_body("column-0", "train")
    middle = len(body.hu) // 2
    height = body.origin_mm[0] + middle * body.spacing_mm
    line = np.array([[height, *body.centreline_mm[len(body.centreline_mm) // 2, 1:]]])
    origin = np.array([height, *body.origin_mm[1:]])
    write_bodies(tmp_path, hu=body.hu[middle : middle + 1], origin_mm=origin, centreline_mm=line)
    batch = open_source(config, torch.device("cpu")).batch(0)
    assert torch.isfinite(batch.views).all()
    assert torch.isfinite(batch.volume).all()


def test_a_run_is_not_measured_on_patients_it_has_been_trained_on(tmp_path, capsys):
    config = write_pack_run(tmp_path, splits=("train", "validation"))
    assert train.main([str(config), "--steps", "1"]) == 0
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    write_column_pack(tmp_path, ("validation", "train"))
    assert train.main([str(config), "--steps", "2", "--resume"]) == 2
    assert "was trained on column-0, who would now measure it" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before


def test_no_phantoms_are_drawn_where_none_are_wanted(tmp_path):
    data = "real_share = 0.5\nphantom_workers = 0\nphantoms_first = 0"
    source = open_source(load_config(write_pack_run(tmp_path, data=data)), torch.device("cpu"))
    try:
        assert [entry["name"] for entry in source.sources()] == ["Columns"]
    finally:
        source.close()


@pytest.mark.parametrize("spoil", [lambda data: data[:-100], lambda data: b"", lambda data: data[:-1] + b"x"])
def test_a_pack_spoilt_between_two_runs_leaves_the_last_checkpoint_whole(tmp_path, capsys, spoil):
    config, checkpoint = write_pack_run(tmp_path), tmp_path / "run" / "checkpoint.safetensors"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"as it was")
    pack = tmp_path / "scans.pack"
    pack.write_bytes(spoil(pack.read_bytes()))
    assert train.main([str(config), "--resume", "--minutes", "1"], start=time.monotonic()) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    # Whether an empty lock stays is up to the version of filelock.
    assert {path.name for path in checkpoint.parent.iterdir()} - {"run.lock"} == {"checkpoint.safetensors"}
    assert checkpoint.read_bytes() == b"as it was"


def test_ctrl_c_reaches_the_run_but_not_the_process_that_counts(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    count = FlopCount(load_config(write_pack_run(tmp_path)))
    try:
        os.kill(count._process.pid, signal.SIGINT)
        assert count.value(patience_s=60.0) > 0.0
    finally:
        count.close()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_script_for_a_rented_gpu_leaves_nothing_that_holds_its_output_open(tmp_path):
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python3").write_text("#!/bin/sh\nexit 5\n")
    (commands / "python3").chmod(0o755)
    script = train.__file__.replace("train.py", "rented_gpu.sh")
    arguments = ["config.toml", "scans.pack", "1", str(tmp_path / "out")]
    environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    # Output that is captured ends only when every process that holds it does.
    ended = subprocess.run(["bash", script, *arguments], env=environment, capture_output=True, timeout=20, check=False)
    assert ended.returncode == 5
