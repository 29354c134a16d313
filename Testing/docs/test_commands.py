"""Each command that the documentation shows is run, with small data in the place of a user's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import block_image
from documentation import PROGRAMS, ROOT, commands, recipe_of, shown
from small_model import save_small_model

from Diff2CTCore.__main__ import main
from Diff2CTCore.storage import resource_path

QUICK = ["--steps", "1", "--device", "cpu"]
# What stands for a user's own files and folders.
STAND_INS = {
    "AP": "ap.dcm",
    "LATERAL": "lateral.dcm",
    "CT": "truth.nrrd",
    "TRUTH": "truth.nrrd",
    "RECON": "reconstruction.nrrd",
    "VOLUME": "made.nrrd",
    "DIR": "folder",
    "MANIFEST": "cases.csv",
    "Resources/SampleData/ap.dcm": "ap.dcm",
    "Resources/SampleData/lateral.dcm": "lateral.dcm",
}


def test_every_command_is_of_a_kind_that_is_tested_here():
    assert [(page, words) for page, words in commands() if words[0] not in PROGRAMS] == []
    assert len(commands()) > 40


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
    for name in ("truth", "reconstruction"):
        sitk.WriteImage(block_image(), str(folder / f"{name}.nrrd"))
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
    stand_ins = {**STAND_INS, "ct.nrrd": "made.nrrd"} if words[1] == "view" else STAND_INS
    command = [stand_ins.get(word, word) for word in words[1:]]
    (users_folder / "runs").mkdir()
    before = {path.name for path in users_folder.iterdir()}
    with open(os.devnull, encoding="utf-8") as nothing:
        # The worker takes its jobs from there.
        monkeypatch.setattr(sys, "stdin", nothing)
        code = exit_code([*command, *extra.get(command[0], [])])
    # A subcommand that is only named, without what it needs, is refused for that and for nothing else.
    assert code == 0 or (len(words) == 2 and "are required" in capsys.readouterr().err)
    made = {path.name for path in users_folder.iterdir()} - before
    if "-o" in command:
        written = Path(command[command.index("-o") + 1])
        assert written.parts[0] in made or written.exists()


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
    assert "| **together** | **3** |" in (tmp_path / "faults.md").read_text(encoding="utf-8")


def test_make_clean_removes_what_make_made_and_nothing_else(tmp_path):
    for name in (".venv", "demo", "build", "mine"):
        (tmp_path / name).mkdir()
    subprocess.run(["make", "-f", str(ROOT / "Makefile"), "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
