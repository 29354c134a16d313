"""The package is built from everything that belongs to it."""

import gc
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import Diff2CTCore

tomllib = pytest.importorskip("tomllib", reason="in the standard library since Python 3.11")

ROOT = Path(__file__).parents[2]


def test_every_folder_with_code_is_listed_for_the_wheel():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    present = {
        ".".join(folder.relative_to(ROOT).parts)
        for room in ("Diff2CTCore", "training")
        for folder in [ROOT / room, *(ROOT / room).rglob("*")]
        if folder.is_dir() and any(folder.glob("*.py"))
    }
    assert listed == present | {"Diff2CTCore.Resources"}


def test_the_version_is_a_release_number():
    parts = Diff2CTCore.__version__.split(".")
    assert len(parts) == 3
    assert all(part.isdigit() for part in parts)


def test_importing_the_package_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import Diff2CTCore; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "['Diff2CTCore']"


def test_the_core_knows_neither_slicer_nor_training():
    for path in (ROOT / "Diff2CTCore").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in ("slicer", "qt", "vtk", "ctk", "training"):
            assert f"import {name}" not in text, path
            assert f"from {name}" not in text, path


@pytest.mark.parametrize("enabled", [True, False])
def test_a_late_import_is_not_held_up_by_the_search_for_garbage(tmp_path, monkeypatch, enabled):
    package = tmp_path / "late_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from Diff2CTCore.late import late_names\n__getattr__ = late_names(__name__, heavy=('searched',))\n"
    )
    (package / "heavy.py").write_text("import gc\nsearched = gc.isenabled()\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("late_package", "late_package.heavy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        assert importlib.import_module("late_package").searched is False
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
