"""The first install: which PyTorch the Makefile takes on which machine, and what it says before it starts."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest
from documentation import ROOT

SCRIPT = ROOT / "Resources" / "Setup" / "choose_pytorch.py"
INDEX = "https://example.org/cpu"
FAKE_PIP = """
import os, sys
arguments = sys.argv[1:]
if "index" in arguments:
    own = os.environ["FOUND_IN_INDEX" if "--index-url" in arguments else "FOUND"]
    if not own:
        sys.exit(1)
    print("torch (2.15.0)")
    print("Available versions: " + own)
else:
    with open(arguments[arguments.index("--requirement") + 1]) as requirements, open(os.environ["LOG"], "a") as log:
        log.write(requirements.read())
"""


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """Linux without a driver, and a pip that finds default builds alone; gives a folder that is in PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "pip.py").write_text(FAKE_PIP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("FOUND", "2.15.0, 2.13.0, 2.12.1")
    monkeypatch.setenv("FOUND_IN_INDEX", "2.13.0+cpu, 2.12.1+cpu")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    return programs


@pytest.fixture
def chooser(surroundings, tmp_path, monkeypatch):
    """The script as a module, on such a machine."""
    spec = importlib.util.spec_from_file_location("choose_pytorch", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "choose_pytorch", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DRIVER_TRACES", (str(tmp_path / "proc"), str(tmp_path / "dev" / "nvidia*")))
    monkeypatch.setattr(module.platform, "system", lambda: "Linux")
    monkeypatch.setenv("PATH", str(surroundings))
    return module


@pytest.fixture
def run(chooser, tmp_path, capsys):
    """Runs it; gives the exit code, the requirements file's lines and what was said."""

    def run(*options):
        target = tmp_path / "torch.txt"
        code = chooser.main([str(target), "--version", "2.13.0", *options])
        said = capsys.readouterr()
        return code, target.read_text().splitlines() if target.exists() else None, said.out + said.err

    return run


def test_without_driver_and_cpu_build_the_default_is_taken_and_the_way_round_it_told(run):
    code, lines, said = run()
    assert (code, lines) == (0, ["torch==2.13.0"])
    assert (
        "default build with CUDA, because pip finds no CPU build: about 2.7 GB to download, 4.9 GB on the disk" in said
    )
    assert "TORCH_INDEX=ADDRESS" in said
    assert "pytorch.org" in said


def test_without_driver_a_cpu_build_that_pip_finds_is_taken(run, monkeypatch):
    monkeypatch.setenv("FOUND", "2.15.0, 2.13.0+cpu, 2.13.0")
    code, lines, said = run()
    assert (code, lines) == (0, ["torch==2.13.0+cpu"])
    assert "CPU build, because there is no NVIDIA driver and pip finds one: about 0.2 GB" in said
    assert "TORCH_INDEX" not in said


@pytest.mark.parametrize("trace", ["proc", "dev/nvidia0", "programs/nvidia-smi"])
def test_with_a_driver_the_default_is_taken_though_a_cpu_build_is_there(run, monkeypatch, tmp_path, trace):
    monkeypatch.setenv("FOUND", "2.13.0+cpu, 2.13.0")
    (tmp_path / trace).parent.mkdir(exist_ok=True)
    (tmp_path / trace).write_text("")
    (tmp_path / trace).chmod(0o755)
    code, lines, said = run()
    assert (code, lines) == (0, ["torch==2.13.0"])
    assert "because there is an NVIDIA driver" in said


def test_a_cpu_build_of_another_version_is_none(run, monkeypatch):
    monkeypatch.setenv("FOUND", "2.13.0, 2.12.1+cpu")
    assert run()[1] == ["torch==2.13.0"]


def test_a_pip_that_gives_no_answer_changes_nothing(run, monkeypatch):
    monkeypatch.setenv("FOUND", "")
    assert run()[:2] == (0, ["torch==2.13.0"])


def test_a_search_that_hangs_is_given_up(run, chooser, monkeypatch):
    monkeypatch.setattr(chooser, "LONGEST_SEARCH_S", 0.0)
    assert run()[:2] == (0, ["torch==2.13.0"])


def test_the_cpu_build_of_a_named_index_is_taken_also_beside_a_driver(run, surroundings):
    shutil.copy(shutil.which("true", path="/usr/bin:/bin"), surroundings / "nvidia-smi")
    code, lines, said = run("--index", INDEX)
    assert (code, lines) == (0, [f"--extra-index-url {INDEX}", "torch==2.13.0+cpu"])
    assert "CPU build of TORCH_INDEX: about 0.2 GB" in said


@pytest.mark.parametrize("there", ["", "2.13.0, 2.12.1+cpu"])
def test_an_index_without_the_cpu_build_is_refused_in_a_sentence(run, monkeypatch, there):
    monkeypatch.setenv("FOUND_IN_INDEX", there)
    code, lines, said = run("--index", INDEX)
    assert (code, lines) == (2, None)
    assert f"no CPU build of PyTorch 2.13.0 for Python {sys.version.split()[0]} in TORCH_INDEX={INDEX}, or" in said


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_elsewhere_the_default_build_is_one_for_the_cpu(run, chooser, monkeypatch, system):
    monkeypatch.setattr(chooser.platform, "system", lambda: system)
    code, lines, said = run()
    assert (code, lines) == (0, ["torch==2.13.0"])
    assert "without CUDA" in said


def test_what_the_user_asks_for_wins(run):
    code, lines, said = run("--given", "torch>=2.12", "--index", INDEX)
    assert (code, lines) == (0, [f"--extra-index-url {INDEX}", "torch>=2.12"])
    assert "torch>=2.12, as TORCH says" in said


@pytest.fixture
def clone(surroundings, tmp_path):
    """A folder with the Makefile and an environment that holds nothing yet; gives a call of make for its PyTorch."""
    (tmp_path / "Resources" / "Setup").mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "Resources" / "Setup")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "created").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)

    def make(*words):
        command = ["make", "--no-print-directory", ".venv/torch.installed", *words]
        # As from a shell, also where make runs the tests.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return make


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there are no builds to choose between")
def test_make_installs_what_was_chosen_says_so_first_and_only_once(clone, tmp_path):
    done = clone(f"TORCH_INDEX={INDEX}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text() == f"--extra-index-url {INDEX}\ntorch==2.13.0+cpu\n"
    assert done.stdout.index("CPU build of TORCH_INDEX") < done.stdout.index("-m pip")
    again = clone(f"TORCH_INDEX={INDEX}")
    assert again.stdout == "make: '.venv/torch.installed' is up to date.\n"


@pytest.mark.parametrize(
    "requirement", ["torch>=2.12,<3", 'torch; python_version > "3.8"', "torch; python_version>'3.8'", "./a `b` (c).whl"]
)
def test_make_hands_on_a_requirement_with_signs_of_the_shell(clone, tmp_path, requirement):
    done = clone(f"TORCH={requirement}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text() == f"{requirement}\n"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("3.8", "="))]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there are no builds to choose between")
def test_make_stops_where_the_index_has_no_cpu_build(clone, tmp_path, monkeypatch):
    monkeypatch.setenv("FOUND_IN_INDEX", "2.13.0")
    done = clone(f"TORCH_INDEX={INDEX}")
    assert done.returncode != 0
    assert f"TORCH_INDEX={INDEX}" in done.stderr
    assert not (tmp_path / ".venv" / "torch.installed").exists()
    assert not os.path.exists(tmp_path / "log")


def test_the_version_is_the_one_that_was_audited():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (version,) = (line.split(" = ")[1] for line in makefile.splitlines() if line.startswith("TORCH_VERSION = "))
    assert f"| torch | networks, projector | BSD-3-Clause and other permissive ones | {version} |" in page
