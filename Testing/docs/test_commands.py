"""Each command that the documentation shows is run, with small data in the place of a user's."""

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from documentation import PROGRAMS, ROOT, commands, recipe_of, training_steps

from Diff2CTCore.__main__ import main
from Diff2CTCore.storage import resource_path

sys.path[:0] = [str(ROOT / "Testing" / "core"), str(ROOT / "Testing" / "training")]

from ct_files import block_image  # noqa: E402
from prepare_ct import ct_image, write  # noqa: E402
from small_model import save_small_model  # noqa: E402

COMMANDS = commands()
QUICK = ["--steps", "1", "--device", "cpu"]
# What stands for a user's own files and folders.
STAND_INS = {
    "AP": "ap.dcm",
    "LATERAL": "lateral.dcm",
    "CT": "truth.nrrd",
    "TRUTH": "truth.nrrd",
    "RECON": "made.nrrd",
    "VOLUME": "made.nrrd",
    "DIR": "folder",
    "MANIFEST": "cases.csv",
}


class UnderstoodError(Exception):
    """The command line was parsed; the work itself is tested elsewhere."""


def shown(program):
    """The documentation's commands that begin with a program, each once."""
    return sorted({tuple(words) for _, words in COMMANDS if words[0] == program})


def test_every_command_is_of_a_kind_that_is_tested_here():
    assert [(page, words) for page, words in COMMANDS if words[0] not in PROGRAMS] == []
    assert len(COMMANDS) > 40


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_small_model(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, model):
    """What the commands name: two radiographs as DICOM and as pictures, a CT, and a reconstruction with its report."""
    folder = tmp_path_factory.mktemp("user")
    for name in ("ap", "lateral"):
        source = resource_path("SampleData", f"{name}.dcm")
        (folder / f"{name}.dcm").write_bytes(source.read_bytes())
        picture = sitk.GetArrayFromImage(sitk.ReadImage(str(source)))[0].astype(float)
        picture = (255 * (picture - picture.min()) / np.ptp(picture)).astype(np.uint8)
        sitk.WriteImage(sitk.GetImageFromArray(picture), str(folder / f"{name}.png"))
    sitk.WriteImage(block_image(), str(folder / "truth.nrrd"))
    (folder / "cases.csv").write_text("frontal,lateral\nap.dcm,lateral.dcm\n")
    pair = [str(folder / "ap.dcm"), str(folder / "lateral.dcm")]
    made = str(folder / "made.nrrd")
    assert main(["reconstruct", *pair, "-o", made, "--model", model, *QUICK, "--progress", "none"]) == 0
    return folder


@pytest.fixture
def users_folder(whole, tmp_path, monkeypatch):
    """A copy of it, as the working folder."""
    folder = tmp_path / "user"
    shutil.copytree(whole, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("words", shown("diff2ct"), ids=" ".join)
def test_commands_of_diff2ct_run(users_folder, model, words, capsys, monkeypatch):
    extra = {
        "reconstruct": ["--model", model, *QUICK, "--no-consistency", "--progress", "none"],
        "batch": ["--model", model, *QUICK, "--no-consistency", "--progress", "none"],
        "simulate": ["--spacing", "4", "--centre", "0", "0", "0", "--progress", "none"],
        "demo": ["--model", model, *QUICK, "--progress", "none"],
    }
    command = [STAND_INS.get(word, word) for word in words[1:]]
    before = {path.name for path in users_folder.iterdir()}
    with open(os.devnull, encoding="utf-8") as nothing:
        # The worker takes its jobs from there.
        monkeypatch.setattr(sys, "stdin", nothing)
        code = exit_code([*command, *extra.get(command[0], [])])
    # A subcommand that is only named, without what it needs, is refused for that and for nothing else.
    assert code == 0 or (len(words) == 2 and "are required" in capsys.readouterr().err)
    made = {path.name for path in users_folder.iterdir()} - before
    if "-o" in command:
        assert command[command.index("-o") + 1] in made


def exit_code(command):
    """Of `diff2ct` with these arguments, also where argparse leaves by itself."""
    try:
        return main(command)
    except SystemExit as left:
        return left.code


def test_make_demo_is_the_command_demo():
    assert recipe_of("demo")[1:] == ["-m", "Diff2CTCore", "demo", "-o", "demo"]


@pytest.mark.parametrize("words", shown("make"), ids=" ".join)
def test_the_goals_of_make_run_programs_that_exist(words):
    program = recipe_of(words[1])
    if program[0] == sys.executable and program[1] != "-m":
        assert (ROOT / program[1]).is_file()


def test_make_faults_runs_the_campaign_and_writes_its_report(tmp_path):
    recipe = recipe_of("faults")
    assert recipe[-2:] == ["--report", "docs/faults.md"]
    recipe[recipe.index("--cases") + 1] = "1"
    recipe[-1] = str(tmp_path / "faults.md")
    done = subprocess.run([*recipe, "--kind", "PNG"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| **together** | **2** |" in (tmp_path / "faults.md").read_text(encoding="utf-8")


def test_make_clean_removes_what_make_made_and_nothing_else(tmp_path):
    for name in (".venv", "demo", "build", "mine"):
        (tmp_path / name).mkdir()
    subprocess.run(["make", "-f", str(ROOT / "Makefile"), "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_training_of_the_documentation_runs_from_ct_to_bundle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, patient in enumerate("abc"):
        image = ct_image(spacing=(3.0, 3.0, 5.0), bend_mm=2.0 * number)
        write(image, tmp_path / "CTSpine1K" / f"sub-{patient}_ct.nii.gz")
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
        "make_cases": "cache/validation",
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


@pytest.mark.parametrize("words", shown("pip"), ids=" ".join)
def test_pip_installs_only_what_the_project_defines(words):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extra in re.findall(r"\[(\w+)\]", " ".join(words)):
        assert re.search(rf"^{extra} = \[", text, re.M), extra


def test_pip_installs_a_program_that_finds_its_model(tmp_path):
    """`pip install .` from a copy, because it writes into the folder that it installs from."""
    found = importlib.metadata.version("setuptools") if importlib.util.find_spec("setuptools") else "0"
    if int(found.split(".")[0]) < 77:
        pytest.skip("needs setuptools 77 to build without the Internet")
    copy = tmp_path / "copy"
    left_out = (".git", ".venv", "build", "*.egg-info", "__pycache__", "results", "runs", "Testing")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*left_out))
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*install, "--target", str(tmp_path / "installed"), "."], cwd=copy, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-m", "Diff2CTCore", "info", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    folders = [Path(entry["folder"]) for entry in json.loads(done.stdout)["models"]]
    assert folders
    assert all(folder.is_relative_to(tmp_path / "installed") for folder in folders)
    assert list((tmp_path / "installed" / "bin").glob("diff2ct*"))


@pytest.mark.parametrize("words", shown("cmake"), ids=" ".join)
def test_the_build_of_the_documentation_is_the_one_that_is_tested(words):
    steps = [("-S", ".", "-B"), ("--build",), ("--install",)]
    assert any(words[1 : 1 + len(step)] == step for step in steps)
    tested = (ROOT / "Testing" / "package" / "extension_build.py").read_text(encoding="utf-8")
    assert f'"{words[1]}"' in tested


@pytest.mark.parametrize("words", shown("git"), ids=" ".join)
def test_commands_of_git_name_what_is_there(words):
    assert words[1] == "restore"
    assert all((ROOT / word).exists() for word in words[2:])


def test_slicers_packages_that_are_taken_off_are_those_that_were_put_on():
    page = (ROOT / "docs" / "uninstall.md").read_text(encoding="utf-8")
    library = ROOT / "Diff2CTReconstruction" / "Diff2CTReconstructionLib"
    source = (library / "worker" / "dependencies.py").read_text(encoding="utf-8")
    installed = set(re.findall(r'Package\("([\w-]+)>=', source))
    named = set(re.findall(r'pip_uninstall\("([^"]+)"\)', page)[0].split())
    # scipy is Slicer's own; torch has a row of its own.
    assert installed - named == {"scipy"}
    assert named <= installed
