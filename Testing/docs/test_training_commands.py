"""The commands of the training that the documentation shows: its steps run on small data, all others are understood."""

import argparse
import importlib
import importlib.util
import json
import shlex

import pytest
from cylinders import cylinder_case
from documentation import ROOT, shown, training_steps
from prepare_ct import ct_image, write
from quick_frechet import quick_frechet
from quick_phantoms import quick_phantoms

from Diff2CTCore.geometry import IsoPlane
from Diff2CTCore.models import load_card
from training.data import VALIDATION_SEED


class UnderstoodError(Exception):
    """The command line was parsed; the work itself is tested elsewhere."""


def test_the_training_of_the_documentation_runs_from_ct_to_bundle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quick_frechet(monkeypatch)
    quick_phantoms(monkeypatch)
    for number, patient in enumerate("abc"):
        image = ct_image(spacing=(3.0, 3.0, 5.0), bend_mm=2.0 * number)
        write(image, tmp_path / "CTSpine1K" / f"sub-{patient}_ct.nii.gz")
    # Cases that are there already are kept, as when the command goes on: one phantom is left to be drawn.
    (tmp_path / "cache" / "validation").mkdir(parents=True)
    for number in range(1, 4):
        case = cylinder_case(70.0 + 10.0 * number, plane=IsoPlane(80, 80, 4.0, 4.0))
        case.save(tmp_path / "cache" / "validation" / f"phantom-{VALIDATION_SEED + number:07d}.npz")
    configuration = str(ROOT / "training" / "configs" / "smoke.toml")
    small = {"--minutes": "--steps", "60": "1", "10": "4", "training/configs/default.toml": configuration}
    extra = {
        "prepare": ["--workers", "1"],
        "make_cases": ["--workers", "1", "--cameras", "1"],
        "evaluate": ["--workers", "1", "--steps", "1", "--cache", "kept"],
        "calibrate": ["--workers", "1", "--steps", "1", "--cache", "kept", "--samples", "2", "--few", "1"],
    }
    monkeypatch.setattr("training.evaluation.goals.STEPS", (1, 2))
    results = {
        "prepare": "prepared/datalist.json",
        "pack": "scans.pack",
        "train": "runs/smoke",
        "export": "MODEL/card.json",
        "make_cases": f"cache/validation/phantom-{VALIDATION_SEED:07d}.npz",
        "evaluate": "results/evaluation.json",
        "calibrate": "MODEL/card.json",
        "bundle": "BUNDLE/configs/metadata.json",
    }
    steps = training_steps()
    assert [words[2].removeprefix("training.") for words in steps] == list(results)
    for words in steps:
        name = words[2].removeprefix("training.")
        command = [small.get(word, word) for word in words[3:]] + extra.get(name, [])
        assert training_main(words[2])(command) == 0, words
        assert (tmp_path / results[name]).exists(), words
    assert set(json.loads((tmp_path / results["evaluate"]).read_text())["phantom"]) == {"MODEL", "SART"}
    assert json.loads((tmp_path / results["calibrate"]).read_text())["uncertainty_calibration"]["samples"] == 2


def test_the_first_look_of_the_documentation_makes_a_model(tmp_path, monkeypatch):
    text = (ROOT / "training" / "README.md").read_text(encoding="utf-8")
    block = text.partition("## See it work")[2].split("```")[1]
    steps = [shlex.split(line) for line in block.strip().splitlines() if line.startswith("python -m training.")]
    assert [words[2] for words in steps] == ["training.make_cases", "training.train", "training.export"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training").symlink_to(ROOT / "training")
    # Cases that are there already are kept; how they are drawn is tested elsewhere.
    for split, first, count in (("training", 0, 2), ("validation", VALIDATION_SEED, 1)):
        (tmp_path / "cache" / split).mkdir(parents=True)
        for seed in range(first, first + count):
            case = cylinder_case(70.0, plane=IsoPlane(80, 80, 4.0, 4.0))
            case.save(tmp_path / "cache" / split / f"phantom-{seed:07d}.npz")
    for words in steps:
        assert training_main(words[2])(words[3:]) == 0, words
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 3
    assert (tmp_path / "runs" / "smoke" / "samples-latest.png").is_file()
    assert load_card(tmp_path / "runs" / "smoke" / "model").training_data[0]["name"] == "Procedural phantoms"


def training_main(name):
    """The entry of `python -m NAME`."""
    module = importlib.import_module(name)
    return (module if hasattr(module, "main") else importlib.import_module(f"{name}.__main__")).main


@pytest.mark.parametrize("words", [words for words in shown("python") if "training." in words[2]], ids=" ".join)
def test_commands_of_the_training_are_understood(words, monkeypatch):
    """Their work is tested in Testing/training, that of the main steps also above."""
    parse = argparse.ArgumentParser.parse_args

    def parse_only(parser, *arguments):
        parse(parser, *arguments)
        raise UnderstoodError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_only)
    with pytest.raises((UnderstoodError, SystemExit)) as caught:
        training_main(words[2])([word.removesuffix("...") for word in words[3:]])
    # --help leaves with 0, what is not understood with 2.
    assert getattr(caught.value, "code", 0) == 0


@pytest.mark.parametrize("words", shown("torchrun"), ids=" ".join)
def test_commands_of_torchrun_are_understood(words):
    from torch.distributed.run import get_args_parser

    found = get_args_parser().parse_args(list(words[1:]))
    assert found.module
    assert importlib.util.find_spec(found.training_script)


@pytest.mark.parametrize("words", shown("tensorboard"), ids=" ".join)
def test_tensorboard_is_there(words):
    assert importlib.util.find_spec("tensorboard")
    assert words[1] == "--logdir"
