"""What the program says about itself: help, version, models and devices."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from Diff2CTCore.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[3]


def test_info_names_models_devices_and_versions(run):
    code, out, _ = run("info", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"version", "models", "devices", "versions"}
    assert found["devices"][0]["device"] == "cpu"
    code, out, _ = run("info")
    assert f"Diff2CT {found['version']}" in out


def test_help_and_version_need_no_heavy_library():
    code = "import sys; from Diff2CTCore.__main__ import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
    code += "heavy = {'torch', 'SimpleITK', 'pydicom', 'scipy', 'matplotlib', 'skimage'} & set(sys.modules)\n"
    code += "assert not heavy, heavy"
    for arguments in (["--version"], ["reconstruct", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_the_documentation_names_no_option_that_does_not_exist(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command.__name__.split(".")[-1], "--help"])
    option = re.compile(r"--[a-z]+(?:-[a-z]+)*(?![a-z-])")
    existing = set(option.findall(capsys.readouterr().out))
    pages = (
        ROOT / "README.md",
        *(ROOT / "docs" / f"{name}.md" for name in ("command-line", "clinician", "radiographs")),
    )
    named = {name for page in pages for name in option.findall(page.read_text(encoding="utf-8"))}
    assert named - existing == set()
    assert len(named) > 15
