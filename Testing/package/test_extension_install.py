"""The extension installs what it needs, nothing else, and works from there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from extension_build import ROOT, Build

METADATA = "share/Slicer-5.12/Diff2CTReconstruction.s4ext"
PASSED = "SELF-TEST PASSED"


def tracked(*patterns):
    """Files of the repository that match, without those that git would ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("the list of files comes from git")
    return {Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()}


def test_it_installs_what_the_module_needs_and_nothing_else(installed):
    expected = {
        Path("Diff2CTReconstruction.py"),
        Path("Resources/Icons/Diff2CTReconstruction.png"),
        Path("Resources/UI/Diff2CTReconstruction.ui"),
    }
    # The asterisk of git also stands for folders.
    expected |= {path.relative_to("Diff2CTReconstruction") for path in tracked("Diff2CTReconstruction/*Lib/*.py")}
    assert {path.parts[1] for path in expected if len(path.parts) == 3} >= {"worker", "scene", "export", "panels"}
    expected |= tracked("Diff2CTCore/*.py")
    expected |= {
        path for path in tracked("Resources/Models", "Resources/SampleData", "Resources/Viewer") if path.suffix != ".py"
    }
    assert len(expected) > 90
    present = {path.relative_to(installed.modules) for path in installed.modules.rglob("*") if path.is_file()}
    compiled = {path for path in present if path.suffix == ".pyc"}
    assert present - compiled == expected
    sources = {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled}
    assert sources == {path for path in expected if path.suffix == ".py"}
    outside = {path for path in installed.prefix.rglob("*") if path.is_file()} - {
        installed.modules / path for path in present
    }
    assert {str(path.relative_to(installed.prefix)) for path in outside} == {METADATA}


def test_the_installed_description_is_that_of_the_build_file(installed):
    text = (installed.prefix / METADATA).read_text(encoding="utf-8")
    assert "depends PyTorch\n" in text
    assert "research use only" in text


def test_only_the_module_lies_where_slicer_looks_for_modules(installed):
    assert [path.name for path in installed.modules.glob("*.py")] == ["Diff2CTReconstruction.py"]


def test_the_installed_files_stay_far_below_the_indexs_limit(installed):
    size = sum(path.stat().st_size for path in installed.prefix.rglob("*") if path.is_file())
    assert size < 60e6


def test_the_self_tests_are_registered(installed):
    ctest = shutil.which("ctest", path=str(Path(installed.cmake).parent))
    done = subprocess.run([ctest, "-N"], cwd=installed.tree, capture_output=True, text=True, check=True)
    assert re.findall(r"py_\w+", done.stdout) == [
        "py_nomainwindow_Diff2CTReconstruction",
        "py_Diff2CTReconstruction",
    ]


def test_a_script_that_is_listed_but_missing_ends_the_configuration(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "Diff2CTReconstruction", source / "Diff2CTReconstruction")
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20.6...3.28.0)\nproject(Broken)\nfind_package(Slicer REQUIRED)\n"
        "include(${Slicer_USE_FILE})\nadd_subdirectory(Diff2CTReconstruction)\n"
    )
    (source / "Diff2CTReconstruction" / "Diff2CTReconstruction.py").unlink()
    done = Build(tmp_path).configure(source)
    assert done.returncode != 0
    assert "Diff2CTReconstruction.py, which does not" in done.stderr


def installed_environment(installed, home):
    """An environment in which only the installed tree provides Diff2CT, and the user has nothing of their own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DIFF2CT_MODELS")}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(installed.modules), "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_installed_program_finds_its_model_in_the_installed_tree(installed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "Diff2CTCore", "info", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=installed_environment(installed, tmp_path),
        check=True,
    )
    models = json.loads(done.stdout)["models"]
    assert models
    assert all(Path(model["folder"]).is_relative_to(installed.modules) for model in models)
    assert all(model["error"] is None for model in models)


def test_the_self_test_passes_from_the_installed_tree(installed, tmp_path):
    pytest.importorskip("slicer", reason="the stand-in application needs slicer-core")
    pytest.importorskip("PySide6.QtWidgets", reason="the stand-in application needs PySide6-Essentials")
    stand_in = ROOT / "Testing" / "slicer"
    code = f"""
import sys
sys.path[:0] = [{str(stand_in)!r}, {str(stand_in / "standin")!r}]
import host
application = host.start({str(installed.modules)!r})
application.use_temporary_folder({str(tmp_path)!r})
from Diff2CTReconstructionLib.worker import dependencies
dependencies.missing_packages = lambda comparison=False: []
import Diff2CTReconstruction
Diff2CTReconstruction.Diff2CTReconstructionTest().runTest()
for name, module in list(sys.modules.items()):
    if name.startswith("Diff2CT"):
        assert module.__file__.startswith({str(installed.modules)!r}), module.__file__
print({PASSED!r})
"""
    environment = installed_environment(installed, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=600,
    )
    assert done.stdout.splitlines()[-1:] == [PASSED], done.stdout + done.stderr
