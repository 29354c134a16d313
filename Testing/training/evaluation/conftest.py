"""Held-out cases, a small model, and the evaluation command on both, for the tests of what commands write."""

import json
import shutil
from pathlib import Path

import pytest
from cylinders import cylinder_case
from quick_frechet import quick_frechet
from small_model import save_small_model

from training import evaluate
from training.evaluation import held_out


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Path:
    """Finished results, shared by the tests: what one has measured the others take over."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "results").mkdir()
    return folder


@pytest.fixture(scope="session")
def made_cases(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "cases"
    folder.mkdir()
    for index, radius in enumerate((70.0, 90.0, 110.0)):
        cylinder_case(radius).save(folder / f"phantom-{held_out.TEST_SEED + index}.npz")
    cylinder_case(80.0, unknown_rows=4).save(folder / "real-0000000.npz")
    return folder


@pytest.fixture
def cases(made_cases, tmp_path) -> Path:
    return Path(shutil.copytree(made_cases, tmp_path / "cases"))


@pytest.fixture
def model(tmp_path) -> Path:
    return save_small_model(tmp_path / "small")


@pytest.fixture
def quick(monkeypatch):
    quick_frechet(monkeypatch)


@pytest.fixture
def run(tmp_path, kept, quick):
    def evaluate_models(cases, *models, extra=()):
        command = ["--cases", str(cases), "--models", *map(str, models), "-o", str(tmp_path / "out"), "--steps", "3"]
        return evaluate.main([*command, "--cache", str(kept), "--workers", "1", *extra])

    return evaluate_models


@pytest.fixture
def read(tmp_path):
    """`read(name)`: the numbers that a command wrote to the folder `out`."""
    return lambda name="evaluation": json.loads((tmp_path / "out" / f"{name}.json").read_text())
