"""A training run on small cases: what it learns, how it stops and goes on, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.isoplane import IsoPlane
from Diff2CTCore.models import load_model
from training import export, train
from training.cases import UNKNOWN_HU, Body, TrainingCase, make_case
from training.checkpoint import CheckpointError
from training.config import load_config
from training.trainer import Trainer

MODEL = """
[model]
shape = [32, 32, 32]
spacing_mm = 8.0
plane_size = 64
plane_spacing_mm = 5.0
view_widths = [8, 8, 8, 8]
fine = 1
coarse = 4
lift_widths = [8, 8]
lift_blocks = [1, 1]
widths = [8, 8]
blocks = [1, 1]
embedding = 16
"""

GRID, PLANE = VolumeGrid((32, 32, 32), 8.0), IsoPlane(64, 64, 5.0, 5.0)


def cylinder_case(radius_mm: float, unknown_rows: int = 0) -> TrainingCase:
    """A water cylinder with a bony core along the body."""
    _, back, left = np.meshgrid(*(GRID.axis_mm(axis) for axis in range(3)), indexing="ij")
    distance = np.hypot(back, left)
    hu = np.where(distance < radius_mm, 0, -1000)
    hu = np.where(distance < 20.0, 600, hu).astype(np.int16)
    hu[:unknown_rows] = UNKNOWN_HU
    body = Body(hu, tuple(GRID.axis_mm(axis) for axis in range(3)), hu, "cylinder")
    return make_case(body, PLANE, np.array([[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]))


@pytest.fixture
def config_file(tmp_path) -> Path:
    folder = tmp_path / "cache" / "training"
    folder.mkdir(parents=True)
    for index, radius in enumerate((70.0, 90.0, 110.0)):
        cylinder_case(radius, unknown_rows=4 * index).save(folder / f"phantom-{index}.npz")
    path = tmp_path / "config.toml"
    # In bfloat16 the CPU's convolutions are not reliable for as few channels as here.
    head = f'output = "{tmp_path / "run"}"\nsteps = 6\nprecision = "float32"\n'
    head += "log_every = 1\ncheckpoint_every = 3\npicture_every = 100\n"
    path.write_text(head + f'[data]\ncache = "{tmp_path / "cache"}"\ncrop_blocks = 4\ncrops = 2\n' + MODEL)
    return path


def losses(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds_per_step"} for line in lines]


def test_a_few_steps_lower_the_loss(config_file):
    trainer = Trainer(replace(load_config(config_file), steps=200))
    first = np.mean([trainer.train_step()["regression"] for _ in range(5)])
    for _ in range(50):
        trainer.train_step()
    last = np.mean([trainer.train_step()["regression"] for _ in range(5)])
    assert last < 0.8 * first


def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(config_file, tmp_path):
    assert train.main([str(config_file), "--output", str(tmp_path / "whole")]) == 0
    config = load_config(config_file)
    part = Trainer(config)
    found = []
    for step in range(6):
        if step == 3:
            part.save()
            part = Trainer(config)
            part.resume()
        found.append({"step": step + 1, **part.train_step()})
    assert found == losses(tmp_path / "whole")


def test_a_finished_run_is_not_overwritten(config_file, capsys):
    assert train.main([str(config_file), "--steps", "1"]) == 0
    assert train.main([str(config_file), "--steps", "1"]) == 2
    assert "already holds a checkpoint" in capsys.readouterr().err


def test_a_run_is_exported_as_a_model_that_loads(config_file, tmp_path):
    assert train.main([str(config_file), "--steps", "1"]) == 0
    sources = tmp_path / "sources.json"
    sources.write_text(json.dumps([{"name": "cylinders", "licence": "none", "citation": "this test"}]))
    folder = tmp_path / "models" / "tiny"
    arguments = [str(config_file), str(folder), "--name", "tiny", "--version", "1", "--sources", str(sources)]
    assert export.main(arguments) == 0
    card = load_model(folder).card
    assert card.grid == {"shape": [32, 32, 32], "spacing_mm": 8.0}
    assert card.training_data[0]["name"] == "cylinders"


def test_a_run_may_start_from_a_model(config_file, tmp_path):
    trainer = Trainer(load_config(config_file))
    model = {name: value.half() for name, value in trainer.model.state_dict().items()}
    other = Trainer(replace(load_config(config_file), seed=1))
    before = other.model.state_dict()["denoiser.enter.weight"].clone()
    other.start_from(model)
    after = other.model.state_dict()["denoiser.enter.weight"]
    assert not torch.equal(before, after)
    torch.testing.assert_close(after, model["denoiser.enter.weight"].float(), atol=0, rtol=0)
    assert other.train_step()["regression"] > 0.0


def test_starting_from_a_model_of_another_architecture_is_refused(config_file):
    with pytest.raises(CheckpointError, match="another architecture"):
        Trainer(load_config(config_file)).start_from({"odd": torch.zeros(1)})


def test_a_case_is_read_back_as_it_was_written(tmp_path):
    case = cylinder_case(80.0, unknown_rows=2)
    case.save(tmp_path / "case.npz")
    read = TrainingCase.load(tmp_path / "case.npz")
    for name in ("volume", "images", "masks", "sources"):
        assert np.array_equal(getattr(read, name), getattr(case, name))


def test_rays_through_tissue_that_was_not_scanned_are_masked():
    masks = cylinder_case(100.0, unknown_rows=8).masks
    assert masks[:, 5:12, 20:44].max() == 0  # these rows pass below the scan
    assert masks[:, 32:].min() == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("stepz = 3", "unknown field stepz"),
        ("[loss]\ndenoise = 1.0", "unknown field loss.denoise"),
        ('[loss]\nspine = "big"', "loss.spine must be of type float"),
        ("[model]\nshape = 3", "model.shape must be a list"),
        ("steps = ", "not valid TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_sentence(tmp_path, capsys, line, sentence):
    path = tmp_path / "wrong.toml"
    path.write_text(line)
    assert train.main([str(path)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_an_empty_cache_is_refused_in_one_sentence(config_file, tmp_path, capsys):
    assert train.main([str(config_file), "--cache", str(tmp_path / "nowhere")]) == 2
    assert "holds no training cases" in capsys.readouterr().err


def test_a_checkpoint_of_another_architecture_is_refused(config_file, capsys):
    assert train.main([str(config_file), "--steps", "1"]) == 0
    config_file.write_text(config_file.read_text().replace("coarse = 4", "coarse = 6"))
    assert train.main([str(config_file), "--resume"]) == 2
    assert "holds another architecture" in capsys.readouterr().err
