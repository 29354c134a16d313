"""The commands that the documentation shows to install, build, restore and uninstall."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documentation import ROOT, shown


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
