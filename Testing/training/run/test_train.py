"""A training run on small cases: what it learns, how it stops and goes on, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cylinders import with_a_scan, write_run

from Diff2CTCore.models import load_model
from training import export, train
from training.run import Trainer, load_config
from training.run.checkpoint import CheckpointError


@pytest.fixture
def config_file(tmp_path) -> Path:
    return write_run(tmp_path)


def losses(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    kept = [line for line in lines if "step" in line]
    return [{key: value for key, value in line.items() if key != "seconds_per_step"} for line in kept]


def test_a_few_steps_lower_the_loss(config_file):
    trainer = Trainer(replace(load_config(config_file), steps=200))
    first = np.mean([trainer.train_step()["regression"] for _ in range(5)])
    for _ in range(100):
        trainer.train_step()
    last = np.mean([trainer.train_step()["regression"] for _ in range(5)])
    assert last < 0.8 * first


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(config_file, tmp_path, kind):
    config_file.write_text(f'{config_file.read_text()}\n[optimiser]\nkind = "{kind}"\n')
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
    model = {name: value.half() for name, value in trainer.method.network.state_dict().items()}
    other = Trainer(replace(load_config(config_file), seed=1))
    before = other.method.network.state_dict()["denoiser.enter.weight"].clone()
    other.start_from(model)
    after = other.method.network.state_dict()["denoiser.enter.weight"]
    assert not torch.equal(before, after)
    torch.testing.assert_close(after, model["denoiser.enter.weight"].float(), atol=0, rtol=0)
    assert other.train_step()["regression"] > 0.0


def test_a_model_names_what_all_runs_before_it_were_trained_on(config_file, tmp_path):
    def listed(name: str) -> list[str]:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps([{"name": name, "licence": "none", "citation": "this test"}]))
        return ["--sources", str(path)]

    def names(folder: Path) -> list[str]:
        return [source["name"] for source in load_model(folder).card.training_data]

    def exported(name: str, *options: str) -> Path:
        assert train.main([str(config_file), "--output", str(tmp_path / name), *options]) == 0
        assert export.main([str(config_file), str(tmp_path / f"{name}-model"), "--output", str(tmp_path / name),
                            "--name", name, "--version", "1"]) == 0  # fmt: skip
        return tmp_path / f"{name}-model"

    first = exported("first", "--steps", "1", *listed("one"))
    assert names(first) == ["one"]
    assert names(exported("first", "--steps", "2", "--resume", *listed("two"))) == ["two", "one"]
    assert names(exported("second", "--steps", "1", "--start-from", str(first), *listed("three"))) == [
        "three",
        "two",
        "one",
    ]


def test_a_run_that_does_not_know_its_data_is_not_exported(config_file, tmp_path, capsys):
    with_a_scan(tmp_path)
    assert train.main([str(config_file), "--steps", "1"]) == 0
    assert export.main([str(config_file), str(tmp_path / "model"), "--name", "tiny", "--version", "1"]) == 2
    assert "name it with --sources" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("scans", ["first", "later", "model"])
def test_a_model_that_saw_scans_never_says_that_it_saw_phantoms_alone(config_file, tmp_path, capsys, scans):
    """Scans were in the cache of the first run, of the resumed one, or of the one that began with a model."""
    scan, options = tmp_path / "cache" / "training" / "real-0.npz", ["--resume"]
    if scans == "first":
        with_a_scan(tmp_path)
    assert train.main([str(config_file), "--steps", "1"]) == 0
    if scans == "model":
        model = tmp_path / "phantoms"
        assert export.main([str(config_file), str(model), "--name", "phantoms", "--version", "1"]) == 0
        assert load_model(model).card.training_data[0]["name"] == "Procedural phantoms"
        options = ["--start-from", str(model), "--output", str(tmp_path / "second")]
    if scans == "first":
        scan.unlink()
    else:
        with_a_scan(tmp_path)
    assert train.main([str(config_file), "--steps", "2", *options]) == 0
    exported = ["--name", "tiny", "--version", "1", *(options[2:] if scans == "model" else ())]
    capsys.readouterr()
    assert export.main([str(config_file), str(tmp_path / "model"), *exported]) == 2
    assert "The run does not know what it was trained on; name it with --sources" in capsys.readouterr().err
    # What the user names stands.
    sources = tmp_path / "sources.json"
    sources.write_text(json.dumps([{"name": "scans", "licence": "none", "citation": "this test"}]))
    assert export.main([str(config_file), str(tmp_path / "model"), *exported, "--sources", str(sources)]) == 0
    assert [source["name"] for source in load_model(tmp_path / "model").card.training_data] == ["scans"]


def test_starting_from_a_model_of_another_architecture_is_refused(config_file):
    with pytest.raises(CheckpointError, match="another architecture"):
        Trainer(load_config(config_file)).start_from({"odd": torch.zeros(1)})


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("stepz = 3", "unknown field stepz"),
        ("seed = -1", "seed must not be negative"),
        ("[data]\nreal_share = nan", "data.real_share is a chance"),
        ("[data]\nreal_share_end = 2.0", "data.real_share_end must be a chance"),
        ("[data]\nphantom_pool = 0", "data.phantom_pool must be at least 1"),
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
